"""Plain-Python twins of the features: slow, obvious, and sharing nothing with the kernels. A feature without a twin fails the contract test.

Times are whole microseconds after `ZERO`; an event is a plain dictionary of its lake columns with `kind` and `us`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import pstdev
from typing import Any, TypeAlias

import polars as pl

from fanzha.engine.features.history import History
from fanzha.engine.features.model import Feature, Field, Formula, Key, Measure, Over, Registry, Special
from fanzha.engine.rules.expression import parse
from fanzha.engine.rules.single import to_python
from fanzha.kit.clock import SHANGHAI
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType

C, M, V, T = EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS
ZERO = datetime(2026, 3, 1, tzinfo=UTC)
US = timedelta(microseconds=1)
SECOND = 1_000_000
MONTH_US = 30 * 86_400 * SECOND

PERSON = {"p1": "A", "p2": "A", "p3": "B", "a1": "A", "a2": "B"}  # p4 and a3 are nobody's: they are their own persons
FLAGGED = {"p3": FraudType.AUTHORITY, "s1": FraudType.LOAN, "a3": FraudType.OTHER, "p4": FraudType.LOAN}
VICTIMS = frozenset({"A"})
REMOTE = ("r1",)

Event: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """One past event as a source sees it."""

    key: str | tuple[str, str]
    start: int
    order: int
    party: str | None
    value: int
    end: int


Sees: TypeAlias = Callable[[list[Event]], Iterator[Past]]
SeesOne: TypeAlias = Callable[[Event], Iterator[Past]]


def history(events: list[Event], columns: Mapping[EventKind, tuple[str, ...]] | None = None) -> History:
    """The events as the engine takes them: of all columns, or of those named."""
    tables = {}
    for kind in (C, M, V, T):
        schema = {"us": pl.Int64} | {name: dtype for name, dtype in SCHEMAS[kind].items() if name != "at"}
        rows = [{name: event.get(name) for name in schema} for event in events if event["kind"] is kind]
        at = pl.lit(ZERO).dt.cast_time_unit("us") + pl.duration(microseconds=pl.col("us"))
        table = pl.DataFrame(rows, schema=schema).with_columns(at=at)
        if columns is None:
            tables[kind] = table
        elif kind in columns:
            tables[kind] = table.select(columns[kind])
    subjects = pl.DataFrame({"subject": list(PERSON), "person": list(PERSON.values())})
    return History(tables, subjects.with_columns(phone=pl.lit(None), region=pl.lit(None)), REMOTE)


# ---- what each source sees


def person(subject: str) -> str:
    return PERSON.get(subject, subject)


def past(event: Event, key: str | tuple[str, str] | None, party: str | None, value: int | None = 0) -> Iterator[Past]:
    if key is not None and not (isinstance(key, tuple) and None in key):
        lasts = (event.get("seconds") or 0) * SECOND
        yield Past(key, event["us"], event["event_key"], party, value or 0, event["us"] + lasts)


def persons_past(event: Event, subject: str | None, party: str | None, value: int | None = 0) -> Iterator[Past]:
    yield from past(event, person(subject) if subject else None, party, value)


def flag(event: Event, other: str | None) -> FraudType | None:
    """Of several flagged things on one event the type that stands last in `FraudType`."""
    listed = [*(event.get("links") or []), *(event.get("contacts") or [])]
    named = [other, *listed, event.get("domain"), event.get("host"), event.get("app")]
    types = [FLAGGED[each] for each in named if each in FLAGGED]
    return max(types, key=list(FraudType).index, default=None)


def contacts(event: Event) -> Iterator[tuple[FraudType | None, Iterator[Past]]]:
    match event["kind"]:
        case EventKind.CALLS:
            for side, other in (("callee", "caller"), ("caller", "callee")):
                yield flag(event, event[other]), persons_past(event, event[side], event[other])
        case EventKind.MESSAGES:
            yield flag(event, event["sender"]), persons_past(event, event["receiver"], event["sender"])
        case EventKind.VISITS:
            yield flag(event, None), persons_past(event, event["visitor"], event["domain"])


def of_kind(kind: EventKind, sees: SeesOne, test: Callable[[Event], object] = lambda _: True) -> Sees:
    return lambda events: (each for event in events if event["kind"] is kind and test(event) for each in sees(event))


def plain(kind: EventKind, key: str, party: str, value: str = "", test: Callable[[Event], object] = lambda _: True) -> Sees:
    return of_kind(kind, lambda e: past(e, e[key], e[party], e[value] if value else 0), test)


def paired(kind: EventKind, key: str, party: str, value: str = "") -> Sees:
    return of_kind(kind, lambda e: past(e, (e[key], e[party]), e[party], e[value] if value else 0))


def fresh(kind: EventKind, key: str, party: str) -> Sees:
    """Events with a counterparty not met in the 30 days before."""

    def sees(events: list[Event]) -> Iterator[Past]:
        pairs = [each for each in events if each["kind"] is kind and each[key] is not None and each[party] is not None]
        for event in pairs:
            met = any(
                (other[key], other[party]) == (event[key], event[party])
                and (other["us"], other["event_key"]) < (event["us"], event["event_key"])
                and other["us"] >= event["us"] - MONTH_US
                for other in pairs
            )
            if not met:
                yield from past(event, event[key], event[party])

    return sees


def flagged(*kinds: EventKind) -> Sees:
    return lambda events: (
        each for event in events if event["kind"] in kinds for type_, found in contacts(event) if type_ for each in found
    )


def signs(kind: FraudType) -> Sees:
    def sees(events: list[Event]) -> Iterator[Past]:
        for event in events:
            for type_, found in contacts(event):
                if type_ is kind:
                    yield from found
            if event["kind"] is M and event["text_type"] == kind.value:
                yield from persons_past(event, event["receiver"], event["sender"])

    return sees


SOURCE_TWINS: dict[str, Sees] = {
    "calls_made": plain(C, "caller", "callee", "seconds"),
    "short_calls_made": plain(C, "caller", "callee", test=lambda e: (e["seconds"] or 0) < 15),
    "unanswered_calls_made": plain(C, "caller", "callee", test=lambda e: e["seconds"] == 0),
    "unanswered_calls_received": plain(C, "callee", "caller", test=lambda e: e["seconds"] == 0),
    "calls_received": plain(C, "callee", "caller", "seconds"),
    "device_calls": plain(C, "imei", "imsi"),
    "messages_sent": plain(M, "sender", "receiver"),
    "scam_texts_sent": plain(M, "sender", "receiver", test=lambda e: e["text_type"]),
    "messages_received": plain(M, "receiver", "sender"),
    "visits_made": plain(V, "visitor", "domain", "seconds"),
    "payments_made": plain(T, "payer", "payee", "amount_fen"),
    "payments_into_payer": plain(T, "payee", "payer", "amount_fen"),
    "payments_received": plain(T, "payee", "payer", "amount_fen"),
    "payments_out_of_payee": plain(T, "payer", "payee", "amount_fen"),
    "new_callees": fresh(C, "caller", "callee"),
    "new_callers": fresh(C, "callee", "caller"),
    "new_receivers": fresh(M, "sender", "receiver"),
    "new_senders": fresh(M, "receiver", "sender"),
    "new_domains": fresh(V, "visitor", "domain"),
    "new_payees": fresh(T, "payer", "payee"),
    "new_payers": fresh(T, "payee", "payer"),
    "pair_calls": paired(C, "caller", "callee"),
    "pair_messages": paired(M, "sender", "receiver"),
    "pair_visits": paired(V, "visitor", "domain"),
    "pair_transfers": paired(T, "payer", "payee", "amount_fen"),
    "pair_payments": of_kind(T, lambda e: past(e, (person(e["payer"]), e["payee"]), e["payee"], e["amount_fen"])),
    "person_payments": of_kind(T, lambda e: persons_past(e, e["payer"], e["payee"], e["amount_fen"])),
    "person_income": of_kind(T, lambda e: persons_past(e, e["payee"], e["payer"], e["amount_fen"])),
    "foreign_calls": of_kind(C, lambda e: persons_past(e, e["callee"], e["caller"]), lambda e: e["caller_foreign"]),
    "scam_texts": of_kind(M, lambda e: persons_past(e, e["receiver"], e["text_type"]), lambda e: e["text_type"]),
    "remote_app_visits": of_kind(V, lambda e: persons_past(e, e["visitor"], e["app"]), lambda e: e["app"] in REMOTE),
    "flagged_calls": flagged(C),
    "flagged_messages": flagged(M),
    "flagged_visits": flagged(V),
    "flagged_contacts": flagged(C, M, V),
    "flagged_payments": of_kind(
        T, lambda e: persons_past(e, e["payer"], e["payee"], e["amount_fen"]), lambda e: e["payee"] in FLAGGED
    ),
    "payments_by_victims": of_kind(
        T, lambda e: past(e, e["payee"], e["payer"], e["amount_fen"]), lambda e: e["payer"] and person(e["payer"]) in VICTIMS
    ),
    **{f"signs_{kind.value}": signs(kind) for kind in FraudType},
}


# ---- what each measure tells


@dataclass(frozen=True)
class Window:
    """The events of one key before an event: `seen` all of them, `inside` those of the window, by time; `now` and `reach` in microseconds."""

    seen: list[Past]
    inside: list[Past]
    now: int
    reach: int

    @property
    def since_end(self) -> int | None:
        since = min((max(0, self.now - each.end) for each in self.seen), default=None)
        return since if since is not None and since <= self.reach else None

    @property
    def gaps(self) -> list[int]:
        """Milliseconds of the clock from each event to the next."""
        return [after.start // 1000 - before.start // 1000 for before, after in zip(self.inside, self.inside[1:], strict=False)]


def bits(window: Window) -> float | None:
    counts = Counter(each.party for each in window.inside if each.party is not None)
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values()) if total else None


def share(window: Window, test: Callable[[Past], bool]) -> float | None:
    return sum(map(test, window.inside)) / len(window.inside) if window.inside else None


def by_night(each: Past) -> bool:
    hour = (ZERO + each.start * US).astimezone(SHANGHAI).hour
    return hour >= 22 or hour < 6


def mean_gap(window: Window) -> float | None:
    starts = [each.start for each in window.inside]
    return (starts[-1] - starts[0]) / (len(starts) - 1) / SECOND if len(starts) > 1 else None


MEASURE_TWINS: dict[Measure, Callable[[Window], Any]] = {
    Measure.COUNT: lambda w: len(w.inside),
    Measure.SUM: lambda w: sum(each.value for each in w.inside),
    Measure.DISTINCT: lambda w: len({each.party for each in w.inside} - {None}),
    Measure.SECONDS: lambda w: sum(max(0, min(each.end, w.now) - max(each.start, w.now - w.reach)) for each in w.seen) // SECOND,
    Measure.MINUTES_SINCE: lambda w: None if w.since_end is None else w.since_end / SECOND / 60,
    Measure.ONGOING: lambda w: w.since_end is not None,
    Measure.ENTROPY: bits,
    Measure.SINCE_LAST: lambda w: (w.now - w.inside[-1].start) / SECOND if w.inside else None,
    Measure.SINCE_FIRST: lambda w: (w.now - w.inside[0].start) / SECOND / 86_400 if w.inside else None,
    Measure.GAP_MEAN: mean_gap,
    Measure.GAP_SPREAD: lambda w: pstdev(w.gaps) / 1000 if len(w.gaps) > 1 else None,
    Measure.NIGHT_SHARE: lambda w: share(w, by_night),
    Measure.ROUND_SHARE: lambda w: share(w, lambda each: each.value > 0 and each.value % 10_000 == 0),
}

PAIRS = {
    Key.CALL_PAIR: ("caller", "callee"),
    Key.MESSAGE_PAIR: ("sender", "receiver"),
    Key.VISIT_PAIR: ("visitor", "domain"),
    Key.TRANSFER_PAIR: ("payer", "payee"),
}


def key_of(key: Key, side: str, event: Event) -> Any:
    match key:
        case Key.PERSON:
            return person(event[side]) if event[side] else None
        case Key.PAIR:
            return (person(event["payer"]), event["payee"]) if event["payer"] and event["payee"] else None
        case Key.DEVICE:
            return event["imei"]
        case Key.CALL_PAIR | Key.MESSAGE_PAIR | Key.VISIT_PAIR | Key.TRANSFER_PAIR:
            both = tuple(event[column] for column in PAIRS[key])
            return None if None in both else both
        case _:
            return event[key.value]


# ---- what is read off the event


def local_hour(event: Event) -> int:
    return (ZERO + event["us"] * US).astimezone(SHANGHAI).hour


def zeros(fen: int | None) -> int | None:
    if not fen:
        return fen
    return next(power for power in range(9, -1, -1) if fen % 10**power == 0)


def same_bank(event: Event) -> bool | None:
    one, other = event.get("payer_bank"), event.get("payee_bank")
    return None if one is None or other is None else one == other


_AS_SENT = (
    "seconds", "caller_foreign", "caller_kind", "callee_kind", "sender_foreign", "sender_kind", "text_type", "bytes", "amount_fen", "channel",
    "payer_balance_fen", "payee_balance_fen",
)  # fmt: skip

FIELD_TWINS: dict[str, Callable[[Event], Any]] = {
    **{name: (lambda event, name=name: event.get(name)) for name in _AS_SENT},
    "hour": local_hour,
    "amount_round": lambda e: None if e["amount_fen"] is None else e["amount_fen"] > 0 and e["amount_fen"] % 10_000 == 0,
    "amount_zeros": lambda e: zeros(e["amount_fen"]),
    "same_bank": same_bank,
}

_OTHER = {"caller": "callee", "callee": "caller", "sender": None, "receiver": "sender", "payer": "payee", "payee": "payer", "visitor": None}


def other_flag(event: Event, side: str) -> FraudType | None:
    """A message's sender counts from either side."""
    other = "sender" if event["kind"] is M else _OTHER[side]
    return flag(event, event[other] if other else None)


