"""All queries of the detection desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, text, update

from fanzha.desks.detection.domain import FindingState, Target
from fanzha.desks.detection.model import DetectionRun, Finding
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel

_ONE_RUN_AT_A_TIME = 4_401_006
_CHUNK = 2_000


@dataclass(frozen=True)
class Filters:
    """What a list of findings is narrowed to; None and '' do not narrow. Days are Chinese calendar days, both included."""

    rule_id: str = ""
    target: Target | None = None
    level: RiskLevel | None = None
    fraud_type: FraudType | None = None
    state: FindingState | None = None
    region: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class RuleCount:
    """How often a rule has fired: findings that stand, subjects they name, and when the last was."""

    findings: int
    subjects: int
    withdrawn: int
    last_at: datetime | None


def lock_runs(work: Work) -> None:
    """Wait for any other run; held to the end of the transaction."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_RUN_AT_A_TIME})


def last_run(work: Work) -> DetectionRun | None:
    return work.session.scalars(select(DetectionRun).order_by(DetectionRun.number.desc()).limit(1)).one_or_none()


def runs(work: Work, most: int) -> Sequence[DetectionRun]:
    """The newest runs, the newest first."""
    return work.session.scalars(select(DetectionRun).order_by(DetectionRun.number.desc()).limit(most)).all()


def add_run(work: Work, values: Mapping[str, Any]) -> None:
    work.session.execute(insert(DetectionRun), [dict(values)])


def finish_run(work: Work, run_id: str, ended: datetime, fresh: int, changed: int, withdrawn: int) -> None:
    values = {"ended_at": ended, "fresh": fresh, "changed": changed, "withdrawn": withdrawn}
    work.session.execute(update(DetectionRun).where(DetectionRun.id == run_id).values(values))


def standing(work: Work, first: date, until: date) -> list[tuple[date, str, str, str, str]]:
    """(day, target, subject, rule, fraud type) of what stands on the days from `first` to before `until`."""
    columns = (Finding.day, Finding.target, Finding.subject_token, Finding.rule_id, Finding.fraud_type)
    query = select(*columns).where(Finding.day >= first, Finding.day < until, Finding.state == FindingState.STANDING.value)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in work.session.execute(query)]


def digests(work: Work, first: date) -> dict[str, tuple[str, str]]:
    """Finding → (digest, state) of every finding on `first` or later."""
    query = select(Finding.id, Finding.digest, Finding.state).where(Finding.day >= first)
    return {row[0]: (row[1], row[2]) for row in work.session.execute(query)}


def insert_findings(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        work.session.execute(insert(Finding), [dict(row) for row in rows[start : start + _CHUNK]])


def update_findings(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Overwrite by primary key; when it was first recorded stays."""
    for start in range(0, len(rows), _CHUNK):
        kept = [{name: value for name, value in row.items() if name != "recorded_at"} for row in rows[start : start + _CHUNK]]
        work.session.execute(update(Finding), kept)


def withdraw(work: Work, ids: Collection[str], at: datetime) -> None:
    query = update(Finding).where(Finding.id.in_(ids)).values(state=FindingState.WITHDRAWN.value, changed_at=at)
    work.session.execute(query.execution_options(synchronize_session=False))


def by_id(work: Work, finding_id: str) -> Finding | None:
    return work.session.scalars(select(Finding).where(Finding.id == finding_id)).one_or_none()


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Finding]:
    """The newest first."""
    total = work.session.scalar(_narrowed(select(func.count()).select_from(Finding), filters)) or 0
    query = _narrowed(select(Finding), filters).order_by(Finding.at.desc(), Finding.id.desc())
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset))), total, page)


def same_subject(work: Work, finding: Finding, most: int) -> Sequence[Finding]:
    """Other findings about the same subject, the newest first."""
    query = select(Finding).where(Finding.subject_token == finding.subject_token, Finding.id != finding.id)
    return work.session.scalars(query.order_by(Finding.at.desc(), Finding.id.desc()).limit(most)).all()


def rule_counts(work: Work) -> dict[str, RuleCount]:
    """Rule id → how often it fired, over all its versions."""
    stands = Finding.state == FindingState.STANDING.value
    query = select(
        Finding.rule_id,
        func.count().filter(stands),
        func.count(func.distinct(Finding.subject_token)).filter(stands),
        func.count().filter(~stands),
        func.max(Finding.at).filter(stands),
    ).group_by(Finding.rule_id)
    return {row[0]: RuleCount(row[1], row[2], row[3], row[4]) for row in work.session.execute(query)}


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    wanted = {
        Finding.rule_id: filters.rule_id,
        Finding.target: filters.target,
        Finding.level: filters.level,
        Finding.fraud_type: filters.fraud_type,
        Finding.state: filters.state,
        Finding.subject_token: filters.subject,
    }
    for column, value in wanted.items():
        if value:
            query = query.where(column == str(value))
    if filters.region:
        query = query.where(Finding.region.startswith(filters.region, autoescape=True))
    if filters.since:
        query = query.where(Finding.day >= filters.since)
    if filters.until:
        query = query.where(Finding.day <= filters.until)
    return query
