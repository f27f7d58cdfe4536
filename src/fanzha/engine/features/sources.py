"""The past events that features measure: which rows, by whom, with whom, and what they weigh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.features.history import History, Table
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.windows import Line
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

Mask = NDArray[np.bool_]

SHORT_CALL = 15  # seconds: a call that drops within them, or is not answered, counts as short
TYPES = tuple(FraudType)
NOT_FLAGGED = -1

CONTACT_COLUMNS: dict[EventKind, tuple[str, ...]] = {
    EventKind.VISITS: ("domain", "host", "app"),
    EventKind.MESSAGES: ("sender",),
}
CONTACT_LISTS: dict[EventKind, tuple[str, ...]] = {EventKind.MESSAGES: ("links", "contacts")}


@dataclass(frozen=True)
class Marks:
    """What one day's evaluation knows beside the events: flagged tokens with their fraud type, and persons found to be potential victims.

    `since` bounds the past that is looked through (no window reaches further); `until` ends the day.
    """

    flagged: dict[str, FraudType]
    victims: frozenset[str]
    since: datetime
    until: datetime


def _pick(values: NDArray[Any], codes: Codes, missing: Any) -> NDArray[Any]:
    """values[code], and `missing` for no code and for codes that were numbered after `values` was made."""
    known = (codes >= 0) & (codes < len(values))
    return np.where(known, values[np.where(known, codes, 0)], missing) if len(values) else np.full(len(codes), missing)


class Seen:
    """The marks as arrays over the history's codes."""

    def __init__(self, history: History, marks: Marks) -> None:
        flagged = history.numbering.of(marks.flagged)
        victims = history.numbering.of(marks.victims)
        self.types = np.full(history.numbering.size, NOT_FLAGGED, np.int8)
        self.types[flagged] = [TYPES.index(kind) for kind in marks.flagged.values()]
        self.victims = np.zeros(history.numbering.size, np.bool_)
        self.victims[victims] = True
        self._contacts: dict[tuple[EventKind, int, int, str | None], NDArray[np.int8]] = {}

    def type_of(self, codes: Codes) -> NDArray[np.int8]:
        """The place in `TYPES` of each code's fraud type; -1 where it is not flagged."""
        return _pick(self.types, codes, NOT_FLAGGED)

    def contact_type(self, table: Table, span: slice, other: str | None = None) -> NDArray[np.int8]:
        """For each row the fraud type of what is flagged on it: the other side, or a domain, application, link or contact it names."""
        wanted = (table.kind, span.start, span.stop, other)
        if wanted not in self._contacts:
            self._contacts[wanted] = self._find_contact_type(table, span, other)
        return self._contacts[wanted]

    def _find_contact_type(self, table: Table, span: slice, other: str | None) -> NDArray[np.int8]:
        columns = (other,) if other and table.kind not in CONTACT_COLUMNS else CONTACT_COLUMNS.get(table.kind, ())
        found = np.full(span.stop - span.start, NOT_FLAGGED, np.int8)
        for column in columns:
            found = np.maximum(found, self.type_of(table.codes(column)[span]))
        for column in CONTACT_LISTS.get(table.kind, ()):
            rows, codes = table.listed(column)
            inside = (rows >= span.start) & (rows < span.stop)
            np.maximum.at(found, rows[inside] - span.start, self.type_of(codes[inside]))
        return found


@dataclass(frozen=True)
class Context:
    """A history, what is marked on it, and the rows looked at of one table."""

    history: History
    table: Table
    span: slice
    seen: Seen | None

    @property
    def marked(self) -> Seen:
        assert self.seen is not None, "a source that needs marks is measured without them"
        return self.seen


Where = Callable[[Context], Mask]
Weigh = Callable[[Context], Ints]
Tell = Callable[[Context], Codes]


@dataclass(frozen=True)
class Part:
    """Rows of one table. `key` is a column of subjects, or of subjects with `person=True`; `party` tells the counterparty's code."""

    kind: EventKind
    key: str
    party: str | Tell
    person: bool = False
    pair: str = ""
    where: Where | None = None
    value: Weigh | None = None


@dataclass(frozen=True)
class Source:
    """Past events by key. `marked`: whether its rows depend on what is flagged, so that it is made anew each day."""

    name: str
    parts: tuple[Part, ...]
    marked: bool = False


def line_of(history: History, source: Source, seen: Seen | None, since: datetime | None, until: datetime | None) -> Line:
    """The source's events as a line for the kernels; between the two instants where given."""
    keys, ats, orders, parties, values = [], [], [], [], []
    for part in source.parts:
        table = history.tables[part.kind]
        span = table.span(since, until) if since and until else slice(0, table.rows.height)
        context = Context(history, table, span, seen)
        rows = np.arange(span.start, span.stop) if part.where is None else np.flatnonzero(part.where(context)) + span.start
        keys.append(history.keys(part.kind, part.key, part.person, part.pair)[rows])
        ats.append(table.at[rows])
        orders.append(table.order[rows])
        told = table.codes(part.party) if isinstance(part.party, str) else part.party(context)
        parties.append(told[rows] if isinstance(part.party, str) else told[rows - span.start])
        values.append((part.value(context) if part.value else np.zeros(table.rows.height, np.int64))[rows])
    return Line.of(*(np.concatenate(each) for each in (keys, ats, orders, parties, values)))