SPECIAL_TWINS: dict[str, Callable[[Event, str], Any]] = {
    "other_flagged": lambda event, side: other_flag(event, side) is not None,
    "subject_flagged": lambda event, side: event[side] in FLAGGED,
    "other_fraud_type": lambda event, side: found.value if (found := other_flag(event, side)) else None,
}


# ---- together

FamilyTwin: TypeAlias = Callable[[str, Event, str, list[Event]], Any]


class Twins:
    """The twins over one list of events. `families` finds features that are no window, field or formula: (name, event, side, events) → value."""

    def __init__(self, registry: Registry, events: list[Event], families: Mapping[str, FamilyTwin]) -> None:
        self._registry = registry
        self._events = events
        self._families = families
        self._pasts = {
            source: sorted(sees(events), key=lambda each: (each.start, each.order)) for source, sees in SOURCE_TWINS.items()
        }
        self._formulas: dict[str, Callable[[Mapping[str, object]], object]] = {}

    def value(self, name: str, event: Event, side: str) -> Any:
        """What the feature is at the event, seen from one side. A KeyError means that it has no twin."""
        feature = self._registry[name]
        match feature.how:
            case Over() as over:
                return self._over(over, event, side)
            case Field():
                return FIELD_TWINS[name](event)
            case Special():
                return SPECIAL_TWINS[name](event, side)
            case Formula() as formula:
                return self._formula(feature, formula, event, side)
            case _:
                return self._families[name](name, event, side, self._events)

    def _over(self, over: Over, event: Event, side: str) -> Any:
        key = key_of(over.key, side, event)
        if key is None:
            return None
        now, reach = event["us"], over.window // US
        seen = [each for each in self._pasts[over.source] if each.key == key and (each.start, each.order) < (now, event["event_key"])]
        inside = [each for each in seen if each.start >= now - reach]
        return MEASURE_TWINS[over.measure](Window(seen, inside, now, reach))

    def _formula(self, feature: Feature, formula: Formula, event: Event, side: str) -> object:
        if feature.name not in self._formulas:
            self._formulas[feature.name] = to_python(parse(formula.text, self._registry.types, feature.type))
        inputs = self._registry.inputs(feature.name)
        return self._formulas[feature.name]({each: self.value(each, event, side) for each in inputs})
