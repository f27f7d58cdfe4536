"""Numbers of the detection desk that a city may change. Thresholds stand in the rules themselves."""

from __future__ import annotations

from datetime import date, timedelta

from fanzha.store import Work, dated

LOOKBACK = dated.DatedNumber(
    "detection.lookback_days",
    7,
    "days",
    "How far back findings are looked at again when indicators, registrations or rules change.",
    "GK",
    date(2022, 12, 1),
)

CAPACITY = dated.DatedNumber(
    "detection.capacity_per_day",
    200,
    "people a day",
    "How many potential victims the staff can warn in person or by telephone in a day; a backtest measures a detector against it.",
    "GK",
    date(2022, 12, 1),
)
BACKTESTS_KEPT = dated.DatedNumber(
    "detection.backtests_kept_days", 365, "days", "How long results of backtests are kept.", "GK", date(2022, 12, 1)
)
SHADOWS_KEPT = dated.DatedNumber(
    "detection.shadow_findings_kept_days", 90, "days", "How long what shadows found is kept.", "GK", date(2022, 12, 1)
)

dated.register(LOOKBACK, CAPACITY, BACKTESTS_KEPT, SHADOWS_KEPT)


def lookback(work: Work) -> timedelta:
    return timedelta(days=int(dated.value(work, LOOKBACK.key)))


def capacity(work: Work) -> int:
    return int(dated.value(work, CAPACITY.key))


def kept(work: Work, number: dated.DatedNumber) -> timedelta:
    return timedelta(days=int(dated.value(work, number.key)))
