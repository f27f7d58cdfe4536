"""Taking a file in, so that a kill at any point loses and doubles nothing.

Order: the batch is recorded (receiving) → rows are parsed into a stage → counts and quarantined rows are recorded (staged) → one Delta commit that
carries the batch id → the batch is finished (committed), its event published. Whoever sends the same file again goes on from where the record and the
lake say it stopped: before the Delta commit everything is done anew, after it only the finish. Batches of one kind run one after the other, since each
is compared with what stands in the lake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fanzha.desks.intake import repository
from fanzha.desks.intake.columns import Columns, Given, IntakeKind, require
from fanzha.desks.intake.domain import BatchState, Counts, Receipt, may_become
from fanzha.desks.intake.errors import EmptyFile
from fanzha.desks.intake.events import BatchCommitted
from fanzha.desks.intake.files import Content
from fanzha.desks.intake.installation import Installation, stage_folder
from fanzha.desks.intake.model import Batch
from fanzha.desks.intake.parsing import EventParser, SetAside
from fanzha.desks.intake.readers import ROW, Source, open_source
from fanzha.desks.intake.readers.base import ahead, as_json
from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.registers import import_chunk
from fanzha.desks.intake.staging import Stage, Verdict
from fanzha.desks.intake.subjects import Subjects
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.progress import Progress, Quiet
from fanzha.lake import EventKind
from fanzha.store import Scope, Work

_NOWHERE_YET: dict[str, Any] = {"received": 0, "accepted": 0, "duplicates": 0, "quarantined": 0, "error": None, "finished_at": None}


@dataclass(frozen=True)
class Sending:
    """A file as it was sent: `batch_id` follows from the sender, the kind, the source, the content and the mapping."""

    batch_id: str
    path: Path
    file_name: str
    content: Content
    kind: IntakeKind
    source: str
    given: Given = field(default_factory=Given)
    replays: str | None = None


@dataclass(frozen=True)
class _Opened:
    source: Source
    columns: Columns


class Taking:
    """One attempt to take one file in. The caller holds the kind's lock."""

    def __init__(self, at: Installation, scope: Scope, sending: Sending, progress: Progress | None = None) -> None:
        self._at = at
        self._scope = scope
        self._sending = sending
        self._progress = progress or Quiet()

    def run(self) -> Receipt:
        """Raises UnreadableFile: nothing of the file was taken, and the batch is recorded as failed."""
        batch = self._register()
        if batch.stands is BatchState.COMMITTED:
            return self._receipt(batch, repeated=True)
        if batch.stands is BatchState.STAGED and self._is_in_lake():
            return self._finish(self._days_in_lake())
        self._start_again(batch)
        try:
            opened = self._open()
            return self._take_events(opened) if self._sending.kind.value in set(EventKind) else self._take_register(opened)
        except FanzhaError as error:
            self._fail(error)
            raise

    # ---- events

    def _take_events(self, opened: _Opened) -> Receipt:
        kind = EventKind(self._sending.kind.value)
        stage = Stage(stage_folder(self._at, self._sending.batch_id), kind)
        try:
            self._parse(opened.source, stage, kind)
            verdict = stage.judge(self._at.lake)
            for conflicting in _conflicting(opened.source, verdict.conflicts):
                stage.add_aside(conflicting)
            self._record(opened, stage, verdict)
            self._at.lake.append(kind, stage.frames(verdict), self._sending.batch_id, days=max(1, len(stage.days)))
            return self._finish((min(stage.days), max(stage.days)) if stage.days else None)
        finally:
            stage.clear()

    def _parse(self, source: Source, stage: Stage, kind: EventKind) -> None:
        sending = self._sending
        parser = EventParser(kind, sending.source, sending.batch_id, Subjects(self._at.tokens), sending.given)
        with self._progress.step(sending.file_name) as step:
            for chunk in ahead(source.chunks()):
                stage.add(parser.parse(chunk))
                step.advance(chunk.frame.height)
        if stage.rows + stage.aside == 0:
            raise EmptyFile

    def _record(self, opened: _Opened, stage: Stage, verdict: Verdict) -> None:
        """Counts and quarantined rows, together."""
        new = stage.rows - len(verdict.duplicates) - len(verdict.conflicts)
        counts = Counts(new, len(verdict.duplicates), stage.aside)
        with self._at.database.work(self._scope) as work:
            batch = repository.batch(work, self._sending.batch_id, locked=True)
            written = repository.add_rows(work, batch, stage.set_aside())
            assert written == counts.quarantined, "every row set aside is in quarantine"
            _move(batch, BatchState.STAGED, _told(opened, counts))

    # ---- reports and indicators

    def _take_register(self, opened: _Opened) -> Receipt:
        """One transaction: the desk's rows, the quarantine and the finish."""
        taken = Counts(0, 0, 0)
        with self._at.database.work(self._scope) as work:
            batch = repository.batch(work, self._sending.batch_id, locked=True)
            for chunk in opened.source.chunks():
                outcome = import_chunk(work, self._at.tokens, self._sending.kind, self._sending.source, chunk, opened.columns)
                repository.add_rows(work, batch, [outcome.set_aside])
                taken = Counts(taken.accepted + outcome.accepted, taken.duplicates + outcome.duplicates, taken.quarantined + len(outcome.set_aside))
            if taken.received == 0:
                raise EmptyFile
            _move(batch, BatchState.STAGED, _told(opened, taken))
            self._commit(work, batch, None)
        return self._receipt(batch)

    # ---- steps

    def _register(self) -> Batch:
        sending, scope = self._sending, self._scope
        values = {
            "id": sending.batch_id,
            "kind": sending.kind.value,
            "source": sending.source,
            "file_name": sending.file_name,
            "bytes": sending.content.size,
            "content_hash": sending.content.digest,
            "mapping": {"fields": dict(sending.given.fields), "units": dict(sending.given.units), "constants": dict(sending.given.constants)},
            "state": BatchState.RECEIVING.value,
            "replays": sending.replays,
            "org_id": scope.org_id,
            "region": scope.region or self._at.settings.region,  # the command line sends for the whole area
            "actor": scope.actor,
            "started_at": clock.now(),
        }
        with self._at.database.work(scope) as work:
            return repository.add_batch(work, values)

    def _start_again(self, batch: Batch) -> None:
        """Undo an earlier attempt that did not reach the lake."""
        with self._at.database.work(self._scope) as work:
            found = repository.batch(work, batch.id, locked=True)
            repository.forget_rows(work, batch.id)
            _move(found, BatchState.RECEIVING, _NOWHERE_YET)

    def _open(self) -> _Opened:
        source = open_source(self._sending.path, self._sending.kind, self._sending.given)
        return _Opened(source, require(self._sending.kind, source.header, self._sending.given, source.note))

    def _finish(self, days: tuple[date, date] | None) -> Receipt:
        with self._at.database.work(self._scope) as work:
            batch = repository.batch(work, self._sending.batch_id, locked=True)
            self._commit(work, batch, days)
        return self._receipt(batch)

    def _commit(self, work: Work, batch: Batch, days: tuple[date, date] | None) -> None:
        _move(batch, BatchState.COMMITTED, {"finished_at": clock.now()})
        counts = {"received": batch.received, "accepted": batch.accepted, "duplicates": batch.duplicates, "quarantined": batch.quarantined}
        work.audit("batch.commit", f"batch:{batch.id}", {"kind": batch.kind, "source": batch.source, "rows": counts})
        first, last = (days if days is not None and batch.accepted else (None, None))
        work.publish(BatchCommitted(self._sending.kind, batch.id, batch.accepted, first, last))

    def _fail(self, error: FanzhaError) -> None:
        with self._at.database.work(self._scope) as work:
            batch = repository.batch(work, self._sending.batch_id, locked=True)
            said = {"code": error.code, "message": error.message, "remedy": error.what_to_do}
            _move(batch, BatchState.FAILED, {"error": said, "finished_at": clock.now()})

    def _is_in_lake(self) -> bool:
        return self._sending.kind.value in set(EventKind) and self._at.lake.holds(EventKind(self._sending.kind.value), self._sending.batch_id)

    def _days_in_lake(self) -> tuple[date, date]:
        rows = self._at.lake.scan(EventKind(self._sending.kind.value)).filter(pl.col("batch_id") == self._sending.batch_id)
        first, last = rows.select(pl.col("day").min().alias("first"), pl.col("day").max().alias("last")).collect().row(0)
        return first, last

    def _receipt(self, batch: Batch, *, repeated: bool = False) -> Receipt:
        with self._at.database.work(self._scope) as work:
            return receipt(work, batch, repeated=repeated)


