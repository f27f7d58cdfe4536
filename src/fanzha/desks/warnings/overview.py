"""Counts for the overview: SQL aggregates over what the reader may see. Every share says what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from fanzha.desks.warnings.plan import Due
from fanzha.kit import clock
from fanzha.store import Work

EXCLUDED = ("cancelled", "text message only", "deadline not yet due")


@dataclass(frozen=True)
class Ratio:
    """A share with what it is made of: warnings issued on the days `since` to `until` (both included, China), without `exclusions`."""

    numerator: int
    denominator: int
    since: date
    until: date
    exclusions: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class CountyCount:
    """`code` has 6 digits, or fewer where nobody knows the county. Counts of the window."""

    code: str
    issued: int
    later_victims: int


@dataclass(frozen=True)
class Overview:
    """Money is fen. `open_by` counts open warnings by (level, state); `trend` holds one row for each day of the window, by level."""

    since: date
    until: date
    open_by: Mapping[tuple[str, str], int]
    open_total: int
    overdue: int
    issued_today: int
    issued: int
    compliance: Mapping[Due, Ratio]
    met: Ratio
    dissuaded: Ratio
    later_victims: Ratio
    amount_protected_fen: int
    by_county: tuple[CountyCount, ...]
    trend: tuple[tuple[date, Mapping[str, int]], ...]
    top_types: tuple[tuple[str, int], ...]


_OPEN = text("""
    SELECT level, state, count(*) AS n, count(*) FILTER (WHERE due_at < :now) AS overdue
    FROM warnings WHERE state NOT IN ('closed', 'cancelled', 'lapsed') AND starts_with(region, :within) GROUP BY level, state
""")

# One pass over the window; `feedback_by` is null where only a text message was planned, so those drop out of every share by themselves.
_ISSUED = text("""
    SELECT day, level, fraud_type, county, count(*) AS n,
           count(*) FILTER (WHERE later_victim) AS later_victims,
           count(*) FILTER (WHERE counts AND sign_by <= :now) AS sign_due, count(*) FILTER (WHERE counts AND sign_by <= :now AND signed_at <= sign_by) AS sign_met,
           count(*) FILTER (WHERE counts AND call_by <= :now) AS call_due, count(*) FILTER (WHERE counts AND call_by <= :now AND first_call_at <= call_by) AS call_met,
           count(*) FILTER (WHERE counts AND meet_by <= :now) AS meet_due, count(*) FILTER (WHERE counts AND meet_by <= :now AND met_at <= meet_by) AS meet_met,
           count(*) FILTER (WHERE counts AND feedback_by <= :now) AS feedback_due,
           count(*) FILTER (WHERE counts AND feedback_by <= :now AND fed_back_at <= feedback_by) AS feedback_met,
           count(*) FILTER (WHERE counts AND must_meet) AS must_meet, count(*) FILTER (WHERE counts AND must_meet AND met_at IS NOT NULL) AS met,
           count(*) FILTER (WHERE counts AND fed_back_at IS NOT NULL) AS answered,
           count(*) FILTER (WHERE counts AND fed_back_at IS NOT NULL AND outcome = 'dissuaded' AND NOT later_victim) AS dissuaded
    FROM (SELECT *, (issued_at AT TIME ZONE 'Asia/Shanghai')::date AS day, left(region, 6) AS county, state <> 'cancelled' AS counts
          FROM warnings WHERE issued_at >= :start AND issued_at < :end AND starts_with(region, :within)) issued
    GROUP BY GROUPING SETS ((day, level), (fraud_type), (county), ())
""")

_PROTECTED = text("SELECT coalesce(sum(amount_protected_fen), 0) FROM warnings WHERE fed_back_at >= :start AND fed_back_at < :end AND starts_with(region, :within)")


def overview(work: Work, *, days: int = 30, within: str = "") -> Overview:
    """The picture of the last `days` days, today included, of the region the reader may see, and of that only what lies in the region `within`."""
    now = clock.now()
    until = clock.local_day(now)
    since = until - timedelta(days=days - 1)
    window = {"now": now, "within": within, "start": clock.local_midnight(since), "end": clock.local_midnight(until + timedelta(days=1))}
    standing = work.session.execute(_OPEN, {"now": now, "within": within}).all()
    rows = [dict(row._mapping) for row in work.session.execute(_ISSUED, window)]  # noqa: SLF001 — SQLAlchemy's public name for the row as a mapping
    total = next(row for row in rows if row["day"] is None and row["fraud_type"] is None and row["county"] is None)
    return Overview(
        since=since,
        until=until,
        open_by={(row.level, row.state): row.n for row in standing},
        open_total=sum(row.n for row in standing),
        overdue=sum(row.overdue for row in standing),
        issued_today=sum(row["n"] for row in rows if row["day"] == until),
        issued=total["n"],
        compliance={due: Ratio(total[f"{due}_met"], total[f"{due}_due"], since, until, EXCLUDED) for due in Due if due is not Due.REVISIT},
        met=Ratio(total["met"], total["must_meet"], since, until, EXCLUDED[:2]),
        dissuaded=Ratio(total["dissuaded"], total["answered"], since, until, EXCLUDED[:2]),
        later_victims=Ratio(total["later_victims"], total["n"], since, until),
        amount_protected_fen=_amount_protected(work, window),
        by_county=tuple(
            CountyCount(row["county"], row["n"], row["later_victims"]) for row in sorted(rows, key=_most_first) if row["county"] is not None
        ),
        trend=_trend(rows, since, until),
        top_types=tuple((row["fraud_type"], row["n"]) for row in sorted(rows, key=_most_first) if row["fraud_type"] is not None),
    )  # fmt: skip


def _amount_protected(work: Work, window: Mapping[str, object]) -> int:
    return int(work.session.execute(_PROTECTED, {name: window[name] for name in ("start", "end", "within")}).scalar_one())


def _trend(rows: list[dict[str, Any]], since: date, until: date) -> tuple[tuple[date, Mapping[str, int]], ...]:
    counts: dict[date, dict[str, int]] = {since + timedelta(days=place): {} for place in range((until - since).days + 1)}
    for row in rows:
        if row["day"] is not None:
            counts[row["day"]][row["level"]] = row["n"]
    return tuple(counts.items())


def _most_first(row: Mapping[str, Any]) -> int:
    return -int(row["n"])
