"""Jobs of the appeals desk. Each is safe to repeat."""

from __future__ import annotations

from typing import Any

from fanzha.desks.appeals import entering, passing, recording
from fanzha.desks.appeals.passing import Passed
from fanzha.store import Scope
from fanzha.store.jobs import Task

_WORKER = Scope.system("worker")


def let_time_pass(platform: Any) -> Passed:
    """Everything that has fallen due."""
    with platform.database.work(_WORKER) as work:
        return passing.let_time_pass(work, platform.tokens)


def look_up(platform: Any, challenge_id: str) -> bool:
    """Whether a code was texted."""
    with platform.database.work(_WORKER) as work:
        return entering.look_up(work, platform.lake, platform.tokens, challenge_id)


def _clock(platform: Any) -> None:
    let_time_pass(platform)


def _challenge(platform: Any, challenge_id: str) -> None:
    look_up(platform, challenge_id)


TASKS = [Task(recording.CLOCK, _clock, every="* * * * *"), Task(recording.CHALLENGE, _challenge)]
