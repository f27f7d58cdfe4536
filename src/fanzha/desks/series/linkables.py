"""What can be linked, as tables: reports and cases, which of them are one, and what pages show of each.

A case that came from a report is one with it; what was merged into another case is seen under that one. So nothing is ever linked to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import undefer

from fanzha.desks.cases import Case, CaseSuspect, Report, Suspect, Victim
from fanzha.desks.series.model import Linkable, Member
from fanzha.kit import clock
from fanzha.store import Work


@dataclass(frozen=True)
class LinkedCase:
    """A report or a case as pages show it; `case_id` '' where it is a report that no case was filed from. Money in fen, personal data masked."""

    id: str
    name: str
    case_id: str
    report_id: str
    region: str
    fraud_type: str
    received_at: datetime
    loss_fen: int
    masked_name: str

    @property
    def is_case(self) -> bool:
        return bool(self.case_id)

    @property
    def url(self) -> str:
        return f"/cases/{self.case_id}" if self.case_id else f"/reports/{self.report_id}"


@dataclass(frozen=True)
class NamedBy:
    """An identifier that a linkable names: its kind (None: not recognised), the clean value, and how pages show it."""

    linkable_id: str
    kind: str | None
    value: str
    masked: str


# ---- which are one


def family(work: Work, ids: Collection[str]) -> dict[str, str]:
    """Linkable → the one it is seen under, of these and of all that are seen under one of them."""
    query = select(Linkable.id, Linkable.seen_under).where(or_(Linkable.id.in_(ids), Linkable.seen_under.in_(ids)))
    return {row[0]: row[1] or row[0] for row in work.session.execute(query)}


def of_report(work: Work, report_id: str) -> str:
    """The live linkable under which a report is seen; '' where it has not been taken in."""
    return _live(work, Linkable.report_id == report_id)


def of_case(work: Work, case_id: str) -> str:
    """The live linkable under which a case is seen; '' where it has not been taken in."""
    return _live(work, Linkable.case_id == case_id)


def _live(work: Work, condition: Any) -> str:
    row = work.session.execute(select(Linkable.id, Linkable.seen_under).where(condition)).first()
    return (row[1] or row[0]) if row is not None else ""


_FAMILIES = text("""
WITH roots AS (SELECT DISTINCT root_id AS id FROM cases WHERE id = ANY(:ids))
SELECT c.id, c.root_id, r.report_id
FROM (SELECT c.id, c.root_id FROM cases c JOIN roots ON roots.id = c.id
      UNION ALL SELECT c.id, c.root_id FROM cases c JOIN roots ON roots.id = c.root_id WHERE c.merged_into IS NOT NULL) c
