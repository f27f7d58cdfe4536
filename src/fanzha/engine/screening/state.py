"""What is known right now: past events in lines by key, who is behind a subject, what is flagged, who is a potential victim.

Invariant: the marked lines hold exactly what `routes.marked` says of the kept events under the present flags and victims; a change of either moves the
events it concerns and no others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sized
from datetime import timedelta
from functools import partial
from typing import TypeVar

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Key as FeatureKey
from fanzha.engine.features.model import Measure, Over
from fanzha.engine.screening import routes
from fanzha.engine.screening.events import Event
from fanzha.engine.screening.lines import Line
from fanzha.engine.screening.routes import NEW, SAME_LINE, Key
from fanzha.engine.screening.times import Archive, Record, record, see, trim
from fanzha.engine.windows import microseconds
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

K = TypeVar("K")
V = TypeVar("V", bound=Sized)

TIMES = "times:"
"""Before the name of a source of which only the times are kept (`screening.times`)."""
SHORT_LINES = frozenset({FeatureKey.CALLER, FeatureKey.CALLEE, FeatureKey.SENDER, FeatureKey.RECEIVER, FeatureKey.VISITOR, FeatureKey.CALL_PAIR,
                         FeatureKey.MESSAGE_PAIR, FeatureKey.VISIT_PAIR})  # fmt: skip
"""Keys of calls, messages and visits: when they were first seen is told from their times, since their lines reach back no further than eight days."""
BESIDE: Mapping[str, tuple[str, ...]] = {
    "caller_reciprocity_24h": ("calls_made", "calls_received"), "caller_reciprocity_7d": ("calls_made", "calls_received"),
    "caller_short_burst_24h": ("short_calls_made",),
    **dict.fromkeys(
        ("passes_through_1h", "pass_through_minutes_1h", "passes_through_24h", "pass_through_minutes_24h", "gather_scatter_width_24h", "gather_scatter_width_7d"),
        ("payments_made", "payments_received"),
    ),
}
"""Patterns that the lines of one account or number tell → these lines."""

MARGIN = microseconds(timedelta(days=1))
"""Kept beyond the longest window: events that come a little late, and calls that began before the window and ran into it."""


def horizons(names: Iterable[str]) -> dict[str, int]:
    """Source, or `TIMES` and source → how many microseconds back the features read it. Only these sources are kept."""
    found: dict[str, int] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in FEATURES.features:
            continue
        for source, window in _read(name):
            found[source] = max(found.get(source, 0), window + MARGIN)
        waiting += FEATURES.inputs(name)
    return found


def _read(name: str) -> Iterator[tuple[str, int]]:
    """What one feature reads itself, and how far back."""
    how, window = FEATURES[name].how, microseconds(FEATURES.window(name))
    if not isinstance(how, Over):
        yield from ((source, window) for source in BESIDE.get(name, ()))
    elif how.source in NEW:
        line, pairs, _ = NEW[how.source]
        yield from ((SAME_LINE.get(line, line), microseconds(how.window)), (TIMES + pairs, window))
    elif how.measure is Measure.SINCE_FIRST and how.key in SHORT_LINES:
        yield TIMES + how.source, window
    else:
        yield SAME_LINE.get(how.source, how.source), microseconds(how.window)


MARKED_SOURCES = frozenset(
    SAME_LINE.get(feature.how.source, feature.how.source)
    for feature in FEATURES.features.values()
    if isinstance(feature.how, Over) and (feature.how.needs or (feature.how.key is FeatureKey.PERSON and feature.how.source.startswith("signs_")))
)


class State:
    """The lines of the wanted sources. Not thread-safe: one loop reads and writes it."""

    def __init__(self, wanted: Mapping[str, int], *, remote_apps: Collection[str] = ()) -> None:
        self._wanted = dict(wanted)
        self._lines: dict[str, dict[Key, Line]] = {source: {} for source in wanted if not source.startswith(TIMES)}
        self._times: dict[str, dict[int, Record]] = {source.removeprefix(TIMES): {} for source in wanted if source.startswith(TIMES)}
        self._archives = dict.fromkeys(self._times, Archive.empty())
        self._keeps_marked = not MARKED_SOURCES.isdisjoint(wanted)
        self._longest = max((span for source, span in wanted.items() if source in MARKED_SOURCES), default=0)
        self._naming: defaultdict[str, list[Event]] = defaultdict(list)
        self._paid_by: defaultdict[str, list[Event]] = defaultdict(list)
        self._remote_apps = frozenset(remote_apps)
        self.persons: Mapping[str, str] = {}
        self.flags: dict[str, FraudType] = {}
        self.victims: frozenset[str] = frozenset()
        self.newest = 0
        self.events = 0

    # ---- what routes ask

    def person(self, subject: str | None) -> str | None:
        """Who is behind a phone or an account; itself where nobody is registered."""
        return self.persons.get(subject, subject) if subject is not None else None

    def flag(self, token: str | None) -> FraudType | None:
        return self.flags.get(token) if token is not None else None

    def is_victim(self, person: str | None) -> bool:
        return person in self.victims

    def is_remote(self, app: str | None) -> bool:
        return app in self._remote_apps

    # ---- events

    def line(self, source: str, key: Key) -> Line | None:
        """The entries of one key; None where there are none."""
        return self._lines[SAME_LINE.get(source, source)].get(key)

    def times(self, source: str, key: int) -> Record | None:
        """When one key (`times.key_of`, `times.pair_of`) was seen; None where it was not."""
        return self._times[source].get(key) or self._archives[source].record(key)

    def recall(self, source: str, archive: Archive) -> None:
        """Take in what was seen before the events that follow, once, before any of them is added. What is not wanted is let go."""
        if source in self._archives:
            assert not self._times[source], "what was seen long ago comes before what is new"
            self._archives[source] = archive

    def see(self, kind: EventKind, first: str | None, second: str | None, at: int, order: int) -> None:
        """Note when the sides of an event were seen, and nothing else of it. Again changes nothing."""
        for source, key in routes.seen(kind, first, second):
            records = self._times.get(source)
            if records is None:
                continue
            times = records.get(key)
            if times is None:
                times = records[key] = self._archives[source].record(key) or record()
            see(times, at, order, self.newest - self._wanted[TIMES + source])

    def add(self, event: Event) -> bool:
        """Take in an event; False where it is known already."""
        if self._is_known(event):
            return False
        self.newest = max(self.newest, event.at)
        self.events += 1
        self._put(event, routes.plain(event, self))
        self.see(event.kind, event.first, event.second, event.at, event.order)
        if self._keeps_marked:
            self._put(event, routes.marked(event, self))
            self._index(event)
        return True

    def add_many(self, events: Iterable[Event]) -> int:
        """How many of them were new."""
        return sum(map(self.add, events))

    def _is_known(self, event: Event) -> bool:
        """By the first wanted line that every event of the kind enters; else by the index of names."""
        for source, key, _, _ in routes.plain(event, self):
            if source in self._lines and key is not None:
                line = self._lines[source].get(key)
                return line is not None and line.holds(event.at, event.order)
        for name in routes.names_of(event):
            return any(kept.order == event.order for kept in self._naming.get(name, ()))
        return False

    def _put(self, event: Event, entries: Iterable[routes.Entry]) -> None:
        for source, key, party, value in entries:
            lines = self._lines.get(source)
            if lines is None or key is None:
                continue
            line = lines.get(key)
            if line is None:
                line = lines[key] = Line()
            line.trim_lazily(self.newest - self._wanted[source])
            line.add(event.at, event.order, party, value)

    def _take_out(self, event: Event) -> None:
        for source, key, _, _ in routes.marked(event, self):
            line = self._lines[source].get(key) if source in self._lines and key is not None else None
            if line is not None and line.holds(event.at, event.order):
                line.remove(event.at, event.order)

    def _index(self, event: Event) -> None:
        for name in routes.names_of(event):
            self._naming[name].append(event)
        person = self.person(event.first)
        if "payments_by_victims" in self._wanted and person is not None:
            self._paid_by[person].append(event)

    # ---- marks

    def set_flags(self, flags: Mapping[str, FraudType]) -> int:
        """What is flagged from now on, and for what; past events count accordingly. Returns how many tokens changed."""
        changed = {token for token in self.flags.keys() | flags.keys() if self.flags.get(token) != flags.get(token)}
        concerned = self._naming_any(changed)
        for event in concerned:
            self._take_out(event)
        self.flags = dict(flags)
        for event in concerned:
            self._put(event, routes.marked(event, self))
        return len(changed)

    def set_victims(self, victims: Iterable[str]) -> int:
        """Who is a potential victim from now on. Returns how many persons changed."""
        after = frozenset(victims)
        changed = self.victims ^ after
        concerned = [event for person in changed for event in self._paid_by.get(person, ())]
        for event in concerned:
            self._take_out(event)
        self.victims = after
        for event in concerned:
            self._put(event, routes.marked(event, self))
        return len(changed)

    def _naming_any(self, tokens: Iterable[str]) -> list[Event]:
        """The kept events that name any of the tokens, each once."""
        found = {(event.kind, event.order): event for token in tokens for event in self._naming.get(token, ())}
        return list(found.values())

    # ---- forgetting

    def forget(self, *, at_once: int = 2_000) -> Iterator[None]:
        """Let go of what no window reaches any more, a piece at each step, so that decisions can be made between two steps."""
        for source, lines in self._lines.items():
            yield from _let_go(lines, partial(_trim_line, before=self.newest - self._wanted[source]), at_once)
        for source, records in self._times.items():
            yield from _let_go(records, partial(trim, horizon=self.newest - self._wanted[TIMES + source]), at_once)  # the archive tells as little then
        for index in (self._naming, self._paid_by):
            for place, name in enumerate(list(index)):
                index[name] = [event for event in index[name] if event.at >= self.newest - self._longest]
                if not index[name]:
                    del index[name]
                if place % at_once == at_once - 1:
                    yield


def _trim_line(line: Line, before: int) -> None:
    line.trim(before)


def _let_go(kept: dict[K, V], cut: Callable[[V], None], at_once: int) -> Iterator[None]:
    """Cut each, and drop what is empty then."""
    for place, key in enumerate(list(kept)):
        cut(kept[key])
        if not kept[key]:
            del kept[key]
        if place % at_once == at_once - 1:
            yield
