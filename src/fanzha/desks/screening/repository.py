"""All queries of in-flight decisions but the writing of them, which is the ledger's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, select, text
from sqlalchemy.orm import aliased

from fanzha.desks.detection.model import Finding
from fanzha.desks.screening.domain import Answer, Asked, PolicyRow
from fanzha.desks.screening.ledger import BATCH_LOCK
from fanzha.desks.screening.model import Decision, PolicyApproval, PolicyDecline, PolicyLine, Seal
from fanzha.desks.warnings import State
from fanzha.desks.warnings.model import WarningOrder
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_PIECE = 5_000
_HAPPENED = [Answer.PASS.value, Answer.WARN.value]


_Keyed: TypeAlias = type[PolicyLine | PolicyApproval | PolicyDecline]


def _same(one: _Keyed, other: _Keyed) -> list[ColumnElement[bool]]:
    return [one.asked == other.asked, one.signal == other.signal, one.effective_from == other.effective_from]


_OF_LINE = and_(*_same(PolicyLine, PolicyApproval), PolicyLine.version == PolicyApproval.version)
_DECLINED = and_(*_same(PolicyLine, PolicyDecline), PolicyLine.version == PolicyDecline.version)
_ENDED = [State.CLOSED.value, State.CANCELLED.value, State.LAPSED.value]


@dataclass(frozen=True)
class Filters:
    """What a list of decisions is narrowed to; None and '' do not narrow."""

    asked: Asked | None = None
    answer: Answer | None = None
    request_id: str = ""
    degraded: bool = False


def by_id(work: Work, decision_id: str) -> Decision | None:
    return work.session.scalar(select(Decision).where(Decision.id == decision_id))


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Decision]:
    """The newest first."""
    total = work.session.scalar(_narrowed(select(func.count()).select_from(Decision), filters)) or 0
    query = _narrowed(select(Decision), filters).order_by(Decision.decided_at.desc(), Decision.id.desc())
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset))), total, page)


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.asked:
        query = query.where(Decision.asked == filters.asked.value)
    if filters.answer:
        query = query.where(Decision.answer == filters.answer.value)
    if filters.request_id:
        query = query.where(Decision.request_id == filters.request_id)
    return query.where(Decision.degraded) if filters.degraded else query


def counts(work: Work, since: datetime) -> dict[str, int]:
    """Answer → how many since then."""
    query = select(Decision.answer, func.count()).where(Decision.decided_at >= since).group_by(Decision.answer)
    return {row[0]: row[1] for row in work.session.execute(query)}


def events_since(work: Work, since: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """(asked, lake columns) of what was let happen from then on, by the time of the event."""
    query = select(Decision.asked, Decision.event).where(Decision.at >= since, Decision.answer.in_(_HAPPENED)).order_by(Decision.at, Decision.id)
    for row in work.session.execute(query.execution_options(yield_per=_PIECE)):
        yield row[0], row[1]


def last_number(work: Work) -> int:
    return work.session.scalar(select(func.max(Decision.number))) or 0


def approved_lines(work: Work) -> list[PolicyRow]:
    """Every line that somebody decided and somebody else approved."""
    return [_row(line) for line in work.session.scalars(select(PolicyLine).join(PolicyApproval, _OF_LINE))]


def waiting_lines(work: Work) -> list[PolicyRow]:
    """The lines that nobody has approved or declined yet, unless a later one of the same day was approved; the oldest first."""
    later = aliased(PolicyApproval)
    over = exists().where(*_same(later, PolicyLine), later.version > PolicyLine.version)
    query = select(PolicyLine).outerjoin(PolicyApproval, _OF_LINE).where(PolicyApproval.version.is_(None), ~over, ~exists().where(_DECLINED))
    return [_row(line) for line in work.session.scalars(query.order_by(PolicyLine.set_at, PolicyLine.signal))]


@dataclass(frozen=True)
class Line:
    """A line with its story: who decided it and when, and who approved or declined it, when and why."""

    row: PolicyRow
    set_by: str
    set_at: datetime
    approved_by: str | None
    declined_by: str | None
    answered_at: datetime | None
    reason: str | None

    @property
    def is_waiting(self) -> bool:
        return self.approved_by is None and self.declined_by is None

    @property
    def key(self) -> tuple[Asked, str, date, int]:
        return self.row.asked, self.row.signal, self.row.effective_from, self.row.version


def line_of(work: Work, asked: Asked, signal: str, effective_from: date, version: int) -> Line | None:
    """One line, or None."""
    query = _lines().where(
        PolicyLine.asked == asked.value, PolicyLine.signal == signal, PolicyLine.effective_from == effective_from, PolicyLine.version == version
    )  # fmt: skip
    return next(iter(_told(work, query)), None)


def lines(work: Work, most: int) -> list[Line]:
    """The lines that somebody decided, the newest first."""
    return _told(work, _lines().order_by(PolicyLine.set_at.desc(), PolicyLine.signal).limit(most))


def _lines() -> Select[Any]:
    columns: tuple[Any, ...] = (PolicyLine, PolicyApproval, PolicyDecline)
    return select(*columns).outerjoin(PolicyApproval, _OF_LINE).outerjoin(PolicyDecline, _DECLINED)


def _told(work: Work, query: Select[Any]) -> list[Line]:
    return [
        Line(
            _row(line), line.set_by, line.set_at, yes.approved_by if yes else None, no.declined_by if no else None,
            yes.approved_at if yes else no.declined_at if no else None, no.reason if no else None,
        )
        for line, yes, no in work.session.execute(query)
    ]  # fmt: skip


def lock_lines(work: Work) -> None:
    """Whoever answers a line or adds one waits for the others; held to the end of the transaction."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('screening_policies'))"))


