"""Which lines an event enters: the sources of `engine.features.sources`, read for one event.

`plain` are the sources that depend on the event alone, `marked` those that also depend on what is flagged and who is a victim. A property test holds both
equal to the batch sources, feature by feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol, TypeAlias

from fanzha.engine.features.sources import SHORT_CALL, TYPES
from fanzha.engine.screening.events import Event
from fanzha.engine.screening.times import key_of, pair_of
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

Key: TypeAlias = str | tuple[str, str]
Entry: TypeAlias = tuple[str, Key | None, str | None, int]
"""Source, key (None: in no line), party, value."""

SAME_LINE: Final[Mapping[str, str]] = {"payments_into_payer": "payments_received", "payments_out_of_payee": "payments_made"}
"""Sources that hold the same entries by the same key; they differ in whose key is looked up."""

NEW: Final[Mapping[str, tuple[str, str, bool]]] = {
    "new_callees": ("calls_made", "pair_calls", False), "new_callers": ("calls_received", "pair_calls", True),
    "new_receivers": ("messages_sent", "pair_messages", False), "new_senders": ("messages_received", "pair_messages", True),
    "new_domains": ("visits_made", "pair_visits", False),
    "new_payees": ("payments_made", "pair_transfers", False), "new_payers": ("payments_received", "pair_transfers", True),
}  # fmt: skip
"""Sources of first contacts → the line whose entries are asked whether they are one, the record of pairs that tells, and whether the line's key is the pair's
second side. They are no lines of their own."""

_PLACES: Final = {kind: place for place, kind in enumerate(TYPES)}


class Marks(Protocol):
    """What beside the event decides."""

    def person(self, subject: str | None) -> str | None: ...

    def flag(self, token: str | None) -> FraudType | None: ...

    def is_victim(self, person: str | None) -> bool: ...

    def is_remote(self, app: str | None) -> bool: ...


def plain(event: Event, marks: Marks) -> Iterator[Entry]:
    """Entries that follow from the event and the register of persons."""
    match event.kind:
        case EventKind.CALLS:
            yield from _calls(event, marks)
        case EventKind.MESSAGES:
            yield from _messages(event, marks)
        case EventKind.VISITS:
            yield "visits_made", event.first, event.second, event.weight
            if marks.is_remote(event.app):
                yield "remote_app_visits", marks.person(event.first), event.app, 0
        case _:
            yield from _transfers(event, marks)


def _calls(event: Event, marks: Marks) -> Iterator[Entry]:
    caller, callee = event.first, event.second
    yield "calls_made", caller, callee, event.weight
    yield "calls_received", callee, caller, event.weight
    if event.weight < SHORT_CALL:
        yield "short_calls_made", caller, callee, 0
    yield "device_calls", event.device[0], event.device[1], 0
    if event.foreign:
        yield "foreign_calls", marks.person(callee), caller, event.end


def _messages(event: Event, marks: Marks) -> Iterator[Entry]:
    sender, receiver = event.first, event.second
    yield "messages_sent", sender, receiver, 0
    yield "messages_received", receiver, sender, 0
    if event.text_type is not None:
        yield "scam_texts_sent", sender, receiver, 0
        yield "scam_texts", marks.person(receiver), event.text_type, 0
        yield f"signs_{event.text_type}", marks.person(receiver), sender, 0


def _transfers(event: Event, marks: Marks) -> Iterator[Entry]:
    payer, payee, amount = event.first, event.second, event.weight
    person = marks.person(payer)
    yield "payments_made", payer, payee, amount
    yield "payments_received", payee, payer, amount
    yield "person_payments", person, payee, amount
    yield "person_income", marks.person(payee), payer, amount
    yield "pair_transfers", (payer, payee) if payer is not None and payee is not None else None, payee, amount
    yield "pair_payments", (person, payee) if person is not None and payee is not None else None, payee, amount


SEEN: Final[Mapping[EventKind, tuple[str | None, str | None, str]]] = {
    EventKind.CALLS: ("calls_made", "calls_received", "pair_calls"),
    EventKind.MESSAGES: ("messages_sent", "messages_received", "pair_messages"),
    EventKind.VISITS: ("visits_made", None, "pair_visits"),
    EventKind.TRANSFERS: (None, None, "pair_transfers"),
}
"""Records by the first side, by the second, by both."""


def seen(kind: EventKind, first: str | None, second: str | None) -> Iterator[tuple[str, int]]:
    """The records (`screening.times`) that an event enters, and their keys: of its sides, and of the two together."""
    by_first, by_second, together = SEEN[kind]
    if by_first is not None and first is not None:
        yield by_first, key_of(first)
    if by_second is not None and second is not None:
        yield by_second, key_of(second)
    if first is not None and second is not None:
        yield together, pair_of(first, second)


def marked(event: Event, marks: Marks) -> Iterator[Entry]:
    """Entries that follow from flags and victims as they are now."""
    match event.kind:
        case EventKind.CALLS:
            for own, other in ((event.second, event.first), (event.first, event.second)):
                flagged = marks.flag(other)
                if flagged is not None:
                    yield from _contact("flagged_calls", marks.person(own), other, event.end, flagged)
        case EventKind.MESSAGES:
            flagged = contact_type(event, marks)
            if flagged is not None:
                yield from _contact("flagged_messages", marks.person(event.second), event.first, event.end, flagged)
        case EventKind.VISITS:
            flagged = contact_type(event, marks)
            if flagged is not None:
                yield from _contact("flagged_visits", marks.person(event.first), event.second, event.end, flagged)
        case _:
            yield from _marked_transfers(event, marks)


def _marked_transfers(event: Event, marks: Marks) -> Iterator[Entry]:
    person = marks.person(event.first)
    if marks.flag(event.second) is not None:
        yield "flagged_payments", person, event.second, event.weight
    if marks.is_victim(person):
        yield "payments_by_victims", event.second, event.first, event.weight


def _contact(source: str, person: str | None, party: str | None, end: int, flagged: FraudType) -> Iterator[Entry]:
    yield source, person, party, end
    yield "flagged_contacts", person, party, end
    yield f"signs_{flagged.value}", person, party, 0


def contact_type(event: Event, marks: Marks, other: str | None = None) -> FraudType | None:
    """The fraud type of what is flagged on the event: its other side (calls, transfers), or any domain, application, link, contact or sender it names.

    Where several are flagged the last in `TYPES` is told, as in the batch.
    """
    match event.kind:
        case EventKind.CALLS | EventKind.TRANSFERS:
            return marks.flag(event.side(other)) if other else None
        case EventKind.MESSAGES:
            tokens: tuple[str | None, ...] = (event.first, *event.named)
        case _:
            tokens = (event.second, *event.named)
    found = [kind for kind in map(marks.flag, tokens) if kind is not None]
    return max(found, key=_PLACES.__getitem__) if found else None


def names_of(event: Event) -> frozenset[str]:
    """Tokens on the event whose being flagged may move it from one line to another."""
    sides = {EventKind.VISITS: (event.second,), EventKind.MESSAGES: (event.first,), EventKind.TRANSFERS: (event.second,)}
    return frozenset(token for token in (*sides.get(event.kind, (event.first, event.second)), *event.named) if token is not None)
