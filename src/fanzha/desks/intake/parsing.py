"""From a chunk of a file to lake rows and rows set aside. Pure: it knows no database, no lake folder and no user.

Invariant: the rows of a chunk are its lake rows, its failures and the rows set aside, each in exactly one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from fanzha.desks.intake import times
from fanzha.desks.intake.columns import Columns, Given, IntakeKind, match
from fanzha.desks.intake.readers.base import ROW, Chunk, as_json
from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.shapes import accounts, calls, messages, sims, transfers, visits
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.kit import clock
from fanzha.lake import digests
from fanzha.lake.schemas import SCHEMAS, EventKind

Shape = Callable[[Sheet, Subjects], dict[str, pl.Series]]

_SHAPES: Final[dict[EventKind, tuple[Shape, tuple[str, ...]]]] = {
    EventKind.CALLS: (calls.shape, calls.IDENTITY),
    EventKind.MESSAGES: (messages.shape, messages.IDENTITY),
    EventKind.VISITS: (visits.shape, visits.IDENTITY),
    EventKind.TRANSFERS: (transfers.shape, transfers.IDENTITY),
    EventKind.ACCOUNTS: (accounts.shape, accounts.IDENTITY),
    EventKind.SIMS: (sims.shape, sims.IDENTITY),
}

_SEPARATOR: Final = "\x1f"
_ID_BYTES: Final = 12


@dataclass(frozen=True)
class SetAside:
    """A row that was not taken: `cells` is a JSON object of its filled cells where it could be cut, None where not; `detail` is the vocabulary's reason."""

    row: int
    raw: bytes
    cells: bytes | None
    reason: Reason
    field: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Parsed:
    """`rows` has the lake table's columns and `ROW`."""

    rows: pl.DataFrame
    set_aside: list[SetAside]


def content_columns(kind: EventKind) -> tuple[str, ...]:
    """The columns that make an event what it is: two rows of one id that differ in any of them contradict each other."""
    return ("at", *_SHAPES[kind][1])


class EventParser:
    """Parses the chunks of one batch."""

    def __init__(self, kind: EventKind, source: str, batch_id: str, subjects: Subjects, given: Given | None = None) -> None:
        self._kind = kind
        self._source = source
        self._batch_id = batch_id
        self._subjects = subjects
        self._given = given
        self._columns: dict[tuple[str, ...], Columns] = {}

    def parse(self, chunk: Chunk) -> Parsed:
        aside = [SetAside(failure.row, failure.raw, None, failure.reason) for failure in chunk.failures]
        if not chunk.frame.height:
            return Parsed(_empty(self._kind), aside)
        sheet = Sheet(chunk.frame, self._match(chunk.frame))
        rows = self._rows(sheet)
        if sheet.rejections:
            verdicts = sheet.verdicts()
            aside += set_aside(chunk, sheet, verdicts)
            rows = rows.filter(verdicts.is_null())
        return Parsed(rows, aside)

    def _match(self, frame: pl.DataFrame) -> Columns:
        header = tuple(name for name in frame.columns if name != ROW)
        if header not in self._columns:
            self._columns[header] = match(IntakeKind(self._kind.value), header, self._given)
        return self._columns[header]

    def _rows(self, sheet: Sheet) -> pl.DataFrame:
        shape, identity = _SHAPES[self._kind]
        latest = pl.Series([clock.now() + times.CLOCK_SKEW])
        at = sheet.instant(latest=latest)
        shaped = shape(sheet, self._subjects) | {"at": at}
        event_id = _event_ids(sheet.text("event_id"), [shaped[name] for name in ("at", *identity)])
        count = sheet.height
        columns = {
            ROW: sheet.numbers,
            "event_key": event_keys(self._source, event_id),
            "event_id": event_id,
            "source": pl.repeat(self._source, count, dtype=pl.String, eager=True),
            "batch_id": pl.repeat(self._batch_id, count, dtype=pl.String, eager=True),
            "day": times.local_day(at),
        } | shaped
        frame = pl.DataFrame([series.rename(name) for name, series in columns.items()])
        return frame.select(ROW, *(pl.col(name).cast(dtype) for name, dtype in SCHEMAS[self._kind].items()))


def set_aside(chunk: Chunk, sheet: Sheet, verdicts: pl.Series) -> list[SetAside]:
    """The rejected rows of a chunk with their bytes, cells and first reason."""
    places = verdicts.is_not_null().arg_true().to_list()
    judged = [sheet.rejections[verdict] for verdict in verdicts.drop_nulls().to_list()]
    cells = [as_json(row) for row in chunk.frame.drop(ROW)[places].iter_rows(named=True)]
    numbers = sheet.numbers.gather(places).to_list()
    return [
        SetAside(number, raw, cell, rejection.reason, rejection.field, rejection.detail)
        for number, raw, cell, rejection in zip(numbers, chunk.raw(places), cells, judged, strict=True)
    ]


def event_keys(source: str, event_ids: pl.Series) -> pl.Series:
    """The 64-bit keys of a source's event ids: BLAKE2b, the same on every machine and in every version."""
    return digests.keys(source.encode() + _SEPARATOR.encode(), event_ids)


def _event_ids(given: pl.Series, content: list[pl.Series]) -> pl.Series:
    """The source's own ids; where there is none, a hash of what makes the event, so that the same event gets the same id in every file."""
    lacking = given.is_null()
    if not lacking.any():
        return given
    texts = pl.DataFrame([series.cast(pl.String).rename(str(place)) for place, series in enumerate(content)]).filter(lacking)
    joined = texts.select(pl.concat_str(pl.all().fill_null(""), separator=_SEPARATOR)).to_series()
    hashed = digests.hexadecimal(joined, _ID_BYTES)
    return hashed if lacking.all() else given.scatter(lacking.arg_true(), hashed)


def _empty(kind: EventKind) -> pl.DataFrame:
    return pl.DataFrame(schema={ROW: pl.Int64, **SCHEMAS[kind]})
