"""Jobs of the orders desk. Each is safe to repeat."""

from __future__ import annotations

from typing import Any

from fanzha.desks.controls import delivering, passing, recording
from fanzha.desks.controls.delivering import Pushed
from fanzha.desks.controls.passing import Passed
from fanzha.store import Scope
from fanzha.store.jobs import Task

_WORKER = Scope.system("worker")


def let_time_pass(platform: Any) -> list[Passed]:
    """Everything that has fallen due, a batch in a transaction."""
    runs: list[Passed] = []
    while not runs or runs[-1].is_full:
        with platform.database.work(_WORKER) as work:
            runs.append(passing.let_time_pass(work))
    return runs


def deliver(platform: Any) -> Pushed:
    """Push what is due."""
    return delivering.Pusher(platform.database, _WORKER).run()


def _clock(platform: Any) -> None:
    let_time_pass(platform)


def _deliver(platform: Any) -> None:
    deliver(platform)


def _promote(platform: Any, index: str, receiver: str, slot: str) -> None:
    with platform.database.work(_WORKER) as work:
        passing.promote(work, index, receiver, slot)


TASKS = [
    Task(recording.CLOCK, _clock, every="* * * * *"),
    Task(recording.DELIVER, _deliver, every="* * * * *"),
    Task(recording.PROMOTE, _promote),
]
