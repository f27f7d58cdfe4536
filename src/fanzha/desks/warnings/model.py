"""Tables of the warnings desk.

Invariants (kept by the database too, see migration 0007): at most one open warning a person; a finding belongs to one warning for ever; a final state is
never left; `closed` has a sign and a feedback time; history is only ever added to. Personal data and free text are sealed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Computed, ForeignKey, Identity, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.desks.warnings.domain import State
from fanzha.desks.warnings.plan import Deadlines
from fanzha.kit import clock, ids
from fanzha.store import Instant, Sealed, Table
from fanzha.vocab.risk import RiskLevel

_WARNING = "warnings.id"


class WarningOrder(Table):
    """One potential victim being warned. `region` is where the person lives (6–9 digits), or the platform's own where nobody knows."""

    __tablename__ = "warnings"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own form

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    person_key: Mapped[str] = mapped_column(Text)
    previous_id: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    level_rank: Mapped[int] = mapped_column(SmallInteger, Computed("CASE level WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN 'blue' THEN 2 ELSE 3 END"))
    found_level: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    region_known: Mapped[bool]
    channels: Mapped[list[str]] = mapped_column(JSONB)
    must_meet: Mapped[bool]

    subject_name: Mapped[str | None] = mapped_column(Sealed("warnings.subject_name"))
    subject_phone: Mapped[str | None] = mapped_column(Sealed("warnings.subject_phone"))
    subject_address: Mapped[str | None] = mapped_column(Sealed("warnings.subject_address"))
    subject_birth_year: Mapped[str | None] = mapped_column(Sealed("warnings.subject_birth_year"))
    subject_occupation: Mapped[str | None] = mapped_column(Sealed("warnings.subject_occupation"))
    phone_index: Mapped[str | None] = mapped_column(Text)

    issued_at: Mapped[datetime] = mapped_column(Instant)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    first_call_at: Mapped[datetime | None] = mapped_column(Instant)
    met_at: Mapped[datetime | None] = mapped_column(Instant)
    fed_back_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    sign_by: Mapped[datetime | None] = mapped_column(Instant)
    call_by: Mapped[datetime | None] = mapped_column(Instant)
    meet_by: Mapped[datetime | None] = mapped_column(Instant)
    feedback_by: Mapped[datetime | None] = mapped_column(Instant)
    revisit_by: Mapped[datetime | None] = mapped_column(Instant)
    revisit_on: Mapped[date | None]
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """The earliest deadline still to be met."""
    due_step: Mapped[str | None] = mapped_column(Text)
    escalate_at: Mapped[datetime | None] = mapped_column(Instant)
    """The earliest deadline still to be met for which no escalation was made."""
    escalated: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """The deadlines for which an escalation was made."""

    lead_org_id: Mapped[str | None] = mapped_column(Text)
    lead_kind: Mapped[str | None] = mapped_column(Text)
    signed_by: Mapped[str | None] = mapped_column(Text)
    escalations: Mapped[int] = mapped_column(SmallInteger, default=0)
    org_rung: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many levels up it has been escalated: 0 station, 1 county, 2 city."""
    transfer_region: Mapped[str | None] = mapped_column(Text)
    offered_region: Mapped[str | None] = mapped_column(Text)
    """Set while another district may see the warning in order to accept it."""

    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    reached: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None] = mapped_column(Text)
    amount_protected_fen: Mapped[int | None] = mapped_column(BigInteger)
    later_victim: Mapped[bool] = mapped_column(default=False)
    later_victim_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def state_now(self) -> State:
        return State(self.state)

    @property
    def risk(self) -> RiskLevel:
        return RiskLevel(self.level)

    @property
    def deadlines(self) -> Deadlines:
        return Deadlines(self.sign_by, self.call_by, self.meet_by, self.feedback_by, self.revisit_by)


class WarningFinding(Table):
    """A finding of the detection desk inside the warning of its person."""

    __tablename__ = "warning_findings"

    finding_id: Mapped[str] = mapped_column(Text, primary_key=True)
    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    rule_id: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[int]
    level: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    score: Mapped[float]
    at: Mapped[datetime] = mapped_column(Instant)
    reason_zh: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    merged_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


class _Entry:
    """What every line beside a warning has."""

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=ids.new_id)
    at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("warning_entries.actor_name"))
    org_id: Mapped[str] = mapped_column(Text)
    org_name: Mapped[str] = mapped_column(Text)


class Assignment(_Entry, Table):
    """An organisation (and perhaps a person) that is to act, and in which part: `lead`, `support`, `supervise`."""

    __tablename__ = "warning_assignments"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    assignee_org_id: Mapped[str] = mapped_column(Text)
    assignee_org_name: Mapped[str] = mapped_column(Text)
    assignee_user_id: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class Attempt(_Entry, Table):
    """One try to reach the person."""

    __tablename__ = "warning_attempts"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    channel: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Sealed("warning_attempts.note"))


class Meeting(_Entry, Table):
    """The person was seen: when, where, by whom, and whether the identity was checked. `at` is when it was recorded."""

    __tablename__ = "warning_meetings"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    met_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str] = mapped_column(Sealed("warning_meetings.place"))
    officer: Mapped[str] = mapped_column(Text)
    identity_verified: Mapped[bool]


class FeedbackEntry(_Entry, Table):
    """One answer. A corrected or undone answer stays; `void_at` says since when it no longer counts, `corrects_id` which one this replaces."""

    __tablename__ = "warning_feedback"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    outcome: Mapped[str] = mapped_column(Text)
    reached: Mapped[str | None] = mapped_column(Text)
    scam_type: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[str | None] = mapped_column(Text)
    transferred: Mapped[bool | None]
    transferred_fen: Mapped[int | None] = mapped_column(BigInteger)
    amount_protected_fen: Mapped[int | None] = mapped_column(BigInteger)
    app_installed: Mapped[bool | None]
    evidence_note: Mapped[str | None] = mapped_column(Sealed("warning_feedback.evidence_note"))
    evidence_ref: Mapped[str | None] = mapped_column(Sealed("warning_feedback.evidence_ref"))
    transfer_target: Mapped[str | None] = mapped_column(Sealed("warning_feedback.transfer_target"))
    revisit_on: Mapped[date | None]
    state_before: Mapped[str] = mapped_column(Text)
    corrects_id: Mapped[str | None] = mapped_column(Text)
    void_at: Mapped[datetime | None] = mapped_column(Instant)


class Revisit(_Entry, Table):
    """The follow-up visit or call after the feedback."""

    __tablename__ = "warning_revisits"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    still_convinced: Mapped[bool]
    """The person still believes the scam."""
    note: Mapped[str | None] = mapped_column(Sealed("warning_revisits.note"))


class History(_Entry, Table):
    """One step: who, when, from where to where, why. Only ever added to."""

    __tablename__ = "warning_history"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own form

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """The order of entries of one instant."""
    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    action: Mapped[str] = mapped_column(Text)
    state_before: Mapped[str | None] = mapped_column(Text)
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("warning_history.reason"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Comment(_Entry, Table):
    """A remark of a colleague."""

    __tablename__ = "warning_comments"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    body: Mapped[str] = mapped_column(Sealed("warning_comments.body"))


class Escalation(Table):
    """A missed deadline that raised the grade and the organisation level; once a deadline."""

    __tablename__ = "warning_escalations"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    level_before: Mapped[str] = mapped_column(Text)
    level_after: Mapped[str] = mapped_column(Text)
    org_rung: Mapped[int] = mapped_column(SmallInteger)
    org_id: Mapped[str | None] = mapped_column(Text)


class Transfer(_Entry, Table):
    """A hand-over to another district: asked, reviewed at home, accepted or declined there."""

    __tablename__ = "warning_transfers"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    from_region: Mapped[str] = mapped_column(Text)
    to_region: Mapped[str] = mapped_column(Text)
    state_before: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    reviewed_by: Mapped[str | None] = mapped_column(Text)
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class Outbox(_Entry, Table):
    """A text message that the plan asks for. The platform has no gateway of its own: an operator's gateway takes it from here."""

    __tablename__ = "warning_outbox"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    channel: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str | None] = mapped_column(Sealed("warning_outbox.recipient"))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class Reveal(_Entry, Table):
    """Somebody looked at the person's data in clear, and said what for."""

    __tablename__ = "warning_reveals"

    warning_id: Mapped[str] = mapped_column(ForeignKey(_WARNING))
    fields: Mapped[list[str]] = mapped_column(JSONB)
    purpose: Mapped[str] = mapped_column(Sealed("warning_reveals.purpose"))


class RequestKey(Table):
    """A request that was carried out: the same key from the same person again changes nothing."""

    __tablename__ = "warning_requests"

    actor: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    action: Mapped[str] = mapped_column(Text)
    warning_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
