"""What the detection desk tells the others. Published once a run, in the run's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanzha.desks.detection.domain import SubjectKind, Target
from fanzha.kit.events import Event
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel


@dataclass(frozen=True)
class EvidenceRef:
    """One event of the lake behind a finding: where it stands, and one line about it in which every identifier is masked."""

    kind: EventKind
    event_id: str
    at: datetime
    summary_zh: str
    summary_en: str


@dataclass(frozen=True)
class FindingView:
    """One finding: one rule, one subject, one calendar day in China, anchored at the first event that fired the rule.

    `finding_id` is stable: the same rule, version, subject and day give the same id in every run. `person_token` and `phone_token` are
    where the person can be reached (the potential victim, or the holder of the suspect number or account) and null where nobody is known;
    `region` is where that person lives, 6 to 9 digits, null where unknown. `at` is UTC; `amount_fen` is the money of the first firing
    transfer, null for other events; `evidence` holds 1 to 20 events by time.
    """

    finding_id: str
    rule_id: str
    rule_version: int
    target: Target
    level: RiskLevel
    fraud_type: FraudType
    score: float
    subject_kind: SubjectKind
    subject_token: str
    person_token: str | None
    phone_token: str | None
    region: str | None
    at: datetime
    reason_zh: str
    reason_en: str
    amount_fen: int | None
    evidence: tuple[EvidenceRef, ...]


@dataclass(frozen=True)
class FindingsRecorded(Event):
    """Findings that are new, or stand again, or whose content changed, in the order (at, finding_id)."""

    findings: tuple[FindingView, ...]


@dataclass(frozen=True)
class FindingsWithdrawn(Event):
    """Findings that the newest run over their days no longer produces."""

    finding_ids: tuple[str, ...]
