"""Pages of withdrawals and of the city's own known-good list. Every identifier is made up."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from fanzha.desks.indicators import Answer, IndicatorRow, bulk, local_good, service, withdrawing
from fanzha.desks.indicators.withdrawing import Outcome, Place, Reached, Told
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
SYSTEM = Scope.system("test")
PHONE, HOTLINE, SCHOOL = "13800000001", "05940000000", "made-up-school.example"


def test_a_withdrawal_is_shown_where_it_went(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    me = sign_in(client, Role.ANALYST)
    with platform.database.work(SYSTEM) as work:
        entry = service.add_one(work, IndicatorRow(PHONE, source="list"), platform.tokens).id
    assert "撤销去向" not in client.get(f"/indicators/{entry}").text
    client.post(f"/indicators/{entry}/judge", data={"state": "cleared", "reason": "机主已核实"})
    with platform.database.work(SYSTEM) as work:
        (gone,) = withdrawing.unsettled(work)
        withdrawing.keep(work, [Reached(gone.id, Place.ORDER, "o-1", "A001", Outcome.TOLD), Reached(gone.id, Place.SCREENING, "", "", Outcome.RENEWED)])
        withdrawing.tell(work, [Told(gone.id, Place.ORDER, "o-1", "A001", me.org_id, "反诈中心", me.region)] * 2)
    shown = client.get(f"/indicators/{entry}").text
    assert all(words in shown for words in ("撤销去向", "管控指令", "A001", "已通知", "已不再标记", "还在跟进"))
    assert "138****0001" in client.get("/withdrawals/of/order/o-1").text
    assert client.get("/withdrawals/of/order/o-2").text.strip() == ""
    assert client.get("/withdrawals/of/nothing/o-1").text.strip() == ""
    notices = client.get("/withdrawal-notices").text
    (address,) = re.findall(r'action="(/withdrawal-notices/[^"]+)"', notices)
    assert client.post(address).status_code == 303
    assert 'action="/withdrawal-notices/' not in client.get("/withdrawal-notices").text


def test_two_people_put_an_identifier_on_the_known_good_list(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    told = {"value": HOTLINE, "good_for": "某市政务热线", "reason": "市政府公告公布"}
    assert client.post("/known-good", data=told | {"reason": ""}).status_code == 422
    assert client.post("/known-good", data=told | {"value": "？？"}).status_code == 422
    assert client.post("/known-good", data=told).status_code == 303
    assert client.post("/known-good", data=told).status_code == 409
    page = client.get("/known-good").text
    assert "等待第二人复核" in page
    client.post("/known-good", data={"value": SCHOOL, "good_for": "某某学校网站", "reason": "教育局名录"})
    with platform.database.work(SYSTEM) as work:
        ids = {row.masked: row.id for row in local_good.entries(work)}
    assert client.post(f"/known-good/{ids[SCHOOL]}/decide", data={"accept": "true", "reason": "我自己同意"}).status_code == 403
    client.cookies.clear()
    sign_in(client, Role.LEADER, kind=OrgKind.POLICE_CITY)
    for entry in ids.values():
        assert client.post(f"/known-good/{entry}/decide", data={"accept": "true", "reason": "已核对公告"}).status_code == 303
    with platform.database.work(SYSTEM) as work:
        added = service.add_many(work, [IndicatorRow(value, source="list") for value in (HOTLINE, f"www.{SCHOOL}", PHONE)], platform.tokens)
        assert (added.accepted, [each.reason for each in added.refused]) == (1, ["known_good", "known_good"])
        assert "某市政务热线" in added.refused[0].sentence_zh
        asked = [HOTLINE, f"https://{SCHOOL}/a", PHONE]
        single = [service.check(work, value) for value in asked]
        assert [each.answer for each in single] == [Answer.KNOWN_GOOD, Answer.KNOWN_GOOD, Answer.CAUTION]
        assert list(bulk.check_many(work, [(value, None) for value in asked]).verdicts) == single
    assert client.post("/known-good", data={"value": PHONE, "good_for": "某单位", "reason": "说明材料"}).status_code == 403
    client.post(f"/known-good/{ids[SCHOOL]}/end", data={"reason": "网站已停用"})
    with platform.database.work(SYSTEM) as work:
        assert service.check(work, SCHOOL).answer is Answer.NO_RECORD


def test_what_is_flagged_is_cleared_before_it_is_known_to_be_good(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    with platform.database.work(SYSTEM) as work:
        service.add_one(work, IndicatorRow(PHONE, source="list"), platform.tokens)
    refused = client.post("/known-good", data={"value": PHONE, "good_for": "某单位值班", "reason": "说明材料"})
    assert (refused.status_code, "请先在标识库中排除" in refused.text) == (409, True)
