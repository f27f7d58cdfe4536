"""Plays the frauds in shares, each in a process and an installation of its own.

Invariant: who plays which fraud changes no result. Frauds share no account, every draw is keyed by seed and fraud, and the clock of events is absolute.
"""

from __future__ import annotations

import logging
import multiprocessing
import queue
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fanzha.faces.cli.rescue.assumptions import Delays
from fanzha.faces.cli.rescue.play import Case, Machine, Play
from fanzha.faces.common.platform import Opener
from fanzha.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Share:
    """The frauds of these numbers, played in one way of working."""

    way: str
    delays: Delays
    numbers: Sequence[int]
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What came of a share; `faults` is empty unless a rule was broken or money was made or lost."""

    way: str
    cases: Sequence[Case]
    machine: Machine
    faults: Counter[str]


def deal(ways: dict[str, Delays], count: int, seed: int, processes: int) -> list[Share]:
    """Both ways of working side by side; where there are more processes, the frauds of each in as many shares of like size."""
    parts = min(count, max(1, processes // len(ways)))
    return [Share(way, delays, range(part, count, parts), seed) for part in range(parts) for way, delays in ways.items()]


def play(share: Share, opener: Opener, advance: Callable[[], None]) -> Outcome:
    """Play one share in this process, in a new installation that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="fz-bench-") as folder, opener(Settings(home=Path(folder) / "home")) as platform:
        played = Play(platform, share.numbers, share.seed, share.delays)
        before = played.world.total()
        cases = played.run(advance)
    faults = Counter(fault for case in cases for fault in played.faults(case))
    if played.world.total() != before:
        faults["money was made or lost"] += 1
    return Outcome(share.way, cases, played.machine, faults)


def play_all(shares: Sequence[Share], opener: Opener, processes: int, advance: Callable[[], None]) -> list[Outcome]:
    """All shares, `processes` at a time; `advance` is called in this process once a fraud that is through. What fails in one share fails here."""
    if processes == 1:
        return [play(share, opener, advance) for share in shares]
    context = multiprocessing.get_context("spawn")  # a fork would share the parent's locks and connections
    through = context.Queue()
    with ProcessPoolExecutor(processes, context, _begin, (through,)) as pool:
        running = [pool.submit(_play_here, share, opener) for share in shares]
        _watch(running, through, sum(len(share.numbers) for share in shares), advance)
        return [one.result() for one in running]


def _watch(running: Sequence[Future[Outcome]], through: multiprocessing.Queue[str], total: int, advance: Callable[[], None]) -> None:
    done = 0
    while not all(one.done() for one in running):
        try:
            through.get(timeout=1)
        except queue.Empty:
            continue
        done += 1
        advance()
        if done % 10 == 0:
            _log.info("%s of %s frauds are through", done, total)


_through: multiprocessing.Queue[str] | None = None


def _begin(through: multiprocessing.Queue[str]) -> None:
    """Each process once: a queue reaches another process only while that is being started."""
    global _through
    _through = through


def _play_here(share: Share, opener: Opener) -> Outcome:
    assert _through is not None
    return play(share, opener, lambda told=_through: told.put(share.way))  # type: ignore[misc]
