"""All queries of the orders desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from fanzha.desks.controls.domain import FINAL, AlarmKind, State
from fanzha.desks.controls.model import Order, OrderAlarm, OrderAnswer, OrderEndpoint, OrderMessage, OrderStep
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_OPEN = tuple(state.value for state in State if state not in FINAL)
_UNANSWERED = (State.SENT.value, State.ACKNOWLEDGED.value)


@dataclass(frozen=True)
class Filters:
    """'' and None do not narrow. `state` also takes `open` and `waiting` (for an answer); `index` is the blind index of a subject, `number` an application
    id or case number."""

    state: str = ""
    kind: str = ""
    receiver: str = ""
    report_id: str = ""
    number: str = ""
    index: str = ""
    late: bool = False
    ends_before: datetime | None = None


def by_id(work: Work, order_id: str, *, lock: bool = False) -> Order | None:
    query = select(Order).where(Order.id == order_id)
    return work.session.scalars(query.with_for_update() if lock else query, execution_options={"populate_existing": lock}).one_or_none()


def by_application(work: Work, application_id: str) -> str | None:
    """The id of the order with this ApplicationID."""
    return work.session.scalar(select(Order.id).where(Order.application_id == application_id))


def by_request_key(work: Work, requester: str, key: str) -> Order | None:
    return work.session.scalars(select(Order).where(Order.requester_id == requester, Order.request_key == key)).one_or_none()


def lock_subject(work: Work, subject_index: str) -> None:
    """Steps on one subject follow one another until the transaction ends."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('fanzha.orders.' || :index, 0))"), {"index": subject_index})


def acting_on(work: Work, order_id: str, *, open_only: bool = False) -> Sequence[Order]:
    """Extensions and releases of a measure, the oldest first."""
    query = select(Order).where(Order.on_order_id == order_id).order_by(Order.requested_at, Order.id)
    return work.session.scalars(query.where(Order.state.in_(_OPEN)) if open_only else query).all()


def first_queued(work: Work, subject_index: str, receiver: str, slot: str) -> Order | None:
    """The one that has waited longest behind another measure of the slot."""
    query = select(Order).where(
        Order.subject_index == subject_index, Order.receiver_org_id == receiver, Order.slot == slot, Order.state == State.QUEUED.value
    )  # fmt: skip
    return work.session.scalars(query.order_by(Order.queued_at, Order.id).limit(1).with_for_update()).one_or_none()


def in_slot(work: Work, order: Order) -> Order | None:
    """The measure in force that stands in this one's place, if it is in sight."""
    query = select(Order).where(
        Order.subject_index == order.subject_index, Order.receiver_org_id == order.receiver_org_id, Order.slot == order.slot,
        Order.state == State.IN_FORCE.value, Order.id != order.id,
    )  # fmt: skip
    return work.session.scalars(query.limit(1)).one_or_none()


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Order]:
    query = _narrowed(select(Order), filters).order_by(Order.requested_at.desc(), Order.id.desc())
    total = work.session.scalar(_narrowed(select(func.count()).select_from(Order), filters)) or 0
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset))), total, page)


def inbox(work: Work, org_id: str, filters: Filters, page: PageRequest) -> Page[Order]:
    """What an organisation received: what waits for its answer first, the most urgent on top."""
    query = _narrowed(select(Order).where(Order.receiver_org_id == org_id, Order.sent_at.is_not(None)), filters)
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    then = Order.answer_by.asc() if filters.state == "open" else Order.sent_at.desc()
    ordered = query.order_by(Order.state.in_(_UNANSWERED).desc(), then, Order.id)
    rows = work.session.scalars(ordered.limit(page.size).offset(page.offset))
    return Page(list(rows), total, page)


def counts(work: Work, *, receiver: str = "") -> dict[str, int]:
    """Orders in sight by state."""
    query = select(Order.state, func.count()).group_by(Order.state)
    rows = work.session.execute(query.where(Order.receiver_org_id == receiver, Order.sent_at.is_not(None)) if receiver else query)
    return {row[0]: int(row[1]) for row in rows}


