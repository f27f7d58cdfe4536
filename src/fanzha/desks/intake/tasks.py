"""Jobs of the intake desk."""

from __future__ import annotations

from fanzha.desks.intake import service
from fanzha.desks.intake.installation import Installation
from fanzha.lake import EventKind
from fanzha.store.jobs import Task


def resume(platform: Installation) -> None:
    """Finish batches that a kill interrupted. Repeatable: a finished batch is left alone."""
    service.recover(platform)


def compact(platform: Installation) -> None:
    """Merge the small files of the day's batches. Repeatable: it changes no row."""
    for kind in EventKind:
        platform.lake.compact(kind)


TASKS = [
    Task("intake.resume", resume, every="*/5 * * * *"),
    Task("intake.compact", compact, every="40 3 * * *"),
]
