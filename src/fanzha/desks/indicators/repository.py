"""All queries of the indicators desk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text, update

from fanzha.desks.indicators.cleaning import Entry
from fanzha.desks.indicators.domain import FLAGGED, IndicatorState
from fanzha.desks.indicators.model import Claim, Indicator, Judgement, Vote
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work, crypto
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

_CHUNK = 5_000

_INSERT = text("""
INSERT INTO indicators (id, kind, value, value_index, raw, site, tokens, state, fraud_type, confidence, source, note, first_seen_at, last_seen_at,
                        expires_at, created_at, created_by, base_confidence, renewed_at, changed_at)
SELECT id, kind, value, value_index, raw, site, string_to_array(tokens, ' '), state, fraud_type, confidence, source, note,
       coalesce(seen_at, CAST(:now AS timestamptz)), coalesce(seen_at, CAST(:now AS timestamptz)), expires_at, CAST(:now AS timestamptz), :actor,
       confidence, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
FROM unnest(CAST(:id AS text[]), CAST(:kind AS text[]), CAST(:value AS bytea[]), CAST(:value_index AS text[]), CAST(:raw AS bytea[]),
            CAST(:site AS text[]), CAST(:tokens AS text[]), CAST(:state AS text[]), CAST(:fraud_type AS text[]), CAST(:confidence AS smallint[]),
            CAST(:source AS text[]), CAST(:note AS bytea[]), CAST(:seen_at AS timestamptz[]), CAST(:expires_at AS timestamptz[]))
     AS row (id, kind, value, value_index, raw, site, tokens, state, fraud_type, confidence, source, note, seen_at, expires_at)
ON CONFLICT (value_index) DO NOTHING
RETURNING value_index
""")

# A cleared entry stays cleared until somebody judges it anew; the claim is kept beside it. One whose trust wore off (expired within its term) comes back
# with a new sighting and not with the same list again; nor does the same list make a worn confidence new.
_ENRICH = text("""
WITH row AS (
    SELECT * FROM unnest(CAST(:value_index AS text[]), CAST(:state AS text[]), CAST(:fraud_type AS text[]), CAST(:confidence AS smallint[]),
                         CAST(:seen_at AS timestamptz[]), CAST(:expires_at AS timestamptz[]))
                AS given (value_index, state, fraud_type, confidence, seen_at, expires_at)
), merged AS (
    SELECT held.id, held.state AS state_before, held.fraud_type AS fraud_type_before,
           CASE WHEN held.state = 'cleared' THEN held.state
                WHEN held.state = 'expired' AND (held.expires_at IS NULL OR held.expires_at > CAST(:now AS timestamptz)) THEN held.state
                WHEN row.state = 'confirmed' THEN row.state
                WHEN held.state = 'expired' AND (row.expires_at IS NULL OR row.expires_at > CAST(:now AS timestamptz)) THEN row.state
                ELSE held.state END AS state,
           CASE WHEN held.fraud_type = 'other' THEN row.fraud_type ELSE held.fraud_type END AS fraud_type,
           CASE WHEN row.confidence > held.base_confidence THEN row.confidence ELSE held.confidence END AS confidence,
           greatest(held.base_confidence, row.confidence) AS base_confidence,
           CASE WHEN row.confidence > held.base_confidence THEN CAST(:now AS timestamptz) ELSE held.renewed_at END AS renewed_at,
           greatest(held.last_seen_at, row.seen_at) AS last_seen_at,
           CASE WHEN held.expires_at IS NULL OR row.expires_at IS NULL THEN NULL ELSE greatest(held.expires_at, row.expires_at) END AS expires_at
    FROM row JOIN indicators held USING (value_index)
)
UPDATE indicators held
SET state = merged.state, fraud_type = merged.fraud_type, confidence = merged.confidence, base_confidence = merged.base_confidence,
    renewed_at = merged.renewed_at, last_seen_at = merged.last_seen_at, expires_at = merged.expires_at, changed_at = CAST(:now AS timestamptz)
FROM merged
WHERE held.id = merged.id
  AND (held.state, held.fraud_type, held.confidence, held.last_seen_at) IS DISTINCT FROM (merged.state, merged.fraud_type, merged.confidence, merged.last_seen_at)
   OR held.id = merged.id AND held.expires_at IS DISTINCT FROM merged.expires_at
