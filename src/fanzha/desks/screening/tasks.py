"""Jobs of in-flight decisions."""

from __future__ import annotations

from typing import Any

from fanzha.desks.screening import service
from fanzha.store import Scope
from fanzha.store.jobs import Task


def seal(platform: Any) -> None:
    """Every minute: the new decisions get their place in the audit log. Safe to repeat: what is sealed is not sealed again."""
    with platform.database.work(Scope.system("screening")) as work:
        service.seal(work)


TASKS = [Task("screening.seal", seal, every="* * * * *")]
