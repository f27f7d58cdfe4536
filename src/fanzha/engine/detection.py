"""Rules over a stretch of history: what they find, day by day.

Invariant: what is found on a day depends on events, identifiers and findings of that day and before, never on a later day. So a run that starts at the
first day on which anything changed finds what a run over everything would find.

A day is evaluated in three stages. First numbers and accounts by their behaviour alone. Then potential victims: whatever the first stage found on
this day or the seven before counts as flagged, like an indicator. Last, numbers and accounts by what victims and flagged contacts tell; they count as
flagged from the next day on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, Marked, View
from fanzha.engine.features.history import History
from fanzha.engine.features.reading import kinds_read
from fanzha.engine.features.sources import Marks
from fanzha.engine.rules.expression import Scalar
from fanzha.engine.rules.model import Rule, Stage, Target
from fanzha.engine.rules.scorer import MODEL_SCORE
from fanzha.engine.scores import condition_of, score_column, with_scores
from fanzha.kit.clock import local_midnight
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

MEMORY = timedelta(days=7)  # how long a suspect number or account, or a victim, is remembered from one day to the next
REACH = timedelta(days=8)  # the longest window over flagged contacts, and a day for calls that began before it
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """One rule fired for one subject on one day; `at`, `event_key` and `values` are of the first event that fired it."""

    rule: Rule
    subject: str
    day: date
    at: datetime
    event_key: int
    event_id: str
    side_token: str
    values: Mapping[str, Scalar]

    @property
    def fraud_type(self) -> FraudType:
        """The type that the event tells, where the rule asks for it; else the rule's."""
        told = self.values.get(self.rule.fraud_type_from) if self.rule.fraud_type_from else None
        return FraudType(told) if isinstance(told, str) else self.rule.fraud_type

    @property
    def score(self) -> float:
        """The model's where the rule has one, else the rule's."""
        return self.rule.score_of(self.values)


@dataclass(frozen=True)
class Known:
    """What earlier days found and these days may use, by day: suspects (token → the first rule by id that found it, and its fraud type) and victims
    (person tokens)."""

    suspects: Mapping[date, Mapping[str, tuple[str, FraudType]]]
    victims: Mapping[date, frozenset[str]]

    @staticmethod
    def nothing() -> Known:
        return Known({}, {})

    def with_found(self, found: Iterable[Found]) -> Known:
        """What the days after these findings may use."""
        suspects = {day: dict(tokens) for day, tokens in self.suspects.items()}
        victims = {day: set(tokens) for day, tokens in self.victims.items()}
        for each in found:
            if each.rule.target is Target.VICTIM:
                victims.setdefault(each.day, set()).add(each.subject)
            else:
                known, told = suspects.setdefault(each.day, {}), (each.rule.id, each.fraud_type)
                known[each.subject] = min(known.get(each.subject, told), told)
        return Known(suspects, {day: frozenset(tokens) for day, tokens in victims.items()})


def detect(
    history: History, rules: Sequence[Rule], flagged: Mapping[str, FraudType], known: Known, first: date, last: date
) -> tuple[list[Found], dict[date, Marks]]:
    """What the rules find on the days from `first` to `last`, both included, and with which marks each day was seen.

    The history must reach back as far as the rules' windows do (`reach`), and `known` over the `MEMORY` before `first`. Rules with a model are bound
    to it (`rules.model.bind`).
    Findings are ordered by (at, event key, rule id, subject).
    """
    run = _Run(history, rules, flagged, known)
    day = first
    while day <= last:
        run.day(day)
        day += DAY
    return sorted(run.found, key=lambda each: (each.at, each.event_key, each.rule.id, each.subject)), run.marks


def reach(rules: Iterable[Rule], kind: EventKind) -> timedelta:
    """How far before the first day the history of one kind must reach: the longest window in which the rules read it, `REACH` at least."""
    names = frozenset().union(*(rule.inputs for rule in rules))
    return max([REACH, *(FEATURES.window(name) + DAY for name in names if kind in kinds_read(name))])


