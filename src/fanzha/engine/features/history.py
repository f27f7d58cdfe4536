"""A stretch of the lake in memory, its tokens as numbers, ready for the kernels.

Invariants: each table is sorted by (at, event_key); one numbering covers all tokens, so that codes of any two columns compare; a row whose subject is
null has code -1 and takes no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np
import polars as pl

from fanzha.engine import kernels
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.numbers import Numbers
from fanzha.engine.windows import NO_CODE
from fanzha.engine.windows import SECOND as SECOND
from fanzha.lake.schemas import SCHEMAS, EventKind

LONGEST_CALL = 86_400  # seconds: a longer duration is a fault of the record and is cut, so that a day's margin of history is enough

COLUMNS: dict[EventKind, tuple[str, ...]] = {
    EventKind.CALLS: (
        "event_key", "event_id", "at", "caller", "callee", "caller_kind", "callee_kind", "caller_region", "callee_region", "caller_foreign",
        "seconds", "imei", "imsi", "call_type",
    ),
    EventKind.MESSAGES: (
        "event_key", "event_id", "at", "sender", "receiver", "sender_kind", "sender_foreign", "text_type", "text_phrases", "links", "contacts",
    ),
    EventKind.VISITS: ("event_key", "event_id", "at", "visitor", "host", "domain", "app", "seconds", "bytes"),
    EventKind.TRANSFERS: (
        "event_key", "event_id", "at", "payer", "payee", "amount_fen", "payer_bank", "payee_bank", "channel", "payer_balance_fen",
        "payee_balance_fen",
    ),
}  # fmt: skip
"""What detection reads of each table: the rest stays on disk."""


def moment(at: datetime) -> int:
    """The instant in microseconds since 1970, exactly."""
    whole = at.replace(microsecond=0)
    return int(whole.timestamp()) * SECOND + at.microsecond


class Numbering(Numbers):
    """One code for each different token of a run."""

    def of(self, tokens: Iterable[str]) -> Codes:
        return self.codes(pl.Series(list(tokens), dtype=pl.String))


class Table:
    """The events of one kind. Columns that nobody will ask for may be left out of the rows (`engine.features.reading` tells which are needed)."""

    def __init__(self, kind: EventKind, rows: pl.DataFrame, numbering: Numbering) -> None:
        self.kind = kind
        self.rows = _in_order(rows.select(name for name in COLUMNS[kind] if name in rows.columns))
        self.at: Ints = self.rows["at"].cast(pl.Int64).to_numpy()
        self.order: Ints = self.rows["event_key"].to_numpy()
        self._numbering = numbering
        self._codes: dict[str, Codes] = {}
        self._numbers: dict[str, Ints] = {}
        self._listed: dict[str, tuple[Ints, Codes]] = {}

    def codes(self, column: str) -> Codes:
        """The codes of a column of tokens (or of any words)."""
        if column not in self._codes:
            self._codes[column] = self._numbering.codes(self.rows[column])
        return self._codes[column]

    def numbers(self, column: str) -> Ints:
        """A whole-number column; null counts as 0."""
        if column not in self._numbers:
            self._numbers[column] = self.rows[column].cast(pl.Int64).fill_null(0).to_numpy()
        return self._numbers[column]

    def ends(self) -> Ints:
        """When each event was over: a call or visit after its seconds, the others at once."""
        if "seconds" not in self.rows.columns:
            return self.at
        return self.at + np.clip(self.numbers("seconds"), 0, LONGEST_CALL) * SECOND

    def listed(self, column: str) -> tuple[Ints, Codes]:
        """A column of lists as (row, code) of each element."""
        if column not in self._listed:
            flat = self.rows.select(row=pl.int_range(pl.len(), dtype=pl.Int64), each=column).explode("each").drop_nulls("each")
            self._listed[column] = (flat["row"].to_numpy(), self._numbering.codes(flat["each"]))
        return self._listed[column]

    def span(self, since: datetime, until: datetime) -> slice:
        """The rows with since <= at < until."""
        low, high = np.searchsorted(self.at, [moment(since), moment(until)])
        return slice(int(low), int(high))

    def row_of(self, at: datetime, event_key: int) -> int:
        """The row of this event, which is there."""
        low, high = np.searchsorted(self.at, [moment(at), moment(at) + 1])
        return int(low + np.searchsorted(self.order[low:high], event_key))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by (at, event_key); they are left alone where they stand so already."""
    if kernels.in_time_order(rows["at"].cast(pl.Int64).to_numpy(), rows["event_key"].to_numpy()):
        return rows
    return rows.sort("at", "event_key")


class History:
    """The four tables and the persons behind their subjects."""

    def __init__(self, events: Mapping[EventKind, pl.DataFrame], persons: pl.DataFrame, remote_apps: Iterable[str] = ()) -> None:
        self.numbering = Numbering()
        self.tables = {kind: Table(kind, events.get(kind, pl.DataFrame(schema=SCHEMAS[kind])), self.numbering) for kind in COLUMNS}
        self.persons = persons
        self.remote_apps = self.numbering.of(remote_apps)
        self._subjects = self.numbering.codes(persons["subject"])
        self._holders = self.numbering.codes(persons["person"])
        self._keys: dict[tuple[EventKind, str, bool, str], Codes] = {}

    def keys(self, kind: EventKind, column: str, person: bool = False, pair: str = "") -> Codes:
        """The codes by which a table's rows are grouped: a column, the person behind it, or either together with a second column.

        A subject without a registration is its own person.
        """
        wanted = (kind, column, person, pair)
        if wanted not in self._keys:
            table = self.tables[kind]
            codes = table.codes(column)
            codes = self._persons_of(codes) if person else codes
            self._keys[wanted] = kernels.paired(codes, table.codes(pair), self.numbering.size) if pair else codes
        return self._keys[wanted]

    def _persons_of(self, subjects: Codes) -> Codes:
        found = np.arange(self.numbering.size, dtype=np.int32)
        found[self._subjects] = self._holders
        return np.where(subjects >= 0, found[subjects], NO_CODE).astype(np.int32)
