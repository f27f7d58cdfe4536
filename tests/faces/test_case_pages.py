"""Pages of cases. Every person and number is made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.desks.cases.kit import NUMBER, PHONE, STORY, SUSPECT

from fanzha.desks.cases import ReportRow, service
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
WHY = {"reason": "按规定办理"}
KEY = {"key": "0123456789abcdef"}


def typed(**more: str) -> dict[str, str]:
    return {
        "key": "filed-by-hand", "narrative": STORY, "region": "350302", "number": NUMBER, "fraud_type": "rebate_tasks", "happened_at": "2026-05-01T10:25",
        "reported_at": "2026-05-01T12:00", "victim_name": "张小三", "victim_phone": PHONE, "loss": "1,234.50", "suspects": f"{SUSPECT}\n6222000000000000000",
    } | more  # fmt: skip


def file(client: TestClient, **more: str) -> str:
    answer = client.post("/cases", data=typed(**more))
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"])


def test_filing_reading_searching_and_the_page(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    assert "还没有案件" in client.get("/cases").text
    read = client.post("/cases/read", data=typed(suspects="", loss="", number=""))
    assert re.search(rf'<mark title="标识 · [^"]+">{SUSPECT}</mark>', read.text)
    assert re.search(rf'value="suspects:{SUSPECT}"|已填入 · 涉案标识', read.text)
    assert "卡号校验位不符" in client.post("/cases/read", data=typed()).text
    emptied = client.post("/cases/read", data=typed(suspects="", take="loss:88.00")).text
    assert 'value="88.00"' in emptied
    taken = client.post("/cases/read", data=typed(suspects="", take=f"suspects:{SUSPECT}")).text
    assert re.search(rf'name="suspects"[^>]*>{SUSPECT}</textarea>', taken)
    assert client.post("/cases/read", data=typed(take="reason:x")).status_code == 200
    assert client.post("/cases/read", data=typed(narrative="长" * 50_001, take="loss:1")).status_code in (200, 422)
    case = file(client)
    assert file(client) == case
    odd = file(client, key="another-one", number="闽2026-1")
    assert "不符合本地规则" in client.get(odd).text
    taken = client.post("/cases", data=typed(key="third-time"))
    assert (taken.status_code, "另有案件使用这个编号" in taken.text, "张小三" in taken.text) == (409, True, True)
    assert client.post("/cases", data=typed(key="fourth", number="", reported_at="早上")).status_code == 422
    shown = client.get(case).text
    assert not any(secret in shown for secret in (PHONE, SUSPECT, "张小三", "垫付"))
    for seen in ("张*三", "170****0001", "95 分钟", "1,234.50", "卡号校验位不符"):
        assert seen in shown, seen
    assert "identifier_kind" not in shown
    found = client.get(f"/cases?q={PHONE}").text
    assert "<mark>138****0001</mark>" in found
    assert "<mark>刷单返利</mark>" in client.get("/cases?q=刷单返利").text
    assert "没有找到" in client.get("/cases?q=没有的词").text
    assert "单个字不能搜索" in client.get("/cases?q=刷").text
    for query in ("state=filed", "sort=-loss", "sort=nothing", "region=350302", "fraud_type=rebate_tasks", "since=2020-01-01"):
        assert NUMBER in client.get(f"/cases?{query}").text, query
    assert NUMBER not in client.get("/cases?state=solved").text
    exported = client.post("/cases/export?state=filed")
    assert NUMBER in exported.text
    assert "张" not in exported.text
    assert "Cases" in client.get("/cases?lang=en").text


def test_changing_and_stepping(client: TestClient, sign_in: SignIn) -> None:
    me = sign_in(client, Role.DUTY_OFFICER)
    case = file(client)
    assert client.get(f"{case}/edit").status_code == 200
    facts = typed(version="1", number="", narrative="") | WHY
    assert client.post(f"{case}/edit", data=facts).status_code == 303
    late = client.post(f"{case}/edit", data=facts)
    assert (late.status_code, "别人已修改过" in late.text) == (409, True)
    for place, data in {
        "victims": {"name": "李四"}, "losses": {"amount": "88", "role": "returned", "source": "bank"}, "suspects": {"value": "17000000002", "role": "contact"},
        "notes": {"at": "2026-05-01T13:00", "body": "走访"}, "tasks": {"title": "调取流水", "assignee": me.name, "due_at": "2026-06-01T09:00"},
    }.items():  # fmt: skip
        assert client.post(f"{case}/{place}", data=data | KEY).status_code == 303, place
    assert client.post(f"{case}/tasks", data={"title": "走访", "assignee": "没有这个人"} | KEY).status_code == 422
    mine = client.get("/tasks").text
    assert all(seen in mine for seen in ("调取流水", case, "data-countdown"))
    assert "调取流水" not in client.get("/tasks?of=others").text
    shown = client.get(case).text
    assert all(seen in shown for seen in ("1,146.50", "李*", "调取流水", "走访", "按规定办理"))
    task = re.search(rf'action="({case}/tasks/[0-9a-f]+/done)"', shown)
    victim = re.search(rf'action="({case}/remove/victim/[0-9a-f]+)"', shown)
    field = re.search(rf'action="({case}/reveal/victim\.phone:[0-9a-f]+)"', shown)
    assert task
    assert victim
    assert field
    assert client.post(task[1].replace("/done", "/assign"), data={"assignee": ""} | WHY).status_code == 303
    assert client.post(task[1], data={"result": "已调取", "back": "tasks"}).headers["location"] == "/tasks"
    assert client.post(victim[1], data=WHY).status_code == 303
    assert client.post(field[1], data={"purpose": "联系被害人"}).json() == {"value": f"+86{PHONE}"}
    assert client.post(f"{case}/reveal/narrative", data={"purpose": "研判案情"}).json()["value"] == STORY
    assert client.post(f"{case}/step", data={"step": "close"} | WHY).status_code == 409
    for step in ("solve", "close", "reopen"):
        assert client.post(f"{case}/step", data={"step": step} | WHY).status_code == 303
    assert "重新打开" in client.get(case).text


def test_evidence_is_downloaded_never_shown(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    case = file(client)
    page = b"<html><script>1</script></html>"
    assert client.post(f"{case}/evidence", files={"file": ("聊天.html", page, "text/html")}).status_code == 303
    assert client.post(f"{case}/evidence", files={"file": ("x.png", page, "image/png")}).status_code == 422
    at = re.search(rf'action="({case}/evidence/[0-9a-f]+)/check"', client.get(case).text)
    assert at is not None
    assert client.post(f"{at[1]}/check", data={"purpose": "核对文件"}).status_code == 303
    assert "校验通过" in client.get(case).text
    sent = client.post(f"{at[1]}/export", data={"purpose": "移送检察院"})
    assert (sent.content, sent.headers["content-type"]) == (page, "application/octet-stream")
    assert sent.headers["content-disposition"].startswith("attachment")
    assert "移送检察院" in client.get(case).text
    (kept,) = list((platform.settings.home / "evidence").glob("??/*"))
    kept.unlink()
    assert client.post(f"{at[1]}/export", data={"purpose": "移送检察院"}).status_code == 404


def test_merge_split_and_hand_over(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    first, second = file(client), file(client, key="the-second", number="", region="350303")
    assert client.post(f"{second}/merge", data={"other": NUMBER} | WHY).status_code == 303
    moved = client.get(first)
    assert (moved.status_code, moved.headers["location"]) == (303, second)
    undo = re.search(rf'action="({second}/operations/[0-9a-f]+/undo)"', client.get(second).text)
    assert undo is not None
    assert client.post(undo[1], data=WHY).status_code == 303
    assert client.get(first).status_code == 200
    parts = re.findall(r'name="part" value="([0-9a-f]+)"', client.get(first).text)
    split = client.post(f"{first}/split", data={"part": parts[:1]} | WHY | KEY)
    assert client.get(split.headers["location"]).status_code == 200
    assert client.post(f"{first}/merge", data={"other": "没有"} | WHY).status_code == 404
    assert client.post(f"{first}/hand-over", data={"region": "350304"} | WHY).status_code == 303
    assert client.post(f"{first}/hand-over/withdraw", data=WHY).status_code == 303
    assert client.post(f"{first}/hand-over", data={"region": "350304"} | WHY).status_code == 303
    sign_in(client, Role.DUTY_OFFICER, region="350304")
    assert "有单位把本案移交给您" in client.get(first).text
    assert client.post(f"{first}/hand-over/answer", data={"accept": "true"}).status_code == 303
    assert client.get(second).status_code == 404


def test_a_report_leads_to_its_case_and_others_see_none(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    at = clock.now() - timedelta(hours=1)
    with platform.database.work(Scope.system("test")) as work:
        service.import_many(work, [ReportRow("110", "J1", at, STORY, "350302", FraudType.LOAN, 5_000, "张小三", PHONE)], platform.tokens)
    sign_in(client, Role.DUTY_OFFICER)
    report = re.search(r'href="(/reports/[0-9a-f]{32})"', client.get("/reports").text)
    assert report is not None
    filed = client.post(f"{report[1]}/file", data=WHY)
    assert filed.status_code == 303
    assert filed.headers["location"] in client.get(report[1]).text
    assert report[1] in client.get(filed.headers["location"]).text
    assert client.post(f"{report[1]}/file", data=WHY).status_code == 409
    for role in (Role.DEPUTY, Role.BANK_AGENT, Role.GRID_WORKER, Role.OFFICE, Role.AUDITOR):
        sign_in(client, role)
        assert client.get("/cases").status_code == 403
        assert client.get(filed.headers["location"]).status_code == 403
    sign_in(client, Role.DUTY_OFFICER, region="350303")
    assert client.get(filed.headers["location"]).status_code == 404


@pytest.mark.parametrize("role", [Role.ANALYST])
def test_an_analyst_is_offered_what_an_analyst_may_do(client: TestClient, sign_in: SignIn, role: Role) -> None:
    sign_in(client, role, kind=OrgKind.POLICE_CITY)
    shown = client.get(file(client)).text
    assert "分出新案" in shown
    assert 'value="solve"' not in shown


def test_what_a_case_asks_for_now_and_taking_finds_from_its_narrative(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER, region="350302")
    story = "被害人称对方电话17000000003，向账户6222000000000000000转账5000元被骗，后又交保证金2000元。"
    case = file(client, narrative=story, suspects="", loss="", number="", victim_name="", victim_phone="", key="bare-of-everything")
    shown = client.get(case).text
    for seen in ("现在要办", "还没有登记涉案标识", "还没有登记损失", "还没有登记被害人", "还没有案件编号", f'href="{case}/narrative"'):
        assert seen in shown, seen
    assert client.get(f"{case}/narrative").status_code == 200
    assert client.post(f"{case}/narrative", data={"purpose": "看"}).status_code == 422
    read = client.post(f"{case}/narrative", data={"purpose": "提取涉案要素"}).text
    offers = re.findall(r'name="(suspect|loss)" value="([^"]+)"', read)
    assert ("suspect", "phone:+8617000000003") in offers
    assert ("loss", "lost:500000") in offers
    chosen = {"suspect": [value for name, value in offers if name == "suspect"], "loss": ["lost:500000"]}
    for _ in range(2):
        assert client.post(f"{case}/narrative/take", data=chosen | KEY).status_code == 303
    shown = client.get(case).text
    assert shown.count("170****0003") == 2  # the table and the choice for a split
    assert "5,000.00" in shown
    assert "还没有登记涉案标识" not in shown
    assert ("申请止付" in shown, f"/orders/new?kind=stop&amp;case={case.rpartition('/')[2]}" in shown) == (True, True)
    assert "本案已有" in client.post(f"{case}/narrative", data={"purpose": "提取涉案要素"}).text
    for wrong in ({"suspect": "nothing:1"}, {"loss": "lost:-1"}, {"loss": "gift:1"}):
        assert client.post(f"{case}/narrative/take", data=wrong | KEY).status_code == 422
    sign_in(client, Role.DUTY_OFFICER, region="350303")
    assert client.post(f"{case}/narrative", data={"purpose": "提取涉案要素"}).status_code == 404


def test_days_and_times_beyond_the_calendar_are_passed_over_or_refused(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    for address in ("/cases", "/reports", "/warnings", "/findings", "/clock"):
        for day in ("0001-01-01", "9999-12-31"):
            answer = client.get(address, params={"since": day, "until": day, "q": "没有的词"})
            assert answer.status_code < 500, (address, day)
    for field in ("reported_at", "happened_at"):
        form = {"narrative": "测试案情", "reported_at": "2026-01-02T10:00", "key": "impossible time", field: "0001-01-01T00:00"}
        refused = client.post("/cases", data=form)
        assert (refused.status_code, "测试案情" in refused.text) == (422, True)


def test_a_wrong_part_says_what_is_wrong_and_leads_back_to_the_case(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    case = client.post("/cases", data={"narrative": "测试案情", "reported_at": "2026-01-02T10:00", "key": "a wrong part"}).headers["location"]
    host = str(client.base_url)
    wrong = client.post(f"{case}/losses", data={"key": "k" * 8, "amount": "3万", "role": "lost", "source": "victim"}, headers={"Referer": f"{host}{case}"})
    assert (wrong.status_code, f'href="{case}"' in wrong.text) == (422, True)
    for elsewhere in ("https://elsewhere.example/x", f"{host}//elsewhere.example", "", f"{host}x/"):
        told = client.post(f"{case}/losses", data={"key": "k" * 8}, headers={"Referer": elsewhere})
        assert (told.status_code, "返回填写的页面" in told.text, "elsewhere" in told.text) == (422, False, False)
    fake = client.post(f"{case}/evidence", files={"file": ("a.png", b"some words", "image/png")})
    assert (fake.status_code, "按内容，文件名后缀应为：csv, eml" in fake.text) == (422, True)
