"""What the funds desk tells the others. Money is fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanzha.kit.events import Event


@dataclass(frozen=True)
class TraceComputed(Event):
    """A trace has a new version."""

    trace_id: str
    report_id: str | None
    case_id: str | None
    version: int
    method: str
    stolen_fen: int
    still_there_fen: int


@dataclass(frozen=True)
class StopProposed(Event):
    """Somebody hands a proposal of a trace over: stop payment on this account. `account` is a token."""

    trace_id: str
    report_id: str | None
    account: str
    bank: str
    holder: str | None
    fen: int
    tier: int
    as_of: datetime


@dataclass(frozen=True)
class RefundDecided(Event):
    """A refund round was decided; `fen` is paid to `victims` people."""

    round_id: str
    fen: int
    victims: int


@dataclass(frozen=True)
class RefundPaid(Event):
    """A bank has paid money back."""

    round_id: str
    payment_id: str
    fen: int
    at: datetime
