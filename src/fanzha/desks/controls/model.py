"""Tables of the orders desk. Migration 0017 holds by checks, unique indexes and a trigger what domain.py promises."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.desks.controls import kinds
from fanzha.desks.controls.domain import WITH_RECEIVER, Effect, OrderKind, State, Subject, Term, Unit, state_at
from fanzha.kit import clock
from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

_ORDER = "orders.id"
_SUBJECT_KIND = {Subject.ACCOUNT: Kind.BANK_ACCOUNT, Subject.NUMBER: Kind.PHONE}


class Order(Table):
    """One order (管控指令): a query, a measure, its extension or its release. Money is fen. What names a person or an account is sealed."""

    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    application_id: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    effect: Mapped[str] = mapped_column(Text)
    slot: Mapped[str] = mapped_column(Text)
    counted: Mapped[str] = mapped_column(Text)
    round: Mapped[int | None] = mapped_column(SmallInteger)
    """Which of the rounds that a counted kind has it took; set on approval, given back where it was not carried out."""
    state: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    org_id: Mapped[str] = mapped_column(Text)
    org_name: Mapped[str] = mapped_column(Text)
    receiver_org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    receiver_name: Mapped[str] = mapped_column(Text)
    on_order_id: Mapped[str | None] = mapped_column(ForeignKey(_ORDER))

    subject_kind: Mapped[str] = mapped_column(Text)
    subject_no: Mapped[str] = mapped_column(Sealed("orders.subject_no"))
    subject_index: Mapped[str] = mapped_column(Text)
    holder_name: Mapped[str | None] = mapped_column(Sealed("orders.holder_name"))
    holder_type: Mapped[str] = mapped_column(Text)
    """01 a person, 02 an entity, '' not known."""
    bank_id: Mapped[str] = mapped_column(Text)
    tier: Mapped[int | None] = mapped_column(SmallInteger)
    """1 where the victim paid into it (一级账户)."""

    report_id: Mapped[str | None] = mapped_column(Text)
    case_id: Mapped[str | None] = mapped_column(Text)
    case_number: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    major: Mapped[bool]
    disputed_fen: Mapped[int | None] = mapped_column(BigInteger)
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    transfer_fen: Mapped[int | None] = mapped_column(BigInteger)
    transfer_at: Mapped[datetime | None] = mapped_column(Instant)
    payer_bank: Mapped[str] = mapped_column(Text)
    payer_name: Mapped[str | None] = mapped_column(Sealed("orders.payer_name"))
    payer_account: Mapped[str | None] = mapped_column(Sealed("orders.payer_account"))

    basis: Mapped[str] = mapped_column(Text)
    basis_version: Mapped[str] = mapped_column(Text)
    basis_from: Mapped[date]
    reason: Mapped[str] = mapped_column(Sealed("orders.reason"))
    scope: Mapped[str] = mapped_column(Text, default="")
    """Parts of the service that the measure is limited to, by blanks; '' where the kind has none."""
    ground: Mapped[str] = mapped_column(Text, default="")
    """Code of the ground on which the kind is allowed here, where the kind needs one."""
    term_count: Mapped[int | None] = mapped_column(SmallInteger)
    term_unit: Mapped[str | None] = mapped_column(Text)

    requester_id: Mapped[str] = mapped_column(Text)
    requester_name: Mapped[str] = mapped_column(Sealed("orders.requester_name"))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    request_key: Mapped[str] = mapped_column(Text)
    officer_one_id: Mapped[str] = mapped_column(Text)
    officer_one_name: Mapped[str] = mapped_column(Sealed("orders.officer_one_name"))
    officer_one_card: Mapped[str] = mapped_column(Sealed("orders.officer_one_card"))
    officer_two_id: Mapped[str] = mapped_column(Text)
    officer_two_name: Mapped[str] = mapped_column(Sealed("orders.officer_two_name"))
    officer_two_card: Mapped[str] = mapped_column(Sealed("orders.officer_two_card"))
    valid_until: Mapped[datetime] = mapped_column(Instant)
    """Not approved, or approved and not answered, by then: it lapses."""

    approver_id: Mapped[str | None] = mapped_column(Text)
    approver_name: Mapped[str | None] = mapped_column(Sealed("orders.approver_name"))
    approver_org_kind: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    seal: Mapped[str | None] = mapped_column(Text)
    notice_zh: Mapped[str | None] = mapped_column(Text)
    notice_en: Mapped[str | None] = mapped_column(Text)

    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    answer_by: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(Sealed("orders.cause"))
    applied_fen: Mapped[int | None] = mapped_column(BigInteger)
    held_fen: Mapped[int | None] = mapped_column(BigInteger)
    balance_fen: Mapped[int | None] = mapped_column(BigInteger)
    former_department: Mapped[str] = mapped_column(Text)
    former_held_fen: Mapped[int | None] = mapped_column(BigInteger)
    former_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    unrelated_at: Mapped[datetime | None] = mapped_column(Instant)
    unrelated_reason: Mapped[str | None] = mapped_column(Sealed("orders.unrelated_reason"))
    release_by: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def of_kind(self) -> OrderKind:
        return kinds.by_key(self.kind)

    @property
    def has_effect(self) -> Effect:
        return Effect(self.effect)

    @property
    def term(self) -> Term | None:
        return Term(self.term_count, Unit(self.term_unit)) if self.term_count is not None and self.term_unit is not None else None

    @property
    def state_now(self) -> State:
        """The state at this moment."""
        return state_at(State(self.state), self.ends_at, self.valid_until, clock.now())

    @property
    def waits_for_answer(self) -> bool:
        return self.state_now in WITH_RECEIVER and self.state_now is not State.QUEUED

    @property
    def masked_subject(self) -> str:
        return identifiers.mask(_SUBJECT_KIND[Subject(self.subject_kind)], self.subject_no)

    @property
    def masked_holder(self) -> str:
        return identifiers.mask_name(self.holder_name or "")

    @property
    def masked_payer(self) -> str:
        return identifiers.mask(Kind.BANK_ACCOUNT, self.payer_account) if self.payer_account else ""


class OrderStep(Table):
    """One step: who, when, from where to where, why. Only ever added to. What is `internal` the receiver does not see."""

    __tablename__ = "order_steps"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own form

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    order_id: Mapped[str] = mapped_column(ForeignKey(_ORDER))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("order_steps.actor_name"))
    action: Mapped[str] = mapped_column(Text)
    state_before: Mapped[str | None] = mapped_column(Text)
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Sealed("order_steps.reason"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    internal: Mapped[bool]


class OrderMessage(Table):
    """A message to a receiver, as it was made. `seq` is the cursor of pulling: of one receiver the numbers become visible in their order."""

    __tablename__ = "order_messages"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own form

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    order_id: Mapped[str] = mapped_column(ForeignKey(_ORDER))
    receiver_org_id: Mapped[str] = mapped_column(Text)
    serial: Mapped[str] = mapped_column(Text, unique=True)
    tx_code: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Sealed("order_messages.body"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    push: Mapped[str] = mapped_column(Text)
    """`none` the receiver pulls · `waiting` · `delivered` · `dead` given up."""
    attempts: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str] = mapped_column(Text)


class OrderAnswer(Table):
    """A message from a receiver, once by its serial."""

    __tablename__ = "order_answers"

    org_id: Mapped[str] = mapped_column(Text, primary_key=True)
    serial: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(_ORDER))
    digest: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Sealed("order_answers.body"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)


class OrderEndpoint(Table):
    """Where a receiver wants its messages pushed to, and the secret both sign with."""

    __tablename__ = "order_endpoints"

    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Sealed("order_endpoints.secret"))
    active: Mapped[bool]
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(Text)


class OrderAlarm(Table):
    """A clock that ran out, or is about to; once an order, kind and due time."""

    __tablename__ = "order_alarms"

    order_id: Mapped[str] = mapped_column(ForeignKey(_ORDER), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_by: Mapped[str | None] = mapped_column(Text)
