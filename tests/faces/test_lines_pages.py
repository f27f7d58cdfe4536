"""Pages of numbers for police and operators, the same orders over the machine interface with the simulated operator, outlets of a simulated city."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient
from tests.desks.lines.lines_kit import NUMBERS, SYSTEM, piece, suspects
from tests.desks.standing import fixtures
from tests.faces.conftest import SignIn

from fanzha.desks import controls, identity, indicators, intake, lines
from fanzha.desks.indicators import IndicatorRow
from fanzha.desks.lines import tasks
from fanzha.desks.lines.outlets import Opening
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.simulator import Plan, simulate
from fanzha.simulator.bank import Book, Faults
from fanzha.simulator.operator import Clerk, Habits, Holders, Sim
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role


def second_officer(platform: Platform, me: Principal) -> str:
    with platform.database.work(SYSTEM) as work:
        org = identity.service.organisation(work, me.org_id)
        made = identity.service.create_user(work, login="second", name="测试乙", org=org, roles=(Role.DUTY_OFFICER,), password_hash="none", must_change_password=False)
        return made.user.id


def form_of(me: Principal, second: str, receiver: str, **more: Any) -> dict[str, Any]:
    return {
        "key": new_id(), "basis": "atfl:11", "reason": "批量插卡设备特征", "officer_one": me.user_id, "officer_one_card": "P1", "officer_two": second,
        "officer_two_card": "P2", "receiver_org_id": receiver,
    } | more  # fmt: skip


CASE = {
    "key": "filed-by-hand", "narrative": "被害人接到冒充客服的电话后转账。", "region": "350302", "number": "", "fraud_type": "authority",
    "happened_at": "2026-05-01T10:25", "reported_at": "2026-05-01T12:00", "victim_name": "林小三", "victim_phone": "13900000021", "loss": "100.00",
}  # fmt: skip


built, platform, _ = fixtures("lines", lambda _: None, "module")


@pytest.fixture
def operator(client: TestClient, sign_in: SignIn) -> Principal:
    return sign_in(client, Role.OPERATOR_AGENT)


def post(client: TestClient, path: str, form: Mapping[str, Any]) -> Any:
    return client.post(path, data=dict(form), headers={"X-CSRF-Token": client.headers["X-CSRF-Token"]})


def test_from_the_queue_to_the_operators_answer(platform: Platform, client: TestClient, sign_in: SignIn, operator: Principal) -> None:
    ids = suspects(platform, piece(NUMBERS[0]), piece(NUMBERS[1], "f2"))
    duty = sign_in(client, Role.DUTY_OFFICER)
    second = second_officer(platform, duty)
    queue = client.get("/lines?source=finding&level=red")
    assert queue.text.count('class="pick"') == 2
    assert "7天内插用12张不同的卡" in queue.text
    assert client.get("/lines", params={"q": NUMBERS[0]}).text.count('class="pick"') == 1
    assert "2 个号码" in client.get("/lines/request", params={"ids": ids, "kind": "line_verify"}).text
    bad = post(client, "/lines/request", form_of(duty, "", operator.org_id, ids=ids, kind="line_verify"))
    assert bad.status_code == 422
    assert "请选择民警" in bad.text
    refused = post(client, "/lines/request", form_of(duty, second, operator.org_id, ids=ids[:1], kind="line_limit", scope=["calls_out"]))
    assert "请先二次实人认证" in refused.text
    done = post(client, "/lines/request", form_of(duty, second, operator.org_id, ids=ids, kind="line_verify"))
    assert "已提交 2 份申请，0 个号码没有提交" in done.text
    sign_in(client, Role.LEADER)
    waiting = client.get("/lines/waiting").text
    orders = [part.split('"')[0] for part in waiting.split('name="ids" value="')[1:]]
    assert "已批准并下发 2 项" in post(client, "/lines/approve", {"ids": orders}).text
    sign_in(client, Role.OPERATOR_AGENT)
    assert client.get("/order-inbox?kind=line_verify").text.count("139****") == 2
    page = client.get(f"/order-inbox/{orders[0]}").text
    assert "核验未通过" in page
    assert "账户余额" not in page
    assert post(client, f"/order-inbox/{orders[0]}/answer", {"key": new_id(), "result": "not_passed"}).status_code == 422
    assert post(client, f"/order-inbox/{orders[0]}/answer", {"key": new_id(), "result": "not_passed", "cause": "证件与本人不符"}).status_code == 303
    sign_in(client, Role.DUTY_OFFICER)
    with platform.database.work(SYSTEM) as work:
        index = controls.service.get(work, orders[0]).subject_index
    number = client.get(f"/lines/numbers/{index}").text
    assert "二次实人认证通过" not in number
    assert "kind=line_suspend" in number
    assert "96110" in number
    english = client.get(f"/lines/numbers/{index}", headers={"Accept-Language": "en"}, params={"lang": "en"})
    assert english.status_code == 200
    assert client.get("/lines/protected").status_code == 200


def test_protection_dismissal_and_what_is_nowhere(platform: Platform, client: TestClient, sign_in: SignIn, operator: Principal) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    duty = sign_in(client, Role.DUTY_OFFICER)
    second = second_officer(platform, duty)
    assert client.get("/lines/protect").status_code == 200
    form = form_of(duty, second, operator.org_id, kind="line_protect", basis="atfl:34", number="96110", ground="victim_request")
    assert "不能采取措施" in post(client, "/lines/protect", form).text
    made = post(client, "/lines/protect", form | {"number": NUMBERS[4], "term": "1"})
    assert made.status_code == 303
    assert "没有违法" not in client.get(made.headers["location"]).text, "the notice is written on approval"
    assert post(client, f"/lines/{one}/dismiss", {"reason": "x"}).status_code == 422
    assert post(client, f"/lines/{one}/dismiss", {"reason": "机主是客服中心"}).status_code == 303
    assert client.get("/lines/numbers/none").status_code == 404
    assert post(client, "/lines/request", form_of(duty, second, operator.org_id, ids=["none"], kind="line_verify")).status_code == 404
    assert post(client, f"/lines/{one}/reveal", {"purpose": "核对号码归属"}).json()["value"] == NUMBERS[0]
    sign_in(client, Role.DEPUTY)
    assert client.get("/lines").status_code == 403


def test_the_queue_refreshes_itself_and_keeps_what_is_ticked(platform: Platform, client: TestClient, sign_in: SignIn, operator: Principal) -> None:
    one, two = suspects(platform, piece(NUMBERS[0]), piece(NUMBERS[1], "f2"))
    sign_in(client, Role.DUTY_OFFICER)
    page = client.get("/lines?level=red").text
    assert 'data-live-url-value="/live"' in page
    assert 'hx-get="/lines/rows?level=red"' in page
    assert "live:lines from:body" in page
    rows = client.get("/lines/rows", params={"level": "red", "ids": [two]}).text
    assert rows.count(" checked") == 1
    assert f'value="{two}"' in rows.split(" checked")[0].rsplit("<input", 1)[1]
    assert one in rows
    assert "<html" not in rows
    assert "ids=" not in rows.split("</table>")[1]
    assert "可疑号码" in client.get("/lines/top").text
    sign_in(client, Role.OPERATOR_AGENT)
    assert {client.get(path).status_code for path in ("/lines/rows", "/lines/top")} == {403}


def test_a_case_shows_its_numbers_with_the_next_step_and_its_appeals(platform: Platform, client: TestClient, sign_in: SignIn, operator: Principal) -> None:
    duty = sign_in(client, Role.DUTY_OFFICER)
    second = second_officer(platform, duty)
    made = post(client, "/cases", CASE | {"suspects": ""})
    assert made.status_code == 303, made.text[made.text.find("alert") :][:1500]
    at = made.headers["location"]
    case = at.rsplit("/", 1)[1]
    assert "本案还没有涉诈号码" in client.get(f"/lines/of-case/{case}").text
    assert "本案还没有下发措施" in client.get(f"/appeals/of-case/{case}").text
    page = client.get(at).text
    assert f"/lines/of-case/{case}" in page
    assert f"/appeals/of-case/{case}" in page
    for number in (NUMBERS[0], "96110"):
        assert post(client, f"{at}/suspects", {"value": number, "role": "contact", "key": new_id()}).status_code == 303
    panel = client.get(f"/lines/of-case/{case}").text
    assert "公共服务号码或已知正常号码" in panel
    suspect = panel.split('name="suspect_id" value="')[1].split('"')[0]
    assert post(client, "/lines/propose-of-case", {"case_id": case, "suspect_id": suspect, "reason": "被害人指认"}).status_code == 303
    assert post(client, "/lines/propose-of-case", {"case_id": case, "suspect_id": "none", "reason": "被害人指认"}).status_code == 404
    panel = client.get(f"/lines/of-case/{case}").text
    (step,) = [part.split('"')[0] for part in panel.split('href="/lines/request?')[1:]]
    assert step.startswith("kind=line_verify")
    form = form_of(duty, second, operator.org_id, kind="line_limit", ground="case_confirmed", scope=["calls_out"], ids=[step.split("ids=")[1]])
    assert "已提交 1 份申请" in post(client, "/lines/request", form).text
    assert "等批准或运营商反馈" in client.get(f"/lines/of-case/{case}").text
    assert client.get(f"/lines/of-case/{case}?lang=en").status_code == 200
    sign_in(client, Role.DEPUTY)
    assert {client.get(f"/{panel}/of-case/{case}").status_code for panel in ("lines", "appeals")} == {403}


class InProcess:
    """The simulated operator's line without a network."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(path, headers=self.headers)
        return answer.status_code, answer.json()

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        answer = self.client.post(path, content=body, headers=self.headers | dict(headers))
        return answer.status_code, answer.json()