# ---- predicates and weights


def seconds(context: Context) -> Ints:
    return context.table.numbers("seconds")


def amount(context: Context) -> Ints:
    return context.table.numbers("amount_fen")


def ends(context: Context) -> Ints:
    return context.table.ends()


def _short(context: Context) -> Mask:
    return context.table.numbers("seconds")[context.span] < SHORT_CALL


def _true(column: str) -> Where:
    return lambda context: context.table.rows[column].fill_null(value=False).to_numpy()[context.span]


def _has_text_type(context: Context) -> Mask:
    return context.table.rows["text_type"].is_not_null().to_numpy()[context.span]


def _text_type_code(context: Context) -> Codes:
    return context.table.codes("text_type")[context.span]


def _remote(context: Context) -> Mask:
    found: Mask = np.isin(context.table.codes("app")[context.span], context.history.remote_apps)
    return found


def _flagged(other: str | None) -> Where:
    return lambda context: context.marked.contact_type(context.table, context.span, other) >= 0


def _of_type(other: str | None, kind: FraudType) -> Where:
    place = TYPES.index(kind)
    return lambda context: context.marked.contact_type(context.table, context.span, other) == place


def _text_is(kind: FraudType) -> Where:
    return lambda context: (context.table.rows["text_type"] == kind.value).fill_null(value=False).to_numpy()[context.span]


def _victim(context: Context) -> Mask:
    people = context.history.keys(EventKind.TRANSFERS, "payer", person=True)[context.span]
    return _pick(context.marked.victims, people, missing=False)


# ---- the catalogue

C, M, V, T = EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS

_FLAGGED_CALLS = (
    Part(C, "callee", "caller", person=True, where=_flagged("caller"), value=ends),
    Part(C, "caller", "callee", person=True, where=_flagged("callee"), value=ends),
)
_FLAGGED_MESSAGES = (Part(M, "receiver", "sender", person=True, where=_flagged("sender"), value=ends),)
_FLAGGED_VISITS = (Part(V, "visitor", "domain", person=True, where=_flagged(None), value=ends),)


def _signs(kind: FraudType) -> Source:
    """Texts of this type, and calls, messages and visits with an identifier flagged for it."""
    parts = (
        Part(M, "receiver", "sender", person=True, where=_text_is(kind)),
        Part(M, "receiver", "sender", person=True, where=_of_type("sender", kind)),
        Part(C, "callee", "caller", person=True, where=_of_type("caller", kind)),
        Part(C, "caller", "callee", person=True, where=_of_type("callee", kind)),
        Part(V, "visitor", "domain", person=True, where=_of_type(None, kind)),
    )
    return Source(f"signs_{kind.value}", parts, marked=True)


_SOURCES = (
    Source("calls_made", (Part(C, "caller", "callee", value=seconds),)),
    Source("short_calls_made", (Part(C, "caller", "callee", where=_short),)),
    Source("calls_received", (Part(C, "callee", "caller", value=seconds),)),
    Source("device_calls", (Part(C, "imei", "imsi"),)),
    Source("messages_sent", (Part(M, "sender", "receiver"),)),
    Source("scam_texts_sent", (Part(M, "sender", "receiver", where=_has_text_type),)),
    Source("messages_received", (Part(M, "receiver", "sender"),)),
    Source("visits_made", (Part(V, "visitor", "domain"),)),
    Source("payments_made", (Part(T, "payer", "payee", value=amount),)),
    Source("payments_into_payer", (Part(T, "payee", "payer", value=amount),)),
    Source("payments_received", (Part(T, "payee", "payer", value=amount),)),
    Source("payments_out_of_payee", (Part(T, "payer", "payee", value=amount),)),
    Source("pair_payments", (Part(T, "payer", "payee", person=True, pair="payee", value=amount),)),
    Source("person_payments", (Part(T, "payer", "payee", person=True, value=amount),)),
    Source("person_income", (Part(T, "payee", "payer", person=True, value=amount),)),
    Source("foreign_calls", (Part(C, "callee", "caller", person=True, where=_true("caller_foreign"), value=ends),)),
    Source("scam_texts", (Part(M, "receiver", _text_type_code, person=True, where=_has_text_type),)),
    Source("remote_app_visits", (Part(V, "visitor", "app", person=True, where=_remote),)),
    Source("flagged_calls", _FLAGGED_CALLS, marked=True),
    Source("flagged_messages", _FLAGGED_MESSAGES, marked=True),
    Source("flagged_visits", _FLAGGED_VISITS, marked=True),
    Source("flagged_contacts", _FLAGGED_CALLS + _FLAGGED_MESSAGES + _FLAGGED_VISITS, marked=True),
    Source("flagged_payments", (Part(T, "payer", "payee", person=True, where=_flagged("payee"), value=amount),), marked=True),
    Source("payments_by_victims", (Part(T, "payee", "payer", where=_victim, value=amount),), marked=True),
    *(_signs(kind) for kind in FraudType),
)

SOURCES: dict[str, Source] = {source.name: source for source in _SOURCES}
