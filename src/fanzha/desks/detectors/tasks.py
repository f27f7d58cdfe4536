"""Jobs of the detectors desk."""

from __future__ import annotations

from typing import Any

from fanzha.desks.detectors import service
from fanzha.desks.detectors.moving import SETTLE
from fanzha.store import Scope
from fanzha.store.jobs import Task


def settle(platform: Any) -> None:
    """Carry out what is due. One job is queued for the time of each change; the periodic one catches what a stopped worker missed."""
    with platform.database.work(Scope.system("detectors")) as work:
        service.settle(work)


TASKS = [Task(SETTLE, settle, every="* * * * *")]
