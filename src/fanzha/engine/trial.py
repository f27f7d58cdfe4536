"""Rules tried on history beside those that run: what they would find, with no consequence for what else is found.

Given the marks of each day (what is flagged, who has been found a victim), a rule finds here exactly what it would find in `engine.detection` if nothing
that it finds itself were remembered. So a shadow costs its own features alone, and a backtest needs neither the live rules nor their features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from fanzha.engine.detection import DAY, REACH
from fanzha.engine.features import reading
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, Marked, View
from fanzha.engine.features.history import History
from fanzha.engine.features.model import Key, Over, Special, Together
from fanzha.engine.features.sources import SOURCES, Marks
from fanzha.engine.rules.model import Rule, Stage, Target
from fanzha.engine.rules.scorer import MODEL_SCORE
from fanzha.engine.scores import condition_of, score_column, with_scores
from fanzha.kit.clock import local_midnight
from fanzha.lake.schemas import EventKind


@dataclass(frozen=True)
class Hits:
    """What one rule finds: one row a subject and day, at the first event that fired, in the order (at, event key).

    Columns: `day`, `at` (UTC), `event_key`, `side` (the token on the event), `subject` (the person behind it for victims, else the side), and the values of
    the rule's inputs under their names.
    """

    rule: Rule
    rows: pl.DataFrame


def columns(rules: Sequence[Rule]) -> dict[EventKind, tuple[str, ...]]:
    """Table → columns that a history for these rules must hold; a table that is not named may be empty."""
    found: dict[EventKind, set[str]] = {}
    for rule in rules:
        for kind, wanted in reading.columns(rule.inputs, rule.on, rule.subject).items():
            found.setdefault(kind, set()).update(wanted)
    return {kind: tuple(sorted(wanted)) for kind, wanted in found.items()}


def reach(rule: Rule, kind: EventKind) -> timedelta:
    """How far before a day the events of one kind must reach, in whole days: the longest window in which the rule reads them, and a day for calls that
    began before it; where it asks for flagged contacts or victims, as far as those are looked for."""
    longest = max((FEATURES.window(name) + DAY for name in rule.inputs if kind in reading.kinds_read(name)), default=DAY)
    marked = DAY if rule.stage() is Stage.SUSPECTS else REACH
    return -(-max(longest, marked) // DAY) * DAY


def knows_people(rule: Rule) -> bool:
    """Whether the rule asks who stands behind a phone or an account, so that its history must know the registers."""
    if rule.target is Target.VICTIM:
        return True
    recipes = [FEATURES[name].how for name in FEATURES.closure(rule.inputs)]
    return any(
        isinstance(how, Together | Special)
        or (isinstance(how, Over) and (how.key in (Key.PERSON, Key.PAIR) or any(part.person for part in SOURCES[how.source].parts)))
        for how in recipes
    )


def trial(history: History, rules: Sequence[Rule], marks: Mapping[date, Marks], first: date, last: date) -> list[Hits]:
    """What each rule would find on the days from `first` to `last`, both included; rules with a model are bound to it.

    The history reaches back as `engine.detection.reach` says, in the columns of `columns` at least; `marks` has every day that a rule needs them on.
    """
    run = _Trial(history)
    found: dict[Rule, list[pl.DataFrame]] = {rule: [] for rule in rules}
    day = first
    while day <= last:
        for rule in rules:
            found[rule].append(run.day(rule, day, marks.get(day)))
        run.forget()
        day += DAY
    return [Hits(rule, pl.concat(pieces)) for rule, pieces in found.items()]


class _Trial:
    def __init__(self, history: History) -> None:
        self._history = history
        self._features = Features(history)
        self._people = history.persons.select("subject", "person")
        self._marked: dict[bool, Marked] = {}

    def forget(self) -> None:
        """Let go of the day's marks."""
        self._marked.clear()

    def day(self, rule: Rule, day: date, marks: Marks | None) -> pl.DataFrame:
        span = self._history.tables[rule.on].span(local_midnight(day), local_midnight(day + DAY))
        view = View(rule.on, rule.subject, span)
        features = self._features.compute(view, rule.inputs, self._marks_for(rule, marks))
        own = (pl.col("at").alias("_at"), pl.col("event_key").alias("_key"), pl.col(rule.subject).alias("_side"))
        events = self._history.tables[rule.on].rows[span].select(own)
        table = with_scores(pl.concat([events, features], how="horizontal").filter(pl.col("_side").is_not_null()), [rule])
        return self._first_each(rule, table.filter(condition_of(rule)), day)

    def _marks_for(self, rule: Rule, marks: Marks | None) -> Marked | None:
        """Victims are looked for before the day's victims are known."""
        stage = rule.stage()
        if stage is Stage.SUSPECTS or marks is None:
            return None
        after = stage is Stage.AFTERMATH
        if after not in self._marked:
            self._marked[after] = self._features.mark(marks if after else replace(marks, victims=frozenset()))
        return self._marked[after]

    def _first_each(self, rule: Rule, hits: pl.DataFrame, day: date) -> pl.DataFrame:
        joined = hits.join(self._people, left_on="_side", right_on="subject", how="left", maintain_order="left")
        subject = pl.coalesce("person", "_side") if rule.target is Target.VICTIM else pl.col("_side")
        values = {name: pl.col(name) for name in sorted(rule.inputs)} | ({MODEL_SCORE: pl.col(score_column(rule))} if rule.model is not None else {})
        return joined.select(day=pl.lit(day), at="_at", event_key="_key", side="_side", subject=subject, **values).unique(
            "subject", keep="first", maintain_order=True
        )