LEFT JOIN case_reports r ON r.case_id = c.id ORDER BY c.id, r.report_id
""")


def settle(work: Work, case_ids: Collection[str]) -> dict[str, str]:
    """Bring the linkables of these cases, and of all that are seen together with one of them, into line with the cases desk: case → its linkable. Repeatable."""
    own: dict[str, str] = {}
    root_of: dict[str, str] = {}
    beside: dict[str, str] = {}
    for case_id, root_id, report_id in work.session.execute(_FAMILIES, {"ids": sorted(case_ids)}):
        root_of[case_id] = root_id
        if own.setdefault(case_id, report_id or case_id) != (report_id or case_id):
            beside[report_id] = case_id
    rows = [_row(own[case], case, own[root_of[case]]) for case in own] + [_row(report, None, own[root_of[case]]) for report, case in beside.items()]
    for is_under in (False, True):
        chosen = [row for row in rows if (row["seen_under"] is not None) is is_under]
        if chosen:
            query = insert(Linkable)
            changed = {"case_id": query.excluded.case_id, "seen_under": query.excluded.seen_under}
            work.session.execute(query.on_conflict_do_update(index_elements=["id"], set_=changed), chosen)
    return own


def _row(own: str, case_id: str | None, root: str) -> dict[str, Any]:
    report = own if own != case_id else None
    return {"id": own, "report_id": report, "case_id": case_id, "seen_under": root if root != own else None, "taken_at": clock.now()}


def add_reports(work: Work, report_ids: Sequence[str]) -> None:
    rows = [{"id": each, "report_id": each, "taken_at": clock.now()} for each in report_ids]
    if not rows:
        return
    work.session.execute(insert(Linkable).on_conflict_do_nothing(), rows)


# ---- what waits, and what is read from it


def waiting_reports(work: Work, most: int, since: datetime | None) -> Sequence[Report]:
    """Reports that have not been taken in, with their narratives, the oldest first; of those imported since `since`, which an index finds."""
    query = select(Report).where(~exists().where(Linkable.id == Report.id)).order_by(Report.imported_at, Report.id).limit(most)
    query = query.where(Report.imported_at >= since) if since is not None else query
    return work.session.scalars(query.options(undefer(Report.narrative))).all()


def taken_since(work: Work, since: datetime) -> list[str]:
    return list(work.session.scalars(select(Linkable.id).where(Linkable.taken_at >= since).order_by(Linkable.id)))


def waiting_cases(work: Work, most: int, since: datetime | None) -> list[str]:
    """Ids of cases that have not been taken in, the oldest first; of those entered since `since`, which an index finds."""
    query = select(Case.id).where(~exists().where(Linkable.case_id == Case.id)).order_by(Case.created_at, Case.id).limit(most)
    return list(work.session.scalars(query.where(Case.created_at >= since) if since is not None else query))


def reports(work: Work, report_ids: Collection[str]) -> Sequence[Report]:
    """With their narratives, by id."""
    return work.session.scalars(select(Report).options(undefer(Report.narrative)).where(Report.id.in_(report_ids)).order_by(Report.id)).all()


def cases_of(work: Work, report_ids: Collection[str]) -> list[str]:
    """The cases that these reports became."""
    query = select(Linkable.case_id).where(Linkable.report_id.in_(report_ids), Linkable.case_id.is_not(None))
    return [case for case in work.session.scalars(query) if case]


def narratives(work: Work, ids: Collection[str]) -> list[str]:
    """What these linkables and those seen under them tell, by id; of a report that became a case, what the case tells."""
    query = (
        select(Report, Case)
        .select_from(Linkable)
        .outerjoin(Report, Report.id == Linkable.report_id)
        .outerjoin(Case, Case.id == Linkable.case_id)
        .where(or_(Linkable.id.in_(ids), Linkable.seen_under.in_(ids)))
        .options(undefer(Report.narrative), undefer(Case.narrative))
        .order_by(Linkable.id)
    )
    return [(case or report).narrative for report, case in work.session.execute(query) if case or report]


def told_by_cases(work: Work, case_ids: Collection[str]) -> dict[str, str]:
    """Case → its narrative; '' where a split has copied it from the other case, which would otherwise be linked to its own words."""
    query = select(Case.id, Case.narrative).where(Case.id.in_(case_ids))
    found = {row[0]: row[1] for row in work.session.execute(query)}
    copies = work.session.execute(text("SELECT target_id, source_id FROM case_operations WHERE kind = 'split' AND target_id = ANY(:ids)"), {"ids": sorted(found)})
    source_of = {row[0]: row[1] for row in copies}
    sources = {row[0]: row[1] for row in work.session.execute(select(Case.id, Case.narrative).where(Case.id.in_(set(source_of.values()))))}
    return {case: "" if case in source_of and sources.get(source_of[case]) == told else told for case, told in found.items()}


def named_by_reports(work: Work, report_ids: Collection[str]) -> list[NamedBy]:
    query = select(Suspect).where(Suspect.report_id.in_(report_ids)).order_by(Suspect.report_id, Suspect.position)
    return [NamedBy(each.report_id, each.kind, each.value, each.masked) for each in work.session.scalars(query)]


def named_by_cases(work: Work, own: dict[str, str]) -> list[NamedBy]:
    """`own`: case → its linkable. What was removed from a case is named no more."""
    query = select(CaseSuspect).where(CaseSuspect.case_id.in_(own), CaseSuspect.removed_at.is_(None)).order_by(CaseSuspect.case_id, CaseSuspect.id)
    return [NamedBy(own[each.case_id], each.kind, each.value, each.masked) for each in work.session.scalars(query)]


def named(work: Work, ids: Collection[str]) -> list[NamedBy]:
    """Everything that these linkables and those seen under them name, as far as the reader may see it."""
    query = select(Linkable.id, Linkable.report_id, Linkable.case_id).where(or_(Linkable.id.in_(ids), Linkable.seen_under.in_(ids)))
    rows = work.session.execute(query).all()
    by_reports = named_by_reports(work, [row[1] for row in rows if row[1]])
    return [*by_reports, *named_by_cases(work, {row[2]: row[0] for row in rows if row[2]})]


# ---- for pages


def members(work: Work, series_id: str) -> list[tuple[Member, LinkedCase]]:
    """The reports and cases of the series that the reader may see, the oldest first."""
    query = (
        select(Member, Report, Case)
        .join(Linkable, Linkable.id == Member.linkable_id)
        .outerjoin(Report, Report.id == Linkable.report_id)
        .outerjoin(Case, Case.id == Linkable.case_id)
        .where(Member.series_id == series_id, Linkable.seen_under.is_(None))
    )
    rows = work.session.execute(query).all()
    names = _victims(work, [case.id for _, _, case in rows if case is not None])
    found = [(member, _told(member.linkable_id, report, case, names)) for member, report, case in rows]
    return sorted(found, key=lambda each: (each[1].received_at, each[1].id))


def _told(linkable_id: str, report: Report | None, case: Case | None, names: dict[str, str]) -> LinkedCase:
    if case is not None:
        masked = names.get(case.id, "") or (report.masked_name if report is not None else "")
        return LinkedCase(
            linkable_id, case.name, case.root_id, report.id if report is not None else "", case.region, case.fraud_type, case.reported_at, case.loss_fen, masked
        )
    if report is None:
        msg = "row security shows a linkable whose report and case it hides"
        raise LookupError(msg)
    return LinkedCase(linkable_id, report.report_no, "", report.id, report.region, report.fraud_type, report.received_at, report.loss_fen, report.masked_name)


def _victims(work: Work, case_ids: Iterable[str]) -> dict[str, str]:
    """Case → the masked name of the victim entered first."""
    query = select(Victim).where(Victim.case_id.in_(list(case_ids)), Victim.removed_at.is_(None)).order_by(Victim.added_at.desc(), Victim.id.desc())
    return {each.case_id: each.masked_name for each in work.session.scalars(query)}
