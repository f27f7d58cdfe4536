"""The past events that features measure: which rows, by whom, with whom, and what they weigh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.features.history import History, Table
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.windows import Line, Queries, counts_and_sums
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

Mask = NDArray[np.bool_]

ACQUAINTED = timedelta(days=30)  # a counterparty not met for so long counts as new
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
    """Rows of one table. `key` is a column of subjects, or of subjects with `person=True`; `party` tells the counterparty's code; `reads` are the columns
    that `where`, `value` and a telling `party` look at."""

    kind: EventKind
    key: str
    party: str | Tell
    person: bool = False
    pair: str = ""
    where: Where | None = None
    value: Weigh | None = None
    reads: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The columns without which the part cannot be made."""
        return frozenset({self.key, *((self.party,) if isinstance(self.party, str) else ()), *((self.pair,) if self.pair else ()), *self.reads})


@dataclass(frozen=True)
class Source:
    """Past events by key. `marked`: whether its rows depend on what is flagged, so that it is made anew each day; `memory`: how far before an event it
    looks to tell whether the event belongs."""

    name: str
    parts: tuple[Part, ...]
    marked: bool = False
    memory: timedelta = timedelta()


def line_of(history: History, source: Source, seen: Seen | None, since: datetime | None, until: datetime | None) -> Line:
    """The source's events as a line for the kernels; between the two instants where given."""
    pieces = [_piece(history, part, seen, since, until) for part in source.parts]
    return Line.of(*pieces[0]) if len(pieces) == 1 else Line.of(*(np.concatenate(each) for each in zip(*pieces, strict=True)))


def _piece(
    history: History, part: Part, seen: Seen | None, since: datetime | None, until: datetime | None
) -> tuple[Codes, Ints, Ints, Codes, Ints]:
    """Key, time, order, party and value of a part's events. Without a `where` the columns are looked at where they are, not copied."""
    table = history.tables[part.kind]
    span = table.span(since, until) if since and until else slice(0, table.rows.height)
    context = Context(history, table, span, seen)
    rows = span if part.where is None else np.flatnonzero(part.where(context)) + span.start
    at = table.at[rows]
    if isinstance(part.party, str):
        party = table.codes(part.party)[rows]
    else:
        told = part.party(context)
        party = told if isinstance(rows, slice) else told[rows - span.start]
    value = part.value(context)[rows] if part.value else np.zeros(len(at), np.int64)
    return history.keys(part.kind, part.key, part.person, part.pair)[rows], at, table.order[rows], party, value


# ---- predicates and weights


def seconds(context: Context) -> Ints:
    return context.table.numbers("seconds")


def amount(context: Context) -> Ints:
    return context.table.numbers("amount_fen")


def ends(context: Context) -> Ints:
    return context.table.ends()


def _unanswered(context: Context) -> Mask:
    return (context.table.rows["seconds"] == 0).fill_null(value=False).to_numpy()[context.span]


def _new(key: str, party: str) -> Where:
    """The first event of each key with each counterparty since `ACQUAINTED`."""

    def mask(context: Context) -> Mask:
        table = context.table
        pairs = context.history.keys(table.kind, key, pair=party)
        empty = np.broadcast_to(np.int32(0), len(pairs)), np.broadcast_to(np.int64(0), len(pairs))
        met, _ = counts_and_sums(
            queries := Queries.of(pairs, table.at, table.order), Line.of(pairs, table.at, table.order, *empty), ACQUAINTED
        )
        found = np.zeros(len(pairs), np.bool_)
        found[queries.place[met == 0]] = True
        return found[context.span]

    return mask


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

_NAMED = ("links", "contacts")
_SITES = ("domain", "host", "app")
_FLAGGED_CALLS = (
    Part(C, "callee", "caller", person=True, where=_flagged("caller"), value=ends, reads=("seconds",)),
    Part(C, "caller", "callee", person=True, where=_flagged("callee"), value=ends, reads=("seconds",)),
)
_FLAGGED_MESSAGES = (Part(M, "receiver", "sender", person=True, where=_flagged("sender"), value=ends, reads=_NAMED),)
_FLAGGED_VISITS = (Part(V, "visitor", "domain", person=True, where=_flagged(None), value=ends, reads=(*_SITES, "seconds")),)


def _signs(kind: FraudType) -> Source:
    """Texts of this type, and calls, messages and visits with an identifier flagged for it."""
    parts = (
        Part(M, "receiver", "sender", person=True, where=_text_is(kind), reads=("text_type",)),
        Part(M, "receiver", "sender", person=True, where=_of_type("sender", kind), reads=_NAMED),
        Part(C, "callee", "caller", person=True, where=_of_type("caller", kind)),
        Part(C, "caller", "callee", person=True, where=_of_type("callee", kind)),
        Part(V, "visitor", "domain", person=True, where=_of_type(None, kind), reads=_SITES),
    )
    return Source(f"signs_{kind.value}", parts, marked=True)


