"""Tables of the detection desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, ForeignKeyConstraint, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table


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


_VERSION = (["detector_id", "version"], ["detector_versions.detector_id", "detector_versions.version"])


class Backtest(Table):
    """One version of a detector tried on past days. `key` names what was tried on which versions of the lake; `result` is what `measuring.Result` holds."""

    __tablename__ = "backtests"
    __table_args__ = (ForeignKeyConstraint(*_VERSION),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    detector_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    region: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    versions: Mapped[dict[str, int]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    percent: Mapped[int] = mapped_column(SmallInteger, default=0)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_name: Mapped[str] = mapped_column(Sealed("backtests.asked_name"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    failure: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ShadowFinding(Table):
    """What a shadow found: one subject and day. Nobody is told; the page that compares reads it."""

    __tablename__ = "shadow_findings"
    __table_args__ = (ForeignKeyConstraint(*_VERSION),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    detector_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    target: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    score: Mapped[float]
    subject_token: Mapped[str] = mapped_column(Text)
    side_token: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Instant)
    reason_zh: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
