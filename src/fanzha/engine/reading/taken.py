"""Stretches of a text that are already something. Whether a stretch is free is asked for every match, so it is answered by bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Protocol


class Placed(Protocol):
    """Anything with a place."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Taken:
    """Invariant: the stretches are sorted and do not overlap, so the last that begins before a place is the only one that can reach it."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, found: Iterable[Placed]) -> None:
        """Stretches that are free, or already here (which changes nothing)."""
        held = sorted({*zip(self._starts, self._ends, strict=True), *((one.start, one.end) for one in found)})
        self._starts, self._ends = [start for start, _ in held], [end for _, end in held]

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any of [start, end) is taken."""
        place = bisect_left(self._starts, end) - 1
        return place >= 0 and self._ends[place] > start

    def between(self, start: int, end: int) -> bool:
        """Whether something taken lies wholly inside [start, end)."""
        place = bisect_left(self._starts, start)
        return place < bisect_right(self._starts, end) and place < len(self._ends) and self._ends[place] <= end
