"""All queries of the intake desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.intake.columns import IntakeKind
from fanzha.desks.intake.domain import BatchState, RowState
from fanzha.desks.intake.errors import KindBusy, NoSuchBatch, NoSuchRow
from fanzha.desks.intake.model import CELLS, RAW, Batch, QuarantinedRow
from fanzha.desks.intake.parsing import SetAside
from fanzha.kit.ids import stable_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Database, Work, crypto
from fanzha.store.database import APP_ROLE, WORKER_ROLE
from fanzha.store.scope import Scope

# PostgreSQL has no COPY into a table under row security; arrays come close to its speed.
_INSERT_ROWS = text(
    "INSERT INTO quarantine (id, batch_id, row_number, raw, cells, reason, field, detail, state, org_id, region)"
    " SELECT id, :batch_id, number, raw, cells, reason, field, detail, 'open', :org_id, :region"
    " FROM unnest(CAST(:ids AS text[]), CAST(:numbers AS bigint[]), CAST(:raws AS bytea[]), CAST(:cells AS bytea[]),"
    " CAST(:reasons AS text[]), CAST(:fields AS text[]), CAST(:details AS text[])) AS row (id, number, raw, cells, reason, field, detail)"
)
_ROWS_AN_INSERT = 2000


@dataclass(frozen=True)
class BatchFilter:
    kind: str = ""
    state: str = ""
    source: str = ""


@dataclass(frozen=True)
class RowFilter:
    batch_id: str = ""
    kind: str = ""
    reason: str = ""
    state: str = ""


@contextmanager
def kind_lock(database: Database, scope: Scope, kind: IntakeKind, *, wait: bool) -> Iterator[None]:
    """Hold the kind for one batch. The lock belongs to a connection of its own and goes when the process does, however it goes.

    Raises:
        KindBusy: somebody else holds it and `wait` is off.
    """
    engine = database.engine(WORKER_ROLE if scope.is_system else APP_ROLE)
    name = {"name": f"fanzha.intake.{kind.value}"}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if wait:
            connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), name)
        elif not connection.execute(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), name).scalar_one():
            raise KindBusy(kind=kind.value)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), name)


def add_batch(work: Work, values: dict[str, Any]) -> Batch:
    """The batch of this id: a new one, or the one that is there."""
    work.session.execute(insert(Batch).values(**values).on_conflict_do_nothing(index_elements=["id"]))
    return batch(work, values["id"])


def batch(work: Work, batch_id: str, *, locked: bool = False) -> Batch:
    """Raises NoSuchBatch."""
    query = select(Batch).where(Batch.id == batch_id)
    found = work.session.execute(query.with_for_update() if locked else query, execution_options={"populate_existing": True}).scalar_one_or_none()
    if found is None:
        raise NoSuchBatch(batch_id=batch_id)
    return found


def batches(work: Work, wanted: BatchFilter, page: PageRequest) -> Page[Batch]:
    """Newest first."""
    query = select(Batch)
    for column, value in ((Batch.kind, wanted.kind), (Batch.state, wanted.state), (Batch.source, wanted.source)):
        if value:
            query = query.where(column == value)
    return _page(work, query, page, (Batch.started_at.desc(), Batch.id.desc()))


def unfinished(work: Work) -> list[Batch]:
    states = (BatchState.RECEIVING.value, BatchState.STAGED.value)
    return list(work.session.scalars(select(Batch).where(Batch.state.in_(states)).order_by(Batch.started_at)))


def forget_rows(work: Work, batch_id: str) -> None:
    """Remove the quarantined rows of an attempt that did not reach the lake."""
    work.session.execute(delete(QuarantinedRow).where(QuarantinedRow.batch_id == batch_id))


def add_rows(work: Work, of: Batch, rows: Iterable[list[SetAside]]) -> int:
    """Put rows into quarantine, sealed; returns how many."""
    work.session.flush()
    count = 0
    for some in rows:
        for start in range(0, len(some), _ROWS_AN_INSERT):
            _insert_rows(work, of, some[start : start + _ROWS_AN_INSERT])
        count += len(some)
    return count


def _insert_rows(work: Work, of: Batch, rows: list[SetAside]) -> None:
    cipher = crypto.current()
    values = {
        "batch_id": of.id,
        "org_id": of.org_id,
        "region": of.region,
        "ids": [row_id(of.id, row.row) for row in rows],
        "numbers": [row.row for row in rows],
        "raws": [cipher.seal(RAW, row.raw.decode("latin-1")) for row in rows],
        "cells": [None if row.cells is None else cipher.seal(CELLS, row.cells.decode()) for row in rows],
        "reasons": [row.reason.value for row in rows],
        "fields": [row.field for row in rows],
        "details": [row.detail for row in rows],
    }
    work.session.execute(_INSERT_ROWS, values)


def row_id(batch_id: str, row: int) -> str:
    return stable_id("quarantine", batch_id, row)


def row(work: Work, wanted: str, *, locked: bool = False) -> QuarantinedRow:
    """Raises NoSuchRow."""
    query = select(QuarantinedRow).where(QuarantinedRow.id == wanted)
    found = work.session.scalars(query.with_for_update() if locked else query).one_or_none()
    if found is None:
        raise NoSuchRow(row_id=wanted)
    return found


def rows(work: Work, wanted: RowFilter, page: PageRequest) -> Page[QuarantinedRow]:
    """By batch and row number."""
    return _page(work, _rows(wanted), page, (QuarantinedRow.batch_id, QuarantinedRow.row_number))


def all_rows(work: Work, wanted: RowFilter) -> Iterator[QuarantinedRow]:
    """Every row that fits, read in pieces."""
    query = _rows(wanted).order_by(QuarantinedRow.batch_id, QuarantinedRow.row_number)
    yield from work.session.scalars(query.execution_options(yield_per=1000))


def settle(work: Work, batch_id: str, row_ids: Iterable[str], values: dict[str, Any]) -> int:
    """Set state and settlement of open rows of one batch; returns how many were open."""
    done = work.session.execute(
        update(QuarantinedRow)
        .where(QuarantinedRow.batch_id == batch_id, QuarantinedRow.id.in_(list(row_ids)), QuarantinedRow.state == RowState.OPEN.value)
        .values(**values)
        .returning(QuarantinedRow.id)
    )
    return len(done.all())


def reasons(work: Work, batch_id: str) -> dict[str, int]:
    """Quarantined rows of a batch by reason, the most frequent first."""
    count = func.count()
    query = select(QuarantinedRow.reason, count).where(QuarantinedRow.batch_id == batch_id).group_by(QuarantinedRow.reason)
    return {reason: number for reason, number in work.session.execute(query.order_by(count.desc(), QuarantinedRow.reason))}  # noqa: C416 - rows are not pairs to mypy


def open_rows(work: Work, batch_id: str = "") -> int:
    query = select(func.count()).select_from(QuarantinedRow).where(QuarantinedRow.state == RowState.OPEN.value)
    return work.session.scalar(query.where(QuarantinedRow.batch_id == batch_id) if batch_id else query) or 0


def sources(work: Work) -> list[str]:
    """Names of sources that have sent something, for a select."""
    return list(work.session.scalars(select(Batch.source).distinct().order_by(Batch.source)))


def headers(work: Work, wanted: RowFilter) -> list[str]:
    """Every column name of the batches whose rows fit."""
    chosen = _rows(wanted).with_only_columns(QuarantinedRow.batch_id).distinct()
    found = work.session.scalars(select(Batch.header).where(Batch.id.in_(chosen)).order_by(Batch.started_at))
    return list(dict.fromkeys(name for header in found for name in header))


def _rows(wanted: RowFilter) -> Select[Any]:
    query = select(QuarantinedRow)
    fields = ((QuarantinedRow.batch_id, wanted.batch_id), (QuarantinedRow.reason, wanted.reason), (QuarantinedRow.state, wanted.state))
    for column, value in fields:
        if value:
            query = query.where(column == value)
    if wanted.kind:
        query = query.where(QuarantinedRow.batch_id.in_(select(Batch.id).where(Batch.kind == wanted.kind)))
    return query


def _page(work: Work, query: Select[Any], page: PageRequest, order: tuple[Any, ...]) -> Page[Any]:
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = work.session.scalars(query.order_by(*order).offset(page.offset).limit(page.size))
    return Page(list(found), total, page)
