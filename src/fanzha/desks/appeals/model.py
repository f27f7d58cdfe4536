"""Tables of the appeals desk. Migration 0026 holds by checks and a trigger what domain.py promises. What names a person or a number is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.desks.appeals.domain import OPEN, State, Target, Track, Verdict
from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

_APPEAL = "appeals.id"
_KINDS = {"account": Kind.BANK_ACCOUNT, "number": Kind.PHONE, "person": Kind.PHONE}


class Appeal(Table):
    """One appeal (申诉). `unit_*` answers it, `measure_org_*` decided the measure; `involved` are users who took part in the measure (or, of a
    reconsideration, in the first answer); `detectors` what had spoken of the subject, as `id@version`."""

    __tablename__ = "appeals"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    receipt: Mapped[str] = mapped_column(Text, unique=True)
    target: Mapped[str] = mapped_column(Text)
    target_id: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    """Kind of the order; `hold` or `block`; `warning`."""
    track: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    instance: Mapped[int] = mapped_column(SmallInteger)
    """1, or 2 for a reconsideration (复核) by the unit above."""
    previous_id: Mapped[str | None] = mapped_column(ForeignKey(_APPEAL))
    state: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    unit_org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    unit_name: Mapped[str] = mapped_column(Text)
    measure_org_id: Mapped[str] = mapped_column(Text)
    measure_org_name: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    report_id: Mapped[str | None] = mapped_column(Text)
    case_number: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    measured_at: Mapped[datetime] = mapped_column(Instant)

    subject_kind: Mapped[str] = mapped_column(Text)
    subject_no: Mapped[str] = mapped_column(Sealed("appeals.subject_no"))
    subject_index: Mapped[str] = mapped_column(Text)
    subject_token: Mapped[str | None] = mapped_column(Text)
    involved: Mapped[list[str]] = mapped_column(ARRAY(Text))
    detectors: Mapped[list[str]] = mapped_column(ARRAY(Text))

    by_holder: Mapped[bool]
    appellant: Mapped[str | None] = mapped_column(Sealed("appeals.appellant"))
    contact: Mapped[str] = mapped_column(Sealed("appeals.contact"))
    reason: Mapped[str] = mapped_column(Sealed("appeals.reason"))
    filed_by: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    request_key: Mapped[str] = mapped_column(Text)
    accept_by: Mapped[datetime] = mapped_column(Instant)
    answer_by: Mapped[datetime] = mapped_column(Instant)

    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    handler_id: Mapped[str | None] = mapped_column(Text)
    handler_name: Mapped[str | None] = mapped_column(Sealed("appeals.handler_name"))
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_until: Mapped[datetime | None] = mapped_column(Instant)
    paused_seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    asked_documents: Mapped[str | None] = mapped_column(Sealed("appeals.asked_documents"))
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    escalated_org_id: Mapped[str | None] = mapped_column(Text)

    proposal: Mapped[str | None] = mapped_column(Text)
    proposed_by: Mapped[str | None] = mapped_column(Text)
    proposed_at: Mapped[datetime | None] = mapped_column(Instant)
    verdict: Mapped[str | None] = mapped_column(Text)
    reasons: Mapped[str | None] = mapped_column(Sealed("appeals.reasons"))
    """Of the proposal, then of the answer."""
    remedy_zh: Mapped[str | None] = mapped_column(Text)
    remedy_en: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decider_id: Mapped[str | None] = mapped_column(Text)
    decider_name: Mapped[str | None] = mapped_column(Sealed("appeals.decider_name"))
    reconsider_by: Mapped[datetime | None] = mapped_column(Instant)
    proof_by: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def state_now(self) -> State:
        return State(self.state)

    @property
    def of_target(self) -> Target:
        return Target(self.target)

    @property
    def of_track(self) -> Track:
        return Track(self.track)

    @property
    def answer(self) -> Verdict | None:
        return Verdict(self.verdict) if self.verdict else None

    @property
    def is_open(self) -> bool:
        return self.state_now in OPEN

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def due_at(self) -> datetime | None:
        """The clock that runs now."""
        if not self.is_open or self.is_paused:
            return None
        return self.accept_by if self.state_now is State.FILED else self.answer_by

    @property
    def masked_subject(self) -> str:
        return identifiers.mask(_KINDS[self.subject_kind], self.subject_no)

    @property
    def masked_contact(self) -> str:
        return identifiers.mask(Kind.PHONE, self.contact)

    @property
    def masked_appellant(self) -> str:
        return identifiers.mask_name(self.appellant or "")


class AppealStep(Table):
    """One step: who, when, from where to where, why. Only ever added to. The appellant sees what is `public`, without names."""

    __tablename__ = "appeal_steps"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own form

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    appeal_id: Mapped[str] = mapped_column(ForeignKey(_APPEAL))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("appeal_steps.actor_name"))
    action: Mapped[str] = mapped_column(Text)
    state_before: Mapped[str | None] = mapped_column(Text)
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Sealed("appeal_steps.reason"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    public: Mapped[bool]


class AppealDocument(Table):
    """A file that came with an appeal. `content` is sealed in the database: no file of a stranger ever stands on the disk."""

    __tablename__ = "appeal_documents"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    appeal_id: Mapped[str] = mapped_column(ForeignKey(_APPEAL))
    at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Sealed("appeal_documents.file_name"))
    media: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Sealed("appeal_documents.content"), deferred=True)
    """Base64."""


class AppealInquiry(Table):
    """A question to a receiver of the measure (核实), and its answer."""

    __tablename__ = "appeal_inquiries"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    appeal_id: Mapped[str] = mapped_column(ForeignKey(_APPEAL))
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    org_name: Mapped[str] = mapped_column(Text)
    asking_name: Mapped[str] = mapped_column(Text)
    """The unit that asks."""
    subject: Mapped[str] = mapped_column(Text)
    """Masked: the receiver knows its customer by the order."""
    order_id: Mapped[str | None] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Sealed("appeal_inquiries.question"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(Sealed("appeal_inquiries.answer"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Text)


class AppealRelease(Table):
    """A measure that an upheld appeal lifts, and the proof of it. Written when the answer is proposed; it counts once that is decided."""

    __tablename__ = "appeal_releases"

    appeal_id: Mapped[str] = mapped_column(ForeignKey(_APPEAL), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    release_order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    proven_at: Mapped[datetime | None] = mapped_column(Instant)
    proof: Mapped[str] = mapped_column(Text)
    """`released` by the receiver's answer, `expired`, or `never_in_force`; '' while there is none."""


