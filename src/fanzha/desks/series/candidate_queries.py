"""Queries by which a new report finds its series: three statements, since each is a wait for the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.series.domain import OPEN
from fanzha.desks.series.model import Candidate
from fanzha.desks.series.value_queries import Key
from fanzha.engine.linking.kinds import Settings
from fanzha.store import Work


def candidates(work: Work, linkable_id: str) -> list[Candidate]:
    """The likeliest first."""
    return list(work.session.scalars(select(Candidate).where(Candidate.linkable_id == linkable_id).order_by(Candidate.bits.desc(), Candidate.series_id)))


# Every step goes through an index that holds all it needs; a value that linking would not look at is not looked at here.
_CANDIDATES = text("""
WITH family AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM (SELECT id FROM linkables WHERE id = :mine UNION SELECT id FROM linkables WHERE seen_under = :mine) f
), asked AS MATERIALIZED (
    SELECT DISTINCT v.value, v.kind, coalesce(w.bits, k.bits) AS bits, coalesce(w.known_by, 1) AS known_by
    FROM family CROSS JOIN LATERAL (SELECT v.* FROM linked_values v WHERE v.linkable_id = ANY(family.ids)) v
    JOIN unnest(CAST(:kinds AS smallint[]), CAST(:strengths AS double precision[])) AS k (kind, bits) ON k.kind = v.kind
    LEFT JOIN linked_weights w ON w.value = v.value AND w.kind = v.kind
    WHERE NOT v.is_quiet AND NOT EXISTS (SELECT 1 FROM series_muted m WHERE m.value = v.value AND m.kind = v.kind)
), found AS MATERIALIZED (
SELECT coalesce(m.series_id, '') AS series_id, a.value, a.kind, a.bits, a.known_by, count(DISTINCT coalesce(l.seen_under, o.linkable_id)) AS sharing
FROM family CROSS JOIN asked a
CROSS JOIN LATERAL (
    SELECT o.linkable_id FROM linked_values o WHERE o.value = a.value AND o.kind = a.kind AND NOT o.is_quiet AND o.linkable_id <> ALL(family.ids) LIMIT :most
) o
LEFT JOIN linkables l ON l.id = o.linkable_id AND l.seen_under IS NOT NULL
LEFT JOIN series_members m ON m.linkable_id = coalesce(l.seen_under, o.linkable_id)
WHERE a.bits > 0 AND (a.bits >= :threshold OR a.known_by <= :widest) GROUP BY 1, 2, 3, 4, 5
)
SELECT f.series_id, f.value, f.kind, f.bits, f.known_by, f.sharing AS cases, s.number, s.cases AS of_series, s.by_region, family.ids AS family
FROM found f CROSS JOIN family LEFT JOIN series s ON s.id = f.series_id WHERE f.series_id = '' OR s.state = ANY(:open)
""")


def sharing(work: Work, mine: str, settings: Settings, most: int) -> list[dict[str, Any]]:
    """By open series ('' for cases of none) and value: bits, how many linkables know it, how many of the series share it (`cases`, of `most` that are looked at);
    the series' number, cases and regions; and `family`, the linkable that asks with those seen under it."""
    kinds = sorted(settings.strength)
    told = {"mine": mine, "most": most, "kinds": [int(kind) for kind in kinds], "strengths": [settings.strength[kind] for kind in kinds]}
    told |= {"threshold": settings.threshold, "widest": settings.widest, "open": [state.value for state in OPEN]}
    return [dict(row) for row in work.session.execute(_CANDIDATES, told).mappings()]


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


_GONE = delete(Candidate).returning(Candidate.linkable_id)


def replace_candidates(work: Work, linkable_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """These in place of earlier ones, in one statement."""
    gone = _GONE.where(Candidate.linkable_id == linkable_id, Candidate.series_id.not_in([row["series_id"] for row in rows]))
    if not rows:
        work.session.execute(gone)
        return
    query = insert(Candidate).values(list(rows)).add_cte(gone.cte("gone"))
    changed = {name: query.excluded[name] for name in rows[0] if name not in {"linkable_id", "series_id"}}
    work.session.execute(query.on_conflict_do_update(index_elements=["linkable_id", "series_id"], set_=changed))
