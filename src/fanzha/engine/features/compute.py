"""Features of events: the registry's recipes run by the kernels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.history import History
from fanzha.engine.features.measures import Measures
from fanzha.engine.features.model import Field, Formula, Key, Over, Registry, Together
from fanzha.engine.features.sources import NOT_FLAGGED, SOURCES, TYPES, Marks, Seen, line_of
from fanzha.engine.kernels import Codes
from fanzha.engine.rules.columns import to_polars
from fanzha.engine.rules.expression import parse
from fanzha.engine.windows import Line, Queries
from fanzha.lake.schemas import EventKind

SIDES: dict[EventKind, tuple[str, str]] = {
    EventKind.CALLS: ("caller", "callee"),
    EventKind.MESSAGES: ("sender", "receiver"),
    EventKind.VISITS: ("visitor", "domain"),
    EventKind.TRANSFERS: ("payer", "payee"),
}


def other_side(kind: EventKind, side: str) -> str:
    """The counterparty's column."""
    first, second = SIDES[kind]
    return second if side == first else first


@dataclass(frozen=True)
class View:
    """The events to describe: rows `span` of one table, seen from one side."""

    kind: EventKind
    side: str
    span: slice


class Marked:
    """One day's marks over a history, and the lines that depend on them."""

    def __init__(self, history: History, marks: Marks) -> None:
        self.seen = Seen(history, marks)
        self._history = history
        self._marks = marks
        self._lines: dict[str, Line] = {}

    def line(self, source: str) -> Line:
        """A marked source within the marks' span of time."""
        if source not in self._lines:
            self._lines[source] = line_of(self._history, SOURCES[source], self.seen, self._marks.since, self._marks.until)
        return self._lines[source]


class Features:
    """Computes features over a history. Lines and keys are made once and kept."""

    def __init__(self, history: History, registry: Registry = FEATURES) -> None:
        self.history = history
        self.registry = registry
        self._lines: dict[str, Line] = {}
        self._ends: dict[str, Line] = {}

    def mark(self, marks: Marks) -> Marked:
        """The marks, ready for use in `compute`."""
        return Marked(self.history, marks)

    def compute(self, view: View, names: Iterable[str], marked: Marked | None = None, given: pl.DataFrame | None = None) -> pl.DataFrame:
        """One row an event of the view, in the order of time, with the named features as columns.

        Features that need marks (`Registry.needs`) need `marked`; `names` may be in any order and repeat. `given` are features of the same view
        that are known already.
        """
        wanted = sorted(set(names))
        work = _Computation(self, view, marked, self.registry.closure(wanted))
        if given is not None:
            work.columns |= {series.name: series for series in given}
        for name in wanted:
            work.add(name)
        return pl.DataFrame({name: work.columns[name] for name in wanted}, height=work.height)

    def line(self, source: str) -> Line:
        """An unmarked source over the whole history."""
        if source not in self._lines:
            self._lines[source] = line_of(self.history, SOURCES[source], None, None, None)
        return self._lines[source]


class _Computation:
    def __init__(self, features: Features, view: View, marked: Marked | None, wanted: frozenset[str]) -> None:
        self._features = features
        self._wanted = wanted
        self._history = features.history
        self._view = view
        self._marked = marked
        self._table = self._history.tables[view.kind]
        self._queries: dict[Key, Queries] = {}
        self._measures: dict[tuple[str, Key], Measures] = {}
        self.height = view.span.stop - view.span.start
        self.columns: dict[str, pl.Series] = {}

    def add(self, name: str) -> None:
        """Compute a feature and those it is made of."""
        if name in self.columns:
            return
        feature = self._features.registry[name]
        match feature.how:
            case Together() as together:
                self.columns |= self._together(together)
                return
            case Over() as over:
                series = self._over(over)
            case Formula() as formula:
                series = self._formula(name, formula)
            case Field() as field:
                series = self._table.rows[self._view.span].select(field.value.alias(name)).to_series()
            case _:
                series = self._special(name)
        self.columns[name] = series.alias(name)

    def _together(self, together: Together) -> dict[str, pl.Series]:
        registry = self._features.registry
        names = frozenset(
            name for name in self._wanted - self.columns.keys() if isinstance(how := registry[name].how, Together) and how.find is together.find
        )
        return {name: series.alias(name) for name, series in together.find(self._features, self._view, self._marked, names).items()}

    def _formula(self, name: str, formula: Formula) -> pl.Series:
        registry = self._features.registry
        inputs = sorted(registry.inputs(name))
        for each in inputs:
            self.add(each)
        node = parse(formula.text, registry.types, registry[name].type)
        frame = pl.DataFrame([self.columns[each] for each in inputs], height=self.height)
        return frame.with_columns(to_polars(node).alias(name)).get_column(name)

    def _special(self, name: str) -> pl.Series:
        assert self._marked is not None, f"{name} is asked for without marks"
        if name == "subject_flagged":
            own = self._marked.seen.type_of(self._table.codes(self._view.side)[self._view.span])
            return pl.Series(values=own >= 0)
        types = self._marked.seen.contact_type(self._table, self._view.span, other_side(self._view.kind, self._view.side))
        if name == "other_flagged":
            return pl.Series(values=types >= 0)
        words = pl.Series([*(kind.value for kind in TYPES), None], dtype=pl.String)
        return words.gather(pl.Series(values=np.where(types == NOT_FLAGGED, len(TYPES), types).astype(np.int64)))

    # ---- windows

    def _over(self, over: Over) -> pl.Series:
        wanted = (over.source, over.key)
        if wanted not in self._measures:
            self._measures[wanted] = Measures(self._queries_by(over.key), self._line(over))
        return self._measures[wanted].find(over.measure, over.window)

    def _line(self, over: Over) -> Line:
        if not over.needs:
            return self._features.line(over.source)
        assert self._marked is not None, f"{over.source} is asked for without marks"
        return self._marked.line(over.source)

    def _queries_by(self, key: Key) -> Queries:
        if key not in self._queries:
            span = self._view.span
            self._queries[key] = Queries.of(self._codes(key)[span], self._table.at[span], self._table.order[span])
        return self._queries[key]

    def _codes(self, key: Key) -> Codes:
        kind, side = self._view.kind, self._view.side
        match key:
            case Key.PERSON:
                return self._history.keys(kind, side, person=True)
            case Key.PAIR:
                return self._history.keys(kind, "payer", person=True, pair="payee")
            case Key.DEVICE:
                return self._history.keys(kind, "imei")
            case Key.CALL_PAIR | Key.MESSAGE_PAIR | Key.VISIT_PAIR | Key.TRANSFER_PAIR:
                one, other = SIDES[kind]
                return self._history.keys(kind, one, pair=other)
            case _:
                return self._history.keys(kind, key.value)