def test_the_simulated_operator_verifies_limits_and_restores(platform: Platform, client: TestClient, sign_in: SignIn, operator: Principal, tmp_path: Path) -> None:
    with platform.database.work(Scope.of(operator)) as work:
        key = identity.keys.make_key(work, "operator", [controls.policy.RECEIVE], 30).secret
    duty, head = sign_in(client, Role.DUTY_OFFICER), sign_in(client, Role.LEADER)
    second = second_officer(platform, duty)
    client.cookies.clear()
    ids = suspects(platform, *(piece(number, number) for number in NUMBERS[:3]))
    officers = controls.Officer(duty.user_id, "P1"), controls.Officer(second, "P2")

    def order(kind: str, suspect: str, **more: Any) -> str:
        asked = lines.Asked(kind, "atfl:11", "批量插卡设备特征", officers, new_id(), receiver_org_id=operator.org_id, **more)
        with platform.database.work(Scope.of(duty)) as work:
            made = lines.service.request_many(work, [suspect], asked)[0].order
            assert made is not None
            held = made.id
        with platform.database.work(Scope.of(head)) as work:
            controls.service.approve(work, held)
        return held

    file = tmp_path / "numbers.json"
    file.write_text(json.dumps([{"number": NUMBERS[0], "check": "not_passed"}, {"number": NUMBERS[1], "check": "passed"}]), encoding="utf-8")
    clerk = Clerk(InProcess(client, key), Book(), Faults.parse("duplicates=0.5"), holders=Holders.read(file))
    placed = [order("line_limit", ids[1], ground="sim_box", scope="calls_out foreign"), *(order(lines.VERIFY, one) for one in ids)]
    assert clerk.pull() == 4
    clerk.finish()
    clerk.pull()
    with platform.database.work(SYSTEM) as work:
        found = [controls.service.get(work, one) for one in placed]
        assert [(one.state, one.result) for one in found] == [("released", "done"), ("done", "not_passed"), ("done", "passed"), ("failed", "no_such_number")]
        index = found[0].subject_index
    assert clerk.holders.sims[NUMBERS[1]].in_force == {}
    assert tasks.settle_restored(platform, index) == 0
    suspend = order("line_suspend", ids[0])
    clerk.pull()
    clerk.finish()
    assert list(clerk.holders.sims[NUMBERS[0]].in_force.values()) == ["line_suspend"]
    with platform.database.work(SYSTEM) as work:
        assert controls.service.get(work, suspend).state == "in_force"
    assert Habits().of(NUMBERS[0]) == Habits().of(NUMBERS[0])
    assert Sim(NUMBERS[0], "passed").in_force == {}