def held_for_report(work: Work, report_id: str) -> Sequence[Order]:
    """Every order of a report, the oldest first."""
    return work.session.scalars(select(Order).where(Order.report_id == report_id).order_by(Order.requested_at, Order.id)).all()


def of_incident(work: Work, report_ids: Collection[str], case_ids: Collection[str]) -> Sequence[Order]:
    query = select(Order).where(or_(Order.report_id.in_(report_ids), Order.case_id.in_(case_ids)))
    return work.session.scalars(query.order_by(Order.requested_at.desc(), Order.id.desc()).limit(200)).all()


def last_of(work: Work, requester: str) -> Order | None:
    return work.session.scalars(select(Order).where(Order.requester_id == requester).order_by(Order.requested_at.desc()).limit(1)).one_or_none()


def same_subject(work: Work, order: Order) -> Sequence[Order]:
    """Other orders in sight on the same subject, the newest first."""
    query = select(Order).where(Order.subject_index == order.subject_index, Order.id != order.id)
    return work.session.scalars(query.order_by(Order.requested_at.desc(), Order.id).limit(50)).all()


def on_subject(work: Work, index: str) -> Sequence[Order]:
    """Orders in sight on a subject, the newest first."""
    return work.session.scalars(select(Order).where(Order.subject_index == index).order_by(Order.requested_at.desc(), Order.id).limit(50)).all()


def steps(work: Work, order_id: str) -> Sequence[OrderStep]:
    return work.session.scalars(select(OrderStep).where(OrderStep.order_id == order_id).order_by(OrderStep.seq)).all()


def alarms(work: Work, *, order_id: str = "", limit: int = 100) -> Sequence[tuple[OrderAlarm, Order]]:
    """Alarms nobody has seen to, the newest first; with an order, all of its alarms."""
    query = select(OrderAlarm, Order).join(Order, Order.id == OrderAlarm.order_id).order_by(OrderAlarm.at.desc(), OrderAlarm.order_id).limit(limit)
    query = query.where(OrderAlarm.order_id == order_id) if order_id else query.where(OrderAlarm.seen_at.is_(None))
    return [(row[0], row[1]) for row in work.session.execute(query)]


def raise_alarm(work: Work, order_id: str, kind: AlarmKind, due_at: datetime) -> bool:
    """True where it is new: the same alarm is raised once."""
    row = {"order_id": order_id, "kind": kind.value, "due_at": due_at, "at": clock.now()}
    return work.session.execute(insert(OrderAlarm).values(row).on_conflict_do_nothing().returning(OrderAlarm.order_id)).first() is not None


def see_alarms(work: Work, order_id: str) -> int:
    seen = update(OrderAlarm).where(OrderAlarm.order_id == order_id, OrderAlarm.seen_at.is_(None)).values(seen_at=clock.now(), seen_by=work.actor)
    return len(work.session.execute(seen.returning(OrderAlarm.kind)).all())


# --- messages


