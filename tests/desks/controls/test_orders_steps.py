"""Orders step by step, on the real database: who may, what must fit, what the clock does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.desks.controls.orders_kit import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    SYSTEM,
    Places,
    acknowledge,
    answer,
    approve,
    asking,
    in_force,
    now_of,
    request,
)

from fanzha.desks import controls
from fanzha.desks.controls import Checks, Officer, OrderEnded, OrderInForce, OrderSent, Result, State, Term, Unit, errors, tasks
from fanzha.desks.controls.model import OrderAlarm, OrderMessage
from fanzha.faces import worker
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden, NotFound
from fanzha.kit.events import Event
from fanzha.store import Scope


def test_a_stop_payment_from_request_to_its_end(platform: Platform, places: Places) -> None:
    told: list[Event] = []
    for kind in (OrderSent, OrderInForce, OrderEnded):
        platform.database.events.on(kind, lambda work, event: told.append(event))
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        assert order.state_now is State.REQUESTED
        approved = approve(platform, places.head, order.id)
        assert approved.state_now is State.SENT
        assert "救济途径" in (approved.notice_zh or "")
        assert ACCOUNT not in (approved.notice_zh or "")
        assert (approved.seal or "").startswith("[电子印章占位]")
    with clock.frozen(NOON + timedelta(minutes=3)):
        acknowledge(platform, places.bank, order.id)
        done = answer(platform, places.bank, order.id, held_fen=1_200_000, balance_fen=1_200_000)
        assert (done.state_now, done.ends_at) == (State.IN_FORCE, NOON + timedelta(hours=48, minutes=3))
    with clock.frozen(NOON + timedelta(hours=48, minutes=3)):
        assert now_of(platform, order.id).state_now is State.EXPIRED, "it holds no more, even before the clock's job has run"
        assert tasks.let_time_pass(platform)[0].expired == 1
        assert tasks.let_time_pass(platform)[0].expired == 0
    assert now_of(platform, order.id).state == "expired"
    assert [type(event).__name__ for event in told] == ["OrderSent", "OrderInForce", "OrderEnded"]
    with platform.database.work(SYSTEM) as work:
        assert [step.action for step in controls.reading.read(work, order.id).steps] == ["requested", "approved", "sent", "acknowledged", "in_force", "expired"]


def test_nobody_approves_what_is_their_own(platform: Platform, places: Places) -> None:
    order = request(platform, places.asker, asking(places, officers=(Officer(places.second.user_id, "P1"), Officer(places.head.user_id, "P2")), transfer_at=clock.now()))
    for who in (places.asker, places.second, places.head):
        with pytest.raises(errors.NotYourOwn):
            approve(platform, who, order.id)
    with pytest.raises(Forbidden):
        approve(platform, places.bank, order.id)
    with pytest.raises(NotFound):
        approve(platform, places.far_head, order.id)
    assert approve(platform, places.city_head, order.id).state_now is State.SENT
    assert approve(platform, places.city_head, order.id).state_now is State.SENT, "twice is as good as once"


def test_the_longer_term_needs_the_city(platform: Platform, places: Places) -> None:
    order = request(platform, places.asker, asking(places, "freeze", major=True, term=12, case_number="A1"))
    with pytest.raises(errors.ApproverTooLow):
        approve(platform, places.head, order.id)
    approve(platform, places.city_head, order.id)
    with pytest.raises(errors.TermTooLong):
        request(platform, places.asker, asking(places, "freeze", term=7))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"amount_fen": 5_000_001}, "amount_fen"), ({"disputed_fen": None}, "disputed_fen"), ({"holder_name": " "}, "holder_name"),
    ({"account": "户名"}, "account"), ({"transfer_at": None}, "transfer_at"), ({"transfer_fen": 0}, "transfer_fen"), ({"basis": "procedure:239"}, "basis"),
    ({"basis": "no:1"}, "basis"), ({"reason": "急"}, "reason"), ({"receiver_org_id": "none"}, "receiver_org_id"), ({"holder_type": "03"}, "holder_type"),
    ({"term": 49}, "term"), ({"major": True}, "major"), ({"case_number": "x" * 101}, "case_number"),
]  # fmt: skip


def test_an_incomplete_or_unlawful_request_names_its_field(platform: Platform, places: Places) -> None:
    for changes, field in WRONG:
        with clock.frozen(NOON), pytest.raises(errors.BadOrder) as wrong:
            request(platform, places.asker, asking(places, **changes))
        assert field in dict(wrong.value.params["fields"]), changes  # type: ignore[call-overload]
    one, two = Officer(places.asker.user_id, "P1"), Officer(places.second.user_id, "P2")
    for pair in ((one, one), (one, Officer(two.user_id, "P1")), (one, Officer("nobody", "P3")), (one, Officer(two.user_id, " "))):
        with clock.frozen(NOON), pytest.raises(errors.OfficersMissing):
            request(platform, places.asker, asking(places, officers=pair))


def test_the_same_key_is_the_same_request(platform: Platform, places: Places) -> None:
    asked = asking(places, transfer_at=clock.now())
    assert request(platform, places.asker, asked).id == request(platform, places.asker, asked).id


def test_where_the_four_do_not_agree_the_bank_must_not_stop(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        approve(platform, places.head, order.id)
        for checks in (Checks(), Checks(True, True, True, False), Checks(False, True, True, True)):
            with pytest.raises(errors.ChecksMissing):
                answer(platform, places.bank, order.id, checks=checks)
        assert answer(platform, places.bank, order.id, Result.MISMATCH).state_now is State.FAILED


def test_at_most_two_stops_on_one_account_wherever_they_come_from(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        first = in_force(platform, places)
        extension = request(platform, places.asker, asking(places, "stop_extend", on_order_id=first.id))
        approve(platform, places.head, extension.id)
        assert answer(platform, places.bank, extension.id).state_now is State.DONE
        assert now_of(platform, first.id).ends_at == NOON + timedelta(hours=96)
        officers = (Officer(places.far_asker.user_id, "Q1"), Officer(places.far_second.user_id, "Q2"))
        third = request(platform, places.far_asker, asking(places, officers=officers))
        with pytest.raises(errors.RoundsUsedUp):
            approve(platform, places.far_head, third.id)
        assert now_of(platform, third.id).state_now is State.REQUESTED


def test_a_stop_that_was_not_carried_out_takes_no_round(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        for _ in range(3):
            order = request(platform, places.asker, asking(places))
            approve(platform, places.head, order.id)
            answer(platform, places.bank, order.id, Result.NO_SUCH_ACCOUNT)
        assert in_force(platform, places).round == 1


def test_no_account_is_frozen_twice_and_the_second_freeze_waits(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        first = in_force(platform, places, asking(places, "freeze", case_number="A1"))
        officers = (Officer(places.far_asker.user_id, "Q1"), Officer(places.far_second.user_id, "Q2"))
        second = request(platform, places.far_asker, asking(places, "receive_only", officers=officers))
        approve(platform, places.far_head, second.id)
        assert answer(platform, places.bank, second.id).state_now is State.QUEUED
    with clock.frozen(NOON + timedelta(days=10)):
        release = request(platform, places.asker, asking(places, "freeze_release", on_order_id=first.id))
        approve(platform, places.head, release.id)
        answer(platform, places.bank, release.id)
        assert now_of(platform, first.id).state_now is State.RELEASED
    worker.run_waiting(platform)
    promoted = now_of(platform, second.id)
    assert promoted.state == "in_force"
    assert promoted.starts_at is not None
    assert promoted.ends_at == Term(6, Unit.MONTHS).after(promoted.starts_at)
    with platform.database.work(SYSTEM) as work:
        codes = work.session.scalars(select(OrderMessage.tx_code).where(OrderMessage.order_id == second.id).order_by(OrderMessage.seq)).all()
    assert codes == ["100201", "FZ0201"]


def test_a_bank_says_that_another_freeze_stands_before(platform: Platform, places: Places) -> None:
    order = request(platform, places.asker, asking(places, "freeze", transfer_at=clock.now()))
    approve(platform, places.head, order.id)
    with pytest.raises(errors.BadAnswer):
        answer(platform, places.bank, order.id, Result.QUEUED)
    assert answer(platform, places.bank, order.id, Result.QUEUED, former_department="外地公安").state_now is State.QUEUED
    assert answer(platform, places.bank, order.id).state_now is State.IN_FORCE


def test_a_freeze_lasts_six_calendar_months_and_is_renewed_before_it_ends(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        freeze = in_force(platform, places, asking(places, "freeze", case_number="A1"))
        assert freeze.ends_at == NOON.replace(month=9)
        renewal = request(platform, places.asker, asking(places, "freeze_renew", on_order_id=freeze.id, term=3))
        with pytest.raises(errors.BadOrder):
            request(platform, places.asker, asking(places, "freeze_renew", on_order_id=freeze.id))
        approve(platform, places.head, renewal.id)
    with clock.frozen(NOON.replace(month=8)):
        with pytest.raises(errors.OrderLapsed):
            answer(platform, places.bank, renewal.id)
        again = request(platform, places.asker, asking(places, "freeze_renew", on_order_id=freeze.id, term=3)) if tasks.let_time_pass(platform)[0].lapsed else None
        assert again is not None
        approve(platform, places.head, again.id)
        answer(platform, places.bank, again.id)
    assert now_of(platform, freeze.id).ends_at == NOON.replace(month=12)


def test_an_extension_lapses_with_the_measure_it_is_for(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        stop = in_force(platform, places)
        extension = request(platform, places.asker, asking(places, "stop_extend", on_order_id=stop.id))
        approve(platform, places.head, extension.id)
    with clock.frozen(NOON + timedelta(hours=49)):
        with pytest.raises(errors.OrderLapsed):
            answer(platform, places.bank, extension.id)
        tasks.let_time_pass(platform)
        assert now_of(platform, extension.id).state == "lapsed"
        with pytest.raises(errors.OrderLapsed):
            answer(platform, places.bank, extension.id)
        with pytest.raises(errors.NothingToActOn):
            request(platform, places.asker, asking(places, "stop_extend", on_order_id=stop.id))


def test_what_is_not_approved_or_answered_in_time_lapses(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        idle = request(platform, places.asker, asking(places))
        sent = request(platform, places.asker, asking(places, account=OTHER_ACCOUNT))
        approve(platform, places.head, sent.id)
    with clock.frozen(NOON + timedelta(hours=73)):
        with pytest.raises(errors.OrderLapsed):
            approve(platform, places.head, idle.id)
        with pytest.raises(errors.OrderLapsed):
            answer(platform, places.bank, sent.id)
        assert {now_of(platform, order.id).state_now for order in (idle, sent)} == {State.LAPSED}
        assert tasks.let_time_pass(platform)[0].lapsed == 2


def test_the_same_answer_again_changes_nothing_and_another_under_its_serial_is_refused(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        approve(platform, places.head, order.id)
        answer(platform, places.bank, order.id, serial="S1", held_fen=1)
        assert answer(platform, places.bank, order.id, serial="S1", held_fen=1).state_now is State.IN_FORCE
        with pytest.raises(errors.SerialReused):
            answer(platform, places.bank, order.id, serial="S1", held_fen=2)
        with pytest.raises(errors.OrderWrongState):
            answer(platform, places.bank, order.id, serial="S2", held_fen=2)


def test_no_more_is_held_than_was_asked(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places, amount_fen=1_000))
        approve(platform, places.head, order.id)
        with pytest.raises(errors.BadAnswer):
            answer(platform, places.bank, order.id, held_fen=1_001)
        assert answer(platform, places.bank, order.id, Result.PARTLY, held_fen=10).state_now is State.IN_FORCE


def test_the_term_runs_from_the_stop_itself_also_where_the_bank_was_first(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        approve(platform, places.head, order.id)
        held = answer(platform, places.bank, order.id, started_at=NOON - timedelta(hours=2), expires_at=NOON + timedelta(days=9))
        assert (held.starts_at, held.ends_at) == (NOON, NOON + timedelta(hours=46))


def test_alarms_are_raised_once(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        stop = in_force(platform, places)
        late = request(platform, places.asker, asking(places, account=OTHER_ACCOUNT))
        approve(platform, places.head, late.id)
    expected = {(stop.id, "ends_soon"), (stop.id, "ends_very_soon"), (stop.id, "freeze_due"), (late.id, "answer_late")}
    for at in (NOON + timedelta(hours=45), NOON + timedelta(hours=46)):
        with clock.frozen(at):
            tasks.let_time_pass(platform)
    with platform.database.work(SYSTEM) as work:
        assert {tuple(row) for row in work.session.execute(select(OrderAlarm.order_id, OrderAlarm.kind))} == expected
    with platform.database.work(Scope.of(places.asker)) as work:
        controls.service.see_alarms(work, stop.id)
        assert {alarm.order_id for alarm, _ in controls.reading.open_alarms(work)} == {late.id}


def test_unrelated_funds_have_a_clock_of_three_days(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        freeze = in_force(platform, places, asking(places, "freeze"))
        with platform.database.work(Scope.of(places.second)) as work:
            assert controls.service.find_unrelated(work, freeze.id, "工资收入，与案件无关").release_by == NOON + timedelta(days=3)
    with clock.frozen(NOON + timedelta(days=3)):
        assert tasks.let_time_pass(platform)[0].alarms == 1


def test_who_sees_an_order(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        seen = {"asker": True, "city_head": True, "far_head": False, "bank": False, "other_bank": False, "deputy": False}
        assert _sees(platform, places, order.id) == seen
        approve(platform, places.head, order.id)
        assert _sees(platform, places, order.id) == seen | {"bank": True}
        with platform.database.work(Scope.of(places.bank)) as work:
            assert [step.action for step in controls.reading.read(work, order.id).steps] == ["sent"], "what was said before is the police's own"
        with pytest.raises(NotFound):
            answer(platform, places.other_bank, order.id)
        with pytest.raises(errors.NotTheReceiver):
            answer(platform, places.asker, order.id)


def _sees(platform: Platform, places: Places, order_id: str) -> dict[str, bool]:
    found = {}
    for who in ("asker", "city_head", "far_head", "bank", "other_bank", "deputy"):
        with platform.database.work(Scope.of(getattr(places, who))) as work:
            found[who] = work.session.scalar(text("SELECT count(*) FROM orders WHERE id = :id"), {"id": order_id}) == 1
    return found


SKIPS_APPROVAL = (
    "UPDATE orders SET state = 'in_force', starts_at = now(), ends_at = now() + interval '1 hour'",
    "UPDATE orders SET state = 'approved'",
    "UPDATE orders SET state = 'approved', approver_id = 'x', approver_org_kind = 'police_city', approved_at = now(), seal = 's', notice_zh = 'n'",
    "UPDATE orders SET amount_fen = 1", "UPDATE orders SET term_count = 99", "UPDATE orders SET requester_id = 'x'", "DELETE FROM orders",
)  # fmt: skip
OUTLIVES = (
    "UPDATE orders SET ends_at = ends_at + interval '1 second'", "UPDATE orders SET starts_at = starts_at + interval '1 second'",
    "UPDATE orders SET approver_id = requester_id", "UPDATE orders SET seal = 'other'", "UPDATE orders SET ends_at = NULL",
    "UPDATE orders SET state = 'expired', ended_at = ends_at + interval '1 second'", "UPDATE orders SET held_fen = amount_fen + 1",
    "UPDATE orders SET state = 'requested'", "UPDATE order_steps SET actor = 'x'", "DELETE FROM order_steps",
)  # fmt: skip


def test_the_database_itself_refuses_what_skips_approval_or_outlives_its_term(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        request(platform, places.asker, asking(places))
        _refused(platform, places, SKIPS_APPROVAL)
        in_force(platform, places, asking(places, account=OTHER_ACCOUNT))
        _refused(platform, places, OUTLIVES)


def _refused(platform: Platform, places: Places, statements: tuple[str, ...]) -> None:
    for statement in statements:
        for scope in (SYSTEM, Scope.of(places.head)):
            with pytest.raises(DBAPIError), platform.database.work(scope) as work:
                work.session.execute(text(statement))


def test_police_and_database_agree_on_who_is_police() -> None:
    from importlib import import_module

    migration = import_module("fanzha.store.migrations.versions.0017_orders")
    assert all(f"'{kind.value}'" in migration._POLICE for kind in controls.policy.POLICE)


def test_the_trigger_holds_the_same_moves_as_the_code() -> None:
    import re
    from importlib import import_module

    from fanzha.desks.controls.domain import STEPS

    migration = import_module("fanzha.store.migrations.versions.0017_orders")
    assert set(re.findall(r"'(\w+>\w+)'", migration._KEEP)) == {f"{state.value}>{following.value}" for state, after in STEPS.items() for following in after}
