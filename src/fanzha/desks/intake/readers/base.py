"""What every reader gives.

Invariant: each row of the file that is not blank appears exactly once, in a chunk's frame or among its failures. Row numbers count as a
spreadsheet does: the first line of the file is row 1, so the header usually is row 1 and the first row of data row 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

import orjson
import polars as pl

from fanzha.desks.intake.reasons import Reason

ROW: Final = "__row"
"""Name of the column that holds the row number (Int64)."""

ROWS_A_CHUNK: Final = 131_072
HEADER_SEARCH: Final = 30
"""How many rows at the head of a sheet may stand before its header (title, account, period …)."""


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Failure:
    """A row that could not even be cut into columns."""

    row: int
    raw: bytes
    reason: Reason


@dataclass(frozen=True)
class Chunk:
    """Some rows: `frame` holds `ROW` and the file's columns (text, or the file's own types); `raw(places)` gives the bytes of rows by their place in the frame."""

    frame: pl.DataFrame
    raw: Callable[[Sequence[int]], list[bytes]]
    failures: list[Failure] = field(default_factory=list)


class Source(Protocol):
    """An opened file. `header` holds its column names; `chunks` may be called again and yields the same."""

    format: Format
    header: tuple[str, ...]
    note: str

    def chunks(self) -> Iterator[Chunk]: ...


ChooseHeader = Callable[[Sequence[Sequence[str]]], int]
"""Picks the header among the first rows of a sheet."""


def ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the next one being read while the last one is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="reader") as reader:
        coming = reader.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = reader.submit(next, chunks, None)
            yield chunk


def raw_json(frame: pl.DataFrame, places: Sequence[int]) -> list[bytes]:
    """The raw form of rows that never were text: a JSON object of the row's filled cells."""
    wanted = frame.drop(ROW).select(pl.all().gather(list(places)))
    return [as_json(row) for row in wanted.iter_rows(named=True)]


def as_json(row: Mapping[str, object]) -> bytes:
    return orjson.dumps({name: value for name, value in row.items() if value is not None}, default=str, option=orjson.OPT_NON_STR_KEYS)


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """The names with blanks around them removed; an empty name becomes 列N, a repeated one gets its number behind."""
    seen: dict[str, int] = {}
    names = []
    for place, text in enumerate(header, 1):
        name = text.strip().strip("\ufeff").strip() or f"列{place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(names)


def drop_blank(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """(rows that hold anything, their places in the frame that was given)."""
    columns = [name for name in frame.columns if name != ROW]
    places = pl.Series(range(frame.height), dtype=pl.UInt32)
    if not columns:
        return frame.clear(), places.clear()
    blank = frame.select(pl.all_horizontal(*[_is_blank(frame, name) for name in columns])).to_series()
    if not blank.any():
        return frame, places
    return frame.filter(~blank), places.filter(~blank)


def _is_blank(frame: pl.DataFrame, name: str) -> pl.Expr:
    if frame.schema[name] != pl.String:
        return pl.col(name).is_null()
    # Nearly every row is settled by its first byte: strip only what could be blank.
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")
