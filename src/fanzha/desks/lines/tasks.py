"""Jobs of the desk of numbers. Each is safe to repeat."""

from __future__ import annotations

from typing import Any

from fanzha.desks.lines import listeners, restoring
from fanzha.desks.lines.proposing import Proposer, Taken
from fanzha.desks.lines.register import LakeRegister
from fanzha.store import Scope
from fanzha.store.jobs import Task

_WORKER = Scope.system("worker")


def take_indicators(platform: Any, tokens: list[str]) -> Taken:
    """Propose confirmed numbers among these tokens."""
    proposer = Proposer(LakeRegister(platform.lake), platform.tokens, platform.settings.region)
    with platform.database.work(_WORKER) as work:
        return listeners.take_indicators(work, proposer, tokens)


def settle_restored(platform: Any, number_index: str) -> int:
    """End what other receivers hold on a number whose holder was verified."""
    with platform.database.work(_WORKER) as work:
        return restoring.settle(work, number_index)


def _take(platform: Any, tokens: list[str]) -> None:
    take_indicators(platform, tokens)


def _settle(platform: Any, number_index: str) -> None:
    settle_restored(platform, number_index)


TASKS = [Task(listeners.TAKE_INDICATORS, _take), Task(restoring.RESTORED, _settle)]
