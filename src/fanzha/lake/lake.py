"""The event lake: one Delta table a kind; events are partitioned by the calendar day in China, registers are not.

Invariants: a batch is one commit, so a reader sees all of it or nothing; the batch id is the commit's Delta application transaction, so a batch that is
appended again changes nothing; tables are only ever appended to and compacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError

from fanzha.kit.errors import FanzhaError
from fanzha.lake.schemas import REGISTERS, SCHEMAS, EventKind

_BATCH: Final = "fanzha.batch"
_TARGET_BYTES: Final = 64 * 1024 * 1024
_OPEN_BYTES: Final = 128 * 1024 * 1024
_OPEN_ROWS: Final = 524_288
"""What the writer may hold over the open files of all days together: encoded bytes, and rows not yet encoded."""
_ROW_GROUP: Final = 131_072
_FEWEST_ROWS: Final = 8_192
_SMALLEST_BYTES: Final = 1024 * 1024
_ROWS_A_WRITE: Final = 65_536
NO_VERSION: Final = -1
"""The version of a table that has not been written yet."""


class WrongColumns(FanzhaError):
    """A frame does not have the columns of its lake table."""

    code = "wrong_columns"


class Lake:
    """The tables under `location`: a folder, or an address that Delta knows (s3://…, hdfs://…) with its `storage_options`."""

    def __init__(self, location: str | Path, *, storage_options: dict[str, str] | None = None) -> None:
        self.location = str(location).rstrip("/")
        self._options = storage_options

    def url(self, kind: EventKind) -> str:
        return f"{self.location}/{kind.value}"

    # ---- writing

    def append(self, kind: EventKind, frames: Iterable[pl.DataFrame], batch_id: str, *, days: int = 1) -> int:
        """Add a batch in one commit and return the table's version; no row, or a batch that is already there, commits nothing.

        `frames` are consumed one at a time, so memory is bounded by one frame and the writer's open files, one a day where the table is
        by day: `days` says how many there will be. An exception they raise leaves the table as it was.

        Raises:
            WrongColumns: a frame that lacks a column of the table or has it in another type.
        """
        if self.holds(kind, batch_id):
            return self.version(kind)
        filled = (frame for frame in frames if frame.height)
        first = next(filled, None)
        if first is None:
            return self.version(kind)
        _make_folder(self.location)
        source = _Source(kind, first, filled)
        partitions = self._partitions(kind)
        files = days if partitions else 1
        try:
            write_deltalake(
                self.url(kind),
                source.reader(),
                mode="append",
                partition_by=partitions,
                storage_options=self._options,
                target_file_size=max(_SMALLEST_BYTES, min(_TARGET_BYTES, _OPEN_BYTES // files)),
                writer_properties=_writer(max(_FEWEST_ROWS, min(_ROW_GROUP, _OPEN_ROWS // files))),
                commit_properties=CommitProperties(custom_metadata={_BATCH: batch_id}, app_transactions=[Transaction(batch_id, 1)]),
            )
        except Exception:
            # The writer wraps what a frame raised into its own error: the caller is owed the cause.
            if source.failure is not None:
                raise source.failure from None
            raise
        return self.version(kind)

    def holds(self, kind: EventKind, batch_id: str) -> bool:
        """Whether this batch has been committed."""
        table = self._table(kind)
        return table is not None and table.transaction_version(batch_id) is not None

    def compact(self, kind: EventKind, *, keep_hours: int = 168) -> dict[str, int]:
        """Merge small files within each day and delete files that no version of the last `keep_hours` needs, orphans of killed writers included."""
        table = self._table(kind)
        if table is None:
            return {"merged": 0, "deleted": 0}
        merged = table.optimize.compact(target_size=4 * _TARGET_BYTES, writer_properties=_writer())
        table.create_checkpoint()
        deleted = table.vacuum(retention_hours=keep_hours, dry_run=False, full=True)
        return {"merged": int(merged["numFilesRemoved"]), "deleted": len(deleted)}

    # ---- reading

    def scan(self, kind: EventKind, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """Rows of the days from `since` to `until`, both included; only those days' files are read. An unwritten table is an empty frame of its schema."""
        table = self._table(kind)
        if table is None:
            return pl.LazyFrame(schema=SCHEMAS[kind])
        rows = pl.scan_delta(table, storage_options=self._options)
        if since is not None:
            rows = rows.filter(pl.col("day") >= since)
        if until is not None:
            rows = rows.filter(pl.col("day") <= until)
        return rows.select(SCHEMAS[kind].keys())

    def version(self, kind: EventKind) -> int:
        """The table's version, counting from 0; `NO_VERSION` where nothing has been written."""
        table = self._table(kind)
        return NO_VERSION if table is None else int(table.version())

    def changes_since(self, kind: EventKind, version: int) -> pl.LazyFrame:
        """Rows committed after `version` and up to now; with `NO_VERSION` all rows.

        Where the table's log no longer reaches back to `version` (30 days, and 100 commits at least) all rows are returned: more, never less, than asked for.
        """
        table = self._table(kind)
        if table is None or version >= table.version():
            return pl.LazyFrame(schema=SCHEMAS[kind])
        rows = self.scan(kind)
        missed = int(table.version()) - version
        history = table.history(missed)
        if version == NO_VERSION or len(history) < missed:
            return rows
        return rows.filter(pl.col("batch_id").is_in([commit[_BATCH] for commit in history if _BATCH in commit]))

    def existing(self, kind: EventKind, keys: pl.Series, content: pl.Expr | None = None) -> pl.DataFrame:
        """(`event_key`, and `content` under its own name) of the rows whose key is among `keys`; each distinct key at most once.

        The keys of the whole table are read; `content` of those days alone that hold one of them, a day at a time, so memory grows with what is found. A
        register is read as a whole, in a stream.
        """
        wanted = pl.LazyFrame({"event_key": keys}, schema={"event_key": pl.Int64})
        found = self.scan(kind).select("event_key", "day").join(wanted, on="event_key", how="semi").collect(engine="streaming")
        if content is None:
            return found.select("event_key")
        empty = self.scan(kind).select("event_key", content).clear().collect()
        if not self._partitions(kind):
            return self.scan(kind).select("event_key", content).join(found.lazy().select("event_key"), on="event_key", how="semi").collect(engine="streaming")
        pieces = [self._content(kind, day, held, content) for (day,), held in found.partition_by("day", as_dict=True).items()]
        return pl.concat([empty, *pieces])

    def _content(self, kind: EventKind, day: date, held: pl.DataFrame, content: pl.Expr) -> pl.DataFrame:
        rows = self.scan(kind, day, day).select("event_key", content)
        return rows.join(held.lazy().select("event_key"), on="event_key", how="semi").collect(engine="streaming")

    def days(self, kind: EventKind) -> tuple[date, date] | None:
        """The first and the last day that hold rows; None where there are none. Of a table by day, read from its list of files alone."""
        table = self._table(kind)
        if table is None:
            return None
        if not self._partitions(kind):
            first, last = self.scan(kind).select(first=pl.col("day").min(), last=pl.col("day").max()).collect().row(0)
            return None if first is None else (first, last)
        found = sorted(date.fromisoformat(str(partition["day"])) for partition in table.partitions())
        return (found[0], found[-1]) if found else None

    def _partitions(self, kind: EventKind) -> list[str]:
        """As the table was made; a new one by its kind."""
        table = self._table(kind)
        if table is not None:
            return list(table.metadata().partition_columns)
        return [] if kind in REGISTERS else ["day"]

    def _table(self, kind: EventKind) -> DeltaTable | None:
        try:
            return DeltaTable(self.url(kind), storage_options=self._options)
        except TableNotFoundError:
            return None


class _Source:
    """Frames as the Arrow stream of a table, remembering what one of them raised."""

    def __init__(self, kind: EventKind, first: pl.DataFrame, rest: Iterator[pl.DataFrame]) -> None:
        self.failure: Exception | None = None
        self._kind = kind
        self._first = first
        self._rest = rest

    def reader(self) -> pa.RecordBatchReader:
        schema = pl.DataFrame(schema=SCHEMAS[self._kind]).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        return pa.RecordBatchReader.from_batches(schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._cut(self._first)
            for frame in self._rest:
                yield from self._cut(frame)
        except Exception as error:
            self.failure = error
            raise

    def _cut(self, frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
        fitted = fit(self._kind, frame)
        yield from fitted.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches(max_chunksize=_ROWS_A_WRITE)


def fit(kind: EventKind, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with exactly the columns of the table, in their order.

    Raises:
        WrongColumns: a column that is missing or of another type.
    """
    schema = SCHEMAS[kind]
    wrong = {name: str(frame.schema.get(name)) for name, dtype in schema.items() if frame.schema.get(name) != dtype}
    if wrong:
        raise WrongColumns(kind=kind.value, columns=wrong)
    return frame.select(schema.keys())



def _writer(row_group: int = _ROW_GROUP) -> WriterProperties:
    # LZ4 beats zstd here: tokens do not compress, and encoding is what bounds an append.
    return WriterProperties(compression="LZ4_RAW", max_row_group_size=row_group)


def _make_folder(location: str) -> None:
    if "://" not in location:
        Path(location).mkdir(parents=True, exist_ok=True)
