"""Time: UTC inside, Asia/Shanghai on pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEARS: Final = range(1900, 3000)
"""Of days and times that people give; the first and the last years of the calendar leave it when they are moved to another zone."""

_frozen: ContextVar[datetime | None] = ContextVar("fanzha_frozen_clock", default=None)


def now() -> datetime:
    """The present, UTC and aware."""
    return _frozen.get() or datetime.now(UTC)


def to_local(at: datetime) -> datetime:
    """The same instant on a Chinese clock."""
    return at.astimezone(SHANGHAI)


def local_day(at: datetime) -> date:
    """The calendar day in China that holds this instant."""
    return to_local(at).date()


def local_midnight(day: date) -> datetime:
    """The instant (UTC) at which this calendar day begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def day_of(text: str) -> date:
    """A calendar day as a form or an address says it. Raises ValueError: none, or not of the years 1900 to 2999, which every clock and store can hold."""
    return _held(date.fromisoformat(text))


def moment_of(text: str) -> datetime:
    """A time as a form or an address says it, aware only where it says so. Raises ValueError as `day_of` does."""
    return _held(datetime.fromisoformat(text))


def is_held(at: datetime | None) -> bool:
    """Whether a time, where one is given, lies in the years that can be stored and shown."""
    return at is None or at.year in YEARS


D = TypeVar("D", date, datetime)


def _held(at: D) -> D:
    if at.year not in YEARS:
        raise ValueError(at.year)
    return at


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` (aware) inside the block: for tests and for replays of the past."""
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
