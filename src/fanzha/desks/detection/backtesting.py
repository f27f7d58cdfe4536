"""Backtests: a version of a detector tried on past days, with what was known then, measured by what is known now.

What a rule may see of a day d: events up to d; indicators first seen before d began, since a victim's own report of d must not warn of d's fraud; numbers
and accounts that live detectors found by their behaviour on d or in the week before, and by their victims in the week before; victims found up to d.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

import numpy as np
import polars as pl

from fanzha.desks.detection import reading
from fanzha.desks.detection.domain import Target
from fanzha.desks.detection.measuring import Caught, Live, Measured, judged, measure
from fanzha.desks.detection.outcomes import Fate, Fates, KnownFlag
from fanzha.desks.detection.words import Describer
from fanzha.engine.detection import DAY, MEMORY, REACH
from fanzha.engine.features.history import History
from fanzha.engine.features.sources import Marks
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.rules.model import Rule, Stage
from fanzha.engine.rules.reasons import Language
from fanzha.engine.trial import columns, knows_people, reach, trial
from fanzha.kit.clock import local_midnight
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.vocab.fraud_types import FraudType

ROWS = 8_000_000
"""How many events are held in memory at once, where the rule's windows allow it."""
SAMPLES = 20

Watch = Callable[[int], None]
"""Told the percentage that is done; stops the backtest by raising."""


@dataclass(frozen=True)
class Suspect:
    """A number or account that a live detector found. `by_behaviour`: it counts on its own day; else from the next day on."""

    day: date
    token: str
    fraud_type: FraudType
    by_behaviour: bool


@dataclass(frozen=True)
class Facts:
    """What the database knows that a backtest needs: flags by time, what live detectors found, what became known of subjects."""

    flags: Sequence[KnownFlag] = ()
    suspects: Sequence[Suspect] = ()
    victims: Mapping[date, frozenset[str]] = field(default_factory=dict)
    live: Sequence[Live] = ()
    fates: Fates = field(default_factory=dict)
    capacity: int = 1


@dataclass(frozen=True)
class Sample:
    """One finding to look at; `subject` is masked. `right` None: nobody knows yet."""

    day: date
    at: datetime
    subject: str
    reason_zh: str
    reason_en: str
    right: bool | None

    def document(self) -> dict[str, Any]:
        return vars(self) | {"day": self.day.isoformat(), "at": self.at.isoformat()}