def lock_receiver(work: Work, org_id: str) -> None:
    """Messages to one receiver are numbered one transaction after the other: a cursor that has passed a number can never miss a lower one."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('fanzha.order_messages.' || :org, 0))"), {"org": org_id})


def messages_after(work: Work, org_id: str, seq: int, limit: int) -> Sequence[OrderMessage]:
    query = select(OrderMessage).where(OrderMessage.receiver_org_id == org_id, OrderMessage.seq > seq)
    return work.session.scalars(query.order_by(OrderMessage.seq).limit(limit)).all()


def messages_of(work: Work, order_id: str) -> Sequence[OrderMessage]:
    return work.session.scalars(select(OrderMessage).where(OrderMessage.order_id == order_id).order_by(OrderMessage.seq)).all()


def endpoint(work: Work, org_id: str) -> OrderEndpoint | None:
    return work.session.scalars(select(OrderEndpoint).where(OrderEndpoint.org_id == org_id)).one_or_none()


def is_pushed_to(work: Work, org_id: str) -> bool:
    """Whether the receiver wants messages pushed; asked by the pipeline alone, row security hides endpoints from the sender."""
    return work.session.scalar(select(OrderEndpoint.active).where(OrderEndpoint.org_id == org_id)) is True


def answer_by_serial(work: Work, org_id: str, serial: str) -> OrderAnswer | None:
    return work.session.get(OrderAnswer, (org_id, serial))


def answers_of(work: Work, order_id: str) -> Sequence[OrderAnswer]:
    return work.session.scalars(select(OrderAnswer).where(OrderAnswer.order_id == order_id).order_by(OrderAnswer.at)).all()


# --- what the clock looks for; for the pipeline


def ended_by(work: Work, now: datetime, limit: int) -> Sequence[Order]:
    return _lock(work, (Order.state == State.IN_FORCE.value) & (Order.ends_at <= now), limit)


def lapsed_by(work: Work, now: datetime, limit: int) -> Sequence[Order]:
    waiting = Order.state.in_((State.REQUESTED.value, State.APPROVED.value, State.SENT.value, State.ACKNOWLEDGED.value))
    return _lock(work, waiting & (Order.valid_until <= now), limit)


def _lock(work: Work, condition: ColumnElement[bool], limit: int) -> Sequence[Order]:
    """Several workers share the work: what another one holds is passed over."""
    return work.session.scalars(select(Order).where(condition).order_by(Order.id).limit(limit).with_for_update(skip_locked=True)).all()


def unanswered_since(work: Work, now: datetime, limit: int) -> Sequence[Order]:
    return _without_alarm(work, Order.state.in_(_UNANSWERED) & (Order.answer_by <= now), AlarmKind.ANSWER_LATE, Order.answer_by, limit)


def ending_before(work: Work, unit: str, until: datetime, kind: AlarmKind, limit: int) -> Sequence[Order]:
    condition = (Order.state == State.IN_FORCE.value) & (Order.term_unit == unit) & (Order.ends_at <= until)
    return _without_alarm(work, condition, kind, Order.ends_at, limit)


def stops_without_freeze(work: Work, until: datetime, limit: int) -> Sequence[Order]:
    """Stops that end soon while nobody has asked for a freeze on the account."""
    freeze = aliased(Order)
    gone = tuple(state.value for state in FINAL)
    other = select(freeze.id).where(freeze.slot == "freeze", freeze.subject_index == Order.subject_index, freeze.state.not_in(gone))
    condition = (Order.state == State.IN_FORCE.value) & (Order.kind == "stop") & (Order.ends_at <= until) & ~other.exists()
    return _without_alarm(work, condition, AlarmKind.FREEZE_DUE, Order.ends_at, limit)


def unreleased_since(work: Work, now: datetime, limit: int) -> Sequence[Order]:
    return _without_alarm(work, (Order.state == State.IN_FORCE.value) & (Order.release_by <= now), AlarmKind.RELEASE_DUE, Order.release_by, limit)


def _without_alarm(work: Work, condition: ColumnElement[bool], kind: AlarmKind, due: Any, limit: int) -> Sequence[Order]:
    raised = select(OrderAlarm.order_id).where(OrderAlarm.order_id == Order.id, OrderAlarm.kind == kind.value, OrderAlarm.due_at == due)
    return work.session.scalars(select(Order).where(condition, ~raised.exists()).order_by(Order.id).limit(limit)).all()


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.state == "open":
        query = query.where(Order.state.in_(_OPEN))
    elif filters.state == "waiting":
        query = query.where(Order.state.in_(_UNANSWERED))
    elif filters.state:
        query = query.where(Order.state == filters.state)
    pairs = ((Order.kind, filters.kind), (Order.receiver_org_id, filters.receiver), (Order.report_id, filters.report_id))
    for column, value in pairs:
        query = query.where(column == value) if value else query
    if filters.number or filters.index:
        query = query.where(or_(Order.application_id == filters.number, Order.case_number == filters.number, Order.subject_index == filters.index))
    if filters.late:
        query = query.where(Order.state.in_(_UNANSWERED), Order.answer_by <= clock.now())
    if filters.ends_before is not None:
        query = query.where(Order.state == State.IN_FORCE.value, Order.ends_at <= filters.ends_before)
    return query
