"""What a feature is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

import polars as pl

from fanzha.engine.rules.expression import Type, names, parse
from fanzha.lake.schemas import EventKind

if TYPE_CHECKING:
    from fanzha.engine.features.compute import Features, Marked, View


class Key(StrEnum):
    """Whose past a feature tells."""

    EVENT = "event"  # nobody's: it is read off the event
    CALLER = "caller"
    CALLEE = "callee"
    SENDER = "sender"
    RECEIVER = "receiver"
    VISITOR = "visitor"
    PAYER = "payer"
    PAYEE = "payee"
    DEVICE = "device"  # the telephone set (IMEI) that made the call
    PAIR = "pair"  # the paying person together with the account paid
    CALL_PAIR = "caller and callee"
    MESSAGE_PAIR = "sender and receiver"
    VISIT_PAIR = "visitor and domain"
    TRANSFER_PAIR = "payer and payee"
    PERSON = "person"  # the person behind the rule's subject, over all four kinds of event


class Measure(StrEnum):
    """What is told of the events in the window."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"  # different counterparties
    SECONDS = "seconds"  # time of the calls that lies in the window, up to the event: a call that still runs counts as far as it has run
    MINUTES_SINCE = "minutes_since"  # since the end of the latest; 0 while it runs; null where there is none in the window
    ONGOING = "ongoing"  # whether one still runs or ended within the window
    ENTROPY = "entropy"  # of the counterparties, in bits; null where no event in the window names one
    SINCE_LAST = "since_last"  # seconds since the latest began; null where there is none in the window
    SINCE_FIRST = "since_first"  # days since the earliest in the window began; null where there is none
    GAP_MEAN = "gap_mean"  # seconds from one event in the window to the next, on average; null under two events
    GAP_SPREAD = "gap_spread"  # standard deviation of these gaps; null under three events
    NIGHT_SHARE = "night_share"  # share that began from 22 to 6 o'clock on a Chinese clock; null where there is none
    ROUND_SHARE = "round_share"  # share whose value is a round sum of money; null where there is none


ALL_KINDS = (EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS)

KINDS_OF: dict[Key, tuple[EventKind, ...]] = {
    Key.CALLER: (EventKind.CALLS,),
    Key.CALLEE: (EventKind.CALLS,),
    Key.DEVICE: (EventKind.CALLS,),
    Key.SENDER: (EventKind.MESSAGES,),
    Key.RECEIVER: (EventKind.MESSAGES,),
    Key.VISITOR: (EventKind.VISITS,),
    Key.PAYER: (EventKind.TRANSFERS,),
    Key.PAYEE: (EventKind.TRANSFERS,),
    Key.PAIR: (EventKind.TRANSFERS,),
    Key.CALL_PAIR: (EventKind.CALLS,),
    Key.MESSAGE_PAIR: (EventKind.MESSAGES,),
    Key.VISIT_PAIR: (EventKind.VISITS,),
    Key.TRANSFER_PAIR: (EventKind.TRANSFERS,),
    Key.PERSON: ALL_KINDS,
}


class Needs(StrEnum):
    """What beside the events a feature depends on."""

    FLAGGED = "flagged"  # identifiers that are indicators, or were found suspect
    VICTIMS = "victims"  # persons found to be potential victims


@dataclass(frozen=True)
class Field:
    """A value of the event itself, from its lake columns."""

    value: pl.Expr
    kinds: tuple[EventKind, ...]


@dataclass(frozen=True)
class Special:
    """A value of the event itself that needs more than its columns; `engine.features.compute` knows it by name."""

    kinds: tuple[EventKind, ...]
    needs: frozenset[Needs] = frozenset()


@dataclass(frozen=True)
class Over:
    """A measure of a source's events in a window that ends strictly before the event.

    `memory` is how far before each of its events the source itself looks, as one of new counterparties does.
    """

    source: str
    key: Key
    measure: Measure
    window: timedelta
    needs: frozenset[Needs] = frozenset()
    memory: timedelta = timedelta()


@dataclass(frozen=True)
class Formula:
    """A formula over other features, in the language of rules."""

    text: str


