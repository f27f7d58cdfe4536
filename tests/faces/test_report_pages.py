"""Pages of reports. Every person is made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from fanzha.desks.cases import ReportRow, service
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
PHONE = "13800000001"


@pytest.fixture
def reports(platform: Platform) -> None:
    at = clock.now() - timedelta(seconds=5)
    rows = [
        ReportRow("110", "J1", at, "刷单被骗的经过", "350302", FraudType.REBATE_TASKS, 123_400, "张小三", PHONE, "bad", suspects=("13800000002", "unreadable …")),
        ReportRow("110", "J2", at - timedelta(days=2), "贷款被骗", "350303", FraudType.LOAN),
    ]
    with platform.database.work(Scope.system("test")) as work:
        service.import_many(work, rows, platform.tokens)


@pytest.mark.usefixtures("reports")
def test_list_open_reveal_step(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    listed = client.get("/reports")
    assert "J1" in listed.text
    assert "J2" in listed.text
    assert "1,234.00" in listed.text
    assert "张*三" in listed.text
    assert PHONE not in listed.text
    for query, seen in (("since=today", False), ("region=350303", True), ("fraud_type=loan", True), ("q=J2", True), (f"q={PHONE}", False), ("state=accepted", False)):
        assert (">J2<" in client.get(f"/reports?{query}").text) == seen, query
    found = re.search(r'href="(/reports/[0-9a-f]{32})">J1<', listed.text)
    assert found is not None
    report = found[1]
    shown = client.get(f"{report}?lang=en").text
    assert "could not be read" in shown
    assert not any(secret in shown for secret in (PHONE, "张小三", "刷单被骗"))
    assert client.post(f"{report}/reveal/victim_name", data={"purpose": "联系报警人"}).json() == {"value": "张小三"}
    assert "[victim_id_card] bad" in client.post(f"{report}/reveal/narrative", data={"purpose": "研判案情需要"}).json()["value"]
    assert client.post(f"{report}/reveal/victim_id_card", data={"purpose": "研判案情需要"}).status_code == 404
    assert client.post(f"{report}/reveal/password", data={"purpose": "研判案情需要"}).status_code == 404
    assert client.post(f"{report}/step", data={"state": "accepted", "reason": "符合立案条件"}).status_code == 303
    assert "符合立案条件" in client.get(f"{report}?lang=zh").text
    assert client.post(f"{report}/step", data={"state": "received", "reason": "符合立案条件"}).status_code == 409


@pytest.mark.usefixtures("reports")
def test_a_county_sees_its_own_and_nobody_else_any(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER, region="350303")
    listed = client.get("/reports").text
    assert ("J1" in listed, "J2" in listed) == (False, True)
    for role in (Role.DEPUTY, Role.BANK_AGENT, Role.GRID_WORKER, Role.OFFICE):
        sign_in(client, role)
        assert client.get("/reports").status_code == 403


def test_a_report_is_taken_with_what_its_narrative_says(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER, region="350302")
    assert "登记警情" in client.get("/reports").text
    assert client.get("/reports/new").status_code == 200
    form = {"narrative": "报警人称对方电话17000000002，昨天转账3000元被骗。", "reported_at": "2026-05-01T12:00", "key": "taken-at-the-desk"}
    read = client.post("/reports/read", data=form).text
    assert '<mark title="标识 · 涉案人">17000000002</mark>' in read
    assert 'value="3000.00"' in read
    sent = client.post("/reports", data=form | {"suspects": "17000000002\n6222000000000000000", "loss": "3000", "victim_phone": PHONE})
    assert sent.status_code == 303
    again = client.post("/reports", data=form | {"suspects": "17000000002\n6222000000000000000", "loss": "3000", "victim_phone": PHONE})
    assert again.headers["location"] == sent.headers["location"]
    shown = client.get(sent.headers["location"]).text
    assert all(seen in shown for seen in ("20260501-", "3,000.00", "170****0002", "卡号校验位不符"))
    numbered = form | {"number": "J-made-up-1"}
    assert client.post("/reports", data=numbered).status_code == 303
    other = client.post("/reports", data=numbered | {"narrative": "另一条警情的经过"})
    assert (other.status_code, "已有另一条内容不同的警情" in other.text, "另一条警情的经过" in other.text) == (409, True, True)
    assert client.post("/reports", data=form | {"region": "350303", "key": "of-another-area"}).status_code == 422
    assert client.post("/reports", data=form | {"narrative": " "}).status_code == 422
    assert client.post("/reports", data=form | {"reported_at": "2099-01-01T00:00"}).status_code == 422
    assert client.post("/reports", data=form | {"happened_at": "2026-05-02T00:00"}).status_code == 422
    sign_in(client, Role.OFFICE)
    assert client.get("/reports/new").status_code == 403
    assert client.post("/reports", data=form).status_code == 403
