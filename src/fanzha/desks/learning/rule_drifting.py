"""Drift of plain rules: the features that a live rule reads, and how often it names somebody, now against the days before.

All live rules are looked at in one pass over the lake. A feature is compared by what it is at the events that the rule looks at, marked as detection marks
them in the rule's stage; the rate is of subjects named a day among these events. The reference is the days before the present ones: nobody learned a rule from data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import polars as pl

from fanzha.desks.learning.drift_records import FEATURE, FIRES, Drifted, whole_from
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.learning.past import Past, Surroundings, newest_days
from fanzha.engine import drift
from fanzha.engine.detection import DAY
from fanzha.engine.drift import Drift
from fanzha.engine.features.compute import Features, Marked, View
from fanzha.engine.features.sources import Marks
from fanzha.engine.models.training_sets import Stretch
from fanzha.engine.rules.model import Rule, Stage
from fanzha.kit.clock import local_midnight
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.store import Work

_DAY = "day of the event"
_SEED = 20_260_101
_SHARE = 4
"""Of the rows a day that a model is looked at with, rules get a quarter: many of them are looked at together, and hold their columns at once."""

Group: TypeAlias = tuple[EventKind, str, Stage]
"""Rules of one kind of event, side and stage see the same events with the same marks."""


@dataclass(frozen=True)
class Span:
    """The days compared: `first` to `begins` (not included) are the reference, `begins` to `last` the present. `rows`: how many events of a day at most."""

    first: date
    begins: date
    last: date
    rows: int

    @staticmethod
    def of(work: Work, lake: Lake, day: date) -> Span | None:
        """The newest days before this one; None where there are too few to compare."""
        numbers = Numbers(work)
        present = newest_days(lake, numbers.whole("drift_days"), day)
        before = newest_days(lake, numbers.whole("drift_reference_days"), present[0]) if present is not None else None
        if present is None or before is None:
            return None
        return Span(before[0], present[0], present[1], max(1, numbers.whole("drift_rows") // _SHARE))


def drifted(lake: Lake, around: Surroundings, span: Span) -> Iterator[Drifted]:
    """Of each live rule without a model, by id."""
    rules = [rule for rule in around.rules if rule.model is None]
    if not rules:
        return
    past = Past(lake, around, span.first, span.last, rules)
    watched = _Watched(rules, span)
    for stretch in past:
        watched.take(stretch)
    for rule in rules:
        whole = whole_from(lake, rule.inputs, FIRES)
        found = watched.features(rule, whole) | watched.fires(rule, past, whole[FIRES])
        why = "" if found else f"no window of {rule.id} is whole on the days before {span.begins}: the lake is too young"
        yield Drifted(rule.id, rule.version, f"{span.first} – {span.begins}", found, why)


class _Watched:
    """What the rules read on a sample of the events of each day, and how many events there were."""

    def __init__(self, rules: Sequence[Rule], span: Span) -> None:
        self._span = span
        self._groups: dict[Group, list[Rule]] = defaultdict(list)
        for rule in rules:
            self._groups[_group(rule)].append(rule)
        self._drawn: dict[Group, list[pl.DataFrame]] = defaultdict(list)
        self._events: dict[Group, dict[date, int]] = defaultdict(dict)

    def take(self, stretch: Stretch) -> None:
        features = Features(stretch.history)
        for day in stretch.days():
            marks = stretch.marks.get(day)
            marked = {stage: _marked(features, marks, stage) for stage in {stage for _, _, stage in self._groups}}
            for group, rules in self._groups.items():
                self._take(stretch, features, group, rules, day, marked[group[2]])

    def _take(self, stretch: Stretch, features: Features, group: Group, rules: Sequence[Rule], day: date, marked: Marked | None) -> None:
        kind, side, _ = group
        table = stretch.history.tables[kind]
        view = View(kind, side, table.span(local_midnight(day), local_midnight(day + DAY)))
        has_side = table.rows[view.span][side].is_not_null()
        self._events[group][day] = int(has_side.sum())
        wanted = frozenset().union(*(rule.inputs for rule in rules))
        values = features.compute(view, wanted, marked).filter(has_side)
        drawn = values.sample(min(values.height, self._span.rows), seed=_SEED)
        self._drawn[group].append(drawn.with_columns(pl.lit(day).alias(_DAY)))

    def features(self, rule: Rule, whole: dict[str, date]) -> dict[str, Drift]:
        """Each feature the rule reads, where both sides have days on which its window is whole."""
        rows = pl.concat(self._drawn[_group(rule)])
        before, now = rows.filter(pl.col(_DAY) < self._span.begins), rows.filter(pl.col(_DAY) >= self._span.begins)
        found = {}
        for name in sorted(rule.inputs):
            since = pl.col(_DAY) >= whole[FEATURE + name]
            like = drift.reference(before.filter(since)[name])
            present = drift.count(now.filter(since)[name], like)
            if like.rows and present.rows:
                found[FEATURE + name] = drift.compare(like, present)
        return found

    def fires(self, rule: Rule, past: Past, since: date) -> dict[str, Drift]:
        """How many subjects it named, of the events it looked at."""
        counts = {True: [0, 0], False: [0, 0]}
        for day, events in self._events[_group(rule)].items():
            if day >= since:
                counts[day < self._span.begins][0] += past.found[day, rule.id]
                counts[day < self._span.begins][1] += events
        (hits, rows), (hits_now, rows_now) = counts[True], counts[False]
        compared = drift.compare_rates((hits, rows), (hits_now, rows_now), "named") if rows and rows_now else None
        return {FIRES: compared} if compared is not None else {}


def _group(rule: Rule) -> Group:
    return rule.on, rule.subject, rule.stage()


def _marked(features: Features, marks: Marks | None, stage: Stage) -> Marked | None:
    """Suspects are looked for before anything is flagged, victims before the day's victims are known: as in detection."""
    if marks is None or stage is Stage.SUSPECTS:
        return None
    return features.mark(marks if stage is Stage.AFTERMATH else replace(marks, victims=frozenset()))