class Finder(Protocol):
    """Finds several features at once."""

    def __call__(self, features: Features, view: View, marked: Marked | None, names: frozenset[str]) -> Mapping[str, pl.Series]:
        """A series a name, one value an event of the view in the order of time. It may read only the columns that `Together.reads` names."""


@dataclass(frozen=True)
class Together:
    """One of the values that a function finds at once, such as patterns in the graph of accounts; it is asked once for all that are wanted.

    `key` says whose past it tells, for people to read; `window` how far it looks back; `reads` which columns of which tables, beside `at` and
    `event_key`.
    """

    find: Finder
    key: str
    kinds: tuple[EventKind, ...]
    window: timedelta
    reads: Mapping[EventKind, tuple[str, ...]]
    needs: frozenset[Needs] = frozenset()


How: TypeAlias = Field | Special | Over | Formula | Together


@dataclass(frozen=True)
class Feature:
    """One named feature. `null_rule` says when it is null."""

    name: str
    type: Type
    unit: str
    zh: str
    en: str
    null_rule: str
    how: How


class UnknownFeature(KeyError):
    """No such feature is registered."""


class Registry:
    """The features by name; formulas may use those that stand before them."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features: dict[str, Feature] = {}
        for feature in features:
            if feature.name in self.features:
                msg = f"two features are named {feature.name}"
                raise ValueError(msg)
            if isinstance(feature.how, Formula):
                parse(feature.how.text, self._types, feature.type)
            self.features[feature.name] = feature

    @property
    def _types(self) -> dict[str, Type]:
        return {name: feature.type for name, feature in self.features.items()}

    def __getitem__(self, name: str) -> Feature:
        if name not in self.features:
            raise UnknownFeature(name)
        return self.features[name]

    @cached_property
    def types(self) -> Mapping[str, Type]:
        """Feature → type, for parsing."""
        return self._types

    def inputs(self, name: str) -> frozenset[str]:
        """The features a formula reads; none for the others."""
        how = self[name].how
        return names(parse(how.text, self.types, self[name].type)) if isinstance(how, Formula) else frozenset()

    def closure(self, wanted: Iterable[str]) -> frozenset[str]:
        """The features named and all that they are made of."""
        found: set[str] = set()
        ahead = list(wanted)
        while ahead:
            name = ahead.pop()
            if name not in found:
                found.add(name)
                ahead += self.inputs(name)
        return frozenset(found)

    def kinds(self, name: str) -> tuple[EventKind, ...]:
        """The kinds of event that have the feature."""
        how = self[name].how
        match how:
            case Over():
                return KINDS_OF[how.key]
            case Formula():
                shared = [set(self.kinds(each)) for each in self.inputs(name)]
                return tuple(kind for kind in ALL_KINDS if all(kind in kinds for kinds in shared))
            case _:
                return how.kinds

    def needs(self, name: str) -> frozenset[Needs]:
        """What beside the events the feature depends on."""
        how = self[name].how
        match how:
            case Over() | Special() | Together():
                return how.needs
            case Formula():
                return frozenset().union(*(self.needs(each) for each in self.inputs(name)))
            case _:
                return frozenset()

    def window(self, name: str) -> timedelta:
        """How far back the feature looks."""
        how = self[name].how
        match how:
            case Over():
                return how.window + how.memory
            case Together():
                return how.window
            case Formula():
                return max((self.window(each) for each in self.inputs(name)), default=timedelta())
            case _:
                return timedelta()

    def sources(self, name: str) -> frozenset[str]:
        """The sources whose past events the feature reads."""
        how = self[name].how
        if isinstance(how, Over):
            return frozenset({how.source})
        return frozenset().union(*(self.sources(each) for each in self.inputs(name)))

    def key(self, name: str) -> str:
        """Whose past it tells, for people to read."""
        how = self[name].how
        match how:
            case Over():
                return how.key.value
            case Together():
                return how.key
            case Formula():
                return " + ".join(sorted({self.key(each) for each in self.inputs(name)}))
            case _:
                return Key.EVENT.value

    def on(self, kind: EventKind) -> dict[str, Type]:
        """The features of this kind of event, with their types."""
        return {name: feature.type for name, feature in self.features.items() if kind in self.kinds(name)}