def add_decline(work: Work, line: Line, reason: str) -> None:
    asked, signal, effective_from, version = line.key
    values = {"asked": asked.value, "signal": signal, "effective_from": effective_from, "version": version, "set_by": line.set_by}
    work.session.execute(insert(PolicyDecline).values(values | {"declined_by": work.actor, "reason": reason}))


_SIGNALS = text("""
SELECT told, count(*) AS decisions FROM (
    SELECT ARRAY(SELECT ARRAY[s ->> 'signal', coalesce(s ->> 'level', '')] FROM jsonb_array_elements(d.signals) s ORDER BY 1) AS told
    FROM screening_decisions d WHERE d.asked = :asked AND d.decided_at >= :since AND d.decided_at < :until AND NOT d.conflicting
) said GROUP BY told
""")


def signals_between(work: Work, asked: Asked, since: datetime, until: datetime) -> list[tuple[list[tuple[str, str]], int]]:
    """Which signals (name, level) were seen together in that time, and by how many decisions."""
    rows = work.session.execute(_SIGNALS, {"asked": asked.value, "since": since, "until": until})
    return [([(name, level) for name, level in told or ()], count) for told, count in rows]


def _row(line: PolicyLine) -> PolicyRow:
    return PolicyRow(
        Asked(line.asked), line.signal, Answer(line.answer), line.source, line.effective_from, line.version, line.basis, line.term_minutes,
        line.remedy_zh, line.remedy_en,
    )  # fmt: skip


def add_approval(work: Work, row: PolicyRow, set_by: str) -> None:
    values = {"asked": row.asked.value, "signal": row.signal, "effective_from": row.effective_from, "version": row.version, "set_by": set_by}
    work.session.execute(insert(PolicyApproval).values(values | {"approved_by": work.actor}))


def add_line(work: Work, row: PolicyRow) -> int:
    """Keep a line as the next version of its day; two who decide at once come one after the other."""
    lock_lines(work)
    same = (PolicyLine.asked == row.asked.value, PolicyLine.signal == row.signal, PolicyLine.effective_from == row.effective_from)
    version = (work.session.scalar(select(func.max(PolicyLine.version)).where(*same)) or 0) + 1
    values = {
        "asked": row.asked.value, "signal": row.signal, "effective_from": row.effective_from, "version": version, "answer": row.answer.value,
        "basis": row.basis, "term_minutes": row.term_minutes, "remedy_zh": row.remedy_zh, "remedy_en": row.remedy_en, "source": row.source,
        "set_by": work.actor,
    }  # fmt: skip
    work.session.execute(insert(PolicyLine).values(values))
    return version


def found_suspects(work: Work, since: date) -> Sequence[tuple[str, str, str, float]]:
    """(token, level, fraud type, score) of numbers and accounts found since that day, the oldest first; not of those that an upheld appeal has cleared since."""
    columns = (Finding.subject_token, Finding.level, Finding.fraud_type, Finding.score)
    query = select(*columns).where(Finding.day >= since, Finding.state == "standing", Finding.target != "victim", _NOT_CLEARED).order_by(Finding.at, Finding.id)
    return [(row[0], row[1], row[2], row[3]) for row in work.session.execute(query)]


# A desk above keeps them (desks/appeals), so they are asked by name.
_NOT_CLEARED = text(
    "NOT EXISTS (SELECT 1 FROM appeal_clearances c WHERE c.token = findings.subject_token AND findings.at <= c.at AND c.until > now())"
)


def found_victims(work: Work, since: date) -> frozenset[str]:
    """Persons found to be potential victims since that day."""
    query = select(Finding.subject_token).where(Finding.day >= since, Finding.state == "standing", Finding.target == "victim")
    return frozenset(work.session.scalars(query))


def open_warnings(work: Work) -> dict[str, str]:
    """Blind index of the person → level of the open warning."""
    query = select(WarningOrder.person_key, WarningOrder.level).where(WarningOrder.state.not_in(_ENDED))
    return {row[0]: row[1] for row in work.session.execute(query)}


# ---- seals


def last_seal(work: Work) -> int:
    return work.session.scalar(select(func.max(Seal.last_number))) or 0


def settled_number(work: Work) -> int:
    """The highest number below which no decision can come any more: read while no batch is being written."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": BATCH_LOCK})
    return last_number(work)


def digest_between(work: Work, after: int, last: int) -> tuple[int, str]:
    """How many decisions there are with after < number <= last, and the SHA-256 over them in the order of their numbers."""
    digest, count = hashlib.sha256(), 0
    columns = (Decision.number, Decision.id, Decision.org_id, Decision.request_id, Decision.digest, Decision.answer, Decision.body)
    query = select(*columns).where(Decision.number > after, Decision.number <= last).order_by(Decision.number)
    for row in work.session.execute(query.execution_options(yield_per=_PIECE)):
        digest.update("\x1f".join(map(str, row)).encode() + b"\x1e")
        count += 1
    return count, digest.hexdigest()


def add_seal(work: Work, last: int, decisions: int, digest: str, at: datetime) -> None:
    work.session.execute(insert(Seal).values(last_number=last, decisions=decisions, digest=digest, sealed_at=at))


def seals(work: Work) -> Sequence[Seal]:
    return work.session.scalars(select(Seal).order_by(Seal.last_number)).all()
