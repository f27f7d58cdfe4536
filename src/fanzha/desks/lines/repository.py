"""All queries of the desk of numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Select, Text, bindparam, case, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.controls import Order, State, Subject
from fanzha.desks.controls.domain import state_at
from fanzha.desks.indicators import Indicator, IndicatorState
from fanzha.desks.lines.domain import MEASURES, PROTECT, Past
from fanzha.desks.lines.model import LineEvidence, LineSuspect
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.risk import RiskLevel

LIVE_CHANNEL = "fanzha_lines"
"""Where a change of the queue is announced; pages that are open listen."""
_ONE_AT_A_TIME = 4_401_025
_TOLD = 200
"""A notification holds 8,000 bytes: where more areas than this changed at once, everybody looks again."""
_URGENCY = case({level.value: level.rank for level in RiskLevel}, value=LineSuspect.level, else_=len(RiskLevel))


@dataclass(frozen=True)
class Filters:
    """'' does not narrow. `index` is the orders desk's index of a whole number, `operator` an organisation or `none`, `outlet` its name."""

    state: str = ""
    level: str = ""
    source: str = ""
    operator: str = ""
    region: str = ""
    index: str = ""
    outlet: str = ""


def announce(work: Work, suspects: Iterable[LineSuspect]) -> None:
    """Tell open pages that the queue of these areas has changed; no number is in it."""
    regions = sorted({suspect.region for suspect in suspects})
    if regions:
        work.notify(LIVE_CHANNEL, {"kind": "lines", "regions": regions[:_TOLD], "actor": work.actor} if len(regions) <= _TOLD else {"kind": "lines", "regions": [""]})


