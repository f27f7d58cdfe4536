"""What the appeals desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanzha.kit.events import Event


@dataclass(frozen=True)
class AppealFiled(Event):
    """Somebody appeals against a measure. `target` is `order`, `decision` or `warning`."""

    appeal_id: str
    target: str
    target_id: str
    at: datetime


@dataclass(frozen=True)
class AppealDecided(Event):
    """An appeal was answered: what learning needs to take it as a label.

    `verdict` is `upheld`, `partly`, `rejected` or `inadmissible`; the first two say that the measure was wrong, `rejected` that it was right, the last says
    nothing. `subject_token` is the lake's token of the account, number or person the measure was on, None where nobody knows it. `detectors` are
    `id@version` of what had spoken of the subject before the measure; empty where people alone decided it. `measured_at` is when the measure began.
    """

    appeal_id: str
    target: str
    target_id: str
    verdict: str
    subject_kind: str
    subject_token: str | None
    detectors: tuple[str, ...]
    fraud_type: str
    region: str
    unit_org_id: str
    measured_at: datetime
    at: datetime
    is_final: bool
