"""Jobs of the learning desk. Each is safe to repeat: what stands already is found and left alone, or replaced by the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fanzha.desks.learning import lagging, watching
from fanzha.desks.learning.drift_records import Drifted
from fanzha.desks.learning.drifting import Drifting
from fanzha.desks.learning.labels import Gathered, forget, gather
from fanzha.desks.learning.retraining import SCOPE, Outcome, Retraining
from fanzha.kit import clock
from fanzha.kit.progress import Progress
from fanzha.store.jobs import Task


def gathered(platform: Any) -> tuple[Gathered, ...]:
    """Gather labels from what has become known."""
    with platform.database.work(SCOPE) as work:
        return gather(work, platform.tokens)


def find_tricks(platform: Any) -> int:
    """Group the reports into tricks and look for the first warning of each; returns how many there are."""
    with platform.database.work(SCOPE) as work:
        found = lagging.observe(work, platform.lake, platform.tokens)
        watching.look_at_tricks(work)
        return found


def watch(platform: Any) -> None:
    """Snapshots of figures, of victims nobody warned, and of tricks, each in a transaction of its own; then forget what is too old."""
    day = clock.local_day(clock.now())
    with platform.database.work(SCOPE) as work:
        watching.keep_figures(work, day)
    with platform.database.work(SCOPE) as work:
        watching.keep_missed(work, day)
    find_tricks(platform)
    with platform.database.work(SCOPE) as work:
        forget(work)


def drifts(platform: Any) -> list[Drifted]:
    """Compare the newest days with what each model detector was made on, and with the days before for each live rule."""
    return Drifting(platform.database, platform.lake, platform.tokens).run()


def retrain(platform: Any, progress: Progress | None = None) -> list[Outcome]:
    """This night's challengers."""
    gathered(platform)
    return Retraining(platform.database, platform.lake, platform.tokens, progress=progress).run()


def _gather(platform: Any) -> None:
    gathered(platform)


def _drift(platform: Any) -> None:
    drifts(platform)


def _retrain(platform: Any) -> None:
    retrain(platform)


# Cron lines are in UTC: 01:40, 02:20 and 03:00 in China, when least comes in.
TASKS = [
    Task("learning.gather", _gather, every="35 * * * *", at_least_every=timedelta(hours=2)),
    Task("learning.watch", watch, every="40 17 * * *", at_least_every=timedelta(hours=26)),
    Task("learning.drift", _drift, every="20 18 * * *", at_least_every=timedelta(hours=26)),
    Task("learning.retrain", _retrain, every="0 19 * * *"),
]
