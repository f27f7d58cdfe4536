"""The warning pages: filters in the address, steps offered by the server, masking, export, the field pages, the API."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from starlette.testclient import TestClient
from tests.desks.warnings_kit import SYSTEM, TOWN, Register, finding, merge
from tests.faces.conftest import SignIn

from fanzha.desks.warnings import advice
from fanzha.desks.warnings.advice import Advice
from fanzha.desks.warnings.export import safe_cell
from fanzha.desks.warnings.model import Attempt, WarningOrder
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

NUMBER = "13900000001"


def warn(platform: Platform, name: str = "a", person: str = "1", level: RiskLevel = RiskLevel.RED, region: str | None = TOWN) -> str:
    merge(platform, finding(name, person, level, at=clock.now(), region=region), at=clock.now(), register=Register(region))
    with platform.database.work(SYSTEM) as work:
        return work.session.scalars(select(WarningOrder.id).order_by(WarningOrder.id.desc()).limit(1)).one()


@pytest.fixture
def officer(client: TestClient, sign_in: SignIn) -> TestClient:
    sign_in(client, Role.FIELD_OFFICER, TOWN)
    return client


@pytest.fixture
def duty(client: TestClient, sign_in: SignIn) -> TestClient:
    sign_in(client, (Role.DUTY_OFFICER, Role.ANALYST), "3503")
    return client


def test_the_queue_is_filtered_by_its_address(platform: Platform, duty: TestClient) -> None:
    warn(platform, "a", "1", RiskLevel.RED)
    warn(platform, "b", "2", RiskLevel.BLUE)
    warn(platform, "c", "3", RiskLevel.RED, region=None)
    assert duty.get("/warnings").text.count("/warnings/0") >= 3
    for query, count in {
        "level=red": 2, "level=blue": 1, "region=350302": 2, "region=none": 1, "state=closed": 0, "state=all": 3, "overdue=1": 0, f"q={NUMBER}": 1,
        "q=139 0000 0002": 1, "fraud_type=authority": 3, "fraud_type=loan": 0, "since=2026-01-01&until=2026-01-02": 0, "sort=-issued_at": 3,
    }.items():  # fmt: skip
        page = duty.get(f"/warnings/rows?{query}")
        assert page.status_code == 200, query
        assert page.text.count('<a href="/warnings/0') == count, query


@pytest.mark.parametrize("query", ["level=purple", "state=lost", "fraud_type=x", "sort=secret", "region=abc", "since=yesterday"])
def test_a_filter_that_cannot_be_is_told_so(duty: TestClient, query: str) -> None:
    assert duty.get(f"/warnings?{query}").status_code == 422


def test_the_page_offers_the_steps_of_the_server_and_nothing_else(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    page = officer.get(f"/warnings/{one}").text
    assert f"/warnings/{one}/steps/sign" in page
    assert "steps/cancel" not in page
    assert "steps/attempt" not in page
    assert officer.post(f"/warnings/{one}/steps/sign", data={"key": "k1"}).status_code == 303
    page = officer.get(f"/warnings/{one}").text
    assert "steps/attempt" in page
    assert "steps/undo_sign" in page
    assert "通话后向新收款人转账" in page
    assert "与涉诈号码通话20分钟" in page


def test_nothing_personal_stands_open_in_a_page(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    for address in ("/warnings", f"/warnings/{one}", "/field", f"/field/tasks/{one}", f"/api/v1/warnings/{one}", "/api/v1/warnings"):
        body = officer.get(address).text
        assert NUMBER not in body, address
        assert "林测试" not in body, address
        assert "测试小区1号" not in body, address


def test_reveal_asks_what_for(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    refused = officer.post(f"/warnings/{one}/reveal/phone", data={"purpose": ""})
    assert (refused.status_code, refused.json()["detail"]) == (422, "请说明查看的用途。")
    assert officer.post(f"/warnings/{one}/reveal/phone", data={"purpose": "上门劝阻"}).json() == {"value": NUMBER}
    assert officer.post(f"/warnings/{one}/reveal/name", data={"purpose": "上门劝阻"}).json() == {"value": "林测试"}


def test_another_county_finds_nothing_and_is_not_told_that_there_is_something(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    one = warn(platform)
    sign_in(client, Role.FIELD_OFFICER, "350304100")
    assert one not in client.get("/warnings?state=all").text
    for address in (f"/warnings/{one}", f"/field/tasks/{one}", f"/api/v1/warnings/{one}"):
        assert client.get(address).status_code == 404
    assert client.post(f"/warnings/{one}/steps/sign").status_code == 404


@pytest.mark.parametrize(("role", "kind"), [(Role.DEPUTY, None), (Role.BANK_AGENT, None), (Role.OPERATOR_AGENT, None), (Role.ADMINISTRATOR, OrgKind.POLICE_CITY)])
def test_other_roles_are_not_let_in(client: TestClient, sign_in: SignIn, role: Role, kind: OrgKind | None) -> None:
    sign_in(client, role, "3503", kind=kind)
    for address in ("/warnings", "/field", "/api/v1/warnings"):
        assert client.get(address).status_code == 403, address


def test_bulk_dispatch_sends_what_was_left(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    ids = [warn(platform, "a", "1"), warn(platform, "b", "2")]
    sign_in(client, Role.FIELD_OFFICER, TOWN)
    assert client.post("/warnings/dispatch", data={"ids": ids}).status_code == 403
    sign_in(client, Role.DUTY_OFFICER, "3503")
    assert client.post("/warnings/dispatch", data={"ids": ids}).status_code == 303
    with platform.database.work(SYSTEM) as work:
        assert set(work.session.scalars(select(WarningOrder.state))) == {"dispatched"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_export_is_masked_audited_and_harmless(platform: Platform, duty: TestClient, form: str) -> None:
    warn(platform)
    answer = duty.post(f"/warnings/export/{form}?level=red")
    assert answer.status_code == 200
    if form == "csv":
        rows = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()]
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()  # type: ignore[assignment]
    assert len(rows) == 2
    assert rows[0][0] == "预警编号"
    assert rows[1][6] == "139****0001"
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalar(text("SELECT detail FROM audit_log WHERE action = 'warnings.exported'")) is not None


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"
    assert safe_cell("林**") == "林**"


def test_the_field_pages_from_task_to_answer(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    assert f"/field/tasks/{one}/steps/sign" in officer.get("/field").text
    path = f"/field/tasks/{one}"
    assert officer.post(f"{path}/steps/sign", data={"key": "k-sign"}).headers["location"] == path
    page = officer.get(path).text
    assert f'href="tel:{NUMBER}"' in page
    assert "公检法不会电话办案" in page
    assert officer.post(f"{path}/steps/attempt", data={"key": "k-attempt", "result": "reached"}).status_code == 303
    assert officer.post(f"{path}/steps/meet", data={"key": "k-meet", "place": "家中", "identity_verified": "true"}).status_code == 303
    answer = {"key": "k-answer", "outcome": "dissuaded", "reached": "self", "transferred": "no", "scam_type": "authority", "amount_protected_yuan": "5,000"}
    for _ in range(2):
        assert officer.post(f"{path}/steps/feed_back", data=answer).status_code == 303
    assert "5,000.00" in officer.get(path).text
    with platform.database.work(SYSTEM) as work:
        order = work.session.scalars(select(WarningOrder)).one()
        assert (order.state, order.outcome, order.amount_protected_fen) == ("fed_back", "dissuaded", 500_000)
        assert work.session.scalar(text("SELECT count(*) FROM warning_feedback")) == 1


def test_what_is_wrong_with_an_answer_is_said_in_chinese(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    officer.post(f"/field/tasks/{one}/steps/sign")
    refused = officer.post(f"/field/tasks/{one}/steps/feed_back", data={"outcome": "dissuaded", "reached": "self"})
    assert refused.status_code == 422
    assert "须先见面" in refused.text
    for wrong in ({"outcome": ""}, {"outcome": "mismatch", "revisit_on": "31.2."}, {"outcome": "mismatch", "transferred_yuan": "viel"}):
        assert officer.post(f"/field/tasks/{one}/steps/feed_back", data=wrong).status_code == 422


def test_a_double_submit_changes_nothing(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    officer.post(f"/field/tasks/{one}/steps/sign", data={"key": "k0"})
    for _ in range(3):
        officer.post(f"/field/tasks/{one}/steps/attempt", data={"key": "k1", "result": "no_answer"})
    with platform.database.work(SYSTEM) as work:
        assert len(work.session.scalars(select(Attempt)).all()) == 1


def test_the_pipelines_steps_are_nobody_elses(platform: Platform, duty: TestClient) -> None:
    one = warn(platform)
    for action in ("lapse", "fall_due", "inform"):
        assert duty.post(f"/warnings/{one}/steps/{action}").status_code == 409
    assert duty.post(f"/warnings/{one}/steps/burn").status_code == 404


def test_the_api_lists_by_cursor_and_takes_the_three_steps(platform: Platform, officer: TestClient) -> None:
    ids = [warn(platform, f"f{person}", str(person), RiskLevel.BLUE) for person in range(1, 4)]
    first = officer.get("/api/v1/warnings?limit=2").json()
    second = officer.get(f"/api/v1/warnings?limit=2&cursor={first['next_cursor']}").json()
    assert [card["id"] for card in first["warnings"] + second["warnings"]] == ids
    assert second["next_cursor"] is None
    path, key = f"/api/v1/warnings/{ids[0]}", {"Idempotency-Key": "key-00001"}
    for _ in range(2):
        assert officer.post(f"{path}/sign", headers=key).json()["state"] == "signed"
    assert officer.post(f"{path}/attempts", json={"result": "reached"}, headers={"Idempotency-Key": "key-00002"}).json()["state"] == "contacting"
    body = {"outcome": "dissuaded", "reached": "self", "amount_protected_fen": 100}
    assert officer.post(f"{path}/feedback", json=body, headers={"Idempotency-Key": "key-00003"}).json()["state"] == "fed_back"
    record = officer.get(path).json()["record"]
    assert (record["persuaded"], record["amount_protected"], record["contact_result"]) == (True, 100, "reached")
    refused = officer.post(f"{path}/attempts", json={"result": "reached"})
    assert (refused.status_code, refused.json()["code"]) == (409, "step_not_allowed")
    assert officer.post(f"{path}/attempts", json={"result": "reached"}, headers=key).json()["code"] == "idempotency_key_reused"


def test_comments_stand_in_the_timeline(platform: Platform, officer: TestClient) -> None:
    one = warn(platform)
    assert officer.post(f"/warnings/{one}/comments", data={"body": "明早再去"}).status_code == 303
    assert "明早再去" in officer.get(f"/warnings/{one}").text
    assert officer.post(f"/warnings/{one}/comments", data={"body": " "}).status_code == 422


def test_every_fraud_type_has_its_script() -> None:
    for kind in FraudType:
        found = advice.advice(kind.value)
        assert isinstance(found, Advice)
        assert (len(found.look), len(found.ask)) == (4, 3)
        assert found == advice.advice("other") or kind is not FraudType.OTHER
        assert all(words.zh and words.en for words in (found.say, found.protect, *found.look, *found.ask))
    assert advice.advice("unheard of") == advice.advice("other")


def test_the_overview_counts_what_the_reader_may_see(platform: Platform, sign_in: SignIn, client: TestClient) -> None:
    from fanzha.desks.warnings import overview

    mine = sign_in(client, Role.FIELD_OFFICER, TOWN)
    warn(platform, "a", "1")
    warn(platform, "b", "2", RiskLevel.GREEN)
    warn(platform, "c", "3", region="350304100")
    with platform.database.work(Scope.of(mine)) as work:
        seen = overview.overview(work)
    assert (seen.issued, seen.open_total, seen.issued_today) == (2, 2, 2)
    assert seen.open_by[("red", "dispatched")] == 1
    assert [(county.code, county.issued) for county in seen.by_county] == [("350302", 2)]
    assert len(seen.trend) == 30
    assert seen.top_types == (("authority", 2),)
    assert seen.compliance["sign"].denominator == 0
    assert seen.compliance["sign"].share is None
