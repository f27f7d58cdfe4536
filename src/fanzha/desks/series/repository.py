"""All queries of the series desk, but those of the relinking itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.series.domain import OPEN, SeriesState, Tie
from fanzha.desks.series.model import (
    Apart,
    Candidate,
    Decision,
    Hint,
    Linkable,
    LinkedLikeness,
    LinkedSketch,
    LinkedValue,
    LinkedWeight,
    Member,
    Muted,
    Series,
)
from fanzha.engine.linking.kinds import Settings, Shared
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


def taken(work: Work, ids: Collection[str]) -> dict[str, str]:
    """Report or case → its linkable, of those that have been taken in."""
    query = select(Linkable.id, Linkable.report_id, Linkable.case_id).where(or_(Linkable.report_id.in_(ids), Linkable.case_id.in_(ids)))
    return {name: row[0] for row in work.session.execute(query) for name in (row[1], row[2]) if name}


def add_values(work: Work, rows: Sequence[dict[str, Any]]) -> int:
    """Insert what is not there; returns how many were."""
    distinct = list({(row["linkable_id"], row["value"], row["kind"]): row for row in rows}.values())
    added = 0
    for start in range(0, len(distinct), _CHUNK):
        found = work.session.execute(insert(LinkedValue).on_conflict_do_nothing().returning(LinkedValue.linkable_id), distinct[start : start + _CHUNK])
        added += len(found.all())
    return added


def put_sketches(work: Work, ids: Sequence[str], found: Mapping[str, bytes]) -> None:
    """The sketches of these in place of earlier ones; who has none is like no other. A quiet one stays quiet."""
    gone = [each for each in ids if each not in found]
    if gone:
        work.session.execute(delete(LinkedSketch).where(LinkedSketch.linkable_id.in_(gone)))
    if found:
        query = insert(LinkedSketch)
        rows = [{"linkable_id": each, "sketch": sketch} for each, sketch in found.items()]
        work.session.execute(query.on_conflict_do_update(index_elements=["linkable_id"], set_={"sketch": query.excluded.sketch}), rows)


def likeness(work: Work, ids: Collection[str]) -> list[tuple[str, str, float, float]]:
    """(one, other, cosine, bits) of those among these whose narratives tell the same in other words."""
    query = select(LinkedLikeness).where(LinkedLikeness.one.in_(ids), LinkedLikeness.other.in_(ids)).order_by(LinkedLikeness.one, LinkedLikeness.other)
    return [(each.one, each.other, each.likeness, each.bits) for each in work.session.scalars(query)]


def forget_values(work: Work, ids: Sequence[str], source: str) -> None:
    work.session.execute(delete(LinkedValue).where(LinkedValue.linkable_id.in_(ids), LinkedValue.source == source))


def forget_source(work: Work, source: str) -> None:
    work.session.execute(delete(LinkedValue).where(LinkedValue.source == source))


def named_accounts(work: Work, values: Collection[int]) -> set[int]:
    """Which of these somebody names as an account."""
    if not values:
        return set()
    query = select(LinkedValue.value).where(LinkedValue.value.in_(values), LinkedValue.kind == int(Shared.ACCOUNT), ~LinkedValue.is_quiet)
    return set(work.session.scalars(query.distinct()))


def name_reached(work: Work, values: Collection[int]) -> None:
    """What money reached under these values becomes an account, as those have it who name it."""
    if not values:
        return
    reached = (LinkedValue.value.in_(values), LinkedValue.kind == int(Shared.MONEY), ~LinkedValue.is_quiet)
    columns = ("linkable_id", "value", "source", "shown", "is_quiet")
    found = [row._asdict() for row in work.session.execute(select(*(getattr(LinkedValue, name) for name in columns)).where(*reached))]
    if found:
        work.session.execute(delete(LinkedValue).where(*reached))
        add_values(work, [row | {"kind": int(Shared.ACCOUNT)} for row in found])


def quiet_of(work: Work, source: str) -> list[tuple[str, int, int]]:
    """(linkable, value, kind) of what this source has said and an analyst has made quiet."""
    query = select(LinkedValue.linkable_id, LinkedValue.value, LinkedValue.kind).where(LinkedValue.source == source, LinkedValue.is_quiet)
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def quiet_values(work: Work, ids: Sequence[str]) -> list[tuple[str, int, int]]:
    """(linkable, value, kind) of what has been made quiet."""
    query = select(LinkedValue.linkable_id, LinkedValue.value, LinkedValue.kind).where(LinkedValue.linkable_id.in_(ids), LinkedValue.is_quiet)
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def make_quiet(work: Work, keys: Sequence[tuple[str, int, int]]) -> None:
    if keys:
        named = tuple_(LinkedValue.linkable_id, LinkedValue.value, LinkedValue.kind).in_(keys)
        work.session.execute(update(LinkedValue).where(named).values(is_quiet=True))


def hush(work: Work, ids: Sequence[str], others: Sequence[str]) -> None:
    """What these share with the others no longer links them to anything."""
    shared = select(LinkedValue.value, LinkedValue.kind).where(LinkedValue.linkable_id.in_(others)).subquery()
    known = exists().where(shared.c.value == LinkedValue.value, shared.c.kind == LinkedValue.kind)
    work.session.execute(update(LinkedValue).where(LinkedValue.linkable_id.in_(ids), known).values(is_quiet=True))
    if any((one in ids) != (other in ids) for one, other, _, _ in likeness(work, [*ids, *others])):
        work.session.execute(update(LinkedSketch).where(LinkedSketch.linkable_id.in_(ids)).values(is_quiet=True))


def unhush(work: Work, ids: Sequence[str]) -> None:
    for table in (LinkedValue, LinkedSketch):
        work.session.execute(update(table).where(table.linkable_id.in_(ids), table.is_quiet).values(is_quiet=False))


_LIVE = func.coalesce(Linkable.seen_under, Linkable.id)
"""The linkable under which a value's owner is seen."""


