"""Jobs of the detection desk."""

from __future__ import annotations

from typing import Any

from fanzha.desks.detection import backtests, service
from fanzha.desks.detection.domain import RunSummary
from fanzha.desks.indicators import Flag
from fanzha.desks.indicators import service as indicators
from fanzha.kit.progress import Progress
from fanzha.store import Scope, Work
from fanzha.store.jobs import Task
from fanzha.vocab.risk import RiskLevel

NAME = "detection.run"


def run(platform: Any, *, full: bool = False) -> None:
    """Look at what is new. Safe to repeat: a second run finds nothing to do."""
    detect(platform, full=full)


def detect(platform: Any, *, full: bool = False, progress: Progress | None = None) -> RunSummary:
    """One run with the indicators in force, in a transaction of its own."""
    with platform.database.work(Scope.system("detection")) as work:
        return service.run(work, platform.lake, platform.tokens, counting_flags(work), full=full, progress=progress)


def counting_flags(work: Work) -> dict[str, Flag]:
    """The indicators in force, by token. One that few trust (blue) does not count as flagged."""
    return {token: flag for token, flag in indicators.flagged_tokens(work).items() if flag.level is not RiskLevel.BLUE}


def forget(platform: Any) -> None:
    """Remove old backtests and shadow findings. Repeatable."""
    with platform.database.work(Scope.system("detection")) as work:
        backtests.forget_old(work)


TASKS = [Task(NAME, run, every="*/5 * * * *"), Task(backtests.JOB, backtests.run), Task("detection.forget_old", forget, every="40 4 * * *")]
