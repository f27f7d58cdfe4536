"""Tables of the learning desk.

Invariants (kept by the database too, see migration 0013): a label is never changed, a correction is a later revision of the same source row and the latest
wins; subjects are tokens; everything but labels holds figures that name nobody.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Table


class Label(Table):
    """What became known about one subject. `warned`: whether the person had been warned before it happened; None for numbers and accounts."""

    __tablename__ = "labels"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_token: Mapped[str] = mapped_column(Text)
    phone_token: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(Instant)
    known_at: Mapped[datetime] = mapped_column(Instant)
    weight: Mapped[float]
    loss_fen: Mapped[int | None] = mapped_column(BigInteger)
    warned: Mapped[bool | None]
    digest: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class LabelDetector(Table):
    """A detector version that had said something about the label's subject: first when (event time), first recorded when, how surely at most; and whether
    only as a shadow."""

    __tablename__ = "label_detectors"

    label_id: Mapped[str] = mapped_column(ForeignKey("labels.id"), primary_key=True)
    detector_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    said_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    score: Mapped[float]
    is_shadow: Mapped[bool]


class FigureRow(Table):
    """A figure of one detector version as it stood on a day: numerator, denominator, window, exclusions."""

    __tablename__ = "learning_figures"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    detector_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    numerator: Mapped[float]
    denominator: Mapped[float]
    low: Mapped[float | None]
    high: Mapped[float | None]
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    exclusions: Mapped[dict[str, int]] = mapped_column(JSONB)
    computed_at: Mapped[datetime] = mapped_column(Instant)


class DriftRow(Table):
    """How far one quantity (`feature:NAME` or `score`) of a detector version lay from its reference on a day."""

    __tablename__ = "learning_drifts"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    detector_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(Text, primary_key=True)
    psi: Mapped[float]
    noise: Mapped[float]
    state: Mapped[str] = mapped_column(Text)
    rows_reference: Mapped[int] = mapped_column(BigInteger)
    rows_present: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(Text)
    bins: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    computed_at: Mapped[datetime] = mapped_column(Instant)


class MissedRow(Table):
    """Victims of one fraud type whose loss fell into a week (its Monday), and those whom nobody had warned, as known on a day."""

    __tablename__ = "learning_missed"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    fraud_type: Mapped[str] = mapped_column(Text, primary_key=True)
    victims: Mapped[int]
    never_warned: Mapped[int]
    computed_at: Mapped[datetime] = mapped_column(Instant)


class TrickRow(Table):
    """One trick (手法): when its first case was known, and the first warning for it. `tied_by`: `victim` or `identifier`; `warned_by`: rule and version."""

    __tablename__ = "learning_tricks"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    fraud_type: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    first_happened_at: Mapped[datetime] = mapped_column(Instant)
    first_known_at: Mapped[datetime] = mapped_column(Instant)
    last_known_at: Mapped[datetime] = mapped_column(Instant)
    first_warned_at: Mapped[datetime | None] = mapped_column(Instant)
    warned_by: Mapped[str | None] = mapped_column(Text)
    tied_by: Mapped[str | None] = mapped_column(Text)
    computed_at: Mapped[datetime] = mapped_column(Instant)


class ChallengerRow(Table):
    """What a night's retraining of one detector did, and why."""

    __tablename__ = "learning_challengers"

    night: Mapped[date] = mapped_column(Date, primary_key=True)
    detector_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    cut_off: Mapped[datetime] = mapped_column(Instant)
    positives: Mapped[int]
    negatives: Mapped[int]
    champion: Mapped[int | None]
    challenger: Mapped[int | None]
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime] = mapped_column(Instant)


class AlarmRow(Table):
    """Something left its bounds; once a day and subject."""

    __tablename__ = "learning_alarms"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[float]
    threshold: Mapped[float]
    sentence_zh: Mapped[str] = mapped_column(Text)
    sentence_en: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