def evaluate(lake: Lake, tokens: Tokens, rule: Rule, first: date, last: date, facts: Facts, watch: Watch) -> tuple[Measured, list[Sample]]:
    """Try a rule (bound to its model) on the days from `first` to `last`, both included.

    The same lake, rule and facts give the same answer. Memory is bounded by `ROWS` and the rule's longest window.
    """
    run = _Backtest(lake, tokens, rule, facts)
    length, day = (last - first).days + 1, first
    while day <= last:
        end = min(day + timedelta(days=run.stride(day, last) - 1), last)
        run.stretch(day, end)
        watch(100 * ((end - first).days + 1) // length)
        day = end + DAY
    return run.measured(), run.samples(tokens)


def fingerprint(detector_id: str, version: int, first: date, last: date, versions: Mapping[str, int]) -> str:
    """What tells backtests apart: the version tried, the days, and the lake as it was."""
    parts = (detector_id, str(version), first.isoformat(), last.isoformat(), *(f"{name}={number}" for name, number in sorted(versions.items())))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class _Backtest:
    def __init__(self, lake: Lake, tokens: Tokens, rule: Rule, facts: Facts) -> None:
        self._lake = lake
        self._rule = rule
        self._facts = facts
        self._columns = columns([rule])
        self._reach = {kind: reach(rule, kind) for kind in self._columns}
        self._people = reading.load_people(lake) if knows_people(rule) else pl.DataFrame(schema=PERSONS_SCHEMA)
        self._remote = reading.remote_apps(tokens)
        self._fates = _by_person(facts.fates, self._people) if rule.target is Target.VICTIM else facts.fates
        self._frauds = sorted(token for token, known in self._fates.items() if any(fate.fraud for fate in known))
        self._hits: list[pl.DataFrame] = []
        self._seen: set[str] = set()
        self._events: dict[date, int] = {}

    def stride(self, day: date, last: date) -> int:
        """How many days fit into memory together with the past that they need."""
        past, whole = max(self._reach.values()).days, (last - day).days + 1
        days = [day - timedelta(days=past), day, min(day + timedelta(days=past), last)]
        fitting = ROWS // max(1, *(self._rows_of(each) for each in days)) - past
        return min(whole, max(fitting, past // 3, 3))

    def _rows_of(self, day: date) -> int:
        return sum(int(self._lake.scan(kind, day, day).select(pl.len()).collect().item()) for kind in self._columns)

    def stretch(self, first: date, last: date) -> None:
        history = self._history(first, last)
        marks = {day: self._marks(day) for day in _days(first, last)} if self._rule.stage() is not Stage.SUSPECTS else {}
        (hits,) = trial(history, [self._rule], marks, first, last)
        self._hits.append(hits.rows)
        table = history.tables[self._rule.on]
        for day in _days(first, last):
            span = table.span(local_midnight(day), local_midnight(day + DAY))
            self._events[day] = span.stop - span.start
        self._note_seen(history, table.span(local_midnight(first), local_midnight(last + DAY)))

    def _history(self, first: date, last: date) -> History:
        tables = {
            kind: self._lake.scan(kind, first - self._reach[kind], last).select(names).collect() for kind, names in self._columns.items()
        }
        return History(tables, self._people, self._remote)

    def _note_seen(self, history: History, span: slice) -> None:
        """Which of the known frauds appear as the rule's subject."""
        if not self._frauds:
            return
        codes = history.keys(self._rule.on, self._rule.subject, person=self._rule.target is Target.VICTIM)[span]
        wanted = history.numbering.of(self._frauds)
        there = np.isin(wanted, codes)
        self._seen.update(token for token, seen in zip(self._frauds, there, strict=True) if seen)

    def _marks(self, day: date) -> Marks:
        began = local_midnight(day)
        flagged = {flag.token: flag.fraud_type for flag in takewhile(lambda flag: flag.since < began, self._facts.flags)}
        for suspect in self._facts.suspects:
            if day - MEMORY <= suspect.day < day or (suspect.by_behaviour and suspect.day == day):
                flagged.setdefault(suspect.token, suspect.fraud_type)
        victims = frozenset().union(*(tokens for known, tokens in self._facts.victims.items() if day - MEMORY <= known <= day))
        return Marks(flagged, victims, local_midnight(day - REACH), local_midnight(day + DAY))

    # ---- what came of it

    def _rows(self) -> pl.DataFrame:
        return pl.concat(self._hits)

    def measured(self) -> Measured:
        caught = [Caught(*row) for row in self._rows().select("day", "at", "subject").iter_rows()]
        return measure(caught, self._facts.live, self._fates, self._seen, self._events, self._rule.target, self._facts.capacity)

    def samples(self, tokens: Tokens) -> list[Sample]:
        """Findings spread over the whole range, by time."""
        rows, describer = self._rows(), Describer(tokens)
        step = max(1, rows.height // SAMPLES)
        return [self._sample(row, describer) for row in rows.gather_every(step).head(SAMPLES).iter_rows(named=True)]

    def _sample(self, row: Mapping[str, Any], describer: Describer) -> Sample:
        caught = Caught(row["day"], row["at"], row["subject"])
        right = judged(self._fates.get(caught.subject, ()), caught, self._rule.target)
        zh, en = (self._rule.reason(row, language) for language in (Language.ZH, Language.EN))
        return Sample(caught.day, caught.at, describer.masked(row["subject"]), zh, en, right)


def _by_person(fates: Fates, people: pl.DataFrame) -> Fates:
    """By the person behind each token, for findings about people."""
    of = dict(people.filter(pl.col("subject").is_in(list(fates))).select("subject", "person").iter_rows())
    found: dict[str, set[Fate]] = defaultdict(set)
    for token, known in fates.items():
        found[of.get(token, token)].update(known)
    return {person: tuple(sorted(known, key=lambda each: (each.happened_at, each.known_at, each.token))) for person, known in found.items()}


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
