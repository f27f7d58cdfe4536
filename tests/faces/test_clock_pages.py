"""The clock of a rescue on pages and in the API: panels, figures, export; and that what waits, moves and is proposed is told to those it concerns alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.desks.controls.orders_kit import Places, acknowledge, answer, approve, asking, build, request
from tests.desks.funds.funds_kit import report
from tests.faces.test_orders_pages import enter

from fanzha.desks.controls import Result
from fanzha.faces.common.i18n import Locale
from fanzha.faces.common.platform import Platform
from fanzha.faces.console.live import concerns, message
from fanzha.kit import clock


@pytest.fixture
def places(platform: Platform) -> Places:
    return build(platform)


def stopped(platform: Platform, places: Places, report_id: str) -> str:
    """A stop for this report: requested after 10 minutes, approved after 14, acknowledged after 16, in force with 300,000 fen after 20."""
    asked = asking(places, report_id=report_id, disputed_fen=1_000_000, amount_fen=1_000_000, transfer_fen=1_000_000)
    begin = clock.now() - timedelta(hours=1)
    with clock.frozen(begin + timedelta(minutes=10)):
        order = request(platform, places.asker, asked)
    with clock.frozen(begin + timedelta(minutes=14)):
        approve(platform, places.head, order.id)
    with clock.frozen(begin + timedelta(minutes=16)):
        acknowledge(platform, places.bank, order.id)
    with clock.frozen(begin + timedelta(minutes=20)):
        answer(platform, places.bank, order.id, Result.PARTLY, held_fen=300_000)
    return order.id


def test_the_panel_the_figures_and_the_interface_say_the_same(platform: Platform, places: Places, client: TestClient) -> None:
    report_id = report(platform)
    order = stopped(platform, places, report_id)
    enter(platform, client, places.asker)
    panel = client.get(f"/clock/of-report/{report_id}")
    assert panel.status_code == 200
    assert "首次签收" in panel.text
    assert "取指令中最早的转账时间" in panel.text, "the fraud has no time of its own"
    assert f"/orders/{order}" in client.get(f"/orders/of-report/{report_id}").text
    told = client.get(f"/api/v1/clock/reports/{report_id}").json()
    assert (told["saved_fen"], told["lost_fen"], told["disputed_fen"]) == (300_000, 700_000, 1_000_000)
    span = "since=2026-05-01&until=2026-05-01"
    for by in ("all", "unit", "bank", "month"):
        assert client.get(f"/clock?{span}&by={by}").status_code == 200, by
        (group,) = client.get(f"/api/v1/clock?{span}&by={by}").json()
        assert (group["saved_fen"], group["spans"]["approval"]["median"], group["spans"]["in_force"]["median"]) == (300_000, 4.0, 6.0), by
    exported = client.post(f"/clock/export?{span}&by=month")
    assert exported.status_code == 200
    assert "2026-05,1,1,3000.00,10000.00,7000.00" in exported.text
    assert client.get("/clock?since=never&by=moon&lang=en").status_code == 200
    filed = client.post(f"/reports/{report_id}/file", data={"number": "A1", "reason": "符合立案条件"})
    case_id = filed.headers["location"].rpartition("/")[2]
    assert client.get(f"/api/v1/clock/cases/{case_id}").json()["saved_fen"] == 300_000, "the case has the orders of its report"
    assert f"/orders/{order}" in client.get(f"/orders/of-case/{case_id}").text
    for address in (f"/clock/of-case/{case_id}", f"/cases/{case_id}", f"/reports/{report_id}", f"/orders/new?report={report_id}", f"/orders/new?case={case_id}"):
        assert client.get(address).status_code == 200, address
    assert client.get(f"/orders/new?kind=freeze&like={order}").text.count("6222000000000000001") == 0, "the account stays masked"
    enter(platform, client, places.bank)
    assert client.get(f"/clock/of-report/{report_id}").status_code == 403
    assert client.get("/clock").status_code == 403


def test_of_an_order_hear_its_police_and_its_receiver_alone(places: Places) -> None:
    news = {"kind": "order", "order": "o1", "region": "350302", "receiver": places.bank.org_id, "state": "sent", "actor": "x", "alarm": ""}
    news["requester"] = places.asker.user_id
    heard = {name: concerns(who, news) for name, who in vars(places).items()}
    assert {name for name, hears in heard.items() if hears} == {"asker", "second", "head", "city_head", "bank"}
    assert not concerns(places.bank, news | {"receiver": ""}), "not before it is sent"
    assert message(news, places.bank, Locale.ZH)["text"] == "新指令待签收"
    assert "text" not in message(news, places.asker, Locale.ZH)
    assert message(news | {"state": "in_force"}, places.asker, Locale.EN)["url"] == "/orders/o1"
    assert "text" not in message(news | {"state": "in_force"}, places.second, Locale.ZH)
    assert message(news | {"state": "requested", "receiver": ""}, places.head, Locale.ZH)["text"] == "有指令待审批"
    assert "text" not in message(news | {"state": "requested", "receiver": "", "actor": places.head.user_id}, places.head, Locale.ZH)
    proposed = {"kind": "stop_proposed", "region": "350302", "trace": "t", "actor": "x"}
    assert message(proposed, places.asker, Locale.ZH)["text"] == "有止付建议待申请"
    assert "text" not in message(proposed, places.head, Locale.ZH)
