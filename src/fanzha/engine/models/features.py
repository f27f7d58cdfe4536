"""Turn the columns of a table into numbers: numbers as they are, times as seconds, few-valued text as codes by frequency.

The encoding looks at the columns alone, never at a label. What was seen at training time is kept, so a value unseen then is missing (NaN)
and a column that is not there is an error, never a silent zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanzha.engine.models.errors import MissingColumns, NoFeatures, UnreadableTable

Matrix = npt.NDArray[np.float32]
MOST_CATEGORIES = 200
FEW = 20  # a text column with up to this many values is a category however short the table
UNIQUE_SHARE = 0.5  # a text column with more different values than this share of its rows names rows, and teaches nothing


@dataclass(frozen=True)
class Features:
    """A matrix (rows, features), NaN where missing, and the features' names."""

    names: tuple[str, ...]
    values: Matrix

    def of(self, rows: npt.NDArray[np.int64]) -> Features:
        """Some of the rows."""
        return Features(self.names, self.values[rows])

    @staticmethod
    def beside(parts: Sequence[Features]) -> Features:
        """All columns of all parts."""
        return Features(tuple(name for part in parts for name in part.names), np.hstack([part.values for part in parts]))


@dataclass(frozen=True)
class Column:
    """One column as it was at training time: `number`, `time` (seconds since 1970 UTC) or `category` (code = place in `categories`)."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoder:
    """The columns of a model and those left out (with the reason)."""

    columns: tuple[Column, ...]
    skipped: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def learn(frame: pl.DataFrame, allow_none: bool = False) -> Encoder:
        """Decide how each column of the table is read.

        Raises:
            NoFeatures: nothing is left to learn from (unless `allow_none`).
        """
        columns: list[Column] = []
        skipped: dict[str, str] = {}
        for series in frame:
            column = _describe(series)
            if isinstance(column, str):
                skipped[series.name] = column
            else:
                columns.append(column)
        if not columns and not allow_none:
            raise NoFeatures(skipped=skipped)
        return Encoder(tuple(columns), skipped)

    def encode(self, frame: pl.DataFrame) -> Features:
        """The table as numbers, in the order of `columns`.

        Raises:
            MissingColumns: a column of training time is not there.
            UnreadableTable: a column of numbers holds text.
        """
        lacking = [column.name for column in self.columns if column.name not in frame.columns]
        if lacking:
            raise MissingColumns(f"The file lacks {len(lacking)} column(s) of the model: {', '.join(lacking[:20])}.", columns=lacking)
        values = np.empty((frame.height, len(self.columns)), dtype=np.float32)
        for place, column in enumerate(self.columns):
            values[:, place] = _numbers(frame[column.name], column)
        return Features(tuple(column.name for column in self.columns), values)

    def as_json(self) -> dict[str, Any]:
        return {"columns": [asdict(column) for column in self.columns], "skipped": self.skipped}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Encoder:
        columns = tuple(Column(each["name"], each["kind"], tuple(each["categories"])) for each in document["columns"])
        return Encoder(columns, dict(document["skipped"]))


def _describe(series: pl.Series) -> Column | str:
    """How a column is read, or why it is left out."""
    if series.null_count() == series.len():
        return "empty"
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return Column(series.name, "number")
    if series.dtype.is_temporal() and series.dtype not in (pl.Time, pl.Duration):
        return Column(series.name, "time")
    if series.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return f"of type {series.dtype}"
    text = series.cast(pl.String).drop_nulls()
    if text.cast(pl.Float64, strict=False).null_count() == 0:
        return Column(series.name, "number")
    counts = text.value_counts().sort(["count", series.name], descending=[True, False])
    if counts.height > FEW and counts.height > UNIQUE_SHARE * series.len():
        return "different in most rows"
    return Column(series.name, "category", tuple(counts[series.name].head(MOST_CATEGORIES).to_list()))


def _numbers(series: pl.Series, column: Column) -> npt.NDArray[np.float64]:
    if column.kind == "category":
        codes = {name: float(code) for code, name in enumerate(column.categories)}
        return series.cast(pl.String).replace_strict(codes, default=None, return_dtype=pl.Float64).to_numpy()
    try:
        if column.kind == "time":
            return _seconds(series)
        found = series.cast(pl.Float64).fill_nan(None).to_numpy()
    except pl.exceptions.PolarsError as error:
        place = f": {_first_unlike(series, column)}" if series.dtype == pl.String else f", but {series.dtype}"
        raise UnreadableTable(
            f"Column {column.name!r} held {column.kind}s at training time and does not now{place}.", remedy="Correct the column's values."
        ) from error
    return np.where(np.isinf(found), np.nan, found)


def _first_unlike(series: pl.Series, column: Column) -> str:
    """The first row (from 1, the header not counted) whose text is not what the column held."""
    read = series.str.to_datetime(strict=False) if column.kind == "time" else series.cast(pl.Float64, strict=False)
    place = int((read.is_null() & series.is_not_null()).arg_max() or 0)
    return f"row {place + 1} has {str(series[place])[:40]!r}"


def _seconds(series: pl.Series) -> npt.NDArray[np.float64]:
    moments = series.str.to_datetime() if series.dtype == pl.String else series
    return (moments.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64) / 1e6).to_numpy()
