"""The receiving side: acknowledge an order, answer it. Idempotent by the serial of the receiver's message."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from fanzha.desks.controls import messages, recording, repository
from fanzha.desks.controls.domain import CARRIED_OUT, CHECKED, FINAL, Answer, Effect, Result, State, end_of, state_after
from fanzha.desks.controls.errors import BadAnswer, ChecksMissing, NotTheReceiver, OrderLapsed, OrderNotFound, OrderWrongState, SerialReused
from fanzha.desks.controls.events import OrderAcknowledged, OrderAnswered, OrderEnded, OrderInForce
from fanzha.desks.controls.model import Order, OrderAnswer
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True)
class Message:
    """A receiver's message as it came: its serial and its whole text, of which the same serial must always carry the same."""

    serial: str
    body: str


def by_hand(content: object) -> Message:
    """For an agent at the page: a serial of our own."""
    return Message(f"PAGE{new_id()}", messages.dump({"by": "page", "content": content}))


def acknowledge(work: Work, order_id: str, message: Message) -> Order:
    """The receiver has the order and is at work on it. The same message again changes nothing.

    Raises:
        OrderNotFound, NotTheReceiver, OrderLapsed, OrderWrongState, SerialReused, BadAnswer.
    """
    order, again = _take(work, order_id, message)
    if again or order.state_now is State.ACKNOWLEDGED:
        return order
    _must_be_open(order, State.ACKNOWLEDGED)
    if order.state_now is State.QUEUED:
        raise OrderWrongState(before=order.state, after=State.ACKNOWLEDGED)
    order.acknowledged_at = clock.now()
    recording.move(work, order, State.ACKNOWLEDGED, "acknowledged")
    work.publish(OrderAcknowledged(order.id, order.kind, order.report_id, order.acknowledged_at))
    return order


def answer(work: Work, order_id: str, said: Answer, message: Message) -> Order:
    """What came of the order. The same message again changes nothing; a queued order may be answered once more.

    Raises:
        OrderNotFound, NotTheReceiver, OrderLapsed, OrderWrongState, SerialReused, ChecksMissing, BadAnswer.
    """
    order, again = _take(work, order_id, message)
    if again:
        return order
    state = state_after(order.has_effect, said.result)
    _must_be_open(order, state)
    _fits(order, said)
    now = clock.now()
    order.acknowledged_at = order.acknowledged_at or now
    order.answered_at, order.result, order.cause = now, said.result.value, said.cause or None
    order.applied_fen, order.held_fen, order.balance_fen = said.applied_fen, said.held_fen, said.balance_fen
    order.former_department, order.former_held_fen, order.former_expires_at = said.former_department, said.former_held_fen, said.former_expires_at
    if state is State.IN_FORCE:
        _bring_into_force(work, order, said)
    elif state is State.QUEUED:
        _queue(work, order)
    elif state is State.FAILED:
        _fail(work, order)
    else:
        _done(work, order, said)
    work.publish(OrderAnswered(order.id, order.kind, order.subject_index, said.result.value, now))
    return order


def _take(work: Work, order_id: str, message: Message) -> tuple[Order, bool]:
    """The order, locked, and whether this message came before."""
    serial = message.serial.strip()
    if not 0 < len(serial) <= messages.LONGEST_SERIAL:
        raise BadAnswer("TransSerialNumber has 1 to 53 characters.", field="TransSerialNumber")
    order = _lock(work, order_id)
    if order.receiver_org_id != work.scope.org_id:
        raise NotTheReceiver(order=order_id)
    digest = hashlib.sha256(f"{order_id}\n{message.body}".encode()).hexdigest()
    there = repository.answer_by_serial(work, work.scope.org_id, serial)
    if there is not None:
        if there.digest != digest:
            raise SerialReused(serial=serial)
        return order, True
    kept = OrderAnswer(
        org_id=work.scope.org_id, serial=serial, order_id=order.id, digest=digest, body=message.body, at=clock.now(), actor=work.actor
    )
    work.session.add(kept)
    work.session.flush()
    return order, False


def _lock(work: Work, order_id: str) -> Order:
    """A measure is locked before what acts on it, here as in the clock's job: the other way round the two could wait for each other."""
    seen = repository.by_id(work, order_id)
    if seen is None:
        raise OrderNotFound(order=order_id)
    if seen.on_order_id:
        repository.by_id(work, seen.on_order_id, lock=True)
    order = repository.by_id(work, order_id, lock=True)
    if order is None:
        raise OrderNotFound(order=order_id)
    return order