def _owned(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(LinkedValue).join(Linkable, Linkable.id == LinkedValue.linkable_id)


def _of(ids: Collection[str]) -> Any:
    """The values of these linkables and of those seen under them that are not quiet."""
    return or_(Linkable.id.in_(ids), Linkable.seen_under.in_(ids)) & ~LinkedValue.is_quiet


def _weight() -> Any:
    return (LinkedWeight.value == LinkedValue.value) & (LinkedWeight.kind == LinkedValue.kind)


def keys_of(work: Work, ids: Collection[str]) -> dict[str, set[Key]]:
    """linkable → what it can be linked by and is not quiet."""
    found: dict[str, set[Key]] = {each: set() for each in ids}
    for owner, value, kind in work.session.execute(_owned(_LIVE, LinkedValue.value, LinkedValue.kind).where(_of(ids))):
        found[owner].add((value, kind))
    return found


def shown_values(work: Work, ids: Collection[str]) -> list[LinkedValue]:
    """Values that no suspect of these tells."""
    query = _owned(LinkedValue).where(_of(ids), LinkedValue.shown.is_not(None))
    return list(work.session.scalars(query.order_by(LinkedValue.linkable_id, LinkedValue.kind)))


def ties(work: Work, ids: Collection[str]) -> list[Tie]:
    """What at least two of these share and that speaks for one hand, the most telling first; script places are not among them."""
    sharing = func.count(func.distinct(_LIVE))
    query = (
        _owned(LinkedValue.value, LinkedValue.kind, sharing, LinkedWeight.known_by, LinkedWeight.bits)
        .join(LinkedWeight, _weight())
        .where(_of(ids), LinkedWeight.bits > 0, LinkedValue.kind != int(Shared.SCRIPT))
        .group_by(LinkedValue.value, LinkedValue.kind, LinkedWeight.known_by, LinkedWeight.bits)
        .having(sharing > 1)
    )
    found = [Tie(value, Shared(kind), cases, known_by, bits) for value, kind, cases, known_by, bits in work.session.execute(query)]
    return sorted(found, key=lambda tie: (-tie.bits, -tie.cases, tie.value))


def script_places(work: Work, ids: Collection[str]) -> dict[int, tuple[set[str], float]]:
    """Place of a script in the order → the linkables that share it, and its bits; of those that at least two share and that speak for one hand."""
    query = _owned(LinkedValue.value, _LIVE, LinkedWeight.bits).join(LinkedWeight, _weight())
    found: dict[int, tuple[set[str], float]] = {}
    for value, owner, bits in work.session.execute(query.where(_of(ids), LinkedWeight.bits > 0, LinkedValue.kind == int(Shared.SCRIPT))):
        found.setdefault(value, (set(), bits))[0].add(owner)
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


def candidates(work: Work, linkable_id: str) -> list[Candidate]:
    """The likeliest first."""
    return list(work.session.scalars(select(Candidate).where(Candidate.linkable_id == linkable_id).order_by(Candidate.bits.desc(), Candidate.series_id)))


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


_REFRESH = text("""
WITH seen AS MATERIALIZED (
    SELECT m.series_id, m.is_pinned, f.region, f.fraud_type, f.loss_fen, f.received_at FROM series_members m JOIN linkable_facts f ON f.id = m.linkable_id
    WHERE m.series_id = ANY(:ids) AND f.seen_under IS NULL
), totals AS (
    SELECT series_id, count(*) AS cases, count(*) FILTER (WHERE NOT is_pinned) AS unsettled, sum(loss_fen) AS loss_fen, min(received_at) AS first_at,
        max(received_at) AS last_at
    FROM seen GROUP BY series_id
), regions AS (
    SELECT series_id, jsonb_object_agg(region, cases) AS by_region FROM (SELECT series_id, region, count(*) AS cases FROM seen GROUP BY 1, 2) r GROUP BY series_id
), types AS (
    SELECT DISTINCT ON (series_id) series_id, fraud_type FROM (SELECT series_id, fraud_type, count(*) AS cases FROM seen GROUP BY 1, 2) t
    ORDER BY series_id, cases DESC, fraud_type
)
UPDATE series s SET cases = coalesce(t.cases, 0), unsettled = coalesce(t.unsettled, 0), loss_fen = coalesce(t.loss_fen, 0), first_at = t.first_at,
    last_at = t.last_at, by_region = coalesce(r.by_region, s.by_region), fraud_type = coalesce(y.fraud_type, s.fraud_type), changed_at = :now
FROM unnest(CAST(:ids AS text[])) AS o (id) LEFT JOIN totals t ON t.series_id = o.id LEFT JOIN regions r ON r.series_id = o.id LEFT JOIN types y ON y.series_id = o.id
WHERE s.id = o.id
""")


def refresh(work: Work, series_ids: Collection[str]) -> None:
    """Count the series' cases again, after members have changed. A series that has lost all keeps its regions, so that who saw it still does."""
    work.session.flush()
    for start in range(0, len(ids := sorted(series_ids)), _CHUNK):
        work.session.execute(_REFRESH, {"ids": ids[start : start + _CHUNK], "now": clock.now()})
    work.session.expire_all()


# Every step goes through an index that holds all it needs; a value that linking would not look at is not looked at here.
_CANDIDATES = text("""
WITH asked AS MATERIALIZED (
    SELECT DISTINCT v.value, v.kind, coalesce(w.bits, k.bits) AS bits, coalesce(w.known_by, 1) AS known_by
    FROM linked_values v
    JOIN unnest(CAST(:kinds AS smallint[]), CAST(:strengths AS double precision[])) AS k (kind, bits) ON k.kind = v.kind
    LEFT JOIN linked_weights w ON w.value = v.value AND w.kind = v.kind
    WHERE v.linkable_id = ANY(:mine) AND NOT v.is_quiet AND NOT EXISTS (SELECT 1 FROM series_muted m WHERE m.value = v.value AND m.kind = v.kind)
)
SELECT coalesce(m.series_id, '') AS series_id, a.value, a.kind, a.bits, a.known_by, count(DISTINCT coalesce(l.seen_under, o.linkable_id)) AS cases
FROM asked a
CROSS JOIN LATERAL (
    SELECT o.linkable_id FROM linked_values o WHERE o.value = a.value AND o.kind = a.kind AND NOT o.is_quiet AND o.linkable_id <> ALL(:mine) LIMIT :most
) o
LEFT JOIN linkables l ON l.id = o.linkable_id AND l.seen_under IS NOT NULL
LEFT JOIN series_members m ON m.linkable_id = coalesce(l.seen_under, o.linkable_id)
WHERE a.bits > 0 AND (a.bits >= :threshold OR a.known_by <= :widest) GROUP BY 1, 2, 3, 4, 5
""")


def sharing(work: Work, mine: Collection[str], settings: Settings, most: int) -> list[dict[str, Any]]:
    """By series ('' for cases of none) and value: bits, how many linkables know it, how many of the series share it (of `most` that are looked at). `mine`:
    the linkable that asks, and those seen under it."""
    kinds = sorted(settings.strength)
    told = {"mine": sorted(mine), "most": most, "kinds": [int(kind) for kind in kinds], "strengths": [settings.strength[kind] for kind in kinds]}
    return [dict(row) for row in work.session.execute(_CANDIDATES, told | {"threshold": settings.threshold, "widest": settings.widest}).mappings()]


def open_series(work: Work, series_ids: Collection[str]) -> dict[str, Series]:
    query = select(Series).where(Series.id.in_(series_ids), Series.state.in_([state.value for state in OPEN]))
    return {series.id: series for series in work.session.scalars(query)}


_SINGLES = text("""
SELECT f.region, count(DISTINCT f.id) FROM unnest(CAST(:values AS bigint[]), CAST(:kinds AS smallint[])) AS a (value, kind)
CROSS JOIN LATERAL (
    SELECT o.linkable_id FROM linked_values o WHERE o.value = a.value AND o.kind = a.kind AND NOT o.is_quiet AND o.linkable_id <> ALL(:mine) LIMIT :most
) o
JOIN linkables l ON l.id = o.linkable_id JOIN linkable_facts f ON f.id = coalesce(l.seen_under, l.id)
WHERE f.is_case AND NOT EXISTS (SELECT 1 FROM series_members m WHERE m.linkable_id = f.id) GROUP BY f.region
""")


def regions_of_single(work: Work, mine: Collection[str], keys: Sequence[Key], most: int) -> dict[str, int]:
    """Region → reports and cases that are in no series and share one of the values."""
    told = {"mine": sorted(mine), "most": most, "values": [key[0] for key in keys], "kinds": [key[1] for key in keys]}
    return {row[0]: row[1] for row in work.session.execute(_SINGLES, told)}


def replace_candidates(work: Work, linkable_id: str, rows: Sequence[dict[str, Any]]) -> None:
    work.session.execute(delete(Candidate).where(Candidate.linkable_id == linkable_id))
    if rows:
        work.session.execute(insert(Candidate), list(rows))
