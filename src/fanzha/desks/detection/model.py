"""Tables of the detection desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Table


class DetectionRun(Table):
    """One run: which versions of the lake's tables it saw, with which rules and flags (as fingerprints), and what came of it."""

    __tablename__ = "detection_runs"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, server_default="")
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    cause: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    versions: Mapped[dict[str, int]] = mapped_column(JSONB)
    rules: Mapped[str] = mapped_column(Text)
    flags: Mapped[str] = mapped_column(Text)
    events: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int]
    fresh: Mapped[int]
    changed: Mapped[int]
    withdrawn: Mapped[int]


class Finding(Table):
    """One rule, one subject, one day. `digest` tells whether anything in it changed; evidence is what `events.EvidenceRef` holds."""

    __tablename__ = "findings"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    rule_id: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[int]
    target: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    score: Mapped[float]
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_token: Mapped[str] = mapped_column(Text)
    person_token: Mapped[str | None] = mapped_column(Text)
    phone_token: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Instant)
    reason_zh: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    digest: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    run_id: Mapped[str] = mapped_column(ForeignKey("detection_runs.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