def _must_be_open(order: Order, state: State) -> None:
    before = order.state_now
    if before is State.LAPSED or (before in FINAL and order.answered_at is None):
        raise OrderLapsed(order=order.id)
    if before in FINAL or before is State.IN_FORCE or (before is State.QUEUED and state not in (State.IN_FORCE, State.FAILED)):
        raise OrderWrongState(order=order.id, before=before, after=state)


def _fits(order: Order, said: Answer) -> None:
    """Raises ChecksMissing, BadAnswer."""
    kind = order.of_kind
    if said.result not in kind.results:
        raise BadAnswer("This result does not belong to this kind of order.", field="Result")
    if said.result is Result.QUEUED and not kind.may_queue:
        raise BadAnswer("This kind of order does not wait in a queue.", field="Result")
    if said.result is Result.QUEUED and not said.former_department:
        raise BadAnswer("Say in FormerApplicationDepartment whose freeze stands before it.", field="FormerApplicationDepartment")
    if kind.must_match and said.result in CARRIED_OUT and not said.checks.all_agree:
        raise ChecksMissing
    for field, sum_fen in (("AppliedBalance", said.applied_fen), ("FrozedBalance", said.held_fen)):
        if sum_fen is not None and order.amount_fen is not None and sum_fen > order.amount_fen:
            raise BadAnswer("More is held than the order allows.", field=field)
    needs_no_cause = CARRIED_OUT | CHECKED - {Result.NOT_PASSED} | {Result.QUEUED}
    if said.result not in needs_no_cause and not said.cause.strip():
        raise BadAnswer("Say in FailureCause why it was not carried out.", field="FailureCause")


def _bring_into_force(work: Work, order: Order, said: Answer) -> None:
    """The term runs from when the receiver says it began, also where that was before our message left; a second freeze on the account waits instead."""
    now, term = clock.now(), order.term
    if term is None or order.sent_at is None:
        raise BadAnswer("This order has no term.", field="Result")
    began = min(said.started_at or now, now)
    starts_at, ends_at = max(began, order.sent_at), end_of(began, term, said.expires_at)
    if ends_at <= max(starts_at, now):
        raise BadAnswer("By its start and term the measure would have ended already.", field="StartTime")
    repository.lock_subject(work, order.subject_index)
    work.session.flush()
    try:
        with work.session.begin_nested():
            order.starts_at, order.ends_at = starts_at, ends_at
            recording.move(work, order, State.IN_FORCE, "in_force", detail={"result": said.result.value, "held_fen": said.held_fen})
    except IntegrityError as taken:
        if "uq_orders_slot" not in str(taken.orig):
            raise
        if not order.of_kind.may_queue:
            raise BadAnswer("Another measure of this kind is in force on the account.", field="Result") from taken
        _queue(work, order)
        return
    work.publish(OrderInForce(order.id, order.kind, order.report_id, starts_at, ends_at, order.held_fen))


def _queue(work: Work, order: Order) -> None:
    order.result, order.queued_at = Result.QUEUED.value, clock.now()
    recording.move(work, order, State.QUEUED, "queued")


def _fail(work: Work, order: Order) -> None:
    order.round = None
    recording.move(work, order, State.FAILED, "failed", reason=order.cause, detail={"result": order.result})
    work.publish(OrderEnded(order.id, order.kind, order.report_id, order.state, clock.now()))


def _done(work: Work, order: Order, said: Answer) -> None:
    """A query, extension or release was carried out; the measure it is for follows."""
    base = repository.by_id(work, order.on_order_id, lock=True) if order.on_order_id else None
    if order.has_effect is Effect.EXTEND and (base is None or base.state_now is not State.IN_FORCE):
        raise OrderLapsed(order=order.id)
    recording.move(work, order, State.DONE, "done", detail={"result": said.result.value})
    if base is not None and order.has_effect is Effect.EXTEND:
        _extend(work, order, base, said)
    elif base is not None and base.state_now is State.IN_FORCE:
        recording.end(work, base, State.RELEASED, "released")
    elif base is not None and base.state_now is State.QUEUED:
        recording.end(work, base, State.LAPSED, "released")


def _extend(work: Work, order: Order, base: Order, said: Answer) -> None:
    if base.ends_at is None or base.starts_at is None or order.term is None:
        raise BadAnswer("This order has no term.", field="Result")
    base.ends_at = max(base.ends_at, end_of(base.ends_at, order.term, said.expires_at))
    work.session.flush()
    recording.note(work, base, "extended", before=State(base.state), detail={"by": order.id, "ends_at": base.ends_at.isoformat()})
    work.publish(OrderInForce(base.id, base.kind, base.report_id, base.starts_at, base.ends_at, base.held_fen, extended=True))
