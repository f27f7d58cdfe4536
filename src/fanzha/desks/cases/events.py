"""What the cases desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanzha.kit.events import Event
from fanzha.vocab.fraud_types import FraudType


@dataclass(frozen=True)
class ReportReceived(Event):
    """A new report was taken in. The tokens are those of the lake, None where the victim's phone or identity card is not known; times UTC, money fen."""

    report_id: str
    region: str
    fraud_type: FraudType
    loss_fen: int
    received_at: datetime
    happened_at: datetime | None
    victim_phone_token: str | None
    victim_person_token: str | None
