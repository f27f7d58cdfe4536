"""Jobs of the warnings desk."""

from __future__ import annotations

from collections.abc import Mapping
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


def write_audit(platform: Any, *, action: str, detail: Mapping[str, object]) -> None:
    """Write what a batch did to the audit log. A repetition after a crash adds the same line again, which says nothing untrue."""
    with platform.database.work(Scope.system("warnings")) as work:
        work.audit(action, "warnings", detail)


TASKS = [Task("warnings.pass_time", pass_time, every="* * * * *"), Task("warnings.audit", write_audit)]
