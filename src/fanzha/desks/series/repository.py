"""All queries of the series desk, but those of the relinking itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import undefer

from fanzha.desks.cases import Report, ReportState, Suspect
from fanzha.desks.series.domain import OPEN, SeriesState, Tie
from fanzha.desks.series.model import Apart, Candidate, Decision, Hint, LinkedReport, LinkedValue, LinkedWeight, Member, Muted, Series
from fanzha.engine.linking.kinds import Shared
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_LOCK = 4_401_016
_CHUNK = 5_000

Key = tuple[int, int]
"""(value, kind)."""


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


# ---- values


def waiting(work: Work, most: int) -> Sequence[Report]:
    """Reports that have not been taken in, with their narratives."""
    missing = ~exists().where(LinkedReport.report_id == Report.id)
    query = select(Report).where(missing).order_by(Report.imported_at, Report.id).limit(most)
    return work.session.scalars(_with_narrative(query)).all()


def reports(work: Work, report_ids: Collection[str]) -> Sequence[Report]:
    """With their narratives, by id."""
    return work.session.scalars(_with_narrative(select(Report).where(Report.id.in_(report_ids)).order_by(Report.id))).all()


def _with_narrative(query: Select[Report]) -> Select[Report]:
    return query.options(undefer(Report.narrative))


def suspects(work: Work, report_ids: Collection[str]) -> Sequence[Suspect]:
    return work.session.scalars(select(Suspect).where(Suspect.report_id.in_(report_ids)).order_by(Suspect.report_id, Suspect.position)).all()


def taken(work: Work, report_ids: Collection[str]) -> set[str]:
    return set(work.session.scalars(select(LinkedReport.report_id).where(LinkedReport.report_id.in_(report_ids))))


def add_reports(work: Work, report_ids: Sequence[str]) -> None:
    rows = [{"report_id": each, "taken_at": clock.now()} for each in report_ids]
    work.session.execute(insert(LinkedReport).on_conflict_do_nothing(), rows)


def add_values(work: Work, rows: Sequence[dict[str, Any]]) -> int:
    """Insert what is not there; returns how many were."""
    distinct = list({(row["report_id"], row["value"], row["kind"]): row for row in rows}.values())
    added = 0
    for start in range(0, len(distinct), _CHUNK):
        found = work.session.execute(insert(LinkedValue).on_conflict_do_nothing().returning(LinkedValue.report_id), distinct[start : start + _CHUNK])
        added += len(found.all())
    return added


def forget_values(work: Work, report_ids: Sequence[str], source: str) -> None:
    work.session.execute(delete(LinkedValue).where(LinkedValue.report_id.in_(report_ids), LinkedValue.source == source))


def quiet_values(work: Work, report_ids: Sequence[str]) -> list[tuple[str, int, int]]:
    """(report, value, kind) of what has been made quiet."""
    query = select(LinkedValue.report_id, LinkedValue.value, LinkedValue.kind).where(LinkedValue.report_id.in_(report_ids), LinkedValue.is_quiet)
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def make_quiet(work: Work, keys: Sequence[tuple[str, int, int]]) -> None:
    if keys:
        named = tuple_(LinkedValue.report_id, LinkedValue.value, LinkedValue.kind).in_(keys)
        work.session.execute(update(LinkedValue).where(named).values(is_quiet=True))


def hush(work: Work, report_ids: Sequence[str], others: Sequence[str]) -> None:
    """What the reports share with the others no longer links them to anything."""
    shared = select(LinkedValue.value, LinkedValue.kind).where(LinkedValue.report_id.in_(others)).subquery()
    known = exists().where(shared.c.value == LinkedValue.value, shared.c.kind == LinkedValue.kind)
    work.session.execute(update(LinkedValue).where(LinkedValue.report_id.in_(report_ids), known).values(is_quiet=True))


def unhush(work: Work, report_ids: Sequence[str]) -> None:
    work.session.execute(update(LinkedValue).where(LinkedValue.report_id.in_(report_ids), LinkedValue.is_quiet).values(is_quiet=False))


def keys_of(work: Work, report_ids: Collection[str]) -> dict[str, set[Key]]:
    """report → what it can be linked by and is not quiet."""
    found: dict[str, set[Key]] = {each: set() for each in report_ids}
    query = select(LinkedValue.report_id, LinkedValue.value, LinkedValue.kind).where(LinkedValue.report_id.in_(report_ids), ~LinkedValue.is_quiet)
    for report, value, kind in work.session.execute(query):
        found[report].add((value, kind))
    return found


def shown_values(work: Work, report_ids: Collection[str]) -> list[LinkedValue]:
    """Values that no suspect of the reports tells."""
    query = select(LinkedValue).where(LinkedValue.report_id.in_(report_ids), LinkedValue.shown.is_not(None))
    return list(work.session.scalars(query.order_by(LinkedValue.report_id, LinkedValue.kind)))


def ties(work: Work, report_ids: Collection[str]) -> list[Tie]:
    """What at least two of the reports share and that speaks for one hand, the most telling first; script places are not among them."""
    query = (
        select(LinkedValue.value, LinkedValue.kind, func.count(), LinkedWeight.known_by, LinkedWeight.bits)
        .join(LinkedWeight, (LinkedWeight.value == LinkedValue.value) & (LinkedWeight.kind == LinkedValue.kind))
        .where(LinkedValue.report_id.in_(report_ids), ~LinkedValue.is_quiet, LinkedWeight.bits > 0, LinkedValue.kind != int(Shared.SCRIPT))
        .group_by(LinkedValue.value, LinkedValue.kind, LinkedWeight.known_by, LinkedWeight.bits)
        .having(func.count() > 1)
    )
    found = [Tie(value, Shared(kind), cases, known_by, bits) for value, kind, cases, known_by, bits in work.session.execute(query)]
    return sorted(found, key=lambda tie: (-tie.bits, -tie.cases, tie.value))


def script_places(work: Work, report_ids: Collection[str]) -> dict[int, tuple[set[str], float]]:
    """Place of a script in the order → the reports that share it, and its bits; of those that at least two share and that speak for one hand."""
    query = (
        select(LinkedValue.value, LinkedValue.report_id, LinkedWeight.bits)
        .join(LinkedWeight, (LinkedWeight.value == LinkedValue.value) & (LinkedWeight.kind == LinkedValue.kind))
        .where(LinkedValue.report_id.in_(report_ids), ~LinkedValue.is_quiet, LinkedWeight.bits > 0, LinkedValue.kind == int(Shared.SCRIPT))
    )
    found: dict[int, tuple[set[str], float]] = {}
    for value, report, bits in work.session.execute(query):
        found.setdefault(value, (set(), bits))[0].add(report)
    return {value: each for value, each in found.items() if len(each[0]) > 1}


# ---- series


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


def across_counties(work: Work, region: str, since: datetime, until: datetime, most: int) -> list[Series]:
    mine = (Report.received_at >= since, Report.received_at < until, Report.region.startswith(region, autoescape=True))
    recent = exists().where(Member.series_id == Series.id, Report.id == Member.report_id, *mine)
    query = select(Series).where(Series.state.in_([state.value for state in OPEN]), _ACROSS, recent)
    return list(work.session.scalars(query.order_by(Series.cases.desc(), Series.number).limit(most)))


def by_id(work: Work, series_id: str) -> Series | None:
    return work.session.get(Series, series_id, populate_existing=True)


def by_number(work: Work, number: int) -> Series | None:
    return work.session.scalars(select(Series).where(Series.number == number)).one_or_none()


def members(work: Work, series_id: str) -> list[tuple[Member, Report]]:
    """The cases of the series that the reader may see, the oldest first."""
    query = select(Member, Report).join(Report, Report.id == Member.report_id).where(Member.series_id == series_id)
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(Report.received_at, Report.id))]


def member_of(work: Work, report_id: str) -> Member | None:
    return work.session.get(Member, report_id, populate_existing=True)


def decisions(work: Work, series_id: str) -> Sequence[Decision]:
    return work.session.scalars(select(Decision).where(Decision.series_id == series_id).order_by(Decision.at.desc(), Decision.id.desc())).all()


def latest_decision(work: Work) -> str:
    """The id of the newest decision; '' where there is none."""
    return work.session.scalar(select(Decision.id).order_by(Decision.at.desc(), Decision.id.desc()).limit(1)) or ""


def hints(work: Work, series_id: str) -> list[Series]:
    """Accepted series that linking would have joined with this one."""
    mine = select(Hint.other).where(Hint.one == series_id).union(select(Hint.one).where(Hint.other == series_id))
    return list(work.session.scalars(select(Series).where(Series.id.in_(mine)).order_by(Series.number)))


def candidates(work: Work, report_id: str) -> list[Candidate]:
    """The likeliest first."""
    return list(work.session.scalars(select(Candidate).where(Candidate.report_id == report_id).order_by(Candidate.bits.desc(), Candidate.series_id)))


def pin(work: Work, series_id: str, report_ids: Sequence[str]) -> None:
    """Settle the reports in the series, wherever they were."""
    rows = [{"report_id": each, "series_id": series_id, "is_pinned": True, "since": clock.now()} for each in report_ids]
    query = insert(Member)
    work.session.execute(query.on_conflict_do_update(index_elements=["report_id"], set_={"series_id": query.excluded.series_id, "is_pinned": True}), rows)


def release(work: Work, report_ids: Sequence[str]) -> None:
    work.session.execute(delete(Member).where(Member.report_id.in_(report_ids)))


def apart_rows(work: Work, report_ids: Sequence[str]) -> Sequence[Apart]:
    return work.session.scalars(select(Apart).where(Apart.report_id.in_(report_ids)).order_by(Apart.decision_id, Apart.report_id)).all()


def mute(work: Work, keys: Collection[Key], decision_id: str) -> None:
    if keys:
        rows = [{"value": value, "kind": kind, "decision_id": decision_id} for value, kind in sorted(keys)]
        work.session.execute(insert(Muted).on_conflict_do_nothing(), rows)


_REFRESH = text("""
UPDATE series s SET cases = coalesce(t.cases, 0), unsettled = coalesce(t.unsettled, 0), loss_fen = coalesce(t.loss_fen, 0), first_at = t.first_at,
    last_at = t.last_at, by_region = coalesce(t.by_region, s.by_region), fraud_type = coalesce(t.fraud_type, s.fraud_type), changed_at = :now
