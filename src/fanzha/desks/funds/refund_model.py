"""Tables of refunds. Money is fen; accounts of the case stand as tokens, what names a person is sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Identity, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

_ROUND = "refund_rounds.id"


def _keys() -> tuple[ForeignKeyConstraint, ForeignKeyConstraint]:
    return (
        ForeignKeyConstraint(["round_id", "victim"], ["refund_victims.round_id", "refund_victims.victim"]),
        ForeignKeyConstraint(["round_id", "account"], ["refund_accounts.round_id", "refund_accounts.account"]),
    )


class RefundRound(Table):
    """One round over the frozen money of one trace. `shared`: not all of it is traced to its victims, so that a public notice is needed."""

    __tablename__ = "refund_rounds"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    trace_id: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    trace_version: Mapped[int] = mapped_column(Integer)
    denominator: Mapped[str] = mapped_column(Text)
    case_losses_fen: Mapped[int | None] = mapped_column(BigInteger)
    shared: Mapped[bool]
    drafter_id: Mapped[str] = mapped_column(Text)
    drafter_name: Mapped[str] = mapped_column(Sealed("refund_rounds.drafter_name"))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    noticed_at: Mapped[datetime | None] = mapped_column(Instant)
    notice_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    decider_id: Mapped[str | None] = mapped_column(Text)
    decider_name: Mapped[str | None] = mapped_column(Sealed("refund_rounds.decider_name"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_no: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class RefundAccount(Table):
    """A frozen account of the pool, and the bank that pays from it."""

    __tablename__ = "refund_accounts"

    round_id: Mapped[str] = mapped_column(ForeignKey(_ROUND), primary_key=True)
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    bank: Mapped[str] = mapped_column(Text)
    bank_org_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    frozen_fen: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    """The order in force from which the sum was read; None where somebody typed it, for `typed_reason`."""
    typed_reason: Mapped[str | None] = mapped_column(Sealed("refund_accounts.typed_reason"))


class RefundVictim(Table):
    """A victim of the round: the loss, and what came back in rounds before."""

    __tablename__ = "refund_victims"

    round_id: Mapped[str] = mapped_column(ForeignKey(_ROUND), primary_key=True)
    victim: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Sealed("refund_victims.name"))
    id_card: Mapped[str | None] = mapped_column(Sealed("refund_victims.id_card"))
    phone: Mapped[str | None] = mapped_column(Sealed("refund_victims.phone"))
    refund_account: Mapped[str] = mapped_column(Sealed("refund_victims.refund_account"))
    refund_bank: Mapped[str] = mapped_column(Text)
    loss_fen: Mapped[int] = mapped_column(BigInteger)
    returned_fen: Mapped[int] = mapped_column(BigInteger)

    @property
    def masked_name(self) -> str:
        return identifiers.mask_name(self.name)

    @property
    def masked_account(self) -> str:
        return identifiers.mask(Kind.BANK_ACCOUNT, self.refund_account)


class RefundTraced(Table):
    """Money of a victim that the trace found in an account of the pool."""

    __tablename__ = "refund_traced"
    __table_args__ = _keys()

    round_id: Mapped[str] = mapped_column(ForeignKey(_ROUND), primary_key=True)
    victim: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    fen: Mapped[int] = mapped_column(BigInteger)


class RefundObjection(Table):
    """An objection raised while the notice ran, and the answer."""

    __tablename__ = "refund_objections"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey(_ROUND))
    objector: Mapped[str] = mapped_column(Sealed("refund_objections.objector"))
    body: Mapped[str] = mapped_column(Sealed("refund_objections.body"))
    at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Sealed("refund_objections.answer"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Text)

    @property
    def masked_objector(self) -> str:
        return identifiers.mask_name(self.objector)


class RefundPayment(Table):
    """One payment of one decided round, and what its bank answered."""

    __tablename__ = "refund_payments"
    __table_args__ = _keys()

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    round_id: Mapped[str] = mapped_column(Text)
    victim: Mapped[str] = mapped_column(Text)
    account: Mapped[str] = mapped_column(Text)
    fen: Mapped[int] = mapped_column(BigInteger)
    direct: Mapped[bool]
    state: Mapped[str] = mapped_column(Text)
    bank_org_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    serial: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(Sealed("refund_payments.cause"))


class RefundStep(Table):
    """Who did what to a round, and why. Only ever added to."""

    __tablename__ = "refund_steps"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own form

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    round_id: Mapped[str] = mapped_column(ForeignKey(_ROUND))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("refund_steps.actor_name"))
    action: Mapped[str] = mapped_column(Text)
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("refund_steps.reason"))
