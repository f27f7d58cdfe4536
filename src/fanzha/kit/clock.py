"""Time: UTC inside, Asia/Shanghai on pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

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


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` (aware) inside the block: for tests and for replays of the past."""
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
