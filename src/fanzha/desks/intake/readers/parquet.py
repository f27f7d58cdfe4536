"""Parquet, in batches of bounded size. Row numbers count from 1: there is no header row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from fanzha.desks.intake.errors import EmptyFile, TruncatedFile
from fanzha.desks.intake.readers.base import ROW, ROWS_A_CHUNK, Chunk, Format, drop_blank, raw_json


class ParquetSource:
    """A Parquet file whose footer has been read; nested columns are kept as text."""

    format = Format.PARQUET
    note = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _damage_told(), pq.ParquetFile(path) as file:
            self.header = tuple(file.schema_arrow.names)
            if file.metadata.num_rows == 0:
                raise EmptyFile

    def chunks(self) -> Iterator[Chunk]:
        row = 1
        with _damage_told(), pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(batch_size=ROWS_A_CHUNK):
                frame = pl.DataFrame(pl.from_arrow(batch))
                numbered = _plain(frame).with_row_index(ROW, row).with_columns(pl.col(ROW).cast(pl.Int64))
                row += frame.height
                kept, _ = drop_blank(numbered)
                if kept.height:
                    yield Chunk(kept, partial(raw_json, kept))


class _damage_told:  # noqa: N801 - read as a phrase in a with statement
    """Turns what the Parquet library raises on a damaged file into `TruncatedFile`, also in the middle of reading."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (pa.ArrowInvalid, pa.ArrowIOError, OSError)):
            raise TruncatedFile from error


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Categories and nested values as text."""
    changes: list[pl.Expr | pl.Series] = []
    for name, dtype in frame.schema.items():
        if isinstance(dtype, (pl.Categorical, pl.Enum)):
            changes.append(pl.col(name).cast(pl.String))
        elif dtype == pl.Binary:
            changes.append(pl.col(name).cast(pl.String, strict=False))
        elif dtype.is_nested():
            changes.append(pl.Series(name, [None if value is None else str(value) for value in frame[name].to_list()], dtype=pl.String))
    return frame.with_columns(changes)