RETURNING held.tokens, (merged.state <> merged.state_before OR merged.fraud_type <> merged.fraud_type_before) AS is_news
""")

_CLAIM = text("""
WITH added AS (
    INSERT INTO indicator_claims AS held (indicator_id, source, state, fraud_type, confidence, seen_at)
    SELECT i.id, row.source, row.state, row.fraud_type, row.confidence, coalesce(row.seen_at, CAST(:now AS timestamptz))
    FROM unnest(CAST(:value_index AS text[]), CAST(:source AS text[]), CAST(:state AS text[]), CAST(:fraud_type AS text[]), CAST(:confidence AS smallint[]),
                CAST(:seen_at AS timestamptz[])) AS row (value_index, source, state, fraud_type, confidence, seen_at)
         JOIN indicators i USING (value_index)
    ON CONFLICT (indicator_id, source) DO UPDATE
    SET state = excluded.state, fraud_type = excluded.fraud_type, confidence = excluded.confidence
    WHERE (held.state, held.fraud_type, held.confidence) IS DISTINCT FROM (excluded.state, excluded.fraud_type, excluded.confidence)
    RETURNING indicator_id, (xmax = 0) AS is_new
)
UPDATE indicators SET sightings = held.n + added.n
FROM (SELECT indicator_id, count(*) AS n FROM added WHERE is_new GROUP BY indicator_id) added
     LEFT JOIN LATERAL (SELECT count(*) AS n FROM indicator_claims c WHERE c.indicator_id = added.indicator_id) held ON true
WHERE indicators.id = added.indicator_id AND indicators.sightings <> held.n + added.n
""")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None and '' do not narrow. `index` is the blind index of a whole value, `site` a part of a host name."""

    kind: Kind | None = None
    state: IndicatorState | None = None
    fraud_type: FraudType | None = None
    source: str = ""
    indexes: tuple[str, ...] = ()
    site: str = ""
    review: int = 0
    """Only entries with at least so many false-positive votes since they were last judged; 0 does not narrow."""


def _chunks(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), _CHUNK):
        yield entries[start : start + _CHUNK]


def insert_new(work: Work, entries: Sequence[Entry], now: datetime) -> set[str]:
    """Insert the entries that the registry does not hold; returns their indexes."""
    inserted: set[str] = set()
    for chunk in _chunks(entries):
        inserted.update(work.session.execute(_INSERT, {**_columns(chunk), "now": now, "actor": work.actor}).scalars())
    return inserted


def enrich(work: Work, entries: Sequence[Entry], now: datetime) -> list[str]:
    """Merge into entries that are held already; returns the tokens of those whose state or fraud type changed."""
    changed: list[str] = []
    for chunk in _chunks(entries):
        columns = {key: value for key, value in _columns(chunk).items() if key in ("value_index", "state", "fraud_type", "confidence", "seen_at", "expires_at")}
        for tokens, is_news in work.session.execute(_ENRICH, {**columns, "now": now}):
            if is_news:
                changed.extend(tokens)
    return changed


def add_claims(work: Work, entries: Sequence[Entry], now: datetime) -> None:
    """What each source says, once a source; keeps the count of sources."""
    for chunk in _chunks(entries):
        claims = [(entry.index, source, row) for entry in chunk for source, row in entry.claims.items()]
        work.session.execute(
            _CLAIM,
            {
                "value_index": [index for index, _, _ in claims],
                "source": [source for _, source, _ in claims],
                "state": [row.state.value for _, _, row in claims],
                "fraud_type": [row.fraud_type.value for _, _, row in claims],
                "confidence": [row.confidence for _, _, row in claims],
                "seen_at": [row.seen_at for _, _, row in claims],
                "now": now,
            },
        )


def _columns(entries: Sequence[Entry]) -> dict[str, Any]:
    seal = crypto.current().seal
    return {
        "id": [entry.id for entry in entries],
        "kind": [entry.identifier.kind.value for entry in entries],
        "value": [seal("indicators.value", entry.identifier.value) for entry in entries],
        "value_index": [entry.index for entry in entries],
        "raw": [seal("indicators.raw", entry.identifier.raw) for entry in entries],
        "site": [entry.site for entry in entries],
        "tokens": [" ".join(entry.tokens) for entry in entries],
        "state": [entry.state.value for entry in entries],
        "fraud_type": [entry.fraud_type.value for entry in entries],
        "confidence": [entry.confidence for entry in entries],
        "source": [entry.first_source for entry in entries],
        "note": [seal("indicators.note", entry.note) if entry.note else None for entry in entries],
        "seen_at": [entry.seen_at for entry in entries],
        "expires_at": [entry.expires_at for entry in entries],
    }


def flagged_now(now: datetime) -> ColumnElement[bool]:
    return Indicator.state.in_([state.value for state in FLAGGED]) & or_(Indicator.expires_at.is_(None), Indicator.expires_at > now)


