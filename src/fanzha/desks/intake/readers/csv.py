"""CSV: UTF-8 with or without a mark, GB18030, UTF-16 with a mark; separators , ; tab and |.

A block is read by Polars at once. Where that fails, or gives another number of rows than the block has records, the block is read record by
record, and the records that cannot be cut into columns become failures.
"""

from __future__ import annotations

import codecs
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, cast

import polars as pl

from fanzha.desks.intake.errors import EmptyFile, WrongEncoding
from fanzha.desks.intake.readers import records
from fanzha.desks.intake.readers.base import HEADER_SEARCH, ROW, ChooseHeader, Chunk, Failure, Format, drop_blank, unique_names
from fanzha.desks.intake.reasons import Reason

_HEAD: Final = 1024 * 1024
_SEPARATORS: Final = (",", "\t", ";", "|")
_ENCODINGS: Final = ("utf-8", "gb18030")
_FIRST_CHINESE: Final = "\u2000"  # punctuation and all East Asian letters stand from here on
_EXTRA: Final = "__extra"


class CsvSource:
    """A CSV file, its encoding, separator and header found from its head."""

    format = Format.CSV

    def __init__(self, path: Path, choose: ChooseHeader) -> None:
        self._path = path
        self._wide = _utf16(path)
        with self._open() as file:
            head = file.read(_HEAD)
            whole = len(head) < _HEAD
        if not head.strip():
            raise EmptyFile
        self._at_head = _encoding(head if whole else head[: head.rfind(b"\n") + 1] or head)
        self._encoding = self._at_head or _ENCODINGS[0]
        first = records.cut(head if whole or records.last_end(head) == 0 else head[: records.last_end(head)])[:HEADER_SEARCH]
        texts = [record.decode(self._encoding, "replace") for record in first]
        self._separator = _separator(texts, choose)
        rows = [records.fields(text, self._separator) or [] for text in texts]
        self._before = choose(rows) + 1
        if not _decodes(first[self._before - 1], self._encoding) or b"\x00" in first[self._before - 1]:
            raise WrongEncoding
        self.header = unique_names(rows[self._before - 1])
        self._start = _end_of(head, self._before)
        self.note = ""

    def chunks(self) -> Iterator[Chunk]:
        row = self._before + 1
        decided = self._at_head
        with self._open() as file:
            file.read(self._start)
            for block in records.blocks(file):
                if not decided:
                    decided = _encoding(block)
                    self._encoding = decided or _ENCODINGS[0]
                chunk, count = self._read(block, row)
                row += count
                if chunk.frame.height or chunk.failures:
                    yield chunk

    def _open(self) -> BinaryIO:
        if self._wide:
            return _transcoded(self._path, self._wide)
        file = self._path.open("rb")
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        return file

    def _read(self, block: bytes, first_row: int) -> tuple[Chunk, int]:
        """The chunk of a block and how many records it has."""
        block = _line_feeds(block)
        count = records.count(block)
        frame = self._at_once(block)
        if frame is None or frame.height != count:
            return self._one_by_one(block, first_row)
        numbered = frame.with_row_index(ROW, first_row).with_columns(pl.col(ROW).cast(pl.Int64))
        if numbered[_EXTRA].null_count() != numbered.height:
            return self._one_by_one(block, first_row)
        kept, places = drop_blank(numbered.drop(_EXTRA))
        return Chunk(kept, _RawOf(block, places)), count

    def _at_once(self, block: bytes) -> pl.DataFrame | None:
        if not block.isascii():
            try:
                decoded = block.decode(self._encoding)
            except UnicodeDecodeError:
                return None
            block = decoded.encode() if self._encoding != "utf-8" else block
        schema = dict.fromkeys((*self.header, _EXTRA), pl.String)
        try:
            return pl.read_csv(
                io.BytesIO(block), has_header=False, separator=self._separator, schema=schema, infer_schema=False, missing_columns="insert"
            )
        except (pl.exceptions.ComputeError, pl.exceptions.NoDataError, pl.exceptions.SchemaError):
            return None

    def _one_by_one(self, block: bytes, first_row: int) -> tuple[Chunk, int]:
        lines = [line.removesuffix(b"\r") for line in block.split(b"\n")]
        if lines and not lines[-1]:
            lines.pop()
        taken: list[tuple[int, bytes, list[str]]] = []
        failures: list[Failure] = []
        place = number = 0
        while place < len(lines):
            raw, cells, used = self._record(lines, place)
            row = first_row + number
            if isinstance(cells, Reason):
                failures.append(Failure(row, raw, cells))
            elif any(cell.strip() for cell in cells):
                taken.append((row, raw, cells))
            place, number = place + used, number + 1
        frame = _frame(self.header, taken)
        raws = [raw for _, raw, _ in taken]
        return Chunk(frame, lambda places: [raws[index] for index in places], failures), number

    def _record(self, lines: Sequence[bytes], place: int) -> tuple[bytes, list[str] | Reason, int]:
        """(raw, cells or what is wrong, lines used). A quoted record may span lines; where its end is not found, its first line alone is at fault."""
        raw = lines[place]
        cells = self._cells(raw)
        if cells is not Reason.BAD_QUOTES:
            return raw, cells, 1
        for span in range(2, min(records.LONGEST_RECORD, len(lines) - place) + 1):
            longer = b"\n".join(lines[place : place + span])
            if longer.count(b'"') % 2:
                continue
            whole = self._cells(longer)
            if isinstance(whole, Reason):
                break
            return longer, whole, span
        return raw, Reason.BAD_QUOTES, 1

    def _cells(self, raw: bytes) -> list[str] | Reason:
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            return Reason.WRONG_ENCODING
        cells = records.fields(text, self._separator)
        if cells is None:
            return Reason.BAD_QUOTES
        if any(cell.strip() for cell in cells[len(self.header) :]):
            return Reason.COLUMN_COUNT
        return cells[: len(self.header)]