def lock_proposals(work: Work) -> None:
    """One batch of proposals is taken at a time; held to the end of the transaction."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})


def by_id(work: Work, suspect_id: str, *, lock: bool = False) -> LineSuspect | None:
    query = select(LineSuspect).where(LineSuspect.id == suspect_id)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def by_index(work: Work, number_index: str, *, lock: bool = False) -> LineSuspect | None:
    query = select(LineSuspect).where(LineSuspect.number_index == number_index)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def by_token(work: Work, token: str, *, lock: bool = False) -> LineSuspect | None:
    query = select(LineSuspect).where(LineSuspect.token == token)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def seen(work: Work, indexes: Collection[str]) -> dict[str, LineSuspect]:
    """Number → the suspect that it is, where it is in sight."""
    return {row.number_index: row for row in work.session.scalars(select(LineSuspect).where(LineSuspect.number_index.in_(indexes)))}


def by_indexes(work: Work, indexes: Collection[str]) -> dict[str, LineSuspect]:
    rows = work.session.scalars(select(LineSuspect).where(LineSuspect.number_index.in_(indexes)).order_by(LineSuspect.id).with_for_update())
    return {row.number_index: row for row in rows}


def search(work: Work, filters: Filters, page: PageRequest) -> Page[LineSuspect]:
    """The most urgent first, of these the newest."""
    total = work.session.scalar(_narrowed(select(func.count()).select_from(LineSuspect), filters)) or 0
    query = _narrowed(select(LineSuspect), filters).order_by(_URGENCY, LineSuspect.last_at.desc(), LineSuspect.id)
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset))), total, page)


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    pairs = (LineSuspect.state, filters.state), (LineSuspect.level, filters.level), (LineSuspect.number_index, filters.index), (LineSuspect.outlet, filters.outlet)
    for column, wanted in pairs:
        query = query.where(column == wanted) if wanted else query
    if filters.source:
        query = query.where(LineSuspect.sources.op("@>")(cast([filters.source], ARRAY(Text))))
    if filters.operator:
        query = query.where(LineSuspect.operator_org_id.is_(None) if filters.operator == "none" else LineSuspect.operator_org_id == filters.operator)
    if filters.region:
        query = query.where(LineSuspect.region.startswith(filters.region, autoescape=True))
    return query


def counts(work: Work) -> dict[str, int]:
    """Suspect numbers in sight by state."""
    return {row[0]: int(row[1]) for row in work.session.execute(select(LineSuspect.state, func.count()).group_by(LineSuspect.state))}


def evidence(work: Work, suspect_ids: Collection[str]) -> dict[str, list[LineEvidence]]:
    """Suspect → its evidence, the newest first."""
    rows = work.session.scalars(select(LineEvidence).where(LineEvidence.suspect_id.in_(suspect_ids)).order_by(LineEvidence.at.desc(), LineEvidence.reference))
    found: dict[str, list[LineEvidence]] = defaultdict(list)
    for row in rows:
        found[row.suspect_id].append(row)
    return found


def put_evidence(work: Work, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    """Write pieces; in the pipeline one that is there gets the newest words and stands again, people only add. Returns the keys of those that were not there."""
    if not rows:
        return set()
    made = insert(LineEvidence).values([dict(row) for row in rows])
    fresh = {name: made.excluded[name] for name in ("name", "reason_zh", "reason_en", "level", "fraud_type", "at")} | {"withdrawn_at": None}
    there = _keys_there(work, rows)
    by_person = work.scope.principal is not None
    work.session.execute(
        made.on_conflict_do_nothing() if by_person else made.on_conflict_do_update(index_elements=["suspect_id", "source", "reference"], set_=fresh)
    )
    return {(str(row["suspect_id"]), str(row["source"]), str(row["reference"])) for row in rows} - there


def _keys_there(work: Work, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    query = select(LineEvidence.suspect_id, LineEvidence.source, LineEvidence.reference).where(LineEvidence.suspect_id.in_({row["suspect_id"] for row in rows}))
    return {(row[0], row[1], row[2]) for row in work.session.execute(query)}


def withdraw_evidence(work: Work, source: str, references: Collection[str], at: datetime) -> set[str]:
    """Mark pieces that no longer stand; returns the numbers they were about."""
    query = update(LineEvidence).where(LineEvidence.source == source, LineEvidence.reference.in_(references), LineEvidence.withdrawn_at.is_(None))
    return set(work.session.scalars(query.values(withdrawn_at=at).returning(LineEvidence.suspect_id)))


def history(work: Work, indexes: Collection[str]) -> dict[str, list[Order]]:
    """Number → the orders on it that are in sight, the newest first."""
    query = select(Order).where(Order.subject_index.in_(indexes), Order.subject_kind == Subject.NUMBER.value)
    found: dict[str, list[Order]] = defaultdict(list)
    for order in work.session.scalars(query.order_by(Order.requested_at.desc(), Order.id.desc())):
        found[order.subject_index].append(order)
    return found


@dataclass(frozen=True)
class Known:
    """One order on a number as the ladder sees it, whichever area asked for it. `in_sight`: the asker sees the order itself, too."""

    past: Past
    ends_at: datetime | None
    in_sight: bool


_KNOWN = text(
    "SELECT subject_index, kind, state, valid_until, ends_at, requested_at, result, sent_at, answer_by, answered_at, on_kind, in_sight FROM line_history(:indexes)"
).bindparams(bindparam("indexes", type_=ARRAY(Text)))


def known(work: Work, indexes: Collection[str]) -> dict[str, list[Known]]:
    """Number → every order on it, the newest first, also those of areas that row security hides: of these no more than kind, state and times (migration 0030).

    For the police and the pipeline; to others nothing is told.
    """
    work.session.flush()
    now, found = clock.now(), defaultdict[str, list[Known]](list)
    for row in work.session.execute(_KNOWN, {"indexes": sorted(set(indexes))}):
        state = state_at(State(row.state), row.ends_at, row.valid_until, now)
        past = Past(row.kind, state, row.requested_at, row.result or "", row.sent_at, row.answer_by, row.answered_at, row.on_kind)
        found[row.subject_index].append(Known(past, row.ends_at, row.in_sight))
    return found


def past(work: Work, index: str) -> list[Past]:
    """What the ladder needs to know of one number."""
    return [one.past for one in known(work, [index]).get(index, ())]


def waiting_orders(work: Work, most: int) -> Sequence[Order]:
    """Orders on numbers that wait for approval, the oldest first."""
    query = select(Order).where(Order.subject_kind == Subject.NUMBER.value, Order.state == State.REQUESTED.value).order_by(Order.requested_at, Order.id)
    return [order for order in work.session.scalars(query.limit(most)) if order.state_now is State.REQUESTED]


def order_counts(work: Work) -> dict[tuple[str, str], int]:
    """(kind, state) → orders on numbers in sight."""
    query = select(Order.kind, Order.state, func.count()).where(Order.subject_kind == Subject.NUMBER.value).group_by(Order.kind, Order.state)
    return {(row[0], row[1]): int(row[2]) for row in work.session.execute(query)}


def protections(work: Work, most: int) -> Sequence[Order]:
    """Protective suspensions, the newest first."""
    return work.session.scalars(select(Order).where(Order.kind == PROTECT).order_by(Order.requested_at.desc(), Order.id).limit(most)).all()


def confirmed_phones(work: Work, tokens: Collection[str] | None = None) -> Sequence[Indicator]:
    """Confirmed phone indicators, those that these tokens belong to where some are named."""
    query = select(Indicator).where(Indicator.kind == Kind.PHONE.value, Indicator.state == IndicatorState.CONFIRMED.value)
    if tokens is not None:
        query = query.where(Indicator.tokens.op("&&")(cast(sorted(tokens), ARRAY(Text))))
    return work.session.scalars(query.order_by(Indicator.id)).all()


def indicators_of(work: Work, tokens: Collection[str]) -> list[str]:
    """Ids of phone indicators that these tokens belong to, whatever their state."""
    query = select(Indicator.id).where(Indicator.kind == Kind.PHONE.value, Indicator.tokens.op("&&")(cast(sorted(tokens), ARRAY(Text))))
    return list(work.session.scalars(query))


def numbers_under_measures(work: Work, at: datetime) -> set[str]:
    """Tokens of suspect numbers that a measure other than protection is in force on."""
    held = select(Order.subject_index).where(Order.kind.in_(MEASURES - {PROTECT}), Order.state == State.IN_FORCE.value, Order.ends_at > at)
    return set(work.session.scalars(select(LineSuspect.token).where(LineSuspect.number_index.in_(held))))
