"""The pages of orders: a request that loses nothing, approval, the bank's inbox; and what the pages never show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.desks.controls.orders_kit import ACCOUNT, SYSTEM, Places, build, now_of

from fanzha.desks import cases, identity
from fanzha.desks.controls import State, reading, tasks
from fanzha.desks.controls.repository import Filters
from fanzha.desks.identity import SessionLimits
from fanzha.desks.identity.domain import SignInMethod
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import csrf_token
from fanzha.kit import clock
from fanzha.kit.clock import to_local
from fanzha.kit.paging import PageRequest
from fanzha.store import Principal, Scope


@pytest.fixture
def places(platform: Platform) -> Places:
    return build(platform)


def enter(platform: Platform, client: TestClient, who: Principal) -> None:
    """Sign in as somebody who is there already."""
    from datetime import timedelta

    with platform.database.work(SYSTEM) as work:
        user = identity.service.search_users(work, words="").rows
        found = next(one for one in user if one.id == who.user_id)
        opened = identity.sessions.open_session(
            work, found, SessionLimits(timedelta(hours=10), timedelta(hours=1)), SignInMethod.PASSWORD, address="testclient", agent="test"
        )
    client.cookies.clear()
    client.cookies.set("fz_session", opened.token)
    client.headers["X-CSRF-Token"] = csrf_token(platform.keys, opened.token)


def typed(places: Places, **changes: str) -> dict[str, str]:
    now = to_local(clock.now()).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "kind": "stop", "key": "k1", "receiver_org_id": places.bank.org_id, "account": ACCOUNT, "holder_name": "王某某", "holder_type": "01", "tier": "1",
        "disputed_fen": "50,000", "amount_fen": "50000", "transfer_fen": "50000.00", "transfer_at": now, "payer_bank": "测试银行", "payer_name": "林某某",
        "payer_account": "6222000000000000999", "basis": "atfl:20", "case_number": "A1", "reason": "被害人刚转出", "officer_one": places.asker.user_id,
        "officer_one_card": "P1", "officer_two": places.second.user_id, "officer_two_card": "P2", "confirmed": "1",
    } | changes  # fmt: skip


def asked_for(platform: Platform) -> str:
    with platform.database.work(SYSTEM) as work:
        return reading.search(work, Filters(), PageRequest()).rows[0].id


def test_from_the_form_to_the_banks_answer(platform: Platform, places: Places, client: TestClient) -> None:
    enter(platform, client, places.asker)
    assert client.get("/orders/new").status_code == 200
    sent = client.post("/orders", data=typed(places))
    assert sent.status_code == 303, sent.text
    order = asked_for(platform)
    assert client.post("/orders", data=typed(places)).headers["location"] == f"/orders/{order}", "the same form twice is one request"
    page = client.get(f"/orders/{order}").text
    assert "/approve" not in page
    assert "/withdraw" in page
    assert client.post(f"/orders/{order}/approve").status_code == 403
    enter(platform, client, places.head)
    assert f"/orders/{order}/approve" in client.get(f"/orders/{order}").text
    assert client.post(f"/orders/{order}/approve").status_code == 303
    enter(platform, client, places.bank)
    inbox = client.get("/order-inbox").text
    assert f"/order-inbox/{order}" in inbox
    assert client.get(f"/order-inbox/{order}").status_code == 200
    for _ in range(2):
        assert client.post(f"/order-inbox/{order}/acknowledge", data={"key": "a1"}).status_code == 303
    refused = client.post(f"/order-inbox/{order}/answer", data={"key": "r1", "result": "done", "held": "12,000", "check_name": "1"})
    assert refused.status_code == 422
    assert 'value="12,000"' in refused.text, "what was typed is still there"
    checks = {f"check_{name}": "1" for name in ("name", "account", "amount", "time")}
    for _ in range(2):
        assert client.post(f"/order-inbox/{order}/answer", data={"key": "r2", "result": "partly", "held": "12,000"} | checks).status_code == 303
    done = now_of(platform, order)
    assert (done.state_now, done.held_fen) == (State.IN_FORCE, 1_200_000)
    enter(platform, client, places.asker)
    page = client.get(f"/orders/{order}").text
    assert f"/orders/new?kind=stop_extend&amp;on={order}" in page
    assert client.get(f"/orders/new?kind=stop_extend&on={order}").status_code == 200
    follow = {"kind": "stop_release", "key": "k9", "on_order_id": order, "basis": "procedure:247", "reason": "与案件无关的资金"}
    officers = {name: value for name, value in typed(places).items() if name.startswith("officer")}
    assert client.post("/orders", data=follow | officers).status_code == 303
    assert client.post(f"/orders/{order}/unrelated", data={"reason": "工资收入"}).status_code == 303
    tasks.let_time_pass(platform)
    lists = ("/orders", "/orders?state=open&kind=stop&late=1", f"/orders?q={ACCOUNT}", "/orders?lang=en")
    for address in (*lists, f"/orders/{order}?lang=en", "/orders/new?kind=freeze&lang=en"):
        assert client.get(address).status_code == 200, address


FAULTS = ({"amount_fen": "50001"}, {"transfer_fen": "abc"}, {"transfer_at": "gestern"}, {"term": "x"}, {"officer_two": ""}, {"account": "无"})


def test_a_fault_is_shown_at_its_field_and_nothing_is_lost(platform: Platform, places: Places, client: TestClient) -> None:
    enter(platform, client, places.asker)
    for changes in FAULTS:
        answer = client.post("/orders", data=typed(places, **changes))
        assert answer.status_code == 422, changes
        assert 'aria-invalid="true"' in answer.text, changes
        for value in ("被害人刚转出", "50,000", "王某某", "P2"):
            assert value in answer.text, changes


def test_a_doubt_is_said_once_and_does_not_stop(platform: Platform, places: Places, client: TestClient) -> None:
    enter(platform, client, places.asker)
    first = client.post("/orders", data=typed(places, confirmed="", account="6222000000000000015", transfer_at="2026-01-01T00:00:00"))
    assert first.status_code == 200
    assert 'name="confirmed" value="1"' in first.text
    assert "两天以前" in first.text
    assert client.post("/orders", data=typed(places, account="6222000000000000015", transfer_at="2026-01-01T00:00:00")).status_code == 303


def test_a_report_fills_in_what_is_known(platform: Platform, places: Places, client: TestClient) -> None:
    row = cases.ReportRow(
        source="110", report_no="J2026-1", received_at=clock.now(), narrative="测试案情", region="350302", loss_fen=3_000_000, victim_name="林某某",
        suspects=(ACCOUNT,),
    )  # fmt: skip
    with platform.database.work(SYSTEM) as work:
        cases.service.import_many(work, [row], platform.tokens)
    with platform.database.work(Scope.of(places.asker)) as work:
        report = cases.service.search(work).rows[0]
    enter(platform, client, places.asker)
    form = client.get(f"/orders/new?report={report.id}").text
    assert "J2026-1" in form
    assert 'value="30000.00"' in form
    assert ACCOUNT not in form
    assert "林某某" not in form
    body = typed(places, report_id=report.id, account="", suspect="0", payer_name="", disputed_fen="30000", amount_fen="30000", transfer_fen="30000")
    assert client.post("/orders", data=body).status_code == 303
    order = now_of(platform, asked_for(platform))
    assert (order.subject_no, order.payer_name, order.report_id) == (ACCOUNT, "林某某", report.id)
    assert f'href="/reports/{report.id}"' in client.get(f"/orders/{order.id}").text
    enter(platform, client, places.head)
    page = client.get(f"/orders/{order.id}").text
    assert "J2026-1" in page
    assert "/reports/" not in page, "who may not see reports is told its number and led nowhere"


def test_no_page_shows_an_account_or_a_name_in_clear(platform: Platform, places: Places, client: TestClient) -> None:
    enter(platform, client, places.asker)
    client.post("/orders", data=typed(places, holder_name="赵某人"))
    order = asked_for(platform)
    enter(platform, client, places.head)
    client.post(f"/orders/{order}/approve")
    pages: list[Any] = [client.get(address).text for address in ("/orders", f"/orders/{order}")]
    enter(platform, client, places.bank)
    pages += [client.get(address).text for address in ("/order-inbox", f"/order-inbox/{order}")]
    for page in pages:
        assert not re.search(f"{ACCOUNT}|6222000000000000999|赵某人|林某某", page)
    assert client.post(f"/order-inbox/{order}/reveal/subject_no", data={"purpose": "核对账户"}).json() == {"value": ACCOUNT}
    assert client.post(f"/order-inbox/{order}/reveal/reason", data={"purpose": "核对账户"}).status_code == 404
    assert client.post(f"/order-inbox/{order}/reveal/subject_no", data={"purpose": ""}).status_code == 422


def test_first_tier_accounts_as_a_file(platform: Platform, places: Places, client: TestClient) -> None:
    enter(platform, client, places.asker)
    client.post("/orders", data=typed(places))
    client.post("/orders", data=typed(places, key="k2", account="6222000000000000023", tier="2"))
    with platform.database.work(SYSTEM) as work:
        waiting = [one.id for one in reading.search(work, Filters(state="requested"), PageRequest()).rows]
    enter(platform, client, places.head)
    for order in waiting:
        client.post(f"/orders/{order}/approve")
    day = clock.local_day(clock.now()).isoformat()
    answer = client.post("/orders/first-tier", data={"since": day, "until": day, "form": "csv"})
    assert (answer.status_code, answer.text.count(ACCOUNT), answer.text.count("\n")) == (200, 1, 2)
    listed = client.post("/orders/first-tier", data={"since": day, "until": day, "form": "json"}).json()["Accounts"]
    assert [row["AccountNumber"] for row in listed] == [ACCOUNT]
    assert client.post("/orders/first-tier", data={"since": "x", "until": day}).status_code == 422
    enter(platform, client, places.far_asker)
    assert client.post("/orders/first-tier", data={"since": day, "until": day, "form": "json"}).json()["Accounts"] == []


def test_others_have_no_orders(platform: Platform, places: Places, client: TestClient) -> None:
    enter(platform, client, places.deputy)
    for address in ("/orders", "/order-inbox", "/orders/new"):
        assert client.get(address).status_code == 403
