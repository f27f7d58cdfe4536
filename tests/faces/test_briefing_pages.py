"""Pages of briefings. Every number is made up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.faces.conftest import SignIn

from fanzha.desks import cases, identity
from fanzha.desks.cases import ReportRow
from fanzha.desks.sharing.domain import BriefingKind, period_before
from fanzha.desks.sharing.making import make
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

WORKER = Scope.system("test")
PHONE = "13900000001"


@pytest.fixture
def briefing(platform: Platform) -> str:
    """Of the day before, sent to a bank and to the centre."""
    today = clock.local_day(clock.now())
    at = clock.local_midnight(today) - timedelta(hours=6)
    rows = [ReportRow("110", str(number), at, "made up", "350302", FraudType.REBATE_TASKS, 100_000, suspects=(PHONE,)) for number in range(4)]
    with platform.database.work(WORKER) as work:
        for kind in (OrgKind.BANK, OrgKind.POLICE_CITY):
            identity.service.create_organisation(work, code=f"{kind}-3503", kind=kind, name=f"机构 {kind} 3503", region="3503")
        cases.service.import_many(work, rows, platform.tokens)
        made = make(work, platform.tokens, "3503", period_before(BriefingKind.DAILY, today))
    assert made is not None
    return made


def test_a_bank_reads_signs_and_takes_the_pdf(client: TestClient, sign_in: SignIn, briefing: str) -> None:
    sign_in(client, Role.BANK_AGENT)
    assert "1 份通报等本单位签收" in client.get("/briefings?unread=1&kind=daily").text
    for lang in ("zh", "en"):
        page = client.get(f"/briefings/{briefing}?lang={lang}").text
        assert "139****0001" in page
        assert PHONE not in page
        assert "机构" not in page  # who has read is not a bank's business
    assert client.post(f"/briefings/{briefing}/sign").status_code == 303
    assert client.post(f"/briefings/{briefing}/sign").status_code == 409
    assert client.post(f"/briefings/{briefing}/pdf").content.startswith(b"%PDF")
    sign_in(client, Role.ANALYST)
    assert "1 / 2 个单位已签收" in client.get(f"/briefings/{briefing}?lang=zh").text


def test_who_was_not_sent_it_does_not_see_it(client: TestClient, sign_in: SignIn, briefing: str) -> None:
    sign_in(client, Role.BANK_AGENT, region="350303")
    assert client.get(f"/briefings/{briefing}").status_code == 404
    assert client.post(f"/briefings/{briefing}/sign").status_code == 404
    for role in (Role.DEPUTY, Role.GRID_WORKER):
        sign_in(client, role)
        assert client.get("/briefings").status_code == 403