class AppealAlarm(Table):
    """A clock that ran out, or is about to; once an appeal, kind and due time."""

    __tablename__ = "appeal_alarms"

    appeal_id: Mapped[str] = mapped_column(ForeignKey(_APPEAL), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_by: Mapped[str | None] = mapped_column(Text)


class AppealChallenge(Table):
    """Somebody at the public pages says who they are. The row is the same whether the numbers fit or not; only the pipeline looks that up."""

    __tablename__ = "appeal_challenges"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    token_digest: Mapped[str] = mapped_column(Text, unique=True)
    number: Mapped[str] = mapped_column(Sealed("appeal_challenges.number"))
    number_index: Mapped[str] = mapped_column(Text)
    tail: Mapped[str] = mapped_column(Sealed("appeal_challenges.tail"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(SmallInteger)
    target: Mapped[str | None] = mapped_column(Text)
    target_id: Mapped[str | None] = mapped_column(Text)
    appeal_id: Mapped[str | None] = mapped_column(Text)
    """Set where a receipt number was given: this appeal alone is shown."""
    code_digest: Mapped[str] = mapped_column(Text)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)


class AppealText(Table):
    """A text message to an appellant. The platform has no gateway of its own: an operator's gateway takes it from here."""

    __tablename__ = "appeal_texts"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    recipient: Mapped[str] = mapped_column(Sealed("appeal_texts.recipient"))
    body: Mapped[str] = mapped_column(Sealed("appeal_texts.body"))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class AppealClearance(Table):
    """A token that an upheld appeal cleared: findings made before `at` do not count in decisions in flight until `until`."""

    __tablename__ = "appeal_clearances"

    appeal_id: Mapped[str] = mapped_column(ForeignKey(_APPEAL), primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)


class AppealMeasure(Table):
    """A measure by order that came into force, with what had spoken of its subject: the denominator of the wrongly-hit rate."""

    __tablename__ = "appeal_measures"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    detectors: Mapped[list[str]] = mapped_column(ARRAY(Text))
