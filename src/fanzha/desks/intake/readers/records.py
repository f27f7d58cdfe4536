"""Cutting delimited text into records and blocks of records, on bytes.

Quotation mark, separators and line feed are never part of a longer character in UTF-8 or GB18030, so cutting comes before decoding.
A record ends at a line feed with an even number of quotation marks before it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

BLOCK: Final = 16 * 1024 * 1024
LONGEST: Final = 2 * BLOCK
"""A block without an even line feed up to here has a stray quotation mark: it is cut at its last line feed and read line by line."""
LONGEST_RECORD: Final = 100
"""Lines that one quoted record may span."""

_LINE_FEED: Final = 0x0A
_QUOTE: Final = 0x22


def blocks(file: BinaryIO, block: int = BLOCK) -> Iterator[bytes]:
    """The rest of the file in pieces that end where a record ends."""
    rest = b""
    while True:
        piece = file.read(block)
        data = rest + piece
        if not piece:
            if data:
                yield data
            return
        cut = last_end(data)
        if cut == 0 and len(data) >= LONGEST:
            cut = data.rfind(b"\n") + 1
        if cut:
            yield data[:cut]
        rest = data[cut:]


def last_end(data: bytes) -> int:
    """Where the last whole record ends; 0 where none does."""
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    found = ends(data)
    return int(found[-1]) + 1 if len(found) else 0


def ends(data: bytes) -> npt.NDArray[np.int64]:
    """Places of the line feeds that end a record."""
    content = np.frombuffer(data, dtype=np.uint8)
    feeds: npt.NDArray[np.int64] = np.flatnonzero(content == _LINE_FEED)
    quotes = np.flatnonzero(content == _QUOTE)
    if not len(quotes):
        return feeds
    even: npt.NDArray[np.int64] = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
    return even


def cut(data: bytes) -> list[bytes]:
    """The records without their line ends; a last record needs no line feed."""
    if b'"' not in data:
        records = data.split(b"\n")
    else:
        places = ends(data).tolist()
        starts = [0, *(place + 1 for place in places)]
        records = [data[start:stop] for start, stop in zip(starts, [*places, len(data)], strict=True)]
    if records and not records[-1]:
        records.pop()
    return [record.removesuffix(b"\r") for record in records]


def count(data: bytes) -> int:
    """How many records `cut` gives, without cutting."""
    whole = len(ends(data)) if b'"' in data else data.count(b"\n")
    return whole + (0 if not data or last_end(data) == len(data) else 1)


def fields(text: str, separator: str) -> list[str] | None:
    """The cells of one record; None where its quotation marks do not pair."""
    if '"' not in text:
        return text.split(separator)
    try:
        rows = list(csv.reader([line + "\n" for line in text.split("\n")], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return [cell.removesuffix("\n") for cell in rows[0]] if len(rows) == 1 else None