class _RawOf:
    """The bytes of a block's records, cut only when a row of it is set aside."""

    def __init__(self, block: bytes, kept: pl.Series) -> None:
        self._block = block
        self._kept = kept
        self._records: list[bytes] | None = None

    def __call__(self, places: Sequence[int]) -> list[bytes]:
        if self._records is None:
            self._records = records.cut(self._block)
        return [self._records[self._kept[place]] for place in places]


def _frame(header: Sequence[str], taken: Sequence[tuple[int, bytes, list[str]]]) -> pl.DataFrame:
    columns: dict[str, list[str | None]] = {name: [] for name in header}
    for _, _, cells in taken:
        padded = [*cells, *([""] * (len(header) - len(cells)))]
        for name, cell in zip(header, padded, strict=True):
            columns[name].append(cell or None)
    numbers = pl.Series(ROW, [row for row, _, _ in taken], dtype=pl.Int64)
    return pl.DataFrame([numbers, *(pl.Series(name, cells, dtype=pl.String) for name, cells in columns.items())])


def _utf16(path: Path) -> str:
    with path.open("rb") as file:
        mark = file.read(2)
    return "utf-16" if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ""


def _transcoded(path: Path, encoding: str) -> BinaryIO:
    """A temporary UTF-8 copy, which goes when it is closed."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        while piece := text.read(_HEAD):
            copy.write(piece.encode())
    copy.seek(0)
    return cast("BinaryIO", copy)


def _line_feeds(block: bytes) -> bytes:
    """Old exports end lines with a carriage return alone."""
    return block.replace(b"\r", b"\n") if b"\n" not in block and b"\r" in block.rstrip(b"\r") else block


def _encoding(head: bytes) -> str:
    """The encoding that more lines speak for, '' where all is ASCII.

    Short GB18030 words can be valid UTF-8 of Latin or Arabic letters by chance (诈骗 is), so only UTF-8 that gives Chinese counts as such.
    """
    if head.isascii():
        return ""
    lines = [line for line in head.split(b"\n") if not line.isascii()]
    chinese = [line for line in lines if _decodes(line, _ENCODINGS[0]) and max(line.decode()) >= _FIRST_CHINESE]
    if chinese and all(_decodes(line, _ENCODINGS[0]) for line in lines):
        return _ENCODINGS[0]
    known = set(chinese)
    others = sum(_decodes(line, _ENCODINGS[1]) for line in lines if line not in known)
    return _ENCODINGS[1] if others > len(chinese) else _ENCODINGS[0]


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separator(texts: Sequence[str], choose: ChooseHeader) -> str:
    """The separator under which the header has the most columns."""

    def columns(separator: str) -> int:
        rows = [records.fields(text, separator) or [] for text in texts]
        return len(rows[choose(rows)])

    return max(_SEPARATORS, key=columns)


def _end_of(head: bytes, count: int) -> int:
    """How many bytes the first `count` records take."""
    found = records.ends(head)
    return int(found[count - 1]) + 1 if len(found) >= count else len(head)
