"""Queries about series, their members, and what was decided about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.series.domain import OPEN, SeriesState
from fanzha.desks.series.model import Apart, Decision, Hint, Member, Muted, Series
from fanzha.desks.series.value_queries import Key
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_LOCK = 4_401_016


@dataclass(frozen=True)
class Filters:
    """None and '' do not narrow. `number` is a series' own; `across`: more than one county."""

    state: SeriesState | None = None
    fraud_type: str = ""
    number: int | None = None
    across: bool = False
    unsettled: bool = False


def lock(work: Work) -> None:
    """One decision or relinking at a time, until the transaction ends."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Series]:
    """What waits for a decision first, then the newest."""
    query, count = select(Series), select(func.count()).select_from(Series)
    for narrowing in _narrowing(filters):
        query, count = query.where(narrowing), count.where(narrowing)
    ordered = query.order_by((Series.unsettled == 0), Series.last_at.desc().nulls_last(), Series.number.desc())
    return Page(list(work.session.scalars(ordered.limit(page.size).offset(page.offset))), work.session.scalar(count) or 0, page)


def _narrowing(filters: Filters) -> list[Any]:
    states = [filters.state] if filters.state else list(OPEN)
    found: list[Any] = [Series.state.in_([state.value for state in states])]
    if filters.fraud_type:
        found.append(Series.fraud_type == filters.fraud_type)
    if filters.number is not None:
        found.append(Series.number == filters.number)
    if filters.unsettled:
        found.append(Series.unsettled > 0)
    if filters.across:
        found.append(_ACROSS)
    return found


_ACROSS = text("(SELECT count(DISTINCT left(area, 6)) FROM jsonb_object_keys(series.by_region) area) > 1")


_RECENT = text("""EXISTS (SELECT 1 FROM series_members m JOIN linkable_facts f ON f.id = m.linkable_id
    WHERE m.series_id = series.id AND f.received_at >= :since AND f.received_at < :until AND starts_with(f.region, :region))""")


def across_counties(work: Work, region: str, since: datetime, until: datetime, most: int) -> list[Series]:
    recent = _RECENT.bindparams(since=since, until=until, region=region)
    query = select(Series).where(Series.state.in_([state.value for state in OPEN]), _ACROSS, recent)
    return list(work.session.scalars(query.order_by(Series.cases.desc(), Series.number).limit(most)))


def by_id(work: Work, series_id: str) -> Series | None:
    return work.session.get(Series, series_id, populate_existing=True)


def by_number(work: Work, number: int) -> Series | None:
    return work.session.scalars(select(Series).where(Series.number == number)).one_or_none()


def open_series(work: Work, series_ids: Collection[str]) -> dict[str, Series]:
    query = select(Series).where(Series.id.in_(series_ids), Series.state.in_([state.value for state in OPEN]))
    return {series.id: series for series in work.session.scalars(query)}


def member_of(work: Work, linkable_id: str) -> Member | None:
    return work.session.get(Member, linkable_id, populate_existing=True)


def series_of(work: Work, ids: Collection[str]) -> set[str]:
    """The series that these are in."""
    return set(work.session.scalars(select(Member.series_id).where(Member.linkable_id.in_(ids))))


def decisions(work: Work, series_id: str) -> Sequence[Decision]:
    return work.session.scalars(select(Decision).where(Decision.series_id == series_id).order_by(Decision.at.desc(), Decision.id.desc())).all()


def latest_decision(work: Work) -> str:
    """The id of the newest decision; '' where there is none."""
    return work.session.scalar(select(Decision.id).order_by(Decision.at.desc(), Decision.id.desc()).limit(1)) or ""


def hints(work: Work, series_id: str) -> list[Series]:
    """Accepted series that linking would have joined with this one."""
    mine = select(Hint.other).where(Hint.one == series_id).union(select(Hint.one).where(Hint.other == series_id))
    return list(work.session.scalars(select(Series).where(Series.id.in_(mine)).order_by(Series.number)))


def pin(work: Work, series_id: str, ids: Sequence[str]) -> None:
    """Settle these in the series, wherever they were."""
    rows = [{"linkable_id": each, "series_id": series_id, "is_pinned": True, "since": clock.now()} for each in ids]
    query = insert(Member)
    work.session.execute(query.on_conflict_do_update(index_elements=["linkable_id"], set_={"series_id": query.excluded.series_id, "is_pinned": True}), rows)


def release(work: Work, ids: Sequence[str]) -> None:
    work.session.execute(delete(Member).where(Member.linkable_id.in_(ids)))


def apart_rows(work: Work, ids: Sequence[str]) -> Sequence[Apart]:
    return work.session.scalars(select(Apart).where(Apart.linkable_id.in_(ids)).order_by(Apart.decision_id, Apart.linkable_id)).all()


def mute(work: Work, keys: Collection[Key], decision_id: str) -> None:
    if keys:
        rows = [{"value": value, "kind": kind, "decision_id": decision_id} for value, kind in sorted(keys)]
        query = insert(Muted)
        first = {"decision_id": func.coalesce(Muted.decision_id, query.excluded.decision_id)}
        work.session.execute(query.on_conflict_do_update(index_elements=["value", "kind"], set_=first), rows)


# Of the series that stand in `touched`: counted in one go, from whatever end the planner finds cheaper for so many.
_REFRESH = text("""
WITH seen AS MATERIALIZED (
    SELECT m.series_id, m.is_pinned, f.case_id, f.region, f.fraud_type, f.loss_fen, f.received_at
    FROM touched o JOIN series_members m ON m.series_id = o.series_id JOIN linkable_facts f ON f.id = m.linkable_id WHERE f.seen_under IS NULL
), totals AS (
    SELECT series_id, count(*) AS cases, count(*) FILTER (WHERE NOT is_pinned) AS unsettled, sum(loss_fen) AS loss_fen, min(received_at) AS first_at,
        max(received_at) AS last_at
    FROM seen GROUP BY series_id
), regions AS (
    SELECT series_id, jsonb_object_agg(region, cases) AS by_region FROM (SELECT series_id, region, count(*) AS cases FROM seen GROUP BY 1, 2) r GROUP BY series_id
), types AS (
    SELECT DISTINCT ON (series_id) series_id, fraud_type FROM (SELECT series_id, fraud_type, count(*) AS cases FROM seen GROUP BY 1, 2) t
    ORDER BY series_id, cases DESC, fraud_type
), shared AS (
    SELECT s.series_id, array_agg(DISTINCT g.code ORDER BY g.code) AS regions
    FROM seen s JOIN cases c ON c.id = s.case_id AND c.shared_regions <> '{}' CROSS JOIN unnest(c.shared_regions) AS g (code) GROUP BY s.series_id
)
UPDATE series s SET cases = coalesce(t.cases, 0), unsettled = coalesce(t.unsettled, 0), loss_fen = coalesce(t.loss_fen, 0), first_at = t.first_at,
    last_at = t.last_at, by_region = coalesce(r.by_region, s.by_region), fraud_type = coalesce(y.fraud_type, s.fraud_type),
    shared_regions = CASE WHEN t.cases IS NULL THEN s.shared_regions ELSE coalesce(h.regions, '{}') END, changed_at = :now
FROM touched o LEFT JOIN totals t ON t.series_id = o.series_id LEFT JOIN regions r ON r.series_id = o.series_id LEFT JOIN types y ON y.series_id = o.series_id
    LEFT JOIN shared h ON h.series_id = o.series_id
WHERE s.id = o.series_id
""")
_REFRESH_FEW = text(_REFRESH.text.replace("touched o", "unnest(CAST(:ids AS text[])) AS o (series_id)"))


def refresh(work: Work, series_ids: Collection[str]) -> None:
    """Count the series' cases again, after members have changed. A series that has lost all keeps its regions, so that who saw it still does."""
    work.session.flush()
    if series_ids:
        work.session.execute(_REFRESH_FEW, {"ids": sorted(series_ids), "now": clock.now()})
    work.session.expire_all()


def refresh_touched(work: Work) -> None:
    """As `refresh`, of the series in the temporary table `touched`, which may be all there are."""
    work.session.execute(_REFRESH, {"now": clock.now()})
    work.session.expire_all()