_SOURCES = (
    Source("calls_made", (Part(C, "caller", "callee", value=seconds, reads=("seconds",)),)),
    Source("short_calls_made", (Part(C, "caller", "callee", where=_short, reads=("seconds",)),)),
    Source("calls_received", (Part(C, "callee", "caller", value=seconds, reads=("seconds",)),)),
    Source("device_calls", (Part(C, "imei", "imsi"),)),
    Source("messages_sent", (Part(M, "sender", "receiver"),)),
    Source("scam_texts_sent", (Part(M, "sender", "receiver", where=_has_text_type, reads=("text_type",)),)),
    Source("messages_received", (Part(M, "receiver", "sender"),)),
    Source("visits_made", (Part(V, "visitor", "domain", value=seconds, reads=("seconds",)),)),
    Source("payments_made", (Part(T, "payer", "payee", value=amount, reads=("amount_fen",)),)),
    Source("payments_into_payer", (Part(T, "payee", "payer", value=amount, reads=("amount_fen",)),)),
    Source("payments_received", (Part(T, "payee", "payer", value=amount, reads=("amount_fen",)),)),
    Source("payments_out_of_payee", (Part(T, "payer", "payee", value=amount, reads=("amount_fen",)),)),
    Source("unanswered_calls_made", (Part(C, "caller", "callee", where=_unanswered, reads=("seconds",)),)),
    Source("unanswered_calls_received", (Part(C, "callee", "caller", where=_unanswered, reads=("seconds",)),)),
    Source("new_callees", (Part(C, "caller", "callee", where=_new("caller", "callee")),), memory=ACQUAINTED),
    Source("new_callers", (Part(C, "callee", "caller", where=_new("callee", "caller")),), memory=ACQUAINTED),
    Source("new_receivers", (Part(M, "sender", "receiver", where=_new("sender", "receiver")),), memory=ACQUAINTED),
    Source("new_senders", (Part(M, "receiver", "sender", where=_new("receiver", "sender")),), memory=ACQUAINTED),
    Source("new_domains", (Part(V, "visitor", "domain", where=_new("visitor", "domain")),), memory=ACQUAINTED),
    Source("new_payees", (Part(T, "payer", "payee", where=_new("payer", "payee")),), memory=ACQUAINTED),
    Source("new_payers", (Part(T, "payee", "payer", where=_new("payee", "payer")),), memory=ACQUAINTED),
    Source("pair_calls", (Part(C, "caller", "callee", pair="callee"),)),
    Source("pair_messages", (Part(M, "sender", "receiver", pair="receiver"),)),
    Source("pair_visits", (Part(V, "visitor", "domain", pair="domain"),)),
    Source("pair_transfers", (Part(T, "payer", "payee", pair="payee", value=amount, reads=("amount_fen",)),)),
    Source("pair_payments", (Part(T, "payer", "payee", person=True, pair="payee", value=amount, reads=("amount_fen",)),)),
    Source("person_payments", (Part(T, "payer", "payee", person=True, value=amount, reads=("amount_fen",)),)),
    Source("person_income", (Part(T, "payee", "payer", person=True, value=amount, reads=("amount_fen",)),)),
    Source("foreign_calls", (Part(C, "callee", "caller", person=True, where=_true("caller_foreign"), value=ends, reads=("caller_foreign", "seconds")),)),
    Source("scam_texts", (Part(M, "receiver", _text_type_code, person=True, where=_has_text_type, reads=("text_type",)),)),
    Source("remote_app_visits", (Part(V, "visitor", "app", person=True, where=_remote, reads=("app",)),)),
    Source("flagged_calls", _FLAGGED_CALLS, marked=True),
    Source("flagged_messages", _FLAGGED_MESSAGES, marked=True),
    Source("flagged_visits", _FLAGGED_VISITS, marked=True),
    Source("flagged_contacts", _FLAGGED_CALLS + _FLAGGED_MESSAGES + _FLAGGED_VISITS, marked=True),
    Source("flagged_payments", (Part(T, "payer", "payee", person=True, where=_flagged("payee"), value=amount, reads=("amount_fen",)),), marked=True),
    Source("payments_by_victims", (Part(T, "payee", "payer", where=_victim, value=amount, reads=("amount_fen",)),), marked=True),
    *(_signs(kind) for kind in FraudType),
)

SOURCES: dict[str, Source] = {source.name: source for source in _SOURCES}
