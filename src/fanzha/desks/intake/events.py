"""What the intake desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fanzha.desks.intake.columns import IntakeKind
from fanzha.kit.events import Event


@dataclass(frozen=True)
class BatchCommitted(Event):
    """A batch stands in the lake (or with the desk of its kind). Published once a batch, in the transaction that finishes it.

    `first_day` and `last_day` are the calendar days in China that it touches; None where no row was accepted or the kind is no event.
    """

    kind: IntakeKind
    batch_id: str
    accepted: int
    first_day: date | None
    last_day: date | None
