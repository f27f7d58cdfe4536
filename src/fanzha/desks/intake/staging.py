"""Where the rows of a batch wait between parsing and the commit, so that memory stays bounded and nothing is half-written.

Invariants: a stage belongs to one batch and is made anew by every attempt; nothing reads it but the attempt that wrote it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from fanzha.desks.intake.parsing import Parsed, SetAside, content_columns
from fanzha.desks.intake.readers.base import ROW
from fanzha.desks.intake.reasons import Reason
from fanzha.lake import SCHEMAS, EventKind, Lake

_CONTENT: Final = "__content"
_STANDING: Final = "__standing"
_ASIDE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "row": pl.Int64,
    "raw": pl.Binary,
    "cells": pl.Binary,
    "reason": pl.String,
    "field": pl.String,
    "detail": pl.String,
}


@dataclass(frozen=True)
class Verdict:
    """Which staged rows are not new: `duplicates` say what is known already, `conflicts` contradict it. Both are row numbers (Int64)."""

    duplicates: pl.Series
    conflicts: pl.Series


class Stage:
    """The folder of one batch."""

    def __init__(self, folder: Path, kind: EventKind | None) -> None:
        self._folder = folder
        self._kind = kind
        self._good = 0
        self._bad = 0
        self.rows = 0
        self.aside = 0
        self.days: set[date] = set()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="stage")
        self._writing: Future[None] | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def add(self, parsed: Parsed) -> None:
        """Keep one chunk's rows and the rows set aside."""
        if parsed.rows.height:
            assert self._kind is not None
            self._written()
            self._writing = self._writer.submit(self._write, parsed.rows, self._folder / f"rows-{self._good:06}.arrow")
            self._good += 1
            self.rows += parsed.rows.height
            self.days.update(parsed.rows["day"].unique().to_list())
        self.add_aside(parsed.set_aside)

    def _write(self, rows: pl.DataFrame, path: Path) -> None:
        assert self._kind is not None
        content = pl.struct(content_columns(self._kind)).hash().alias(_CONTENT)
        rows.with_columns(content).write_ipc(path, compression="lz4")

    def _written(self) -> None:
        """Wait for the last file; raises what its writing raised."""
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def add_aside(self, rows: list[SetAside]) -> None:
        if not rows:
            return
        records = [(row.row, row.raw, row.cells, row.reason.value, row.field, row.detail) for row in rows]
        pl.DataFrame(records, schema=_ASIDE, orient="row").write_ipc(self._folder / f"aside-{self._bad:06}.arrow", compression="lz4")
        self._bad += 1
        self.aside += len(rows)

    def judge(self, lake: Lake) -> Verdict:
        """Compare the staged rows with one another and with the lake by event key. The first of a file counts, and the lake's before it."""
        assert self._kind is not None
        self._written()
        if not self.rows:
            return Verdict(pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64))
        keys = self._scan().select(ROW, "event_key", _CONTENT).collect(engine="streaming")
        known = self._known(lake, keys["event_key"])
        old = [keys.join(known, on="event_key").select(ROW, _CONTENT, _STANDING)]
        if keys["event_key"].n_unique() < keys.height:
            old.append(_repeated(keys.join(known, on="event_key", how="anti", maintain_order="left")))
        judged = pl.concat(old)
        same = judged[_CONTENT] == judged[_STANDING]
        return Verdict(judged.filter(same)[ROW].sort(), judged.filter(~same)[ROW].sort())

    def frames(self, without: Verdict) -> Iterator[pl.DataFrame]:
        """The rows to commit, file by file, in the lake's columns."""
        assert self._kind is not None
        dropped = pl.concat([without.duplicates, without.conflicts]).alias(ROW)
        for number in range(self._good):
            frame = pl.read_ipc(self._folder / f"rows-{number:06}.arrow")
            near = dropped.filter(dropped.is_between(frame[ROW].min(), frame[ROW].max()))
            if len(near):
                frame = frame.join(near.to_frame(), on=ROW, how="anti", maintain_order="left")
            yield frame.select(SCHEMAS[self._kind].keys())

    def set_aside(self) -> Iterator[list[SetAside]]:
        """The rows set aside, in lists of bounded length."""
        for number in range(self._bad):
            frame = pl.read_ipc(self._folder / f"aside-{number:06}.arrow")
            yield [SetAside(row, raw, cells, Reason(reason), field, detail) for row, raw, cells, reason, field, detail in frame.iter_rows()]

    def clear(self) -> None:
        """Remove the folder."""
        self._writer.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _known(self, lake: Lake, keys: pl.Series) -> pl.DataFrame:
        """(event_key, standing): the content of those that the lake holds, hashed as staged rows are."""
        assert self._kind is not None
        found = lake.existing(self._kind, keys, pl.struct(content_columns(self._kind)).hash().alias(_STANDING))
        return found.unique("event_key", keep="any") if found["event_key"].n_unique() < found.height else found

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_ipc(self._folder / "rows-*.arrow")


def _repeated(keys: pl.DataFrame) -> pl.DataFrame:
    """(row, content, standing) of rows whose key an earlier row of the file has."""
    again = keys.filter(pl.col("event_key").is_duplicated())
    standing = again.filter(pl.col("event_key").is_first_distinct())
    later = again.join(standing.select("event_key", standing_row=ROW, **{_STANDING: _CONTENT}), on="event_key")
    return later.filter(pl.col(ROW) != pl.col("standing_row")).select(ROW, _CONTENT, _STANDING)