FROM series o LEFT JOIN (
    SELECT series_id, sum(cases)::int AS cases, sum(unsettled)::int AS unsettled, sum(loss_fen)::bigint AS loss_fen, min(first_at) AS first_at,
        max(last_at) AS last_at, jsonb_object_agg(region, cases) AS by_region,
        (SELECT r.fraud_type FROM series_members m JOIN reports r ON r.id = m.report_id WHERE m.series_id = counted.series_id
            GROUP BY r.fraud_type ORDER BY count(*) DESC, r.fraud_type LIMIT 1) AS fraud_type
    FROM (SELECT m.series_id, r.region, count(*) AS cases, count(*) FILTER (WHERE NOT m.is_pinned) AS unsettled, sum(r.loss_fen) AS loss_fen,
            min(r.received_at) AS first_at, max(r.received_at) AS last_at
        FROM series_members m JOIN reports r ON r.id = m.report_id WHERE m.series_id = ANY(:ids) GROUP BY m.series_id, r.region) counted
    GROUP BY series_id
) t ON t.series_id = o.id
WHERE s.id = o.id AND o.id = ANY(:ids)
""")


def refresh(work: Work, series_ids: Collection[str]) -> None:
    """Count the series' cases again, after members have changed. A series that has lost all keeps its regions, so that who saw it still does."""
    work.session.flush()
    for start in range(0, len(ids := sorted(series_ids)), _CHUNK):
        work.session.execute(_REFRESH, {"ids": ids[start : start + _CHUNK], "now": clock.now()})
    work.session.expire_all()


