"""All queries of the cases desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.cases.domain import ReportState
from fanzha.desks.cases.model import Report, Step, Suspect
from fanzha.desks.cases.reading import Read
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType

_CHUNK = 1_000
_COLUMNS = tuple(column.key for column in Report.__mapper__.column_attrs)
_SUSPECT_COLUMNS = tuple(column.key for column in Suspect.__mapper__.column_attrs)


@dataclass(frozen=True)
class Filters:
    """None and '' do not narrow. `indexes` are blind indexes of a victim's phone, identity card or name; `number` a whole report number."""

    state: ReportState | None = None
    fraud_type: FraudType | None = None
    region: str = ""
    since: datetime | None = None
    until: datetime | None = None
    number: str = ""
    indexes: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()


def insert_new(work: Work, reads: Sequence[Read]) -> set[str]:
    """Insert the reports whose (source, number) is not held; returns their ids."""
    inserted: set[str] = set()
    for start in range(0, len(reads), _CHUNK):
        chunk = reads[start : start + _CHUNK]
        rows = [{name: getattr(read.report, name) for name in _COLUMNS} for read in chunk]
        new = set(work.session.scalars(insert(Report).on_conflict_do_nothing(constraint="uq_reports_source_report_no").returning(Report.id), rows))
        suspects = [{name: getattr(one, name) for name in _SUSPECT_COLUMNS} for read in chunk if read.report.id in new for one in read.suspects]
        if suspects:
            work.session.execute(insert(Suspect), suspects)
        inserted |= new
    return inserted


def hashes(work: Work, report_ids: Collection[str]) -> dict[str, str]:
    """Report id → hash of the row it was made from, of those that are held."""
    return {row[0]: row[1] for row in work.session.execute(select(Report.id, Report.row_hash).where(Report.id.in_(report_ids)))}


def by_id(work: Work, report_id: str, *, lock: bool = False) -> Report | None:
    query = select(Report).where(Report.id == report_id)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def suspects(work: Work, report_id: str) -> Sequence[Suspect]:
    return work.session.scalars(select(Suspect).where(Suspect.report_id == report_id).order_by(Suspect.position)).all()


def steps(work: Work, report_id: str) -> Sequence[Step]:
    return work.session.scalars(select(Step).where(Step.report_id == report_id).order_by(Step.at, Step.id)).all()


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Report]:
    query = _narrowed(select(Report), filters).order_by(Report.received_at.desc(), Report.id.desc())
    total = work.session.scalar(_narrowed(select(func.count()).select_from(Report), filters)) or 0
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset))), total, page)


def totals(work: Work, since: datetime, until: datetime, region: str) -> tuple[int, int]:
    """(reports, fen lost) received in [since, until); what was found to be no case is left out."""
    query = select(func.count(), func.coalesce(func.sum(Report.loss_fen), 0)).where(*_within(since, until, region))
    row = work.session.execute(query).one()
    return int(row[0]), int(row[1])


def by_column(work: Work, column: Any, since: datetime, until: datetime, region: str) -> list[tuple[str, int, int]]:
    """(value, reports, fen lost), the most frequent first."""
    query = select(column, func.count(), func.coalesce(func.sum(Report.loss_fen), 0)).where(*_within(since, until, region)).group_by(column)
    return [(row[0], int(row[1]), int(row[2])) for row in work.session.execute(query.order_by(func.count().desc(), column))]


def by_day(work: Work, since: datetime, until: datetime, region: str) -> list[tuple[Any, int, int]]:
    """(calendar day in China, reports, fen lost) of days that have any."""
    return by_column(work, func.date(func.timezone("Asia/Shanghai", Report.received_at)), since, until, region)


def _within(since: datetime, until: datetime, region: str) -> list[ColumnElement[bool]]:
    narrowed = [Report.received_at >= since, Report.received_at < until, Report.state != ReportState.NOT_A_CASE.value]
    return [*narrowed, Report.region.startswith(region, autoescape=True)] if region else narrowed


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.state is not None:
        query = query.where(Report.state == filters.state.value)
    if filters.fraud_type is not None:
        query = query.where(Report.fraud_type == filters.fraud_type.value)
    if filters.region:
        query = query.where(Report.region.startswith(filters.region, autoescape=True))
    if filters.since is not None:
        query = query.where(Report.received_at >= filters.since)
    if filters.until is not None:
        query = query.where(Report.received_at < filters.until)
    return query.where(_named(filters)) if filters.number or filters.indexes or filters.suspects else query


def _named(filters: Filters) -> ColumnElement[bool]:
    victims = (Report.victim_phone_index, Report.victim_id_card_index, Report.victim_name_index)
    naming = select(Suspect.report_id).where(Suspect.value_index.in_(filters.suspects))
    return or_(Report.report_no == filters.number, Report.id.in_(naming), *(column.in_(filters.indexes) for column in victims))
