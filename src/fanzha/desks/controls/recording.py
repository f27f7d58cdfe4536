"""One place that moves an order and writes down who did it: no state is set anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanzha.desks.controls import messages, repository
from fanzha.desks.controls.domain import Effect, State, may_become
from fanzha.desks.controls.errors import OrderWrongState, ReasonNeededForOrder
from fanzha.desks.controls.events import OrderEnded
from fanzha.desks.controls.model import Order, OrderMessage, OrderStep
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

SHORTEST_REASON = 4
CLOCK = "controls.clock"
PROMOTE = "controls.promote"
LIVE_CHANNEL = "fanzha_orders"
"""Where every step of an order is announced; pages that are open listen."""
DELIVER = "controls.deliver"


def reason_of(given: str) -> str:
    """Raises ReasonNeededForOrder."""
    why = given.strip()
    if len(why) < SHORTEST_REASON:
        raise ReasonNeededForOrder
    return why


def move(
    work: Work, order: Order, state: State, action: str, *, reason: str | None = None, detail: Mapping[str, Any] | None = None, internal: bool = False
) -> None:
    """Set the state, write the step, audit it. What else belongs to the step must be set on the order before.

    Raises:
        OrderWrongState.
    """
    before = State(order.state)
    if not may_become(before, state):
        raise OrderWrongState(order=order.id, before=before, after=state)
    order.state = state.value
    work.session.flush()
    note(work, order, action, before=before, reason=reason, detail=detail, internal=internal)
    announce(work, order)


def announce(work: Work, order: Order, alarm: str = "") -> None:
    """Tell open pages. The receiver hears of an order once it is sent; no account and no name is in it."""
    told = {
        "kind": "order", "order": order.id, "region": order.region, "receiver": order.receiver_org_id if order.sent_at is not None else "", "state": order.state,
        "of": order.kind, "requester": order.requester_id, "actor": work.actor, "alarm": alarm,
    }  # fmt: skip
    work.notify(LIVE_CHANNEL, told)


def note(
    work: Work, order: Order, action: str, *, before: State | None, reason: str | None = None, detail: Mapping[str, Any] | None = None, internal: bool = False
) -> None:
    """Write a step that changes no state, or that of a change just made."""
    principal = work.scope.principal
    step = OrderStep(
        id=new_id(), order_id=order.id, at=clock.now(), actor=work.actor, actor_name=principal.name if principal else work.actor, action=action,
        state_before=before.value if before else None, state_after=order.state, reason=reason, detail=dict(detail or {}), internal=internal,
    )  # fmt: skip
    work.session.add(step)
    work.session.flush()
    work.audit(f"order.{action}", f"order:{order.id}", {"kind": order.kind, "before": before, "after": order.state} | dict(detail or {}))


def send_message(work: Work, order: Order, tx_code: str, original: Order | None, extra: Mapping[str, Any] | None = None) -> OrderMessage:
    """Make the message to the receiver; it becomes visible to pulling, and is pushed, when this transaction commits."""
    repository.lock_receiver(work, order.receiver_org_id)
    message_id, now = new_id(), clock.now()
    serial = messages.serial_for(tx_code, message_id, now)
    body = messages.outgoing(order, serial, original) | {"TxCode": tx_code} | dict(extra or {})
    message = OrderMessage(
        id=message_id, order_id=order.id, receiver_org_id=order.receiver_org_id, serial=serial, tx_code=tx_code, body=messages.dump(body), made_at=now,
        push="waiting", attempts=0, next_at=now, delivered_at=None, last_error="",
    )  # fmt: skip
    work.session.add(message)
    work.session.flush()
    work.defer(DELIVER, once=DELIVER)
    return message


def end(work: Work, order: Order, state: State, action: str, *, reason: str | None = None) -> None:
    """A measure holds no more (or a waiting one never will): what waits behind it may come into force, and extensions of it lapse."""
    now = clock.now()
    order.ended_at = min(now, order.ends_at) if order.ends_at is not None else now
    move(work, order, state, action, reason=reason)
    for follower in repository.acting_on(work, order.id, open_only=True):
        if follower.has_effect is Effect.EXTEND:
            lapse(work, follower, "base_ended")
    if order.slot:
        work.defer(PROMOTE, index=order.subject_index, receiver=order.receiver_org_id, slot=order.slot)
    work.publish(OrderEnded(order.id, order.kind, order.report_id, order.state, order.ended_at))


def lapse(work: Work, order: Order, why: str) -> None:
    """An order that is no longer valid gives its round back."""
    order.round = None
    move(work, order, State.LAPSED, "lapsed", detail={"why": why})
    work.publish(OrderEnded(order.id, order.kind, order.report_id, order.state, clock.now()))
