"""Read a labelled table from CSV, Parquet or JSON lines.

Labels become text: whole numbers lose their ".0", so a column that a blank turned into floats keeps its classes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from fanzha.engine.models.errors import UnfitLabels, UnknownColumn, UnreadableTable, UnwritableOutput
from fanzha.engine.models.faults import find_fault, is_foreign

Ints = npt.NDArray[np.int64]
BLANK = -1  # the class number of a row whose label is empty
CSV = (".csv", ".csv.gz")
LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_WRITTEN = (".csv", ".parquet", ".jsonl", ".ndjson")
LEAST_ROWS_A_CLASS = 2
_REPEATED = re.compile(r"_duplicated_\d+$")  # what the reader appends to a name that the header repeats


def read_table(path: Path) -> pl.DataFrame:
    """All rows of a file, its format told by its name.

    Raises:
        UnreadableTable: no such file, another format, damaged, or without rows.
    """
    if not path.is_file():
        raise UnreadableTable(f"There is no file {path}.")
    name = path.name.lower()
    try:
        frame = _read(path)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        fault = find_fault(path, name.endswith(LINES)) if name.endswith((*CSV, *LINES)) else None
        if fault is None:
            raise UnreadableTable(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from error
        raise UnreadableTable(f"{path.name} cannot be read: {fault.message}.", remedy=fault.remedy) from error
    if frame.height == 0:
        raise UnreadableTable(f"{path.name} has no rows.")
    twice = [column for column in frame.columns if _REPEATED.search(column) and _REPEATED.sub("", column) in frame.columns]
    if twice:
        named = ", ".join(repr(_REPEATED.sub("", column)) for column in twice)
        raise UnreadableTable(f"The header of {path.name} names a column twice: {named}.", remedy="Give every column its own name.")
    return frame


def _read(path: Path) -> pl.DataFrame:
    name = path.name.lower()
    if name.endswith((*CSV, *LINES)) and is_foreign(path):
        raise UnreadableTable(f"{path.name} is UTF-16.", remedy="Save the file as UTF-8.")
    if name.endswith(CSV):
        return pl.read_csv(path, infer_schema_length=None)
    if name.endswith(".parquet"):
        return pl.read_parquet(path)
    if name.endswith(LINES):
        return pl.read_ndjson(path, infer_schema_length=None)
    raise UnreadableTable(f"{path.name} is of no known format.")


def need_place(path: Path) -> None:
    """Refuse an output that could not be written, before any work goes into it.

    Raises:
        UnwritableOutput: what is above it is no folder, or one that may not be written to.
    """
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise UnwritableOutput(f"{path} cannot be written: {above} is no folder that can be written to.")


def need_table_place(path: Path) -> None:
    """Refuse a table's output that could not be written.

    Raises:
        UnreadableTable: a name of another format.
        UnwritableOutput: a folder has the name, or see `need_place`.
    """
    if not path.name.lower().endswith(_WRITTEN):
        raise UnreadableTable(f"{path.name or path} is of no known format.", remedy="Name the output .csv, .parquet or .jsonl.")
    if path.is_dir():
        raise UnwritableOutput(f"{path} cannot be written: it is a folder.")
    need_place(path)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table, the format told by the name; replaces the file.

    Raises:
        UnreadableTable, UnwritableOutput: see `need_table_place`.
    """
    need_table_place(path)
    name = path.name.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".csv"):
        frame.write_csv(path)
    elif name.endswith(".parquet"):
        frame.write_parquet(path)
    else:
        frame.write_ndjson(path)


def digest(path: Path) -> str:
    """SHA-256 of the file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def need_columns(frame: pl.DataFrame, names: Sequence[str]) -> None:
    """Raise UnknownColumn where the table lacks one of them."""
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise UnknownColumn(
            f"The file has no column {', '.join(map(repr, lacking))}; it has {', '.join(map(repr, frame.columns[:60]))}.", columns=lacking
        )


def as_keys(values: pl.Series) -> pl.Series:
    """Ids or labels as trimmed text, empty as null; whole floats as whole numbers, so 7 and 7.0 are the same key."""
    if values.dtype.is_float():
        values = values.fill_nan(None)
        if bool((values == values.floor()).drop_nulls().all()):
            values = values.cast(pl.Int64, strict=False)
    if values.dtype == pl.Boolean:
        values = values.cast(pl.Int8)
    text = values.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


@dataclass(frozen=True)
class Labels:
    """Class names in their order and the class number of each row (`BLANK` where the label is empty)."""

    classes: tuple[str, ...]
    numbers: Ints

    @property
    def known(self) -> Ints:
        """The rows that have a label."""
        return np.flatnonzero(self.numbers != BLANK).astype(np.int64)


def read_labels(column: pl.Series) -> Labels:
    """The labels of a column; classes are sorted, numbers before text by value.

    Raises:
        UnfitLabels: fewer than two classes, or fewer than two classes with two rows.
    """
    keys = as_keys(column)
    counts = dict(keys.drop_nulls().value_counts().iter_rows())
    classes = tuple(sorted(counts, key=_order))
    if len(classes) < 2:
        raise UnfitLabels(f"The column {column.name!r} holds {len(classes)} different label(s).")
    if sum(count >= LEAST_ROWS_A_CLASS for count in counts.values()) < 2:
        raise UnfitLabels(f"Almost every row of {column.name!r} is a class of its own.")
    if len(classes) > max(50, keys.len() // 10):
        raise UnfitLabels(f"The column {column.name!r} holds {len(classes)} different labels; it does not look like one.")
    place = {name: number for number, name in enumerate(classes)}
    numbers = np.array([BLANK if key is None else place[key] for key in keys], dtype=np.int64)
    return Labels(classes, numbers)


def _order(name: str) -> tuple[int, float, str]:
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)
