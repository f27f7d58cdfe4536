"""All queries on cases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Select, Text, and_, bindparam, case, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer, undefer

from fanzha.desks.cases.case_model import (
    Case,
    CaseOperation,
    CaseReport,
    CaseSuspect,
    CaseTask,
    CaseWords,
    Custody,
    Evidence,
    HandOver,
    LogEntry,
    Loss,
    Note,
    Victim,
)  # fmt: skip
from fanzha.desks.cases.domain import LossRole
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

PartRow = Victim | Loss | CaseSuspect | CaseTask | Note | Evidence
PARTS: Final[dict[str, type[PartRow]]] = {"victim": Victim, "loss": Loss, "suspect": CaseSuspect, "task": CaseTask, "note": Note, "evidence": Evidence}
P = TypeVar("P", Victim, Loss, CaseSuspect, CaseTask, Note, Evidence)
MOST_COUNTED: Final = 10_000
"""A list says 'at least so many' above it, since counting a million rows under row security takes longer than finding a page of them."""
_SORTS: Final[dict[str, tuple[ColumnElement[Any], ...]]] = {
    "filed_at": (Case.filed_at.asc(), Case.id.asc()),
    "-filed_at": (Case.filed_at.desc(), Case.id.desc()),
    "loss": (Case.loss_fen.asc(), Case.id.asc()),
    "-loss": (Case.loss_fen.desc(), Case.id.desc()),
}
SORTS: Final = frozenset(_SORTS)


@dataclass(frozen=True)
class CaseFilters:
    """None and '' do not narrow. Days are instants here: filed in [since, until)."""

    state: str = ""
    fraud_type: str = ""
    region: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "-filed_at"


@dataclass(frozen=True)
class Parts:
    """Everything seen under one live case, what was removed left out."""

    victims: Sequence[Victim]
    losses: Sequence[Loss]
    suspects: Sequence[CaseSuspect]
    tasks: Sequence[CaseTask]
    notes: Sequence[Note]
    evidence: Sequence[Evidence]


def next_ref(work: Work, year: int) -> str:
    return f"FZ{year}-{int(work.session.scalar(text('SELECT nextval(:name)'), {'name': 'case_refs'}) or 0):07d}"


def by_id(work: Work, case_id: str, *, lock: bool = False) -> Case | None:
    query = select(Case).where(Case.id == case_id).options(undefer(Case.narrative))
    return work.session.scalars(query.with_for_update().execution_options(populate_existing=True) if lock else query).one_or_none()


def tree(work: Work, roots: Collection[str]) -> Sequence[Case]:
    """The live cases and all that were merged into them."""
    merged = select(Case).where(Case.root_id.in_(roots), Case.merged_into.is_not(None))
    return [*work.session.scalars(select(Case).where(Case.id.in_(roots))), *work.session.scalars(merged)]


def member_ids(work: Work, root_id: str) -> list[str]:
    merged = select(Case.id).where(Case.root_id == root_id, Case.merged_into.is_not(None))
    return [root_id, *work.session.scalars(merged)]


def by_number(work: Work, number: str) -> Case | None:
    return work.session.scalars(select(Case).where(Case.number == number)).one_or_none()


def parts(work: Work, members: Collection[str]) -> Parts:
    return Parts(
        _parts(work, Victim, members), _parts(work, Loss, members), _parts(work, CaseSuspect, members), _parts(work, CaseTask, members),
        _parts(work, Note, members), _parts(work, Evidence, members),
    )  # fmt: skip


def _parts(work: Work, kind: type[P], members: Collection[str]) -> Sequence[P]:
    query = select(kind).where(kind.case_id.in_(members), kind.removed_at.is_(None)).order_by(kind.added_at, kind.id)
    return work.session.scalars(query).all()


def part(work: Work, kind: str, part_id: str) -> PartRow | None:
    model: Any = PARTS[kind]
    found: PartRow | None = work.session.get(model, part_id)
    return found


def homes(work: Work, members: Collection[str]) -> dict[str, tuple[str, str]]:
    """Part id → (kind, the case that holds it), removed ones too."""
    return {
        row[0]: (name, row[1]) for name, kind in PARTS.items() for row in work.session.execute(select(kind.id, kind.case_id).where(kind.case_id.in_(members)))
    }


def move_parts(work: Work, kind: str, part_ids: Collection[str], case_id: str) -> None:
    model = PARTS[kind]
    work.session.execute(update(model).where(model.id.in_(part_ids)).values(case_id=case_id))


def refresh_totals(work: Work, root: Case) -> None:
    """Losses net of what came back, and victims, of everything seen under the case."""
    work.session.flush()
    members = member_ids(work, root.id)
    signed = case((Loss.role == LossRole.RETURNED.value, -Loss.fen), else_=Loss.fen)
    total = select(func.coalesce(func.sum(signed), 0)).where(Loss.case_id.in_(members), Loss.removed_at.is_(None))
    count = select(func.count()).select_from(Victim).where(Victim.case_id.in_(members), Victim.removed_at.is_(None))
    root.loss_fen, root.victims = int(work.session.scalar(total) or 0), int(work.session.scalar(count) or 0)


def put_words(work: Work, case_id: str, at: datetime, words: list[int]) -> None:
    statement = insert(CaseWords).values(case_id=case_id, at=at, words=words)
    work.session.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_={"words": words, "at": at}))


def report_of(work: Work, report_id: str) -> CaseReport | None:
    return work.session.get(CaseReport, report_id)


def reports_of(work: Work, members: Collection[str]) -> list[str]:
    return list(work.session.scalars(select(CaseReport.report_id).where(CaseReport.case_id.in_(members)).order_by(CaseReport.report_id)))


def open_tasks(work: Work, page: PageRequest, *, assigned_to: str = "", given_by: str = "") -> Page[CaseTask]:
    """Open tasks of live and merged cases in sight, the nearest due time first."""
    query = select(CaseTask).where(CaseTask.done_at.is_(None), CaseTask.removed_at.is_(None))
    mine = CaseTask.assignee_id == assigned_to
    query = query.where(mine if assigned_to else and_(CaseTask.added_by == given_by, CaseTask.assignee_id.is_distinct_from(given_by)))
    total = work.session.scalar(select(func.count()).select_from(query.with_only_columns(CaseTask.id).subquery())) or 0
    rows = work.session.scalars(query.order_by(CaseTask.due_at.asc().nulls_last(), CaseTask.added_at, CaseTask.id).limit(page.size).offset(page.offset))
    return Page(list(rows), total, page)


def count_open_tasks(work: Work, assigned_to: str) -> int:
    query = select(func.count()).select_from(CaseTask).where(CaseTask.assignee_id == assigned_to, CaseTask.done_at.is_(None), CaseTask.removed_at.is_(None))
    return work.session.scalar(query) or 0


def log(work: Work, members: Collection[str]) -> Sequence[LogEntry]:
    return work.session.scalars(select(LogEntry).where(LogEntry.case_id.in_(members)).order_by(LogEntry.seq)).all()


def operations(work: Work, members: Collection[str]) -> Sequence[CaseOperation]:
    query = select(CaseOperation).where(or_(CaseOperation.source_id.in_(members), CaseOperation.target_id.in_(members)))
    return work.session.scalars(query.order_by(CaseOperation.seq)).all()


def operation(work: Work, operation_id: str) -> CaseOperation | None:
    query = select(CaseOperation).where(CaseOperation.id == operation_id).with_for_update()
    return work.session.scalars(query).one_or_none()


def hand_overs(work: Work, members: Collection[str]) -> Sequence[HandOver]:
    return work.session.scalars(select(HandOver).where(HandOver.case_id.in_(members)).order_by(HandOver.at, HandOver.id)).all()


def offered(work: Work, case_id: str) -> HandOver | None:
    return work.session.scalars(select(HandOver).where(HandOver.case_id == case_id, HandOver.status == "offered")).one_or_none()


def custody(work: Work, evidence_ids: Collection[str]) -> Sequence[Custody]:
    return work.session.scalars(select(Custody).where(Custody.evidence_id.in_(evidence_ids)).order_by(Custody.at, Custody.id)).all()


def listing(work: Work, filters: CaseFilters, page: PageRequest) -> Page[Case]:
    """Live cases; the total is counted up to MOST_COUNTED + 1."""
    query = _narrowed(select(Case), filters).where(Case.merged_into.is_(None))
    counted = _narrowed(select(literal(1)).select_from(Case), filters).where(Case.merged_into.is_(None)).limit(MOST_COUNTED + 1).subquery()
    total = work.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = work.session.scalars(query.order_by(*_SORTS[filters.sort]).limit(page.size).offset(page.offset))
    return Page(list(rows), total, page)


def every(work: Work, filters: CaseFilters, most: int) -> Iterator[Case]:
    """Live cases in the order of the filters, drawn in portions."""
    query = _narrowed(select(Case), filters).where(Case.merged_into.is_(None)).order_by(*_SORTS[filters.sort]).limit(most)
    yield from work.session.scalars(query.execution_options(yield_per=500))


def hits(
    work: Work, filters: CaseFilters, most: int, *, all_of: Sequence[int] = (), any_of: Sequence[int] = (), beginning: str = ""
) -> list[str]:
    """The newest cases that hold all of these marks and one of those, or whose number or reference begins so (four characters or more); under the very
    condition of row security (0022_case_search), in time that does not grow with how many there are."""
    numbers = [bindparam(name, type_=CaseWords.words.type) for name in ("all_of", "any_of")]
    query = text("SELECT case_hits(:all_of, :any_of, :beginning, :most, :state, :type, :region, :since, :until)").bindparams(*numbers)
    given = {
        "all_of": list(all_of), "any_of": list(any_of), "beginning": beginning, "most": most, "state": filters.state, "type": filters.fraud_type,
        "region": filters.region, "since": filters.since, "until": filters.until,
    }  # fmt: skip
    return list(work.session.scalars(query, given))


def with_narratives(work: Work, case_ids: Sequence[str]) -> list[Case]:
    """In the order of the ids."""
    found = {one.id: one for one in work.session.scalars(select(Case).where(Case.id.in_(case_ids)).options(undefer(Case.narrative)))}
    return [found[case_id] for case_id in case_ids if case_id in found]


def in_order(work: Work, case_ids: Sequence[str]) -> list[Case]:
    """In the order of the ids."""
    found = {one.id: one for one in work.session.scalars(select(Case).where(Case.id.in_(case_ids)))}
    return [found[case_id] for case_id in case_ids if case_id in found]


def called(work: Work, name: str) -> Case | None:
    """The case of this whole number, else of this whole reference."""
    return next((one for column in (Case.number, Case.ref) if (one := work.session.scalars(select(Case).where(column == name)).one_or_none())), None)


def named_in(work: Work, case_ids: Collection[str], indexes: Collection[str]) -> Sequence[Victim | CaseSuspect]:
    """Victims and identifiers of these cases that stand under one of these blind indexes; their notes stay sealed."""
    if not case_ids:
        return []
    columns: dict[type[Victim] | type[CaseSuspect], tuple[Any, ...]] = {
        Victim: (Victim.name_index, Victim.phone_index, Victim.id_card_index), CaseSuspect: (CaseSuspect.value_index,)
    }  # fmt: skip
    found: list[Victim | CaseSuspect] = []
    for model, named in columns.items():
        fits = or_(*(column.in_(indexes) for column in named), model.more_indexes.op("&&", is_comparison=True)(literal(list(indexes), ARRAY(Text))))
        query = select(model).where(model.case_id.in_(case_ids), model.removed_at.is_(None), fits).order_by(model.added_at, model.id)
        found += work.session.scalars(query.options(defer(model.note)))
    return found


def names_of_victims(work: Work, case_ids: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case_id, name in work.session.execute(select(Victim.case_id, Victim.name).where(Victim.case_id.in_(case_ids))).all():
        if name:
            found.setdefault(case_id, []).append(name)
    return found


def held(work: Work, case_ids: Collection[str]) -> dict[str, str | None]:
    """Case id → hash of the imported row, of those that are held."""
    return {row[0]: row[1] for row in work.session.execute(select(Case.id, Case.row_hash).where(Case.id.in_(case_ids)))}


def _narrowed(query: Select[*tuple[Any, ...]], filters: CaseFilters) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.state:
        conditions.append(Case.state == filters.state)
    if filters.fraud_type:
        conditions.append(Case.fraud_type == filters.fraud_type)
    if filters.region:
        conditions.append(Case.region.startswith(filters.region, autoescape=True))
    if filters.since is not None:
        conditions.append(Case.filed_at >= filters.since)
    if filters.until is not None:
        conditions.append(Case.filed_at < filters.until)
    return query.where(*conditions)
