"""Workbooks (xlsx, xls): the one sheet that holds a table of this kind.

A header of two rows with merged cells (付款方 over 账号 and 户名) is read as 付款方账号 and 付款方户名. Numbers keep the digits that a spreadsheet
keeps: beyond 15 it stores no more, and such a cell stays in scientific notation so that an account is not mistaken for whole.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, XmlError, ZipError

from fanzha.desks.intake.errors import (
    CompressedFile,
    EmptyFile,
    NotATable,
    ProtectedWorkbook,
    SeveralSheets,
    TruncatedFile,
    WorkbookTooLarge,
)
from fanzha.desks.intake.readers.base import (
    HEADER_SEARCH,
    ROW,
    ROWS_A_CHUNK,
    ChooseHeader,
    Chunk,
    Format,
    drop_blank,
    raw_json,
    unique_names,
)

Cell = int | float | str | bool | time | date | datetime | timedelta

_SURE_DIGITS: Final = 10**15
UNPACKED_MB: Final = 512
"""A workbook is held in memory whole, so one that unpacks to more is refused before it is opened. A full sheet of 20 columns has about 400."""


class XlsxSource:
    """An opened workbook. `is_header` says whether a row meets the needs of the kind; `choose` picks the best row where none does."""

    format = Format.XLSX

    def __init__(self, path: Path, choose: ChooseHeader, is_header: ChooseHeader) -> None:
        sheets = _filled_sheets(path)
        if not sheets:
            raise EmptyFile
        fitting = [sheet for sheet in sheets if is_header(_candidates(sheet)[0]) >= 0]
        if len(fitting) > 1:
            raise SeveralSheets(sheets=[sheet.name for sheet in fitting])
        self._sheet = fitting[0] if fitting else sheets[0]
        rows, used = _candidates(self._sheet)
        place = is_header(rows)
        place = place if place >= 0 else choose(rows)
        self.header = unique_names(rows[place])
        self._before = used[place]
        merged = bool(self._sheet.merged_cell_ranges)
        self.note = " The sheet has merged cells: put each column's name in one cell of one row." if merged else ""

    def chunks(self) -> Iterator[Chunk]:
        taken: list[list[str | None]] = []
        first = self._before + 1
        for row, cells in enumerate(self._sheet.iter_rows(), self._offset + 1):
            if row <= self._before:
                continue
            taken.append([text_of(cell) or None for cell in cells])
            if len(taken) >= ROWS_A_CHUNK:
                yield from self._chunk(taken, first)
                first, taken = row + 1, []
        yield from self._chunk(taken, first)

    @property
    def _offset(self) -> int:
        """Rows above the first filled cell, which the library leaves out."""
        start = self._sheet.start
        return start[0] if start else 0

    def _chunk(self, taken: list[list[str | None]], first: int) -> Iterator[Chunk]:
        width = max((len(cells) for cells in taken), default=0)
        names = (*self.header, *(f"列{place}" for place in range(len(self.header) + 1, width + 1)))
        padded = [[*cells, *([None] * (len(names) - len(cells)))] for cells in taken]
        columns = [pl.Series(name, [cells[place] for cells in padded], dtype=pl.String) for place, name in enumerate(names)]
        numbers = pl.Series(ROW, range(first, first + len(taken)), dtype=pl.Int64)
        kept, _ = drop_blank(pl.DataFrame([numbers, *columns]))
        if kept.height:
            yield Chunk(kept, partial(raw_json, kept))


def text_of(cell: Cell) -> str:
    """A cell as it would be typed."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _SURE_DIGITS else _scientific(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell)


def _scientific(cell: float) -> str:
    return f"{cell:.14E}" if abs(cell) >= _SURE_DIGITS else repr(cell)


def _check_archive(path: Path) -> None:
    """Raises CompressedFile: a zip of other files. NotATable: a text document or slides. WorkbookTooLarge: it says to unpack to more than is allowed."""
    if not zipfile.is_zipfile(path):
        return  # the old format, or damage that the library tells
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    if any(part.filename.startswith(("word/", "ppt/")) for part in parts):
        raise NotATable
    if not any(part.filename.startswith("xl/") for part in parts):
        raise CompressedFile
    unpacked = sum(part.file_size for part in parts) >> 20
    if unpacked > UNPACKED_MB:
        raise WorkbookTooLarge(f"The workbook unpacks to {unpacked:,} MB; {UNPACKED_MB} MB are the most.", limit_mb=UNPACKED_MB)


def _filled_sheets(path: Path) -> list[CalamineSheet]:
    _check_archive(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        kinds = (SheetTypeEnum.WorkSheet,)
        sheets = [workbook.get_sheet_by_name(meta.name) for meta in workbook.sheets_metadata if meta.typ in kinds]
    except PasswordError as error:
        raise ProtectedWorkbook from error
    except (CalamineError, ZipError, XmlError, OSError) as error:
        raise TruncatedFile from error
    return [sheet for sheet in sheets if sheet.height and sheet.width]


def _candidates(sheet: CalamineSheet) -> tuple[list[list[str]], list[int]]:
    """Rows that could be the header, each with the sheet row after which the data begins: every row of the head, and every row under its merged row above."""
    offset = sheet.start[0] if sheet.start else 0
    head: list[list[str]] = []
    for cells in sheet.iter_rows():
        head.append([text_of(cell).strip() for cell in cells])
        if len(head) >= HEADER_SEARCH:
            break
    spread = _spread(sheet, head)
    rows, used = [], []
    for place, row in enumerate(head):
        rows.append(row)
        used.append(offset + place + 1)
        if place and spread[place - 1] != head[place - 1]:
            rows.append(_joined(spread[place - 1], spread[place]))
            used.append(offset + place + 1)
    return rows, used


def _spread(sheet: CalamineSheet, head: Sequence[Sequence[str]]) -> list[list[str]]:
    """The head with each merged cell's text in all the cells that it covers."""
    top, left = sheet.start or (0, 0)
    filled = [list(row) for row in head]
    for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or []:
        if not 0 <= first_row - top < len(filled):
            continue
        text = filled[first_row - top][first_column - left]
        for row in range(first_row - top, min(last_row - top + 1, len(filled))):
            for column in range(first_column - left, min(last_column - left + 1, len(filled[row]))):
                filled[row][column] = text
    return filled


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """付款方 over 账号 → 付款方账号; a name merged down over both rows stays itself."""
    return [lower if not upper or upper == lower else upper if not lower else upper + lower for upper, lower in zip(above, below, strict=False)]
