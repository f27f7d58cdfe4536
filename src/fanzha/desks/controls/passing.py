"""What time does to orders: measures end, what was not approved or answered lapses, alarms are raised, what waits behind another comes into force.

Every run may be repeated and several may run at once: rows are locked, passed over where another run holds them, and moved once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from fanzha.desks.controls import messages, recording, repository
from fanzha.desks.controls.domain import AlarmKind, State, Unit
from fanzha.desks.controls.events import OrderInForce
from fanzha.desks.controls.model import Order
from fanzha.desks.controls.numbers import Numbers
from fanzha.kit import clock
from fanzha.store import Work

BATCH = 500
IN_FORCE_NOW = "FZ0201"
"""Message code (ours): an order that waited in the queue is in force from now on."""


@dataclass(frozen=True)
class Passed:
    """What one run did."""

    expired: int
    lapsed: int
    alarms: int

    @property
    def is_full(self) -> bool:
        return max(self.expired, self.lapsed, self.alarms) >= BATCH


def let_time_pass(work: Work) -> Passed:
    """One run over what has fallen due."""
    now = clock.now()
    ended = repository.ended_by(work, now, BATCH)
    for order in ended:
        recording.end(work, order, State.EXPIRED, "expired")
    lapsed = [order for order in repository.lapsed_by(work, now, BATCH) if order.state_now is State.LAPSED]
    for order in lapsed:
        recording.lapse(work, order, "too_late")
    passed = Passed(len(ended), len(lapsed), _alarms(work, now))
    if passed != Passed(0, 0, 0):
        work.audit("orders.time_passed", "orders", vars(passed))
    return passed


def _alarms(work: Work, now: datetime) -> int:
    number = Numbers(work, "")
    raised = [_raise(work, order, AlarmKind.ANSWER_LATE, order.answer_by) for order in repository.unanswered_since(work, now, BATCH)]
    for unit in Unit:
        for kind in (AlarmKind.ENDS_SOON, AlarmKind.ENDS_VERY_SOON):
            until = now + timedelta(hours=number.whole(f"{kind.value}_hours.{unit.value}"))
            raised += [_raise(work, order, kind, order.ends_at) for order in repository.ending_before(work, unit.value, until, kind, BATCH)]
    until = now + timedelta(hours=number.whole("freeze_due_hours"))
    raised += [_raise(work, order, AlarmKind.FREEZE_DUE, order.ends_at) for order in repository.stops_without_freeze(work, until, BATCH)]
    raised += [_raise(work, order, AlarmKind.RELEASE_DUE, order.release_by) for order in repository.unreleased_since(work, now, BATCH)]
    return sum(raised)


def _raise(work: Work, order: Order, kind: AlarmKind, due_at: datetime | None) -> bool:
    if due_at is None or not repository.raise_alarm(work, order.id, kind, due_at):
        return False
    recording.announce(work, order, kind.value)
    return True


def promote(work: Work, index: str, receiver: str, slot: str) -> bool:
    """The first that waits comes into force where the slot is free now; its own term begins. True where one did."""
    repository.lock_subject(work, index)
    order = repository.first_queued(work, index, receiver, slot)
    if order is None or order.term is None or repository.in_slot(work, order) is not None:
        return False
    if order.former_department:
        return False  # the receiver named a freeze that stands before it, and says itself when that has ended
    try:
        with work.session.begin_nested():
            order.starts_at = clock.now()
            order.ends_at = order.term.after(order.starts_at)
            recording.move(work, order, State.IN_FORCE, "promoted")
    except IntegrityError as taken:
        if "uq_orders_slot" not in str(taken.orig):
            raise
        return False
    extra = {"StartTime": messages.stamp(order.starts_at), "ExpireTime": messages.stamp(order.ends_at)}
    recording.send_message(work, order, IN_FORCE_NOW, None, extra)
    work.publish(OrderInForce(order.id, order.kind, order.report_id, order.starts_at, order.ends_at, order.held_fen))
    return True
