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


def decay(platform: Any) -> None:
    """Every night: trust wears off, and what nobody saw again for long expires. Safe to repeat."""
    with platform.database.work(Scope.system("clock")) as work:
        service.decay(work)


TASKS = [Task("indicators.expire", expire, every="*/10 * * * *"), Task("indicators.decay", decay, every="20 3 * * *")]
