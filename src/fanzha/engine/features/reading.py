"""Which columns of the lake a set of features needs, so that nothing else is read: thirty days of a city are large."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import other_side
from fanzha.engine.features.model import Field, Key, Over, Registry, Special, Together
from fanzha.engine.features.sources import CONTACT_COLUMNS, CONTACT_LISTS, SOURCES
from fanzha.lake.schemas import EventKind

ALWAYS = ("at", "event_key")

_QUERIED: dict[Key, tuple[str, ...]] = {
    Key.DEVICE: ("imei",),
    Key.PAIR: ("payer", "payee"),
    Key.CALL_PAIR: ("caller", "callee"),
    Key.MESSAGE_PAIR: ("sender", "receiver"),
    Key.VISIT_PAIR: ("visitor", "domain"),
    Key.TRANSFER_PAIR: ("payer", "payee"),
}


def columns(names: Iterable[str], on: EventKind, side: str, registry: Registry = FEATURES) -> dict[EventKind, tuple[str, ...]]:
    """Table → columns without which these features of the events of a kind, seen from one side, cannot be found. Tables that are not named may be empty.

    A history made of these columns gives the same values as one of all columns.
    """
    found: dict[EventKind, set[str]] = defaultdict(set)
    found[on] |= {side, *ALWAYS}
    for name in registry.closure(names):
        for kind, column in _needed(registry, name, on, side):
            found[kind] |= {column, *ALWAYS}
    return {kind: tuple(sorted(wanted)) for kind, wanted in found.items()}


def kinds_read(name: str, registry: Registry = FEATURES) -> frozenset[EventKind]:
    """The kinds of event whose past the feature reads."""
    found = {part.kind for source in registry.sources(name) for part in SOURCES[source].parts}
    for each in registry.closure([name]):
        how = registry[each].how
        found |= set(how.reads) if isinstance(how, Together) else set()
    return frozenset(found)


def _needed(registry: Registry, name: str, on: EventKind, side: str) -> Iterator[tuple[EventKind, str]]:
    match registry[name].how:
        case Field() as field:
            yield from ((on, column) for column in field.value.meta.root_names())
        case Special():
            contacts = (*CONTACT_COLUMNS.get(on, (other_side(on, side),)), *CONTACT_LISTS.get(on, ()))
            yield from ((on, column) for column in contacts)
        case Over() as over:
            asked = (side,) if over.key is Key.PERSON else _QUERIED.get(over.key, (over.key.value,))
            yield from ((on, column) for column in asked)
            yield from ((part.kind, column) for part in SOURCES[over.source].parts for column in part.columns)
        case Together() as together:
            yield from ((kind, column) for kind, wanted in together.reads.items() for column in wanted)
        case _:
            return
