"""Jobs of the sharing desk. Each is safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fanzha.desks.sharing import service
from fanzha.desks.sharing.making import SCOPE, make_due
from fanzha.store.jobs import Task


def due(platform: Any) -> list[str]:
    """Briefings that are due and missing."""
    return make_due(platform.database, platform.tokens, platform.settings.region)


def _due(platform: Any) -> None:
    due(platform)


def _retract(platform: Any, tokens: Sequence[str]) -> None:
    with platform.database.work(SCOPE) as work:
        service.retract(work, tokens)


TASKS = [Task("sharing.brief", _due, every="10 * * * *"), Task("sharing.retract", _retract)]
