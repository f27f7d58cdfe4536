"""The overview: empty on an empty platform, counts with their parts, links only for those who may see rows, bare counts for deputies, nothing for banks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.desks.warnings_kit import Register, finding, merge

from fanzha.desks import cases
from fanzha.desks.cases import ReportRow
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]


def _warn(platform: Platform, *regions: str) -> None:
    for place, region in enumerate(regions):
        at = clock.now() - timedelta(minutes=place + 1)
        merge(platform, finding(f"f{place}", str(place + 1), RiskLevel.RED, at=at, region=region), at=at, register=Register(region))


def _report(platform: Platform) -> None:
    row = ReportRow("示例", "R1", clock.now(), "刷单垫付后无法提现。", region="350302", fraud_type=FraudType.REBATE_TASKS, loss_fen=123_456_00)
    with platform.database.work(Scope.system("test")) as work:
        cases.service.import_many(work, [row], platform.tokens)


def test_an_empty_platform_says_what_to_do(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    page = client.get("/overview").text
    assert "平台还没有数据" in page
    assert "没有未办结的预警" in page
    assert page.count("0 / 0") == 3  # a share without a denominator shows what it lacks


def test_figures_are_counted_and_lead_to_their_rows(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    _warn(platform, "350302001", "350302001", "350304100")
    _report(platform)
    sign_in(client, Role.ANALYST)
    page = client.get("/overview").text
    assert '"code":"350302","name":"城厢区","value":2' in page.replace("&#34;", '"')
    assert '"code":"350322","name":"仙游县","value":0' in page.replace("&#34;", '"')
    assert 'href="/warnings?level=red&amp;state=open">3</a>' in page
    assert "财损 12.35 万元 · 昨日 0 起" in page
    assert "平台还没有数据" not in page
    assert 'data-live-url-value="/live"' in page
    fragment = client.get("/overview/figures", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert 'href="/warnings?level=red&amp;state=open">3</a>' in fragment


def test_a_county_sees_its_own_figures(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    _warn(platform, "350302001", "350302001", "350304100")
    sign_in(client, Role.DUTY_OFFICER, "350304")
    assert 'state=open">1</a>' in client.get("/overview").text


def test_what_belongs_to_no_county_is_named_so_and_not_linked(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    _warn(platform, "3503")
    sign_in(client, Role.ANALYST)
    page = client.get("/overview?lang=en").text
    assert "Putian, county unknown" in page
    assert 'href="/warnings?region=3503"' not in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.OFFICE])
def test_whoever_may_only_count_gets_no_links_to_rows(client: TestClient, sign_in: SignIn, platform: Platform, role: Role) -> None:
    _warn(platform, "350302001")
    _report(platform)
    sign_in(client, role)
    page = client.get("/overview").text
    assert "未办结" in page
    assert "/warnings?" not in page
    assert "/reports?" not in page
    assert ("今日警情" in page) is (role is Role.OFFICE)


@pytest.mark.parametrize(("region", "opened"), [("3503", 3), ("350302", 2), ("350322", 0), ("11", 0)])
@pytest.mark.parametrize(("role", "kind"), [(Role.DEPUTY, None), (Role.OFFICE, OrgKind.MEMBER_UNIT)])
def test_deputies_and_member_units_get_the_bare_counts_of_their_area(
    client: TestClient, sign_in: SignIn, platform: Platform, role: Role, kind: OrgKind | None, region: str, opened: int
) -> None:  # fmt: skip
    _warn(platform, "350302001", "350302001", "350304100")
    _report(platform)
    sign_in(client, role, region, kind=kind)
    assert client.get("/").headers["location"] == "/overview"
    page, fragment = client.get("/overview").text, client.get("/overview/figures").text
    total = f'<td class="num">{opened}</td></tr>' if opened else "没有未办结的预警"
    assert total in page
    assert total in fragment
    for hidden in ("/warnings", "/reports", "今日警情", "data-live-url-value"):
        assert hidden not in page
    assert client.get("/warnings").status_code == 403


@pytest.mark.parametrize("role", [Role.BANK_AGENT, Role.OPERATOR_AGENT])
def test_others_have_no_overview(client: TestClient, sign_in: SignIn, role: Role) -> None:
    sign_in(client, role)
    assert client.get("/overview").status_code == 403


def test_the_glossary_is_searched_in_both_languages(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DEPUTY)
    assert client.get("/glossary").text.count('<th scope="row"') == 82
    assert "溯源返还" in client.get("/glossary?q=TRACE").text
    assert "没有这个用语" in client.get("/glossary?q=xyzzy").text