_CANDIDATES = text("""
WITH asked AS MATERIALIZED (
    SELECT v.value, v.kind, coalesce(w.bits, k.bits) AS bits, coalesce(w.known_by, 1) AS known_by
    FROM linked_values v
    JOIN unnest(CAST(:kinds AS smallint[]), CAST(:strengths AS double precision[])) AS k (kind, bits) ON k.kind = v.kind
    LEFT JOIN linked_weights w ON w.value = v.value AND w.kind = v.kind
    WHERE v.report_id = :report AND NOT v.is_quiet AND NOT EXISTS (SELECT 1 FROM series_muted m WHERE m.value = v.value AND m.kind = v.kind)
)
SELECT coalesce(m.series_id, '') AS series_id, a.value, a.kind, a.bits, a.known_by, count(*) AS cases
FROM asked a
CROSS JOIN LATERAL (
    SELECT o.report_id FROM linked_values o WHERE o.value = a.value AND o.kind = a.kind AND NOT o.is_quiet AND o.report_id <> :report LIMIT :most
) o
LEFT JOIN series_members m ON m.report_id = o.report_id
WHERE a.bits > 0 GROUP BY 1, 2, 3, 4, 5
""")


def sharing(work: Work, report_id: str, strengths: dict[int, float], most: int) -> list[dict[str, Any]]:
    """By series ('' for cases of none) and value: bits, how many reports know it, how many of the series share it (of `most` that are looked at)."""
    told = {"report": report_id, "most": most, "kinds": sorted(strengths), "strengths": [strengths[kind] for kind in sorted(strengths)]}
    return [dict(row) for row in work.session.execute(_CANDIDATES, told).mappings()]


def open_series(work: Work, series_ids: Collection[str]) -> dict[str, Series]:
    query = select(Series).where(Series.id.in_(series_ids), Series.state.in_([state.value for state in OPEN]))
    return {series.id: series for series in work.session.scalars(query)}


def regions_of_single(work: Work, report_id: str, keys: Sequence[Key], most: int) -> dict[str, int]:
    """Region → cases that are in no series and share one of the values."""
    query = (
        select(Report.region, func.count(func.distinct(Report.id)))
        .join(LinkedValue, LinkedValue.report_id == Report.id)
        .where(tuple_(LinkedValue.value, LinkedValue.kind).in_(list(keys)), ~LinkedValue.is_quiet, Report.id != report_id)
        .where(~exists().where(Member.report_id == Report.id), Report.state != ReportState.NOT_A_CASE.value)
        .group_by(Report.region)
        .limit(most)
    )
    return {row[0]: row[1] for row in work.session.execute(query)}


def replace_candidates(work: Work, report_id: str, rows: Sequence[dict[str, Any]]) -> None:
    work.session.execute(delete(Candidate).where(Candidate.report_id == report_id))
    if rows:
        work.session.execute(insert(Candidate), list(rows))
