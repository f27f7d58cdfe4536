"""Jobs of the sharing desk. Each is safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fanzha.desks.sharing import reaching
from fanzha.desks.sharing.listeners import REACH, RELISTED
from fanzha.desks.sharing.making import make_due
from fanzha.store.jobs import Task


def due(platform: Any) -> list[str]:
    """Briefings that are due and missing."""
    return make_due(platform.database, platform.tokens, platform.settings.region)


def _due(platform: Any) -> None:
    due(platform)


def _reach(platform: Any) -> None:
    reaching.follow(platform.database, platform.lake)


def _relisted(platform: Any, withdrawal_ids: Sequence[str]) -> None:
    reaching.relisted(platform.database, withdrawal_ids)


TASKS = [Task("sharing.brief", _due, every="10 * * * *"), Task(REACH, _reach, every="*/10 * * * *"), Task(RELISTED, _relisted)]
