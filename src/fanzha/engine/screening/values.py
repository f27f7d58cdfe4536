"""Features of one event, worked out when they are asked for.

Every feature of the registry has the same value here as in `engine.features.compute`, given the same past; a property test compares them on data full
of ties. What has no equal here makes a rule not eligible in flight (`unsupported`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Final, TypeAlias

from fanzha.engine.features.catalogue import FEATURES, MOST_ZEROS
from fanzha.engine.features.graph import BURST
from fanzha.engine.features.history import SECOND
from fanzha.engine.features.measures import DAY
from fanzha.engine.features.model import Field, Formula, Key, Measure, Over, Special, Together
from fanzha.engine.rules.expression import Scalar, parse
from fanzha.engine.rules.scorer import MODEL_SCORE, Scorer
from fanzha.engine.rules.single import to_python
from fanzha.engine.screening import behaviour, patterns, routes
from fanzha.engine.screening.events import SIDES, Columns, Event
from fanzha.engine.screening.lines import Line
from fanzha.engine.screening.state import SHORT_LINES, State
from fanzha.engine.screening.times import first_since, last_before, pair_of
from fanzha.engine.screening.times import key_of as subject_key
from fanzha.engine.windows import WINDOWS, microseconds
from fanzha.vocab.fraud_types import FraudType

_HOUR: Final = 3_600 * SECOND
_CHINA: Final = 8  # hours ahead of UTC, without summer time since 1992
_MINUTE: Final = 60 * SECOND


class Values(dict[str, Scalar]):
    """Feature → value of one event seen from one side. A feature is computed when it is first read and kept."""

    __slots__ = ("columns", "event", "side", "state")

    def __init__(self, state: State, event: Event, columns: Columns, side: str) -> None:
        super().__init__()
        self.state = state
        self.event = event
        self.columns = columns
        self.side = side

    def __missing__(self, name: str) -> Scalar:
        value = self[name] = _how(name)(self)
        return value

    @property
    def other(self) -> str:
        first, second = SIDES[self.event.kind]
        return second if self.side == first else first


class Scored(Values):
    """With the score of a model, worked out where a condition comes to it."""

    __slots__ = ("scorer",)

    def __init__(self, state: State, event: Event, columns: Columns, side: str, scorer: Scorer) -> None:
        super().__init__(state, event, columns, side)
        self.scorer = scorer

    def __missing__(self, name: str) -> Scalar:
        if name != MODEL_SCORE:
            return super().__missing__(name)
        score = self[name] = self.scorer.single({feature: self[feature] for feature in self.scorer.features})
        return score


Compute: TypeAlias = Callable[[Values], Scalar]


def unsupported(name: str) -> str | None:
    """Why a feature cannot be had in flight; None where it can."""
    feature = FEATURES.features.get(name)
    if feature is None:
        return f"{name} is not a feature of the registry"
    match feature.how:
        case Formula():
            return next((why for each in sorted(FEATURES.inputs(name)) if (why := unsupported(each))), None)
        case Over() as over:
            by_times = over.source in routes.NEW or (over.measure is Measure.SINCE_FIRST and over.key in SHORT_LINES)
            held = by_times or (over.source in _SOURCES and over.measure in _MEASURES and over.key in _KEYS)
            return None if held else f"{name} is measured in batch only"
        case Together():
            return None if name in _PATTERNS else f"{name} is found on the whole graph, in batch only"
        case Field():
            return None if name in _FIELDS or name in _COLUMNS else f"{name} is read in batch only"
        case Special():
            return None if name in _SPECIALS else f"{name} is found in batch only"


@cache
def _how(name: str) -> Compute:
    how = FEATURES[name].how
    match how:
        case Formula():
            return to_python(parse(how.text, FEATURES.types, FEATURES[name].type))  # type: ignore[return-value]  # a formula's value is a scalar
        case Over() if how.source in routes.NEW:
            return _first_contacts(how)
        case Over() if how.measure is Measure.SINCE_FIRST and how.key in SHORT_LINES:
            return _first_seen(how)
        case Over():
            return _over(how)
        case Together():
            return _PATTERNS[name]
        case _:
            return _FIELDS.get(name) or _SPECIALS.get(name) or _column(name)


# ---- fields


def _column(name: str) -> Compute:
    return lambda values: values.columns.get(name)


def _hour(values: Values) -> Scalar:
    return (values.event.at // _HOUR + _CHINA) % 24


def _same_bank(values: Values) -> Scalar:
    payer, payee = values.columns.get("payer_bank"), values.columns.get("payee_bank")
    return None if payer is None or payee is None else bool(payer == payee)


def _amount_round(values: Values) -> Scalar:
    fen = values.columns.get("amount_fen")
    return None if fen is None else behaviour.is_round(fen)


def _amount_zeros(values: Values) -> Scalar:
    fen = values.columns.get("amount_fen")
    return None if fen is None else sum(fen != 0 and fen % 10**power == 0 for power in range(1, MOST_ZEROS + 1))


_FIELDS: Final[Mapping[str, Compute]] = {"hour": _hour, "same_bank": _same_bank, "amount_round": _amount_round, "amount_zeros": _amount_zeros}
_COLUMNS: Final = frozenset(
    {
        "seconds", "caller_foreign", "caller_kind", "callee_kind", "sender_foreign", "sender_kind", "text_type", "bytes", "amount_fen", "channel",
        "payer_balance_fen", "payee_balance_fen",
    }
)  # fmt: skip


def _other_flagged(values: Values) -> Scalar:
    return routes.contact_type(values.event, values.state, values.other) is not None


def _other_fraud_type(values: Values) -> Scalar:
    found = routes.contact_type(values.event, values.state, values.other)
    return found.value if found is not None else None


def _subject_flagged(values: Values) -> Scalar:
    return values.state.flag(values.event.side(values.side)) is not None


_SPECIALS: Final[Mapping[str, Compute]] = {"other_flagged": _other_flagged, "other_fraud_type": _other_fraud_type, "subject_flagged": _subject_flagged}


# ---- windows


def _person(values: Values) -> routes.Key | None:
    return values.state.person(values.event.side(values.side))


def _pair(values: Values) -> routes.Key | None:
    person, payee = values.state.person(values.event.first), values.event.second
    return (person, payee) if person is not None and payee is not None else None


def _sides(values: Values) -> routes.Key | None:
    first, second = values.event.first, values.event.second
    return (first, second) if first is not None and second is not None else None


def _first(values: Values) -> routes.Key | None:
    return values.event.first


def _second(values: Values) -> routes.Key | None:
    return values.event.second


_KEYS: Final[Mapping[Key, Callable[[Values], routes.Key | None]]] = {
    Key.CALLER: _first, Key.CALLEE: _second, Key.SENDER: _first, Key.RECEIVER: _second, Key.VISITOR: _first, Key.PAYER: _first, Key.PAYEE: _second,
    Key.DEVICE: lambda values: values.event.device[0], Key.PAIR: _pair, Key.TRANSFER_PAIR: _sides, Key.CALL_PAIR: _sides,
    Key.MESSAGE_PAIR: _sides, Key.VISIT_PAIR: _sides, Key.PERSON: _person,
}  # fmt: skip


def _minutes_since(line: Line, event: Event, window: int) -> Scalar:
    since = line.since_latest(event.at, event.order, window)
    return None if since is None else since / _MINUTE


_MEASURES: Final[Mapping[Measure, Callable[[Line, Event, int], Scalar]]] = {
    Measure.COUNT: lambda line, event, window: line.count(event.at, event.order, window),
    Measure.SUM: lambda line, event, window: line.sum(event.at, event.order, window),
    Measure.DISTINCT: lambda line, event, window: line.distinct(event.at, event.order, window),
    Measure.SECONDS: lambda line, event, window: line.seconds(event.at, window),
    Measure.MINUTES_SINCE: _minutes_since,
    Measure.ONGOING: lambda line, event, window: line.since_latest(event.at, event.order, window) is not None,
    Measure.ENTROPY: behaviour.entropy,
    Measure.SINCE_LAST: behaviour.since_last,
    Measure.SINCE_FIRST: behaviour.since_first,
    Measure.GAP_MEAN: behaviour.gap_mean,
    Measure.GAP_SPREAD: behaviour.gap_spread,
    Measure.NIGHT_SHARE: behaviour.night_share,
    Measure.ROUND_SHARE: behaviour.round_share,
}
_ZERO: Final = frozenset({Measure.COUNT, Measure.SUM, Measure.DISTINCT, Measure.SECONDS})
"""What tells 0 of a key without any past; `ONGOING` tells false, the rest nothing."""


def _over(over: Over) -> Compute:
    key_of, measure, window, source = _KEYS[over.key], _MEASURES[over.measure], microseconds(over.window), over.source
    nothing: Scalar = 0 if over.measure in _ZERO else False if over.measure is Measure.ONGOING else None

    def compute(values: Values) -> Scalar:
        key = key_of(values)
        if key is None:
            return None
        line = values.state.line(source, key)
        return nothing if line is None else measure(line, values.event, window)

    return compute


def _first_seen(over: Over) -> Compute:
    """Days since the key, or the two sides together, were first seen in the window."""
    key_of, window, source = _KEYS[over.key], microseconds(over.window), over.source

    def compute(values: Values) -> Scalar:
        key, event = key_of(values), values.event
        if key is None:
            return None
        times = values.state.times(source, pair_of(*key) if isinstance(key, tuple) else subject_key(key))
        found = first_since(times, event.at, event.order, window) if times is not None else None
        return None if found is None else (event.at - found) / DAY

    return compute


def _first_contacts(over: Over) -> Compute:
    """How many events in the window were the first between their two sides for `ACQUAINTED`."""
    key_of, window = _KEYS[over.key], microseconds(over.window)
    source, pairs, turned = routes.NEW[over.source]
    long = microseconds(over.memory)

    def compute(values: Values) -> Scalar:
        key, event = key_of(values), values.event
        if key is None:
            return None
        assert isinstance(key, str), "first contacts are counted for one side"
        line = values.state.line(source, key)
        if line is None:
            return 0
        low, high = line.window(event.at, event.order, window)
        found = 0
        for place in range(low, high):
            other = line.party[place]
            if other is not None:
                times = values.state.times(pairs, pair_of(other, key) if turned else pair_of(key, other))
                met = last_before(times, line.at[place], line.order[place]) if times is not None else None
                found += met is None or met < line.at[place] - long
        return found

    return compute


def _is_edge(event: Event) -> bool:
    return event.first is not None and event.second is not None and event.first != event.second


def _line(values: Values, source: str) -> Line | None:
    """Of the event's first side."""
    return values.state.line(source, values.event.first) if values.event.first is not None else None


