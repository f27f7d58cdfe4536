"""What pages and the API are given: masked, with the steps that are open to whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fanzha.desks.warnings.domain import Action, State
from fanzha.desks.warnings.masking import MaskedSubject
from fanzha.vocab.risk import RiskLevel


@dataclass(frozen=True)
class Card:
    """A warning in a list. Times are UTC; `region` is a code."""

    id: str
    number: str
    level: RiskLevel
    state: State
    fraud_type: str
    region: str
    region_known: bool
    subject: MaskedSubject
    issued_at: datetime
    due_at: datetime | None
    due_step: str | None
    overdue: bool
    escalations: int
    lead_org: str
    outcome: str | None
    later_victim: bool


@dataclass(frozen=True)
class EvidenceLine:
    """One event behind a finding, masked."""

    kind: str
    event_id: str
    at: datetime
    zh: str
    en: str


@dataclass(frozen=True)
class FindingLine:
    finding_id: str
    rule_id: str
    rule_version: int
    level: RiskLevel
    fraud_type: str
    score: float
    at: datetime
    reason_zh: str
    reason_en: str
    amount_fen: int | None
    merged_at: datetime
    withdrawn_at: datetime | None
    evidence: tuple[EvidenceLine, ...]


@dataclass(frozen=True)
class Line:
    """One entry of the timeline. `kind` names the sort (`history`, `attempt`, `meeting`, `feedback`, `revisit`, `escalation`, `transfer`, `reveal`,
    `comment`, `sms`); `detail` holds its fields."""  # fmt: skip

    at: datetime
    kind: str
    actor: str
    org: str
    detail: Mapping[str, Any]
    seq: int = 0
    """Orders lines of one instant."""


@dataclass(frozen=True)
class AuditLine:
    number: int
    at: datetime
    actor: str
    action: str


@dataclass(frozen=True)
class AssigneeLine:
    org_id: str
    org_name: str
    role: str
    released: bool


@dataclass(frozen=True)
class View:
    """The whole warning."""

    card: Card
    found_level: RiskLevel
    channels: tuple[str, ...]
    must_meet: bool
    deadlines: Mapping[str, datetime | None]
    done_at: Mapping[str, datetime | None]
    previous_id: str | None
    next_id: str | None
    attempts: int
    reached: bool
    revisit_on: date | None
    transfer_region: str | None
    findings: tuple[FindingLine, ...]
    assignees: tuple[AssigneeLine, ...]
    timeline: tuple[Line, ...]
    audit: tuple[AuditLine, ...]
    allowed: tuple[Action, ...]
    undo_until: datetime | None
    """Until when the last sign or feedback can be taken back, where it can."""

    def may(self, action: str) -> bool:
        return action in self.allowed


@dataclass(frozen=True)
class DissuasionRecord:
    """The feedback record of a dissuasion: every field that the domain reference lists (§5 and "Feedback record of a dissuasion").

    Money is fen. `subject_pseudonym` stands for the person. `contact_result` is the best result of all attempts; `persuaded` is None until there is an answer.
    """

    warning_id: str
    number: str
    source: tuple[str, ...]
    risk: str
    fraud_type: str
    subject_pseudonym: str
    issued_at: datetime
    due_at: datetime | None
    channel: tuple[str, ...]
    assignee_role: tuple[str, ...]
    sign_time: datetime | None
    call_attempts: tuple[Mapping[str, Any], ...]
    contact_result: str | None
    reached: str | None
    meeting_time: datetime | None
    meeting_place: str | None
    meeting_officer: str | None
    identity_verified: bool | None
    scam_type: str | None
    scam_stage: str | None
    transferred: bool | None
    transferred_amount: int | None
    amount_protected: int | None
    app_installed: bool | None
    evidence: tuple[str, ...]
    result_code: str | None
    persuaded: bool | None
    transfer_target: str | None
    next_visit_at: date | None
    later_victimised: bool


def newest_first(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: (line.at, line.seq), reverse=True))
