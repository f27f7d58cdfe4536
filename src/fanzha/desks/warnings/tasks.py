"""Jobs of the warnings desk."""

from __future__ import annotations

from typing import Any

from fanzha.desks.warnings.escalation import let_time_pass
from fanzha.store import Scope
from fanzha.store.jobs import Task


def pass_time(platform: Any) -> None:
    """Every minute: escalate, let revisits fall due, close and lapse; in batches, each a transaction of its own. Safe to repeat."""
    more = True
    while more:
        with platform.database.work(Scope.system("clock")) as work:
            more = let_time_pass(work).is_full


TASKS = [Task("warnings.pass_time", pass_time, every="* * * * *")]