def _reciprocity(window: timedelta) -> Compute:
    def compute(values: Values) -> Scalar:
        if not _is_edge(values.event):
            return None
        return patterns.reciprocity(_line(values, "calls_made"), _line(values, "calls_received"), values.event, microseconds(window))

    return compute


def _burst(values: Values) -> Scalar:
    if values.event.first is None:
        return None
    return patterns.largest_burst(_line(values, "short_calls_made"), values.event, microseconds(BURST), microseconds(WINDOWS["24h"]))


def _gather_scatter(window: timedelta) -> Compute:
    def compute(values: Values) -> Scalar:
        if not _is_edge(values.event):
            return None
        return patterns.gather_scatter(_line(values, "payments_received"), _line(values, "payments_made"), values.event, microseconds(window))

    return compute


def _stayed(window: timedelta, tell: Callable[[int | None], Scalar]) -> Compute:
    def compute(values: Values) -> Scalar:
        if not _is_edge(values.event) or values.columns.get("amount_fen") is None:
            return None
        return tell(patterns.stayed(_line(values, "payments_received"), _line(values, "payments_made"), values.event, microseconds(window)))

    return compute


def _passes(held: int | None) -> Scalar:
    return held is not None


def _minutes(held: int | None) -> Scalar:
    return None if held is None else held / _MINUTE


