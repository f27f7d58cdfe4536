"""A chunk of rows while it is being cleaned: values by field, and what is wrong with which row.

A row may be rejected several times; the first rejection is the one it is set aside for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from fanzha.desks.intake import amounts, times
from fanzha.desks.intake.columns import Columns
from fanzha.desks.intake.readers.base import ROW
from fanzha.desks.intake.reasons import Reason
from fanzha.lake.schemas import INSTANT

_BLANKS: Final = ["", "-", "--", "—", "/", "无", "null", "NULL", "None", "nan", "NaN", r"\N"]
_PADDING: Final = " \t\r\n\u3000\u00a0\ufeff"

_TIME_OF_DAY: Final = r"^\s*(\d{1,2}[:：]\d{2}([:：]\d{2}(\.\d+)?)?|\d{5,6})\s*$"
"""What is no instant by itself: 12:00:20, 120020. An instant of bare digits has eight or more."""


@dataclass(frozen=True)
class Rejection:
    """Rows (a mask) that cannot be taken, and why."""

    rows: pl.Series
    reason: Reason
    field: str
    detail: str = ""


@dataclass
class Sheet:
    """`frame` as read, `columns` saying where the fields stand. Every series taken from it has `height` values."""

    frame: pl.DataFrame
    columns: Columns
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def height(self) -> int:
        return self.frame.height

    @property
    def numbers(self) -> pl.Series:
        return self.frame[ROW]

    def has(self, *names: str) -> bool:
        return self.columns.has(*names) and all(self._there(name) for name in names)

    def cell(self, name: str) -> pl.Series:
        """The column of a field as read, a constant repeated; nulls where the field is absent."""
        if name in self.columns.constants:
            return pl.repeat(self.columns.constants[name], self.height, dtype=pl.String, eager=True)
        if not self.has(name):
            return pl.repeat(None, self.height, dtype=pl.String, eager=True)
        return self.frame[self.columns.found[name].name]

    def text(self, name: str) -> pl.Series:
        """The column as text without blanks around it; what says nothing ('', '-', '无', 'NULL') is null."""
        column = self.cell(name)
        if column.dtype != pl.String:
            return column.cast(pl.String, strict=False)
        if column.null_count() == len(column):
            return column
        # A tab or a zero-width mark around a number is how exports keep spreadsheets from rounding it.
        return pl.select(_without_blanks(column.str.strip_chars(_PADDING))).to_series()

    def unit(self, name: str) -> str:
        return self.columns.found[name].unit if name in self.columns.found else ""

    def reject(self, rows: pl.Series, reason: Reason, name: str = "", detail: str = "") -> None:
        """Set these rows aside; a null in the mask means no."""
        if rows.any():
            self.rejections.append(Rejection(rows.fill_null(value=False), reason, name, detail))

    def demand(self, name: str, values: pl.Series) -> pl.Series:
        """The values, every row without one being rejected as missing."""
        self.reject(values.is_null(), Reason.MISSING, name)
        return values

    def instant(self, name: str = "at", *, latest: pl.Series | None = None, required: bool = True) -> pl.Series:
        """The time of each row, from one column or from a date and a clock column; `latest` holds the present in its first row."""
        clock = self._clock_column() if name == "at" else ""
        raw = times.join(self.text("date"), self.text(clock)) if clock else None
        if raw is None:
            source = name if self.has(name) or name != "at" else "date"
            column = self.cell(source)
            raw = self.text(source) if column.dtype == pl.String else column
        parsed = times.parse(raw)
        if required:
            self.reject(raw.is_null(), Reason.MISSING, name)
        self.reject(parsed.is_null() & raw.is_not_null(), Reason.BAD_TIME, name)
        self.reject(parsed < times.EARLIEST, Reason.TIME_TOO_OLD, name)
        if latest is not None:
            self.reject(parsed > latest, Reason.FUTURE_TIME, name)
        return parsed.cast(INSTANT)

    def _clock_column(self) -> str:
        """Where the time of day stands beside a date: in a column of its own, or, as most banks print it, under “time” beside “date”; '' where it does not."""
        if not self.has("date"):
            return ""
        if self.has("at"):
            told = self.text("at").drop_nulls()
            return "at" if len(told) and told.str.contains(_TIME_OF_DAY).all() else ""
        return "clock" if self.has("clock") else ""

    def fen(self, name: str, *, required: bool = True) -> pl.Series:
        """An amount in fen, signs kept; `name` ending in _fen is an integer of fen already."""
        column = self.cell(name)
        raw = self.text(name) if column.dtype == pl.String else column
        parsed = amounts.parse(raw, "fen" if name.endswith("_fen") else self.unit(name))
        if required:
            self.reject(raw.is_null(), Reason.MISSING, name)
        self.reject(parsed.is_null() & raw.is_not_null(), Reason.BAD_AMOUNT, name)
        return parsed

    def count(self, name: str, dtype: type[pl.DataType]) -> pl.Series:
        """A whole number of zero or more; fractions of nothing (12.0) are allowed."""
        column = self.cell(name)
        raw = self.text(name) if column.dtype == pl.String else column
        text = raw.cast(pl.String, strict=False).str.replace_all(",", "", literal=True).str.replace(r"\.0+$", "")
        parsed = text.cast(dtype, strict=False)
        self.reject(raw.is_not_null() & (parsed.is_null() | (parsed < 0).fill_null(value=False)), Reason.BAD_NUMBER, name)
        return parsed

    def verdicts(self) -> pl.Series:
        """For each row the place of its first rejection in `rejections`, null where it is good."""
        first = pl.repeat(None, self.height, dtype=pl.Int32, eager=True)
        for place in range(len(self.rejections) - 1, -1, -1):
            first = pl.select(pl.when(self.rejections[place].rows).then(pl.lit(place, pl.Int32)).otherwise(first)).to_series()
        return first

    def _there(self, name: str) -> bool:
        return name in self.columns.constants or self.columns.found[name].name in self.frame.columns


def _without_blanks(stripped: pl.Series) -> pl.Expr:
    return pl.when(~stripped.is_in(_BLANKS)).then(stripped)
