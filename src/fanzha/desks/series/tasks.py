"""Jobs of the series desk. Each is safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from fanzha.desks.series import finding, series_queries, taking
from fanzha.desks.series.candidates import consider
from fanzha.desks.series.relinking import SCOPE, Relinked, relink
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.store.jobs import Task

RECENT = timedelta(days=2)
"""What came into the platform longer ago was taken in by the job of its own day, or is by the next linking."""


def take(platform: Any, since: datetime | None = None) -> int:
    """Take in what waits, batch by batch, each with its candidates; returns how many there were. `since`: only what came into the platform from then on."""
    total = 0
    while True:
        with platform.database.work(SCOPE) as work:
            fresh = taking.take_waiting(work, since=since)
            _look_up(work, fresh)
            if fresh:
                work.defer("series.devices", once="series.devices")
        total += len(fresh)
        if not fresh:
            return total


def relinked(platform: Any) -> Relinked:
    """Everything anew: what waits is taken in first."""
    take(platform)
    return relink(platform.database)


def _take(platform: Any) -> None:
    take(platform, clock.now() - RECENT)


def _money(platform: Any, trace_id: str) -> None:
    _take(platform)  # a trace may be there before the job that takes its report in
    with platform.database.work(SCOPE) as work:
        if finding.follow_money(work, trace_id, platform.tokens):
            work.defer("series.relink", once="series.relink")


def _devices(platform: Any) -> None:
    with platform.database.work(SCOPE) as work:
        _look_up(work, finding.find_devices(work, platform.lake, platform.tokens))


def _again(platform: Any, case_id: str) -> None:
    with platform.database.work(SCOPE) as work:
        fresh = taking.take_cases(work, [case_id])
        _look_up(work, fresh)
        series_queries.refresh(work, series_queries.series_of(work, fresh))


def _look_up(work: Work, ids: Sequence[str]) -> None:
    work.session.flush()
    for each in ids:
        consider(work, each)
    if ids:
        work.defer("series.relink", once="series.relink")


def _relink(platform: Any) -> None:
    relinked(platform)


TASKS = [
    Task("series.take", _take, every="*/10 * * * *"),
    Task("series.again", _again),
    Task("series.money", _money),
    Task("series.devices", _devices),
    Task("series.relink", _relink, every="25 * * * *"),
]