_PATTERNS: Final[Mapping[str, Compute]] = {
    **{f"caller_reciprocity_{name}": _reciprocity(WINDOWS[name]) for name in ("24h", "7d")},
    "caller_short_burst_24h": _burst,
    **{f"gather_scatter_width_{name}": _gather_scatter(WINDOWS[name]) for name in ("24h", "7d")},
    **{f"passes_through_{name}": _stayed(WINDOWS[name], _passes) for name in ("1h", "24h")},
    **{f"pass_through_minutes_{name}": _stayed(WINDOWS[name], _minutes) for name in ("1h", "24h")},
}
"""Patterns that an account's or a number's own lines tell (`state.BESIDE`)."""

_SOURCES: Final = frozenset(
    {
        "calls_made", "short_calls_made", "calls_received", "device_calls", "messages_sent", "scam_texts_sent", "messages_received", "visits_made",
        "pair_transfers", "payments_made", "payments_into_payer", "payments_received", "payments_out_of_payee", "pair_payments", "person_payments", "person_income",
        "foreign_calls", "scam_texts", "remote_app_visits", "flagged_calls", "flagged_messages", "flagged_visits", "flagged_contacts",
        "flagged_payments", "payments_by_victims", *(f"signs_{kind.value}" for kind in FraudType),
    }
)  # fmt: skip
"""The sources that `routes` fills."""