def test_outlets_of_a_simulated_city_are_those_that_looked_away(platform: Platform, client: TestClient, sign_in: SignIn, tmp_path: Path) -> None:
    """Everything the gangs own is flagged: the dealers and branches that the truth calls bad are singled out, and no other."""
    simulate(Plan(6_000, 1, 3, date(2026, 3, 2), 900.0), tmp_path)
    for kind in (intake.IntakeKind.SIMS, intake.IntakeKind.ACCOUNTS):
        intake.service.take(platform, SYSTEM, tmp_path / f"{kind.value}.parquet", kind, "模拟")
    owned = pl.read_parquet(tmp_path / "truth" / "suspects.parquet").filter(pl.col("kind").is_in(["phone", "card"]))
    with platform.database.work(SYSTEM) as work:
        rows = [IndicatorRow(row["value"], source="模拟") for row in owned.iter_rows(named=True)]
        indicators.service.add_many(work, rows, platform.tokens)
        found = {what: lines.outlets.compare(work, platform.lake, what) for what in Opening}
    truth = pl.read_parquet(tmp_path / "truth" / "outlets.parquet")
    for what, comparison in found.items():
        bad = set(truth.filter((pl.col("kind") == what.value) & pl.col("is_bad"))["outlet"])
        assert {one.name for one in comparison.singled_out} == bad
        assert {one.name for one in comparison.outlets[: len(bad)]} == bad
        assert comparison.until - comparison.since > timedelta(days=700)
    sign_in(client, Role.ANALYST, kind=OrgKind.POLICE_CITY)
    for what in Opening:
        assert 'class="interval is-out"' in client.get("/lines/outlets", params={"what": what.value}).text
    book = post(client, "/lines/outlets/xlsx?what=cards", {})
    assert (book.status_code, book.content[:2]) == (200, b"PK")
