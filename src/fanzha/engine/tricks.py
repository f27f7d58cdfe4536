"""Which reports tell of the same trick (手法): they name the same identifier, or tell the same script, and are of one fraud type.

A script is what a narrative says once digits, Latin letters and punctuation are gone, as the set of its three-character pieces. Two scripts are alike when
their sets overlap by `alike` (Jaccard: common pieces over all pieces). The groups are the connected components of both kinds of ties.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise

import polars as pl

from fanzha.engine.text import fold
from fanzha.kit.ids import stable_id

PIECE = 3
ALIKE = 0.5
LEAST_PIECES = 20
"""A narrative of fewer pieces (“报警人称被骗”) says nothing of a trick and is like no other."""
MOST_NAMING = 200
"""An identifier that more reports name (a bank's own number, a big shop) ties nothing together."""
_RARE = 40
"""Of a piece that more scripts of a type hold, each is compared with the next that holds it alone: enough for a chain, and linear."""
_NOT_WORDS = re.compile(r"[0-9a-z]+")


@dataclass(frozen=True)
class Told:
    """What one report brings: `known_at` is when it came in, `happened_at` when the fraud was; `identifiers` whatever names a thing (token or index)."""

    report_id: str
    fraud_type: str
    known_at: datetime
    happened_at: datetime
    identifiers: frozenset[str]
    narrative: str = ""


@dataclass(frozen=True)
class Trick:
    """A group of reports, the earliest known first; `id` stays as long as the earliest report stays the earliest."""

    id: str
    fraud_type: str
    told: tuple[Told, ...]

    @property
    def first(self) -> Told:
        return self.told[0]

    @property
    def first_happened_at(self) -> datetime:
        return min(each.happened_at for each in self.told)

    @property
    def identifiers(self) -> frozenset[str]:
        return frozenset().union(*(each.identifiers for each in self.told))


def script(narrative: str) -> frozenset[str]:
    """The pieces of a narrative; empty where it says next to nothing."""
    words = _NOT_WORDS.sub("", fold(pl.Series([narrative], dtype=pl.String))[0] or "")
    pieces = frozenset(words[place : place + PIECE] for place in range(len(words) - PIECE + 1))
    return pieces if len(pieces) >= LEAST_PIECES else frozenset()


def group(told: Iterable[Told], alike: float = ALIKE) -> list[Trick]:
    """Every report in exactly one trick; the order of the reports changes nothing. Tricks come by when their first case was known."""
    by_type: dict[str, list[Told]] = defaultdict(list)
    for each in sorted(told, key=lambda one: (one.known_at, one.report_id)):
        by_type[each.fraud_type].append(each)
    tricks = [trick for fraud_type, reports in by_type.items() for trick in _of_type(fraud_type, reports, alike)]
    return sorted(tricks, key=lambda trick: (trick.first.known_at, trick.id))


def _of_type(fraud_type: str, reports: Sequence[Told], alike: float) -> list[Trick]:
    groups = _Groups(len(reports))
    for first, second in _shared(reports):
        groups.join(first, second)
    scripts = [script(each.narrative) for each in reports]
    for first, second in _candidates(scripts):
        if groups.root(first) != groups.root(second) and overlap(scripts[first], scripts[second]) >= alike:
            groups.join(first, second)
    return [Trick(stable_id("trick", fraud_type, reports[places[0]].report_id), fraud_type, tuple(reports[place] for place in places)) for places in groups.all()]


def overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Jaccard's index; 0 where one of them is empty."""
    common = len(first & second)
    return common / (len(first) + len(second) - common) if common else 0.0


def _shared(reports: Sequence[Told]) -> Iterable[tuple[int, int]]:
    naming: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(reports):
        for identifier in each.identifiers:
            naming[identifier].append(place)
    for places in naming.values():
        if len(places) <= MOST_NAMING:
            yield from ((places[0], other) for other in places[1:])


def _candidates(scripts: Sequence[frozenset[str]]) -> Iterable[tuple[int, int]]:
    """Pairs that share a piece and may be alike, each once."""
    holding: dict[str, list[int]] = defaultdict(list)
    for place, pieces in enumerate(scripts):
        for piece in pieces:
            holding[piece].append(place)
    offered: set[tuple[int, int]] = set()
    for places in holding.values():
        offered.update(combinations(places, 2) if len(places) <= _RARE else pairwise(places))
    first_of: dict[frozenset[str], int] = {}
    for place, pieces in enumerate(scripts):
        if pieces and first_of.setdefault(pieces, place) != place:
            offered.add((first_of[pieces], place))
    return sorted(offered)


class _Groups:
    """Union-find; the smallest place is the root."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, first: int, second: int) -> None:
        low, high = sorted((self.root(first), self.root(second)))
        self._above[high] = low

    def all(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._above)):
            found[self.root(place)].append(place)
        return list(found.values())
