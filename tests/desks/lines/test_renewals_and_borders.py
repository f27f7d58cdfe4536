"""Renewals of measures on numbers, and one ladder for a number wherever its measures were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.desks.lines.lines_kit import (
    NOON,
    NUMBERS,
    SYSTEM,
    Places,
    answer,
    approve,
    carried_out,
    from_afar,
    on,
    piece,
    request,
    state_of,
    suspects,
)

from fanzha.desks import controls, lines
from fanzha.desks.controls import Order, Result
from fanzha.desks.controls import tasks as order_tasks
from fanzha.desks.controls.errors import ApproverTooLow, BadOrder, NothingToActOn, NotYourOwn
from fanzha.desks.lines import tasks
from fanzha.desks.lines.errors import LevelNotOpen
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope, dated

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def suspended(platform: Platform, places: Places) -> Order:
    """A suspension after a check that was not passed."""
    (one,) = suspects(platform, piece(NUMBERS[0]))
    carried_out(platform, places, one, lines.VERIFY, Result.NOT_PASSED)
    return carried_out(platform, places, one, "line_suspend")


def alarms(platform: Platform, order: Order) -> list[str]:
    with platform.database.work(SYSTEM) as work:
        return list(work.session.scalars(text("SELECT kind FROM order_alarms WHERE order_id = :id ORDER BY at, kind"), {"id": order.id}))


def end_of(platform: Platform, order: Order) -> object:
    with platform.database.work(SYSTEM) as work:
        return controls.service.get(work, order.id).ends_at


def fault(refused: pytest.ExceptionInfo[BadOrder]) -> object:
    return refused.value.params["fields"]


def test_a_suspension_is_renewed_only_while_its_ground_stands(platform: Platform, places: Places, suspended: Order) -> None:
    """After 80 days the check of the first day counts no more: the holder is verified again, then the end moves by one term, with alarms before the new end."""
    with clock.frozen(NOON + 84 * DAY):
        order_tasks.let_time_pass(platform)
        assert alarms(platform, suspended) == ["ends_soon"]
        with pytest.raises(BadOrder) as refused:
            on(platform, places, suspended.id, "line_suspend_renew")
        assert fault(refused) == {"ground": "check_first"}
        check = request(platform, places, suspects(platform, piece(NUMBERS[0]))[0], lines.VERIFY).order
        assert check is not None
        approve(platform, places.head, check.id)
        answer(platform, places.operator, check.id, Result.NOT_REACHED)
        renewal = on(platform, places, suspended.id, "line_suspend_renew", term=60)
        with pytest.raises(NotYourOwn):
            approve(platform, places.asker, renewal.id)
        assert "延长停机" in (approve(platform, places.head, renewal.id).notice_zh or "")
        assert end_of(platform, suspended) == NOON + 90 * DAY, "not before the operator has carried it out"
        answer(platform, places.operator, renewal.id, Result.DONE)
        assert end_of(platform, suspended) == NOON + 150 * DAY
    with clock.frozen(NOON + 149 * DAY + timedelta(hours=12)):
        order_tasks.let_time_pass(platform)
        assert alarms(platform, suspended) == ["ends_soon", "ends_soon", "ends_very_soon"]
    with clock.frozen(NOON + 150 * DAY):
        assert state_of(platform, suspended.id) == "expired"
        with pytest.raises(NothingToActOn):
            on(platform, places, suspended.id, "line_suspend_renew", ground="case_confirmed")


def test_how_often_by_whom_and_on_what_ground_it_is_renewed_are_settings(platform: Platform, places: Places, suspended: Order) -> None:
    with platform.database.work(SYSTEM) as work:
        for key, value in (("lines.renew_most", 1), ("lines.approver.line_suspend_renew", "city"), ("controls.line_suspend_renew.major_term", 7)):
            dated.decide(work, key, value, region="3503", effective_from=clock.local_day(NOON), source="市局通知")
    with pytest.raises(BadOrder) as refused:
        on(platform, places, suspended.id, "line_suspend_renew")
    assert fault(refused) == {"major": "city_needed"}
    with clock.frozen(NOON + 31 * DAY):
        with pytest.raises(BadOrder) as refused:
            on(platform, places, suspended.id, "line_suspend_renew", major=True, ground="sim_box")
        assert fault(refused) == {"ground": "ground_not_allowed"}
        renewal = on(platform, places, suspended.id, "line_suspend_renew", major=True, ground="false_identity")
        with pytest.raises(ApproverTooLow):
            approve(platform, places.head, renewal.id)
        approve(platform, places.city_head, renewal.id)
        answer(platform, places.operator, renewal.id, Result.DONE)
        assert end_of(platform, suspended) == NOON + 97 * DAY
        with pytest.raises(BadOrder) as refused:
            on(platform, places, suspended.id, "line_suspend_renew", major=True, ground="false_identity")
        assert fault(refused) == {"kind": "renewed_too_often"}


def test_a_check_that_is_passed_in_the_meantime_ends_measure_and_renewal(platform: Platform, places: Places, suspended: Order) -> None:
    renewal = on(platform, places, suspended.id, "line_suspend_renew")
    check = request(platform, places, suspects(platform, piece(NUMBERS[0]))[0], lines.VERIFY).order
    assert check is not None
    approve(platform, places.head, check.id)
    answer(platform, places.operator, check.id, Result.PASSED)
    assert state_of(platform, suspended.id) == "released"
    with pytest.raises(LevelNotOpen):  # the operator does not see the request; a job lets it lapse
        approve(platform, places.head, renewal.id)
    tasks.settle_restored(platform, suspended.subject_index)
    assert state_of(platform, renewal.id) == "lapsed"


def test_what_is_lifted_takes_the_check_with_it(platform: Platform, places: Places, suspended: Order) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    cancel = request(platform, places, one, "line_cancel").order
    assert cancel is not None
    release = on(platform, places, suspended.id, lines.RESTORE)
    approve(platform, places.head, release.id)
    with pytest.raises(LevelNotOpen):  # the level that carried it is being lifted
        approve(platform, places.city_head, cancel.id)
    answer(platform, places.operator, release.id, Result.DONE)
    assert request(platform, places, one, "line_suspend").faults == (("ground", "check_first"),)


def test_a_level_of_another_county_is_neither_doubled_nor_forgotten(platform: Platform, places: Places) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    check = from_afar(platform, places, NUMBERS[0], lines.VERIFY)
    assert request(platform, places, one, lines.VERIFY).faults == (("kind", "check_under_way"),)
    approve(platform, places.far_head, check.id)
    answer(platform, places.operator, check.id, Result.NOT_REACHED)
    assert request(platform, places, one, "line_suspend").faults == (("ground", "level_skipped"),)
    limit = from_afar(platform, places, NUMBERS[0], "line_limit", scope="calls_out")
    approve(platform, places.far_head, limit.id)
    answer(platform, places.operator, limit.id, Result.DONE)
    assert request(platform, places, one, "line_limit", receiver_org_id=places.other_operator.org_id).faults == (("kind", "level_reached"),)
    suspend = carried_out(platform, places, one, "line_suspend")
    with platform.database.work(Scope.of(places.asker)) as work:
        view = lines.reading.number(work, suspend.subject_index)
        assert [(held.kind, held.ends_at) for held in view.elsewhere] == [("line_limit", NOON + 30 * DAY)]
        assert (view.standing.reached, view.open_kinds) == (2, ("line_verify", "line_cancel"))
        assert {order.id for order in view.orders} == {suspend.id}, "the orders themselves stay the other county's"
        assert lines.reading.queue(work, lines.repository.Filters(), PageRequest()).rows[0].standing == view.standing
    with platform.database.work(Scope.of(places.far_asker)) as work:
        assert lines.reading.number(work, suspend.subject_index).standing.reached == 2


def test_protections_of_all_counties_count_together(platform: Platform, places: Places) -> None:
    for hours in range(3):
        with clock.frozen(NOON + timedelta(hours=2 * hours)):
            order_tasks.let_time_pass(platform)
            order = from_afar(platform, places, NUMBERS[3], lines.PROTECT, basis="atfl:34", ground="family_request", term=1)
            approve(platform, places.far_head, order.id)
            answer(platform, places.operator, order.id, Result.DONE)
    with clock.frozen(NOON + timedelta(hours=6)), pytest.raises(BadOrder) as refused:
        on(platform, places, "", lines.PROTECT, account=NUMBERS[3], basis="atfl:34", ground="victim_request", receiver_org_id=places.operator.org_id)
    assert fault(refused) == {"kind": "protected_too_often"}


def test_the_history_tells_the_police_kinds_states_and_times_and_nobody_else_anything(platform: Platform, places: Places, suspended: Order) -> None:
    asked = text("SELECT * FROM line_history(:indexes)")
    with platform.database.work(Scope.of(places.far_asker)) as work:
        rows = work.session.execute(asked, {"indexes": [suspended.subject_index]})
        assert set(rows.keys()) == {
            "subject_index", "kind", "state", "valid_until", "ends_at", "requested_at", "result", "sent_at", "answer_by", "answered_at", "on_kind", "in_sight",
        }  # fmt: skip
        assert [(row.kind, row.state, row.in_sight) for row in rows] == [("line_suspend", "in_force", False), ("line_verify", "done", False)]
    for other in (places.operator, places.other_operator):
        with platform.database.work(Scope.of(other)) as work:
            assert work.session.execute(asked, {"indexes": [suspended.subject_index]}).all() == []
