"""Jobs of the indicators desk."""

from __future__ import annotations

from typing import Any

from fanzha.desks.indicators import service
from fanzha.store import Scope
from fanzha.store.jobs import Task


def expire(platform: Any) -> None:
    """Every ten minutes: entries past their term are flagged no more. Safe to repeat."""
    with platform.database.work(Scope.system("clock")) as work:
        service.expire(work)


TASKS = [Task("indicators.expire", expire, every="*/10 * * * *")]
