"""What the desk of orders tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanzha.kit.events import Event


@dataclass(frozen=True)
class OrderSent(Event):
    """An approved order is on its way to its receiver. `report_id` is the report it belongs to, where it does; money fen."""

    order_id: str
    kind: str
    report_id: str | None
    receiver_org_id: str
    amount_fen: int | None
    at: datetime


@dataclass(frozen=True)
class OrderAcknowledged(Event):
    """The receiver has taken the order on."""

    order_id: str
    kind: str
    report_id: str | None
    at: datetime


@dataclass(frozen=True)
class OrderAnswered(Event):
    """The receiver has said what came of an order; `result` is one of `domain.Result`. Published after what follows from it for the order itself."""

    order_id: str
    kind: str
    subject_index: str
    result: str
    at: datetime


@dataclass(frozen=True)
class OrderInForce(Event):
    """A measure holds from `starts_at` to `ends_at` at the latest; published again with `extended` when it was extended. `held_fen` as the receiver says."""

    order_id: str
    kind: str
    report_id: str | None
    starts_at: datetime
    ends_at: datetime
    held_fen: int | None
    extended: bool = False


@dataclass(frozen=True)
class OrderEnded(Event):
    """A measure holds no more, or an order will never take effect. `state` is the final state."""

    order_id: str
    kind: str
    report_id: str | None
    state: str
    at: datetime
