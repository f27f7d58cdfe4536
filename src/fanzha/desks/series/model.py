"""Tables of the series desk.

Invariants (kept by the database too, see migration 0016): a report is in one series at most; what is pinned was settled by a person and no linking moves it;
a merged series names the one it went into.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import FetchedValue

from fanzha.store import Instant, Sealed, Table


class LinkedReport(Table):
    """A report whose values have been taken in."""

    __tablename__ = "linked_reports"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(Instant)


class LinkedValue(Table):
    """One value that a report can be linked by, as a keyed hash. `shown`: in clear, of values that no suspect of the report tells. A quiet value links nothing:
    an analyst has decided against what it said about this report."""

    __tablename__ = "linked_values"

    report_id: Mapped[str] = mapped_column(ForeignKey("linked_reports.report_id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    shown: Mapped[str | None] = mapped_column(Sealed("linked_values.shown"))
    is_quiet: Mapped[bool]


class LinkedWeight(Table):
    """How many reports knew a value at the latest linking, and the bits it carried; of values that more than one knew."""

    __tablename__ = "linked_weights"

    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    known_by: Mapped[int]
    bits: Mapped[float]


class Series(Table):
    """Cases that one gang is thought to have done. `unsettled`: cases that no person has confirmed. `by_region`: cases by region code."""

    __tablename__ = "series"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True, server_default=FetchedValue())
    state: Mapped[str] = mapped_column(Text)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("series.id"))
    fraud_type: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    unsettled: Mapped[int]
    loss_fen: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime | None] = mapped_column(Instant)
    last_at: Mapped[datetime | None] = mapped_column(Instant)
    by_region: Mapped[dict[str, int]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Member(Table):
    """A report of a series."""

    __tablename__ = "series_members"

    report_id: Mapped[str] = mapped_column(ForeignKey("linked_reports.report_id"), primary_key=True)
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"))
    is_pinned: Mapped[bool]
    since: Mapped[datetime] = mapped_column(Instant)


class Candidate(Table):
    """A series that a new report may belong to, as it stood when the report came in; `series_id` is '' for single cases that are in no series yet."""

    __tablename__ = "series_candidates"

    report_id: Mapped[str] = mapped_column(ForeignKey("linked_reports.report_id"), primary_key=True)
    series_id: Mapped[str] = mapped_column(Text, primary_key=True)
    bits: Mapped[float]
    is_likely: Mapped[bool]
    number: Mapped[int | None] = mapped_column(BigInteger)
    cases: Mapped[int]
    by_region: Mapped[dict[str, int]] = mapped_column(JSONB)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    found_at: Mapped[datetime] = mapped_column(Instant)


class Decision(Table):
    """Who decided what about a series, and why. Never changed."""

    __tablename__ = "series_decisions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"))
    kind: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("series_decisions.actor_name"))
    reason: Mapped[str] = mapped_column(Sealed("series_decisions.reason"))


class Apart(Table):
    """On which side of a decision a report stands: no linking joins reports on different sides."""

    __tablename__ = "series_apart"

    decision_id: Mapped[str] = mapped_column(ForeignKey("series_decisions.id"), primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("linked_reports.report_id"), primary_key=True)
    side: Mapped[int]


class Muted(Table):
    """A value that an analyst has found to say nothing about who did it."""

    __tablename__ = "series_muted"

    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("series_decisions.id"))


class Hint(Table):
    """Two accepted series that linking would have joined, had nobody settled them."""

    __tablename__ = "series_hints"

    one: Mapped[str] = mapped_column(ForeignKey("series.id"), primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("series.id"), primary_key=True)
    found_at: Mapped[datetime] = mapped_column(Instant)
