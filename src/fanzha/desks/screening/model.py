"""Tables of in-flight decisions. Rows are only ever added; neither working role may change or remove one.

Of a person or account only tokens stand here; they open with the key alone, and pages show what they open to masked.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Table


class Decision(Table):
    """One answer given in flight. `digest` is of the request's contents, `body` the answer as sent, `event` the lake columns of what was asked about.

    `conflicting`: given while the database was away to a request number that it already held with other contents.
    """

    __tablename__ = "screening_decisions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, server_default="", unique=True)
    org_id: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    asked: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    subject_token: Mapped[str | None] = mapped_column(Text)
    other_token: Mapped[str | None] = mapped_column(Text)
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant, server_default="")
    event: Mapped[dict[str, Any]] = mapped_column(JSONB)
    signals: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    basis: Mapped[str | None] = mapped_column(Text)
    term_minutes: Mapped[int | None]
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    policy: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    degraded: Mapped[bool]
    spooled: Mapped[bool]
    conflicting: Mapped[bool] = mapped_column(server_default="")


class PolicyLine(Table):
    """One line of the policy that somebody decided; it counts once it is approved. The defaults stand in policies.yaml."""

    __tablename__ = "screening_policies"

    asked: Mapped[str] = mapped_column(Text, primary_key=True)
    signal: Mapped[str] = mapped_column(Text, primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    answer: Mapped[str] = mapped_column(Text)
    basis: Mapped[str | None] = mapped_column(Text)
    term_minutes: Mapped[int | None]
    remedy_zh: Mapped[str | None] = mapped_column(Text)
    remedy_en: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(Instant, server_default="")


class PolicyApproval(Table):
    """Somebody else's yes to a line."""

    __tablename__ = "screening_approvals"

    asked: Mapped[str] = mapped_column(Text, primary_key=True)
    signal: Mapped[str] = mapped_column(Text, primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    set_by: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(Text)
    approved_at: Mapped[datetime] = mapped_column(Instant, server_default="")


class PolicyDecline(Table):
    """Somebody's no to a line that nobody has approved: another's, or its maker's who takes it back."""

    __tablename__ = "screening_declines"

    asked: Mapped[str] = mapped_column(Text, primary_key=True)
    signal: Mapped[str] = mapped_column(Text, primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    set_by: Mapped[str] = mapped_column(Text)
    declined_by: Mapped[str] = mapped_column(Text)
    declined_at: Mapped[datetime] = mapped_column(Instant, server_default="")
    reason: Mapped[str] = mapped_column(Text)


class Seal(Table):
    """The decisions up to a number, and a digest over them that also stands in the audit log."""

    __tablename__ = "screening_seals"

    last_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    decisions: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