def flagged(work: Work, kinds: Collection[Kind], now: datetime) -> Iterator[tuple[list[str], str, str, int]]:
    """(tokens, state, fraud type, confidence) of what is flagged now; every kind where none is named."""
    query = select(Indicator.tokens, Indicator.state, Indicator.fraud_type, Indicator.confidence).where(flagged_now(now))
    if kinds:
        query = query.where(Indicator.kind.in_([kind.value for kind in kinds]))
    for row in work.session.execute(query.order_by(Indicator.id)):
        yield row.tokens, row.state, row.fraud_type, row.confidence


def held(work: Work, indexes: Collection[str], sites: Collection[str]) -> Sequence[Indicator]:
    """Entries by blind index, and entries of whole sites by host."""
    wanted: ColumnElement[bool] = Indicator.value_index.in_(indexes)
    if sites:
        wanted = wanted | (Indicator.site.in_(sites) & (Indicator.kind == Kind.DOMAIN.value))
    return work.session.scalars(select(Indicator).where(wanted).order_by(Indicator.id)).all()


def by_id(work: Work, indicator_id: str, *, lock: bool = False) -> Indicator | None:
    query = select(Indicator).where(Indicator.id == indicator_id)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Indicator]:
    query = _narrowed(select(Indicator), filters)
    total = work.session.scalar(_narrowed(select(func.count()).select_from(Indicator), filters)) or 0
    rows = work.session.scalars(query.order_by(Indicator.created_at.desc(), Indicator.id.desc()).limit(page.size).offset(page.offset)).all()
    return Page(list(rows), total, page)


def matching_ids(work: Work, filters: Filters, most: int) -> list[str]:
    """The ids of `stream`, in its order."""
    query = _narrowed(select(Indicator.id), filters).order_by(Indicator.created_at.desc(), Indicator.id.desc()).limit(most)
    return list(work.session.scalars(query))


def stream(work: Work, filters: Filters, most: int) -> Iterator[Indicator]:
    query = _narrowed(select(Indicator), filters).order_by(Indicator.created_at.desc(), Indicator.id.desc()).limit(most)
    yield from work.session.scalars(query.execution_options(yield_per=1000))


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    for column, wanted in ((Indicator.kind, filters.kind), (Indicator.state, filters.state), (Indicator.fraud_type, filters.fraud_type)):
        if wanted is not None:
            query = query.where(column == wanted.value)
    if filters.source:
        query = query.where(Indicator.source == filters.source)
    if filters.review:
        query = query.where(Indicator.id.in_(under_review(filters.review)))
    found_by: list[ColumnElement[bool]] = []
    if filters.indexes:
        found_by.append(Indicator.value_index.in_(filters.indexes))
    if filters.site:
        found_by.append(Indicator.site.icontains(filters.site, autoescape=True))
    return query.where(or_(*found_by)) if found_by else query


def under_review(votes: int) -> Select[str]:
    """Ids of flagged entries with at least so many votes since the last judgement."""
    judged = select(func.max(Judgement.at)).where(Judgement.indicator_id == Vote.indicator_id).correlate(Vote).scalar_subquery()
    fresh = select(Vote.indicator_id).where(Vote.at > func.coalesce(judged, datetime.min.replace(tzinfo=UTC)))
    crowded = fresh.group_by(Vote.indicator_id).having(func.count() >= votes).subquery()
    return select(Indicator.id).where(Indicator.id.in_(select(crowded.c.indicator_id)), Indicator.state.in_([state.value for state in FLAGGED]))


def counts(work: Work) -> dict[tuple[str, str], int]:
    """(state, kind) → how many."""
    rows = work.session.execute(select(Indicator.state, Indicator.kind, func.count()).group_by(Indicator.state, Indicator.kind))
    return {(row[0], row[1]): row[2] for row in rows}


def sources(work: Work) -> list[str]:
    """The names of all first sources, by name."""
    return list(work.session.scalars(select(Indicator.source).distinct().order_by(Indicator.source)))


def claims(work: Work, indicator_id: str) -> Sequence[Claim]:
    return work.session.scalars(select(Claim).where(Claim.indicator_id == indicator_id).order_by(Claim.seen_at, Claim.source)).all()


def judgements(work: Work, indicator_id: str) -> Sequence[Judgement]:
    return work.session.scalars(select(Judgement).where(Judgement.indicator_id == indicator_id).order_by(Judgement.at, Judgement.id)).all()


def expire(work: Work, now: datetime) -> list[tuple[str, list[str]]]:
    """Entries past their term become expired; returns (id, tokens) of each."""
    query = (
        update(Indicator)
        .where(Indicator.state.in_([state.value for state in FLAGGED]), Indicator.expires_at <= now)
        .values(state=IndicatorState.EXPIRED.value, changed_at=now)
        .returning(Indicator.id, Indicator.tokens)
    )
    return [(row.id, row.tokens) for row in work.session.execute(query)]
