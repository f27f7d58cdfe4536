"""Progress of long work, shown on standard error so that standard output stays clean."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


class Step(Protocol):
    """One piece of work under way."""

    def advance(self, done: int = 1) -> None: ...


class Progress(Protocol):
    """Announces pieces of work."""

    @contextmanager
    def step(self, label: str, total: int | None = None) -> Iterator[Step]: ...


class _Silent:
    def advance(self, done: int = 1) -> None:
        del done


class Quiet:
    """Shows nothing."""

    @contextmanager
    def step(self, label: str, total: int | None = None) -> Iterator[Step]:
        del label, total
        yield _Silent()


class _Bar:
    def __init__(self, bars: RichProgress, label: str, total: int | None) -> None:
        self._bars = bars
        self._task = bars.add_task(label, total=total)

    def advance(self, done: int = 1) -> None:
        self._bars.advance(self._task, done)

    def finish(self) -> None:
        total = self._bars.tasks[self._task].total
        self._bars.update(self._task, completed=total if total is not None else 1, total=total if total is not None else 1)


class Bars:
    """Progress bars on standard error; plain lines where it is not a terminal."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)

    @contextmanager
    def step(self, label: str, total: int | None = None) -> Iterator[Step]:
        if not self._console.is_terminal:
            self._console.print(f"· {label}", highlight=False)
            yield _Silent()
            return
        columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with RichProgress(*columns, console=self._console) as bars:
            bar = _Bar(bars, label, total)
            yield bar
            bar.finish()
