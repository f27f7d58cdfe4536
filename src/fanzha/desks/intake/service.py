"""Use cases of the intake desk.

Taking a file in spans several transactions, so it gets the installation and opens them itself; everything else takes a `Work` first.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fanzha.desks.intake import policy, repository
from fanzha.desks.intake.columns import Given, IntakeKind, parse_mapping
from fanzha.desks.intake.domain import BatchState, Receipt, RowState
from fanzha.desks.intake.errors import RowIsClosed, RowNeedsCells, SourceMissing, UnreadableFile
from fanzha.desks.intake.files import Content, Upload, content_of
from fanzha.desks.intake.installation import Installation, inbox, stage_folder
from fanzha.desks.intake.model import Batch, QuarantinedRow
from fanzha.desks.intake.repository import BatchFilter, RowFilter
from fanzha.desks.intake.taking import Sending, Taking, receipt
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import stable_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.kit.progress import Progress
from fanzha.lake import EventKind
from fanzha.store import Scope, Work

_log = logging.getLogger(__name__)

__all__ = [
    "batch", "batches", "cells_of", "dismiss", "export_rows", "header_of", "mend", "open_rows", "receive", "recover", "replay", "row", "rows", "sources",
    "summary", "take", "upload",
]  # fmt: skip


def take(
    at: Installation,
    scope: Scope,
    path: Path,
    kind: IntakeKind,
    source: str,
    *,
    given: Given | None = None,
    file_name: str = "",
    wait: bool = True,
    progress: Progress | None = None,
) -> Receipt:
    """Take a file in; the same file from the same source again changes nothing and gives the same receipt, marked as repeated.

    Args:
        source: who the data come from; a bank or operator is always its own source.
        wait: for another batch of the kind to finish; else `KindBusy`.

    Raises:
        UnreadableFile: what is wrong with the file as a whole; nothing of it was taken.
        Forbidden: the organisation does not send this kind.
        BadMapping, SourceMissing, KindBusy.
    """
    sending = _sending(scope, path, kind, source, given, file_name)
    return _run(at, scope, sending, wait=wait, progress=progress)


def upload(at: Installation, scope: Scope, kind: IntakeKind) -> Upload:
    """Where the bytes of an upload go, to be handed to `receive`.

    Raises:
        Forbidden: the organisation does not send this kind.
    """
    policy.check_kind(scope, kind)
    return inbox(at).open()


def receive(at: Installation, scope: Scope, path: Path, kind: IntakeKind, source: str, *, given: Given | None = None, file_name: str) -> Receipt:
    """Take a finished upload in. The file is in the inbox under its batch meanwhile, so that `recover` resumes an interrupted batch without its sender.

    Raises:
        What `take` raises; the upload is removed.
    """
    try:
        sending = _sending(scope, path, kind, source, given, file_name)
        path = inbox(at).keep(path, sending.batch_id)
        taken = _run(at, scope, replace(sending, path=path), wait=True)
    except FanzhaError:
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    return taken

def recover(at: Installation, *, progress: Progress | None = None) -> list[Receipt]:
    """Resume batches that a kill interrupted: those whose upload is in the inbox, or whose rows reached the lake. The others wait for their sender."""
    scope = Scope.system("intake")
    with at.database.work(scope) as work:
        waiting = repository.unfinished(work)
    found = []
    for one in waiting:
        path = inbox(at).find(one.id) or stage_folder(at, one.id)
        sending = _again(one, path)
        if not path.is_file() and not _reached_lake(at, one):
            continue
        try:
            found.append(_run(at, _scope_of(one), sending, wait=True, progress=progress))
        except UnreadableFile as error:
            # The batch is recorded as failed with this reason; the others are still to be resumed.
            _log.warning("batch %s could not be resumed: %s", one.id, error)
        inbox(at).drop(one.id)
    return found


def batch(work: Work, batch_id: str) -> Batch:
    """Raises NoSuchBatch."""
    return repository.batch(work, batch_id)


def summary(work: Work, batch_id: str) -> Receipt:
    """What came of a batch. Raises NoSuchBatch."""
    return receipt(work, repository.batch(work, batch_id))


def batches(work: Work, wanted: BatchFilter, page: PageRequest) -> Page[Batch]:
    """Batches, newest first."""
    return repository.batches(work, wanted, page)


def sources(work: Work) -> list[str]:
    """Names under which files have come in, for a select."""
    return repository.sources(work)


def row(work: Work, row_id: str) -> QuarantinedRow:
    """Raises NoSuchRow."""
    return repository.row(work, row_id)


def rows(work: Work, wanted: RowFilter, page: PageRequest) -> Page[QuarantinedRow]:
    """Quarantined rows by batch and row number."""
    return repository.rows(work, wanted, page)


def open_rows(work: Work, batch_id: str = "") -> int:
    """How many rows wait for somebody, in one batch or in all."""
    return repository.open_rows(work, batch_id)


def cells_of(work: Work, row_id: str, purpose: str) -> dict[str, str]:
    """The row's cells by column, as mended so far; a row that could not be cut has empty cells. Looking is audited with its purpose.

    Raises:
        NoSuchRow.
    """
    found = repository.row(work, row_id)
    work.audit("quarantine.open", f"quarantine:{row_id}", {"purpose": purpose})
    header = repository.batch(work, found.batch_id).header
    known = current_cells(found) or {}
    return {name: "" if known.get(name) is None else str(known[name]) for name in dict.fromkeys((*header, *known))}


def mend(work: Work, row_id: str, cells: Mapping[str, str]) -> QuarantinedRow:
    """Keep corrected cells; the row stays open until it is replayed. The raw bytes never change.

    Raises:
        NoSuchRow, RowIsClosed.
    """
    found = _open(work, row_id)
    found.mended = json.dumps({name: value for name, value in cells.items() if value != ""}, ensure_ascii=False)
    work.audit("quarantine.mend", f"quarantine:{row_id}", {"batch": found.batch_id, "row": found.row_number})
    return found


def dismiss(work: Work, row_id: str, why: str) -> None:
    """Close a row that is of no use; it stays on record. Raises NoSuchRow, RowIsClosed."""
    found = _open(work, row_id)
    found.state, found.settled_by, found.settled_at = RowState.DISMISSED.value, work.actor, clock.now()
    work.audit("quarantine.dismiss", f"quarantine:{row_id}", {"batch": found.batch_id, "row": found.row_number, "why": why})


def replay(at: Installation, scope: Scope, batch_id: str, row_ids: Iterable[str] | None = None, *, given: Given | None = None) -> Receipt:
    """Take open rows of a batch again, as mended or as they came, as a batch of their own; a row that fails again waits in that batch's quarantine.

    Without `row_ids` all open rows that have cells. Repeatable: the same rows make the same batch, and settling them twice is settling them once.

    Raises:
        RowNeedsCells: nothing to replay: no open row has cells.
        NoSuchBatch.
    """
    with at.database.work(scope) as work:
        of = repository.batch(work, batch_id)
        chosen = _replayable(work, batch_id, None if row_ids is None else set(row_ids))
    if not chosen:
        raise RowNeedsCells(batch_id=batch_id)
    salt = stable_id(*(found.id for found in chosen))
    path = stage_folder(at, f"replay-{salt}").with_suffix(".jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(current_cells(found), ensure_ascii=False) + "\n" for found in chosen), "utf-8")
    try:
        sending = _sending(scope, path, IntakeKind(of.kind), of.source, given or parse_mapping(of.mapping), f"{of.file_name} ↺", salt=salt, replays=of.id)
        taken = _run(at, _scope_of(of) if scope.is_system else scope, sending, wait=True)
    finally:
        path.unlink(missing_ok=True)
    settled = {"state": RowState.REPLAYED.value, "settled_by": scope.actor, "settled_at": clock.now(), "replay_id": taken.batch_id}
    with at.database.work(scope) as work:
        repository.settle(work, batch_id, [found.id for found in chosen], settled)
        work.audit("quarantine.replay", f"batch:{batch_id}", {"rows": len(chosen), "into": taken.batch_id})
    return taken


def export_rows(work: Work, wanted: RowFilter, purpose: str) -> Iterator[tuple[QuarantinedRow, dict[str, Any] | None]]:
    """(row, its cells or None) of every row that fits. Audited with its purpose: the cells are personal data."""
    work.audit("quarantine.export", f"batch:{wanted.batch_id or '*'}", {"purpose": purpose, "reason": wanted.reason, "state": wanted.state})
    for found in repository.all_rows(work, wanted):
        yield found, current_cells(found)


def header_of(work: Work, wanted: RowFilter) -> list[str]:
    """The columns of the batches that the rows come from, in order of their batches."""
    return repository.headers(work, wanted)


def current_cells(found: QuarantinedRow) -> dict[str, Any] | None:
    """The cells as mended, else as they came; None for a row that could not be cut."""
    text = found.mended if found.mended is not None else found.cells
    return None if text is None else json.loads(text)


def _open(work: Work, row_id: str) -> QuarantinedRow:
    found = repository.row(work, row_id, locked=True)
    if found.state != RowState.OPEN.value:
        raise RowIsClosed(row_id=row_id)
    return found


def _replayable(work: Work, batch_id: str, row_ids: set[str] | None) -> list[QuarantinedRow]:
    wanted = RowFilter(batch_id=batch_id, state=RowState.OPEN.value)
    found = [found for found in repository.all_rows(work, wanted) if row_ids is None or found.id in row_ids]
    return [one for one in found if current_cells(one) is not None]


def _sending(
    scope: Scope, path: Path, kind: IntakeKind, source: str, given: Given | None, file_name: str, *, salt: str = "", replays: str | None = None
) -> Sending:
    policy.check_kind(scope, kind)
    named = policy.source_for(scope, source.strip())
    if not named:
        raise SourceMissing
    content, mapping = content_of(path), given or Given()
    batch_id = stable_id("batch", scope.org_id, kind.value, named, content.digest, mapping.digest, salt)
    return Sending(batch_id, path, file_name or path.name, content, kind, named, mapping, replays)


def _again(one: Batch, path: Path) -> Sending:
    """What was sent, from its record."""
    content = Content(one.content_hash, one.bytes)
    return Sending(one.id, path, one.file_name, content, IntakeKind(one.kind), one.source, parse_mapping(one.mapping), one.replays)


def _run(at: Installation, scope: Scope, sending: Sending, *, wait: bool, progress: Progress | None = None) -> Receipt:
    with repository.kind_lock(at.database, scope, sending.kind, wait=wait):
        return Taking(at, scope, sending, progress).run()


def _reached_lake(at: Installation, one: Batch) -> bool:
    return one.stands is BatchState.STAGED and one.kind in set(EventKind) and at.lake.holds(EventKind(one.kind), one.id)


def _scope_of(one: Batch) -> Scope:
    """The pipeline acting for the batch's sender: the rows keep their owner."""
    return Scope(actor="system:intake", region=one.region, org_id=one.org_id, is_system=True)
