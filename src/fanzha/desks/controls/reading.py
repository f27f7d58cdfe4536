"""What pages show of orders: lists, one order with its clocks, timeline and the steps open to the reader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fanzha.desks import identity
from fanzha.desks.controls import kinds, policy, repository, service
from fanzha.desks.controls.domain import WITH_RECEIVER, Effect, State
from fanzha.desks.controls.model import Order, OrderAlarm, OrderMessage, OrderStep
from fanzha.desks.controls.repository import Filters
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Principal, Work


class Act(StrEnum):
    """A step that a page offers."""

    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXTEND = "extend"
    RELEASE = "release"
    UNRELATED = "unrelated"
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"


@dataclass(frozen=True)
class View:
    """One order as its reader may see it. `due_at` is the clock that runs now; `acting` are extensions and releases, `others` orders on the same subject."""

    order: Order
    base: Order | None
    acting: Sequence[Order]
    others: Sequence[Order]
    steps: Sequence[OrderStep]
    messages: Sequence[OrderMessage]
    alarms: Sequence[OrderAlarm]
    allowed: frozenset[Act]
    due_at: datetime | None


def read(work: Work, order_id: str) -> View:
    """Raises OrderNotFound."""
    order = service.get(work, order_id)
    me = work.scope.principal
    return View(
        order, repository.by_id(work, order.on_order_id) if order.on_order_id else None, repository.acting_on(work, order.id),
        repository.same_subject(work, order), repository.steps(work, order.id), repository.messages_of(work, order.id),
        [alarm for alarm, _ in repository.alarms(work, order_id=order.id)], allowed(order, me), due_at(order),
    )  # fmt: skip


def due_at(order: Order) -> datetime | None:
    """What the clock runs to: approval in time, the answer, the release of unrelated funds, the end."""
    state = order.state_now
    if state in (State.REQUESTED, State.APPROVED):
        return order.valid_until
    if state in WITH_RECEIVER:
        return order.answer_by if state is not State.QUEUED else None
    return order.release_by or order.ends_at if state is State.IN_FORCE else None


def allowed(order: Order, me: Principal | None) -> frozenset[Act]:
    """The steps open to this reader now. The service decides again when a step is taken."""
    if me is None:
        return frozenset()
    steps: set[Act] = set()
    state = order.state_now
    if me.org_kind in policy.POLICE:
        steps |= _police_steps(order, state, me)
    if order.receiver_org_id == me.org_id and me.may(policy.RECEIVE) and state in WITH_RECEIVER:
        steps |= {Act.ANSWER} if state is not State.SENT else {Act.ACKNOWLEDGE, Act.ANSWER}
    return frozenset(steps)


def _police_steps(order: Order, state: State, me: Principal) -> set[Act]:
    steps: set[Act] = set()
    own = (order.requester_id, order.officer_one_id, order.officer_two_id)
    if state is State.REQUESTED:
        if me.may(policy.APPROVE) and me.user_id not in own and me.org_kind in order.of_kind.approvers(major=order.major):
            steps |= {Act.APPROVE, Act.DECLINE}
        if me.may(policy.REQUEST) and me.org_id == order.org_id:
            steps.add(Act.WITHDRAW)
    if me.may(policy.REQUEST) and order.has_effect is Effect.IMPOSE:
        if state is State.IN_FORCE:
            steps |= {Act.EXTEND, Act.RELEASE} | (set() if order.unrelated_at else {Act.UNRELATED})
        if state is State.QUEUED:
            steps.add(Act.RELEASE)
    return steps


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Order]:
    """The newest first."""
    return repository.search(work, filters, page)


def inbox(work: Work, filters: Filters, page: PageRequest) -> Page[Order]:
    """What the reader's own organisation received."""
    return repository.inbox(work, work.scope.org_id, filters, page)


def counts(work: Work, *, received: bool = False) -> dict[str, int]:
    """Orders in sight, or those received by the reader's organisation, by state."""
    return repository.counts(work, receiver=work.scope.org_id if received else "")


def open_alarms(work: Work) -> Sequence[tuple[OrderAlarm, Order]]:
    """Alarms nobody has seen to yet, the newest first."""
    return repository.alarms(work)


def of_report(work: Work, report_id: str) -> Sequence[Order]:
    """Every order of a report, the oldest first: for the case's own page."""
    return repository.held_for_report(work, report_id)


def receivers(work: Work, kind: str) -> list[tuple[str, str]]:
    """(id, name) of organisations that can receive this kind of order, in sight."""
    wanted = kinds.by_key(kind).receivers
    return [(org.id, org.name) for of in sorted(wanted) for org in identity.service.organisations(work, kind=of)]


def officers(work: Work, org_id: str) -> list[tuple[str, str]]:
    """(id, name) of those who may be an order's officers: the active users of the requesting unit."""
    return [(user.id, f"{user.name}（{user.login}）") for user in identity.service.users_of(work, org_id)]


def of_incident(work: Work, report_ids: Collection[str], case_ids: Collection[str]) -> Sequence[Order]:
    """Every order of these reports and cases, the newest first."""
    return repository.of_incident(work, report_ids, case_ids)


def last_request(work: Work) -> Order | None:
    """What the reader asked for last: the next request most often names the same two officers."""
    me = work.scope.principal
    return repository.last_of(work, me.user_id) if me is not None else None
