"""Pages and API of suspect identifiers. Every identifier is made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from starlette.testclient import TestClient

from fanzha.desks.indicators import IndicatorRow, IndicatorState, service
from fanzha.faces.common.downloads import csv_lines, harmless
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope, dated
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
PHONE = "13800000001"


def fill(platform: Platform, *rows: IndicatorRow) -> None:
    with platform.database.work(Scope.system("test")) as work:
        service.add_many(work, rows, platform.tokens)


def test_list_add_judge_reveal_export(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    many = [IndicatorRow(value=f"site{number}.made-up.example", source="list") for number in range(60)]
    fill(platform, *many, IndicatorRow(value="@cmd.made-up.example/=1+1", source="=1+1", fraud_type=FraudType.LOAN))
    first = client.get("/indicators")
    assert "没有符合条件的标识" not in first.text
    assert "下一页" in first.text
    assert "site7.made-up.example" in client.get("/indicators?q=site7.made").text
    assert "site7.made-up.example" not in client.get("/indicators?fraud_type=loan&kind=bogus").text
    refused = client.post("/indicators", data={"value": "96110"})
    assert (refused.status_code, "白名单" in refused.text) == (422, True)
    added = client.post("/indicators", data={"value": f"0086-{PHONE}", "fraud_type": "loan", "note": "群众举报"})
    assert added.status_code == 303
    entry = added.headers["location"]
    shown = client.get(entry)
    assert "138****0001" in shown.text
    assert PHONE not in shown.text
    assert client.post(f"{entry}/judge", data={"state": "confirmed", "reason": "ab"}).status_code == 422
    assert client.post(f"{entry}/judge", data={"state": "confirmed", "reason": "三名被害人指认"}).status_code == 303
    assert client.post(f"{entry}/judge", data={"state": "confirmed", "reason": "三名被害人指认"}).status_code == 409
    assert "三名被害人指认" in client.get(f"{entry}?lang=en").text
    assert client.post(f"{entry}/reveal", data={"purpose": "核对通话记录"}).json() == {"value": f"+86{PHONE}"}
    assert client.post(f"{entry}/reveal", data={"purpose": ""}).status_code == 422
    assert client.post(f"{entry}/remarks", data={"body": " a "}).status_code == 422
    assert client.post(f"{entry}/remarks", data={"body": "机主已换人，待核<b>"}).status_code == 303
    assert "机主已换人，待核&lt;b&gt;" in client.get(entry).text
    exported = client.get("/indicators/export")
    assert exported.text.startswith("\ufeffid,kind")
    assert exported.text.count("\r\n") == 63
    assert PHONE not in exported.text
    assert ",=1" not in exported.text
    assert client.get("/indicators/" + "0" * 32).status_code == 404


def test_a_duty_officer_reads_and_may_not_judge(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    fill(platform, IndicatorRow(value=PHONE, source="list"))
    page = client.get("/indicators").text
    entry = re.search(r"/indicators/[0-9a-f]{32}", page)
    assert entry is not None
    assert "/judge" not in client.get(entry[0]).text
    assert client.post(f"{entry[0]}/judge", data={"state": "cleared", "reason": "不是涉诈号码"}).status_code == 403
    assert client.get("/indicators/export").status_code == 403


def test_a_bank_asks_by_api(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.BANK_AGENT)
    fill(platform, IndicatorRow(value="6220000000000001", source="list", state=IndicatorState.CONFIRMED, fraud_type=FraudType.INVESTMENT))
    answer = client.get("/api/v1/indicators/check", params={"value": "6220 0000 0000 0001"}).json()
    assert answer == {"answer": "danger", "kind": "card", "masked": "622000******0001", "fraud_type": "investment"}
    items = [{"value": "6220000000000001", "kind": "bank_account"}, {"value": "6220000000000099"}, {"value": "96110"}]
    many = client.post("/api/v1/indicators/check", json={"items": items}).json()["items"]
    assert [item["answer"] for item in many] == ["danger", "no_record", "known_good"]
    assert client.post("/api/v1/indicators/check", json={"items": []}).status_code == 422
    assert client.get("/indicators").status_code == 403


def test_a_formula_is_made_harmless() -> None:
    assert [harmless(cell) for cell in ("=1", "+1", "-1", "@a", "\tx", "1=", "")] == ["'=1", "'+1", "'-1", "'@a", "'\tx", "1=", ""]
    assert "".join(csv_lines(["a"], [["x" * 70_000], [None]])).count("\r\n") == 3


def test_a_list_is_checked_on_the_page_and_near_forms_are_shown(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    fill(platform, IndicatorRow(value=PHONE, source="list"), IndicatorRow(value="made-up-invest.top", source="list", state=IndicatorState.CONFIRMED))
    assert client.get("/indicator-checks").status_code == 200
    shown = client.post("/indicator-checks", data={"value": "13800000009"}).text
    assert "没有记录不等于安全" in shown
    assert "只有第14位不同" in shown
    assert "Another suffix" in client.post("/indicator-checks?lang=en", data={"value": "made-up-invest.vip"}).text
    answers = client.post("/indicator-checks/file", files={"file": ("a.csv", f"号码\n{PHONE}\nmade-up-invest.top\n".encode(), "text/csv")})
    assert answers.text.splitlines()[1:] == ["2,caution,phone,138****0001,other", "3,danger,domain,made-up-invest.top,other"]
    assert client.post("/indicator-checks/file", files={"file": ("a.csv", b"\xff\xfe\x00", "text/csv")}).status_code == 422


def test_what_is_protected_can_be_listed_with_a_reason(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    refused = client.post("/indicators", data={"value": "fake.made-up.gov.cn"})
    assert "/indicators/override" in refused.text
    assert client.post("/indicators/override", data={"value": "fake.made-up.gov.cn", "reason": "短"}).status_code == 422
    added = client.post("/indicators/override", data={"value": "fake.made-up.gov.cn", "reason": "该子域名已被攻陷"})
    assert client.get(added.headers["location"]).status_code == 200
    sign_in(client, Role.DUTY_OFFICER)
    assert client.post("/indicators/override", data={"value": "x.gov.cn", "reason": "该子域名已被攻陷"}).status_code == 403


def test_entries_are_handed_to_a_bank_and_taken_back(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    fill(platform, IndicatorRow(value=PHONE, source="list", state=IndicatorState.CONFIRMED))
    bank = sign_in(client, Role.BANK_AGENT)
    remembered = client.post("/api/v1/indicators/check/bulk?remember=true", json=[PHONE, "13800000009"]).json()
    assert (remembered["asked"], remembered["counts"], remembered["listed"][0]["line"]) == (2, {"danger": 1, "no_record": 1}, 1)
    assert client.post("/api/v1/indicators/check/bulk", content=f"{PHONE}\n", headers={"Content-Type": "text/csv"}).json()["counts"] == {"danger": 1}
    assert client.post("/api/v1/indicators/check/bulk", json={"a": 1}).status_code == 422
    assert client.get("/api/v1/indicators/near", params={"value": "13800000009"}).json()["items"][0]["form"] == "one_digit"
    sign_in(client, Role.ANALYST)
    assert client.post("/indicator-shares", data={"org_id": bank.org_id, "purpose": ""}).status_code == 422
    shared = client.post("/indicator-shares", data={"org_id": bank.org_id, "purpose": "核对可疑收款账户"})
    assert f"'+86{PHONE}" in shared.text  # in clear, and no formula
    entry = re.search(r"[0-9a-f]{32}", shared.text)
    assert entry is not None
    one = f"/indicators/{entry[0]}"
    assert "机构 bank" in client.get(one).text
    assert client.post(f"{one}/vote", data={"reason": "机主来电申诉"}).status_code == 303
    assert client.post(f"{one}/judge", data={"state": "cleared", "reason": "核实为误报"}).status_code == 303
    assert "已通知收回" in client.get(one).text
    assert client.get("/indicator-shares?lang=en").status_code == 200
    sign_in(client, Role.BANK_AGENT)
    items = client.get("/api/v1/indicators/retractions").json()["items"]
    assert {item["value"] for item in items} == {f"+86{PHONE}"}
    assert "138****0001" in client.get("/indicator-shares").text
    assert client.post("/api/v1/indicators/retractions/acknowledge", json={"until": items[0]["at"]}).json() == {"acknowledged": 2}
    assert client.post("/indicator-shares/acknowledge").status_code == 303
    assert client.post("/indicator-shares", data={"org_id": bank.org_id, "purpose": "核对"}).status_code == 403


def test_a_second_person_decides_on_the_page(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    fill(platform, IndicatorRow(value=PHONE, source="list"))
    with platform.database.work(Scope.system("test")) as work:
        dated.decide(work, "indicators.two_people", "cleared", region="", effective_from=date(2026, 1, 1), source="test")
        entry = f"/indicators/{service.search(work).rows[0].id}"
    sign_in(client, Role.ANALYST)
    assert client.post(f"{entry}/judge", data={"state": "cleared", "reason": "核实为误报"}).status_code == 303
    assert "提出人不能复核" in client.get(entry).text
    assert client.post(f"{entry}/decide", data={"accept": "true", "reason": "同意排除"}).status_code == 403
    sign_in(client, (Role.ANALYST, Role.DUTY_OFFICER))
    assert f"{entry}/decide" in client.get(entry).text
    assert client.post(f"{entry}/decide", data={"accept": "true", "reason": "同意排除"}).status_code == 303
    assert "核实为误报" in client.get(entry).text
