"""The lake's past days as a training sees them: a few days of history in memory at a time, with the marks that detection had on each.

Marks are found by the live rules with the identifiers known by the first day of each few days, from a week before the first day on, so that whatever
detection remembers from one day to the next is there. They are kept (they are small); history is read again for each pass (it is large).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

import polars as pl

from fanzha.desks import detectors, models
from fanzha.desks.detection import outcomes, reading
from fanzha.engine.detection import DAY, MEMORY, Known, detect
from fanzha.engine.features.history import History
from fanzha.engine.features.sources import Marks
from fanzha.engine.models.training_sets import Stretch
from fanzha.engine.rules.model import Rule
from fanzha.kit.clock import local_midnight
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType

DAYS = 5
"""How many days are held in memory at once, beside the history before them."""


@dataclass(frozen=True)
class Surroundings:
    """What a past day is seen with: who is behind a number, the live rules (bound), remote-control applications, and since when which token is flagged."""

    people: pl.DataFrame
    rules: tuple[Rule, ...]
    remote_apps: tuple[str, ...]
    flagged: tuple[outcomes.KnownFlag, ...]

    @staticmethod
    def now(work: Work, lake: Lake, tokens: Tokens) -> Surroundings:
        rules = models.bound(detectors.live_rules(work))
        return Surroundings(reading.load_people(lake), rules, tuple(reading.remote_apps(tokens)), tuple(outcomes.known_flags(work)))

    def flags(self, day: date) -> Mapping[str, FraudType]:
        """What was flagged when the day began."""
        begins = local_midnight(day)
        return {each.token: each.fraud_type for each in self.flagged if each.since < begins}


class Past(Sequence[Stretch]):
    """The days from `first` to `last`, both included, as stretches of a few days. `reading` are rules beside the live ones whose windows must be covered."""

    def __init__(self, lake: Lake, around: Surroundings, first: date, last: date, reading_rules: Sequence[Rule]) -> None:
        self._lake, self._around = lake, around
        self._needed = (*around.rules, *reading_rules)
        self._spans = list(_spans(first, last))
        self.found: Counter[tuple[date, str]] = Counter()
        """(day, rule) → how many subjects the live rules named on a day from `first - MEMORY` on."""
        self._marks = self._seen(first, last)

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, place: int) -> Stretch: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Stretch]: ...
    def __getitem__(self, place: int | slice) -> Stretch | Sequence[Stretch]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        first, last = self._spans[place]
        return Stretch(self._history(first, last), first, last, self._marks)

    def _history(self, first: date, last: date) -> History:
        return reading.load_history(self._lake, self._around.people, self._needed, self._around.remote_apps, first, last)

    def _seen(self, first: date, last: date) -> dict[date, Marks]:
        marks: dict[date, Marks] = {}
        known = Known.nothing()
        for begins, ends in _spans(first - MEMORY, last):
            found, seen = detect(self._history(begins, ends), self._around.rules, self._around.flags(begins), known, begins, ends)
            known = known.with_found(found)
            self.found.update((each.day, each.rule.id) for each in found)
            marks |= seen
        return marks


def _spans(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        ends = min(first + (DAYS - 1) * DAY, last)
        yield first, ends
        first = ends + DAY


def all_days(lake: Lake) -> tuple[date, date] | None:
    """The first and the last day with events; None where there are none."""
    spans = [days for kind in reading.EVENTS if (days := lake.days(kind)) is not None]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def newest_days(lake: Lake, most: int, until: date) -> tuple[date, date] | None:
    """The last `most` days with events before `until`; None where there are none."""
    days = all_days(lake)
    if days is None:
        return None
    oldest, newest = days[0], min(days[1], until - DAY)
    first = max(oldest, newest - (most - 1) * DAY)
    return (first, newest) if first <= newest else None
