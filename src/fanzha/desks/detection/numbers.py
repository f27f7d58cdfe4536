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

dated.register(LOOKBACK)


def lookback(work: Work) -> timedelta:
    return timedelta(days=int(dated.value(work, LOOKBACK.key)))
