"""Jobs of the series desk. Each is safe to repeat."""

from __future__ import annotations

from typing import Any

from fanzha.desks.series import taking
from fanzha.desks.series.candidates import consider
from fanzha.desks.series.relinking import SCOPE, Relinked, relink
from fanzha.store.jobs import Task


def take(platform: Any) -> int:
    """Take in what waits, batch by batch, each report with its candidates; returns how many there were."""
    total = 0
    while True:
        with platform.database.work(SCOPE) as work:
            fresh = taking.take_waiting(work)
            work.session.flush()
            for report_id in fresh:
                consider(work, report_id)
            if fresh:
                work.defer("series.relink", once="series.relink")
        total += len(fresh)
        if len(fresh) < taking.BATCH:
            return total


def relinked(platform: Any) -> Relinked:
    """Everything anew: what waits is taken in first."""
    take(platform)
    return relink(platform.database)


def _take(platform: Any) -> None:
    take(platform)


def _relink(platform: Any) -> None:
    relink(platform.database)


TASKS = [Task("series.take", _take, every="*/10 * * * *"), Task("series.relink", _relink, every="25 * * * *")]
