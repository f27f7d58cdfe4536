"""Features of one event, worked out when they are asked for.

Every feature of the registry has the same value here as in `engine.features.compute`, given the same past; a property test compares them on data full
of ties. What has no equal here makes a rule not eligible in flight (`unsupported`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, TypeAlias

from fanzha.engine.features.catalogue import FEATURES, MOST_ZEROS
from fanzha.engine.features.history import SECOND
from fanzha.engine.features.model import Field, Formula, Key, Measure, Over, Special
from fanzha.engine.rules.expression import Scalar, parse
from fanzha.engine.rules.scorer import MODEL_SCORE, Scorer
from fanzha.engine.rules.single import to_python
from fanzha.engine.screening import behaviour, routes
from fanzha.engine.screening.events import SIDES, Columns, Event
from fanzha.engine.screening.lines import Line
from fanzha.engine.screening.state import State
from fanzha.engine.windows import microseconds
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
            held = over.source in _SOURCES and over.measure in _MEASURES and over.key in _KEYS
            return None if held and (over.measure is not Measure.SINCE_FIRST or over.key in _LONG) else f"{name} is measured in batch only"
        case Field():
            return None if name in _FIELDS or name in _COLUMNS else f"{name} is read in batch only"
        case Special():
            return None if name in _SPECIALS else f"{name} is found in batch only"
        case _:
            return f"{name} is computed in batch only"


@cache
def _how(name: str) -> Compute:
    how = FEATURES[name].how
    match how:
        case Formula():
            return to_python(parse(how.text, FEATURES.types, FEATURES[name].type))  # type: ignore[return-value]  # a formula's value is a scalar
        case Over():
            return _over(how)
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


def _accounts(values: Values) -> routes.Key | None:
    payer, payee = values.event.first, values.event.second
    return (payer, payee) if payer is not None and payee is not None else None


def _first(values: Values) -> routes.Key | None:
    return values.event.first


def _second(values: Values) -> routes.Key | None:
    return values.event.second


_KEYS: Final[Mapping[Key, Callable[[Values], routes.Key | None]]] = {
    Key.CALLER: _first, Key.CALLEE: _second, Key.SENDER: _first, Key.RECEIVER: _second, Key.VISITOR: _first, Key.PAYER: _first, Key.PAYEE: _second,
    Key.DEVICE: lambda values: values.event.device[0], Key.PAIR: _pair, Key.TRANSFER_PAIR: _accounts, Key.PERSON: _person,
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
_LONG: Final = frozenset({Key.PAYER, Key.PAYEE, Key.PAIR, Key.TRANSFER_PAIR})
"""Keys whose past is kept for the 30 days that tell who is new: transfers. Of calls, messages and visits eight days are kept."""
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


_SOURCES: Final = frozenset(
    {
        "calls_made", "short_calls_made", "calls_received", "device_calls", "messages_sent", "scam_texts_sent", "messages_received", "visits_made",
        "pair_transfers", "payments_made", "payments_into_payer", "payments_received", "payments_out_of_payee", "pair_payments", "person_payments", "person_income",
        "foreign_calls", "scam_texts", "remote_app_visits", "flagged_calls", "flagged_messages", "flagged_visits", "flagged_contacts",
        "flagged_payments", "payments_by_victims", *(f"signs_{kind.value}" for kind in FraudType),
    }
)  # fmt: skip
"""The sources that `routes` fills."""
