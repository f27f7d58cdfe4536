"""The queue: filters, order, pages; and the officer's own tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_, select

from fanzha.desks.warnings.domain import FINAL, OPEN, State
from fanzha.desks.warnings.errors import BadFilter
from fanzha.desks.warnings.model import Assignment, WarningOrder
from fanzha.desks.warnings.reading import card
from fanzha.desks.warnings.views import Card
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.store.crypto import blind_index
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean
from fanzha.vocab.risk import RiskLevel

_FINAL = [state.value for state in FINAL]
_ORDERS: dict[str, tuple[SQLColumnExpression[Any], ...]] = {
    "": (WarningOrder.level_rank, WarningOrder.due_at.asc().nulls_last()),
    "due_at": (WarningOrder.due_at.asc().nulls_last(),),
    "-due_at": (WarningOrder.due_at.desc().nulls_last(),),
    "level": (WarningOrder.level_rank,),
    "-level": (WarningOrder.level_rank.desc(),),
    "issued_at": (WarningOrder.issued_at,),
    "-issued_at": (WarningOrder.issued_at.desc(),),
}
_CHUNK = 1000
_MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; every field is '' or False where it does not narrow. `state` may also be `open` or `ended`, `region` `none` (unknown)."""

    level: str = ""
    state: str = ""
    region: str = ""
    fraud_type: str = ""
    overdue: bool = False
    org: str = ""
    q: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""

    def check(self) -> None:
        """Raises BadFilter: names the field and what it may be."""
        allowed = {
            "level": (self.level, {level.value for level in RiskLevel}),
            "state": (self.state, {state.value for state in State} | {"open", "ended"}),
            "fraud_type": (self.fraud_type, {kind.value for kind in FraudType}),
            "sort": (self.sort, set(_ORDERS)),
        }
        for name, (value, values) in allowed.items():
            if value and value not in values:
                raise BadFilter(f"The filter {name} cannot be “{value}”.", remedy=f"Use one of {', '.join(sorted(values - {''}))}.")
        if self.region not in {"", "none"} and not (self.region.isascii() and self.region.isdigit()):
            raise BadFilter("The filter region is a region code or “none”.")


def queue(work: Work, filters: Filters, page: PageRequest) -> Page[Card]:
    """One page of the list. The total is exact up to 10,000; beyond that it stays there, so that a page never waits for a count of millions.

    Raises:
        BadFilter.
    """
    filters.check()
    conditions = _conditions(filters)
    total = work.session.scalar(select(func.count()).select_from(select(WarningOrder.id).where(*conditions).limit(_MOST_COUNTED).subquery())) or 0
    query = select(WarningOrder).where(*conditions).order_by(*_order(filters.sort)).offset(page.offset).limit(page.size)
    return Page(cards(work, work.session.scalars(query).all()), total, page)


def search(work: Work, words: str, limit: int = 20) -> list[Card]:
    """By warning number or by the person's phone (the whole number, found through its blind index)."""
    return queue(work, Filters(q=words, sort="-issued_at"), PageRequest(1, limit)).rows


def all_matching(work: Work, filters: Filters, limit: int) -> Iterator[Card]:
    """Every match in the list's order, up to `limit`, read in chunks: for the export."""
    filters.check()
    for start in range(0, limit, _CHUNK):
        query = select(WarningOrder).where(*_conditions(filters)).order_by(*_order(filters.sort)).offset(start).limit(min(_CHUNK, limit - start))
        rows = work.session.scalars(query).all()
        yield from cards(work, rows)
        if len(rows) < _CHUNK:
            return