def receipt(work: Work, batch: Batch, *, repeated: bool = False) -> Receipt:
    """What came of a batch. Invariant: received = accepted + duplicates + quarantined (the table checks it, too)."""
    counts = Counts(batch.accepted, batch.duplicates, batch.quarantined)
    assert batch.received == counts.received, "received = accepted + duplicates + quarantined"
    return Receipt(
        batch.id,
        IntakeKind(batch.kind),
        batch.source,
        batch.file_name,
        batch.stands,
        batch.received,
        counts.accepted,
        counts.duplicates,
        counts.quarantined,
        repeated,
        repository.reasons(work, batch.id),
        tuple(batch.ignored_columns),
    )


def _move(batch: Batch, state: BatchState, values: dict[str, Any]) -> None:
    assert may_become(batch.stands, state), f"{batch.state} → {state}"
    batch.state = state.value
    for name, value in values.items():
        setattr(batch, name, value)


def _told(opened: _Opened, counts: Counts) -> dict[str, Any]:
    return {
        "received": counts.received,
        "accepted": counts.accepted,
        "duplicates": counts.duplicates,
        "quarantined": counts.quarantined,
        "header": list(opened.source.header),
        "ignored_columns": list(opened.columns.ignored),
    }


def _conflicting(source: Source, rows: pl.Series) -> Iterator[list[SetAside]]:
    """The rows of these numbers, read once more for their bytes, in lists of bounded length."""
    if not len(rows):
        return
    wanted = rows.alias(ROW).to_frame()
    for chunk in source.chunks():
        places = chunk.frame.select(ROW).with_row_index("place").join(wanted, on=ROW, how="semi", maintain_order="left")["place"].to_list()
        if not places:
            continue
        cells = [as_json(row) for row in chunk.frame.drop(ROW)[places].iter_rows(named=True)]
        numbers = chunk.frame[ROW].gather(places).to_list()
        raws = chunk.raw(places)
        yield [SetAside(number, raw, cell, Reason.CONFLICT, "event_id") for number, raw, cell in zip(numbers, raws, cells, strict=True)]
