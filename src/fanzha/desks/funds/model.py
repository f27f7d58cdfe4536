"""Tables of traces. Accounts stand as tokens of the installation, which only its key opens; names are sealed. Money is fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers

_TRACE = "traces.id"


class FundTrace(Table):
    """One trace (资金穿透) of a report or a case. `version` counts the results; 0 means that none is there yet."""

    __tablename__ = "traces"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("reports.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    ref: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    hops: Mapped[int] = mapped_column(SmallInteger)
    within_hours: Mapped[int] = mapped_column(Integer)
    least_fen: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str] = mapped_column(Text)


class TraceStatement(Table):
    """One file as it was taken in: received = accepted + duplicates + quarantined."""

    __tablename__ = "trace_statements"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    trace_id: Mapped[str] = mapped_column(ForeignKey(_TRACE))
    bank: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Sealed("trace_statements.file_name"))
    digest: Mapped[str] = mapped_column(Text)
    received: Mapped[int]
    accepted: Mapped[int]
    duplicates: Mapped[int]
    quarantined: Mapped[int]
    taken_at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(Text)


class TraceTelling(Table):
    """What one side says of one transfer; see `matching.Telling`."""

    __tablename__ = "trace_tellings"

    trace_id: Mapped[str] = mapped_column(ForeignKey(_TRACE), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    statement_id: Mapped[str | None] = mapped_column(ForeignKey("trace_statements.id"))
    side: Mapped[str] = mapped_column(Text)
    payer: Mapped[str] = mapped_column(Text)
    payee: Mapped[str] = mapped_column(Text)
    fen: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    position: Mapped[int] = mapped_column(BigInteger)
    serial: Mapped[str] = mapped_column(Text)
    payer_balance_fen: Mapped[int | None] = mapped_column(BigInteger)
    payee_balance_fen: Mapped[int | None] = mapped_column(BigInteger)
    payer_bank: Mapped[str] = mapped_column(Text)
    payee_bank: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)


class TraceVictim(Table):
    """A victim's transfer that the trace starts from; `victim` names the person by report or by hash, one name over all transfers."""

    __tablename__ = "trace_victims"
    __table_args__ = (ForeignKeyConstraint(["trace_id", "key"], ["trace_tellings.trace_id", "trace_tellings.key"]),)

    trace_id: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    victim: Mapped[str] = mapped_column(Text)
    victim_name: Mapped[str | None] = mapped_column(Sealed("trace_victims.victim_name"))
    claimed_fen: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def masked_name(self) -> str:
        return identifiers.mask_name(self.victim_name or "")


class TraceRowAside(Table):
    """A row of a statement that could not be taken, whole."""

    __tablename__ = "trace_rows_aside"

    statement_id: Mapped[str] = mapped_column(ForeignKey("trace_statements.id"), primary_key=True)
    row: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    raw: Mapped[str] = mapped_column(Sealed("trace_rows_aside.raw"))
    reason: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)


class TraceAccount(Table):
    """What somebody knows of an account: its holder, its bank, and whether following stops there (`kind`)."""

    __tablename__ = "trace_accounts"

    trace_id: Mapped[str] = mapped_column(ForeignKey(_TRACE), primary_key=True)
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str | None] = mapped_column(Sealed("trace_accounts.holder"))
    bank: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(Text)

    @property
    def masked_holder(self) -> str:
        return identifiers.mask_name(self.holder or "")


class TraceResult(Table):
    """A trace as it was computed; never changed. `digest` is of everything it was computed from."""

    __tablename__ = "trace_results"

    trace_id: Mapped[str] = mapped_column(ForeignKey(_TRACE), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    computed_at: Mapped[datetime] = mapped_column(Instant)
    computed_by: Mapped[str] = mapped_column(Text)
    found: Mapped[dict[str, Any]] = mapped_column(JSONB)


class StopProposal(Table):
    """A stop that somebody proposes from a trace (`events.StopProposed`), for whoever may request it. `subject_index` as orders index the account; money is fen."""

    __tablename__ = "stop_proposals"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    trace_id: Mapped[str] = mapped_column(ForeignKey(_TRACE))
    region: Mapped[str] = mapped_column(Text)
    account: Mapped[str] = mapped_column(Text)
    subject_index: Mapped[str] = mapped_column(Text)
    bank: Mapped[str] = mapped_column(Text)
    holder: Mapped[str | None] = mapped_column(Sealed("stop_proposals.holder"))
    fen: Mapped[int] = mapped_column(BigInteger)
    tier: Mapped[int] = mapped_column(SmallInteger)
    as_of: Mapped[datetime] = mapped_column(Instant)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposer_name: Mapped[str] = mapped_column(Sealed("stop_proposals.proposer_name"))
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
    dropped_by: Mapped[str | None] = mapped_column(Text)
    drop_reason: Mapped[str | None] = mapped_column(Sealed("stop_proposals.drop_reason"))

    @property
    def masked_holder(self) -> str:
        return identifiers.mask_name(self.holder or "")