def my_tasks(work: Work, *, done: bool = False, limit: int = 100) -> list[Card]:
    """What waits for the actor on foot: signed by them, or assigned to their organisation and signed by nobody; the nearest deadline first."""
    mine = WarningOrder.signed_by == work.actor
    if done:
        answered = or_(WarningOrder.state.in_(_FINAL), WarningOrder.state == State.FED_BACK.value)
        query = select(WarningOrder).where(mine, answered).order_by(WarningOrder.fed_back_at.desc().nulls_last(), WarningOrder.id)
    else:
        assigned = select(Assignment.warning_id).where(Assignment.assignee_org_id == work.scope.org_id, Assignment.released_at.is_(None))
        free = and_(WarningOrder.signed_by.is_(None), WarningOrder.id.in_(assigned))
        waiting = [state.value for state in OPEN - {State.FED_BACK, State.INFORMED}]
        query = select(WarningOrder).where(or_(mine, free), WarningOrder.state.in_(waiting))
        query = query.order_by(WarningOrder.due_at.asc().nulls_last(), WarningOrder.level_rank, WarningOrder.id)
    return cards(work, work.session.scalars(query.limit(limit)).all())


def after(work: Work, filters: Filters, cursor: str, limit: int) -> list[Card]:
    """The next warnings in the order of their ids, which is the order of issue: for the API's cursor. `cursor` is the last id seen, or ''."""
    filters.check()
    query = select(WarningOrder).where(*_conditions(filters), WarningOrder.id > cursor).order_by(WarningOrder.id).limit(limit)
    return cards(work, work.session.scalars(query).all())


def of_phones(work: Work, phones: Collection[str]) -> dict[str, list[Card]]:
    """The warnings to each of these phones (clean numbers), in order of issue; a phone without a warning is absent."""
    by_index = {blind_index("phone", phone): phone for phone in phones}
    found = work.session.scalars(select(WarningOrder).where(WarningOrder.phone_index.in_(by_index)).order_by(WarningOrder.id)).all()
    out: dict[str, list[Card]] = {}
    for warning, shown in zip(found, cards(work, found), strict=True):
        out.setdefault(by_index[warning.phone_index or ""], []).append(shown)
    return out


def cards(work: Work, warnings: Sequence[WarningOrder]) -> list[Card]:
    leads = select(Assignment.warning_id, Assignment.assignee_org_name).where(
        Assignment.warning_id.in_([warning.id for warning in warnings]), Assignment.role == "lead", Assignment.released_at.is_(None)
    )
    names = {row.warning_id: row.assignee_org_name for row in work.session.execute(leads)} if warnings else {}
    now = clock.now()
    return [card(warning, names.get(warning.id, ""), now) for warning in warnings]


def _order(sort: str) -> tuple[SQLColumnExpression[Any], ...]:
    return (*_ORDERS[sort], WarningOrder.id)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [*_plain(filters), *_days(filters)]
    if filters.state == "open":
        conditions.append(WarningOrder.state.not_in(_FINAL))
    elif filters.state == "ended":
        conditions.append(WarningOrder.state.in_(_FINAL))
    elif filters.state:
        conditions.append(WarningOrder.state == filters.state)
    if filters.overdue:
        conditions += [WarningOrder.due_at < clock.now(), WarningOrder.state.not_in(_FINAL)]
    if filters.org:
        assigned = select(Assignment.warning_id).where(Assignment.assignee_org_id == filters.org, Assignment.released_at.is_(None))
        conditions.append(WarningOrder.id.in_(assigned))
    if filters.q.strip():
        conditions.append(_words(filters.q.strip()))
    return conditions


def _plain(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.level:
        conditions.append(WarningOrder.level == filters.level)
    if filters.fraud_type:
        conditions.append(WarningOrder.fraud_type == filters.fraud_type)
    if filters.region == "none":
        conditions.append(WarningOrder.region_known.is_(False))
    elif filters.region:
        conditions.append(func.starts_with(WarningOrder.region, filters.region))
    return conditions


def _days(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.since:
        conditions.append(WarningOrder.issued_at >= clock.local_midnight(filters.since))
    if filters.until:
        conditions.append(WarningOrder.issued_at < clock.local_midnight(filters.until + timedelta(days=1)))
    return conditions


def _words(words: str) -> ColumnElement[bool]:
    try:
        phone = clean(Kind.PHONE, words).value
    except InvalidIdentifier:
        return WarningOrder.number == words.upper()
    return or_(WarningOrder.number == words.upper(), WarningOrder.phone_index == blind_index("phone", phone))
