"""Jobs of the learning desk. Each is safe to repeat: what stands already is found and left alone, or replaced by the same."""

from __future__ import annotations

from typing import Any

from fanzha.desks.learning import lagging, watching
from fanzha.desks.learning.labels import Gathered, forget, gather
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.store.jobs import Task

_SCOPE = Scope.system("learning")


def learn(platform: Any) -> tuple[Gathered, ...]:
    """Gather labels from what has become known."""
    with platform.database.work(_SCOPE) as work:
        return gather(work, platform.tokens)


def watch(platform: Any) -> None:
    """Snapshots of figures, of victims nobody warned, and of tricks, each in a transaction of its own; then forget what is too old."""
    day = clock.local_day(clock.now())
    with platform.database.work(_SCOPE) as work:
        watching.keep_figures(work, day)
    with platform.database.work(_SCOPE) as work:
        watching.keep_missed(work, day)
    find_tricks(platform)
    with platform.database.work(_SCOPE) as work:
        forget(work)


def find_tricks(platform: Any) -> int:
    """Group the reports into tricks and look for the first warning of each."""
    with platform.database.work(_SCOPE) as work:
        found = lagging.observe(work, platform.lake, platform.tokens)
        watching.look_at_tricks(work)
        return found


def gather_labels(platform: Any) -> None:
    learn(platform)


TASKS = [Task("learning.gather", gather_labels, every="35 * * * *"), Task("learning.watch", watch, every="40 17 * * *")]  # 01:40 in China
