"""One event as the state keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from fanzha.engine.features.history import LONGEST_CALL, SECOND, moment
from fanzha.lake.schemas import EventKind

Columns = Mapping[str, Any]
"""An event's lake columns by name."""

SIDES: Final[Mapping[EventKind, tuple[str, str]]] = {
    EventKind.CALLS: ("caller", "callee"),
    EventKind.MESSAGES: ("sender", "receiver"),
    EventKind.VISITS: ("visitor", "domain"),
    EventKind.TRANSFERS: ("payer", "payee"),
}
_NAMED: Final[Mapping[EventKind, tuple[str, ...]]] = {EventKind.VISITS: ("host", "app"), EventKind.MESSAGES: ("links", "contacts")}


@dataclass(frozen=True, slots=True)
class Event:
    """What the windows need of an event: `first` and `second` are the tokens of its two sides, `named` the further tokens on it that may be flagged.

    `weight` is the amount in fen, or the seconds. `at` is in microseconds since 1970, `order` the event key.
    """

    kind: EventKind
    at: int
    order: int
    first: str | None
    second: str | None
    weight: int
    named: tuple[str, ...] = ()
    text_type: str | None = None
    foreign: bool = False
    device: tuple[str | None, str | None] = (None, None)  # IMEI, IMSI
    app: str | None = None

    @property
    def end(self) -> int:
        """When it was over: a call or visit after its seconds (a day at most), the others at once."""
        lasting = self.kind in (EventKind.CALLS, EventKind.VISITS)
        return self.at + min(max(self.weight, 0), LONGEST_CALL) * SECOND if lasting else self.at

    def side(self, column: str) -> str | None:
        """The token of one side, by its column's name."""
        return self.first if SIDES[self.kind][0] == column else self.second


def event_of(kind: EventKind, columns: Columns) -> Event:
    """The event of a lake row; `at` may be an instant or microseconds."""
    first, second = SIDES[kind]
    at = columns["at"]
    weight = columns.get("amount_fen") if kind is EventKind.TRANSFERS else columns.get("seconds")
    return Event(
        kind=kind,
        at=moment(at) if isinstance(at, datetime) else at,
        order=columns["event_key"],
        first=columns.get(first),
        second=columns.get(second),
        weight=weight or 0,
        named=_named(kind, columns),
        text_type=columns.get("text_type"),
        foreign=columns.get("caller_foreign") is True,
        device=(columns.get("imei"), columns.get("imsi")) if kind is EventKind.CALLS else (None, None),
        app=columns.get("app"),
    )


def events_of(kind: EventKind, rows: pl.DataFrame) -> list[Event]:
    """The events of a table of lake rows, in its order."""
    return [event_of(kind, row) for row in rows.iter_rows(named=True)]


def _named(kind: EventKind, columns: Columns) -> tuple[str, ...]:
    found: list[str] = []
    for name in _NAMED.get(kind, ()):
        value = columns.get(name)
        if isinstance(value, str):
            found.append(value)
        elif value is not None:
            found += [each for each in value if each is not None]
    return tuple(found)