class _Run:
    def __init__(self, history: History, rules: Sequence[Rule], flagged: Mapping[str, FraudType], known: Known) -> None:
        self._history = history
        self._features = Features(history)
        self._flagged = dict(flagged)
        self._suspects: dict[date, dict[str, tuple[str, FraudType]]] = {day: dict(tokens) for day, tokens in known.suspects.items()}
        self._victims: dict[date, frozenset[str]] = dict(known.victims)
        self._people = history.persons.select("subject", "person")
        self._stages: dict[Stage, dict[tuple[EventKind, str], list[Rule]]] = {stage: defaultdict(list) for stage in Stage}
        for rule in sorted(rules, key=lambda rule: rule.id):
            self._stages[rule.stage()][rule.on, rule.subject].append(rule)
        self.found: list[Found] = []
        self.marks: dict[date, Marks] = {}

    def day(self, day: date) -> None:
        since, until = local_midnight(day - REACH), local_midnight(day + DAY)
        suspects = self._stage(Stage.SUSPECTS, day, None)
        self._remember(day, suspects)
        marks = Marks(self._flags(day), frozenset(), since, until)
        victims = self._stage(Stage.VICTIMS, day, self._features.mark(marks))
        self._victims[day] = frozenset(each.subject for each in victims)
        self.marks[day] = Marks(marks.flagged, self._recent_victims(day), since, until)
        aftermath = self._stage(Stage.AFTERMATH, day, self._features.mark(self.marks[day]))
        self._remember(day, aftermath)
        self.found += [*suspects, *victims, *aftermath]

    def _remember(self, day: date, suspects: Iterable[Found]) -> None:
        known = self._suspects.setdefault(day, {})
        for each in suspects:
            told = (each.rule.id, each.fraud_type)
            known[each.subject] = min(known.get(each.subject, told), told)

    def _flags(self, day: date) -> dict[str, FraudType]:
        """Indicators, and what was found suspect up to this day; the indicator's type wins, then the oldest finding's."""
        found = dict(self._flagged)
        for each in sorted(known for known in self._suspects if day - MEMORY <= known <= day):
            for token, (_, kind) in self._suspects[each].items():
                found.setdefault(token, kind)
        return found

    def _recent_victims(self, day: date) -> frozenset[str]:
        return frozenset().union(*(tokens for known, tokens in self._victims.items() if day - MEMORY <= known <= day))

    def _stage(self, stage: Stage, day: date, marked: Marked | None) -> list[Found]:
        found: list[Found] = []
        for (kind, side), rules in self._stages[stage].items():
            span = self._history.tables[kind].span(local_midnight(day), local_midnight(day + DAY))
            if span.start < span.stop:
                found += self._fire(View(kind, side, span), rules, marked, day)
        return found

    def _fire(self, view: View, rules: Sequence[Rule], marked: Marked | None, day: date) -> list[Found]:
        wanted = frozenset().union(*(rule.inputs for rule in rules))
        features = self._features.compute(view, wanted, marked)
        events = (
            self._history.tables[view.kind]
            .rows[view.span]
            .select(
                pl.col("at").alias("_at"),
                pl.col("event_key").alias("_key"),
                pl.col("event_id").alias("_id"),
                pl.col(view.side).alias("_side"),
            )
        )
        table = with_scores(pl.concat([events, features], how="horizontal").filter(pl.col("_side").is_not_null()), rules)
        fires = table.select(pl.any_horizontal(condition_of(rule).fill_null(value=False) for rule in rules)).to_series()
        hits = table.filter(fires).join(self._people, left_on="_side", right_on="subject", how="left", maintain_order="left")
        return [each for rule in rules for each in _first_each(rule, hits, day)]


def _first_each(rule: Rule, hits: pl.DataFrame, day: date) -> list[Found]:
    """The first firing event of each subject. Hits stand in the order of time."""
    subject = pl.coalesce("person", "_side") if rule.target is Target.VICTIM else pl.col("_side")
    mine = hits.filter(condition_of(rule)).with_columns(_subject=subject).unique("_subject", keep="first", maintain_order=True)
    columns = {name: name for name in sorted(rule.inputs)} | ({MODEL_SCORE: score_column(rule)} if rule.model is not None else {})
    return [
        Found(rule, row["_subject"], day, row["_at"], row["_key"], row["_id"], row["_side"], {name: row[each] for name, each in columns.items()})
        for row in mine.iter_rows(named=True)
    ]
