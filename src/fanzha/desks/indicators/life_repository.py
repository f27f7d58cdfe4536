"""Queries about an entry's life: sightings, votes, proposals, overrides, decay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.indicators.cleaning import Entry
from fanzha.desks.indicators.life import Decay
from fanzha.desks.indicators.model import Judgement, Override, Proposal, Sighting, Vote
from fanzha.store import Work

WAITING = "waiting"
_CHUNK = 5_000
_COUNTS = 50
"""From this confidence on a suspected entry counts in detection (`level_of`)."""

# A source that names an identifier sees it: once a list and time. What somebody names again has its full confidence again; what merely occurs (a call, a
# transfer, a question) is written down and renews nothing, for the innocent use their numbers too. What was cleared stays as it is.
_SIGHT = text("""
WITH row AS (
    SELECT * FROM unnest(CAST(:id AS text[]), CAST(:kind AS text[]), CAST(:reference AS text[]), CAST(:seen_by AS text[]), CAST(:region AS text[]),
                         CAST(:at AS timestamptz[])) AS given (id, kind, reference, seen_by, region, at)
), added AS (
    INSERT INTO indicator_sightings (indicator_id, kind, reference, seen_by, region, at, recorded_at)
    SELECT id, kind, reference, seen_by, region, at, CAST(:now AS timestamptz) FROM row
    ON CONFLICT DO NOTHING
    RETURNING indicator_id, at, kind
), latest AS (
    SELECT indicator_id, max(at) AS at, bool_or(kind NOT IN ('event', 'decision', 'check')) AS renews FROM added GROUP BY indicator_id
)
UPDATE indicators held
SET confidence = CASE WHEN latest.renews THEN held.base_confidence ELSE held.confidence END,
    renewed_at = CASE WHEN latest.renews THEN CAST(:now AS timestamptz) ELSE held.renewed_at END,
    last_seen_at = greatest(held.last_seen_at, latest.at),
    state = CASE WHEN latest.renews AND held.state = 'expired' AND (held.expires_at IS NULL OR held.expires_at > CAST(:now AS timestamptz))
                 THEN 'suspected' ELSE held.state END,
    changed_at = CASE WHEN latest.renews THEN CAST(:now AS timestamptz) ELSE held.changed_at END
FROM latest JOIN indicators old ON old.id = latest.indicator_id
WHERE held.id = latest.indicator_id AND held.state <> 'cleared' AND (held.renewed_at < CAST(:now AS timestamptz) OR NOT latest.renews)
RETURNING held.id, held.tokens, (held.state <> old.state OR held.state = 'suspected' AND old.confidence < :counts AND held.confidence >= :counts) AS is_news
""")

_DECAY = text("""
WITH lives AS (
    SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:days AS double precision[])) AS given (kind, days)
), aged AS (
    SELECT held.id, held.state, held.confidence, held.base_confidence, days,
           greatest(extract(epoch FROM CAST(:now AS timestamptz) - held.renewed_at), 0) / 86400.0 AS age
    FROM indicators held JOIN lives USING (kind)
    WHERE held.state IN ('suspected', 'confirmed')
    FOR UPDATE OF held
), worn AS (
    SELECT id, state AS state_before, confidence AS before, base_confidence AS base,
           CASE WHEN days = 0 THEN base_confidence
                ELSE least(base_confidence, floor(base_confidence * power(0.5, CAST(age AS double precision) / days) + 0.5)) END AS remains
    FROM aged
)
UPDATE indicators held
SET confidence = worn.remains,
    state = CASE WHEN worn.remains < :floor AND :floor <= worn.base THEN 'expired' ELSE held.state END,
    changed_at = CASE WHEN worn.remains < :floor AND :floor <= worn.base OR (worn.before < :counts) <> (worn.remains < :counts)
                      THEN CAST(:now AS timestamptz) ELSE held.changed_at END
FROM worn
WHERE held.id = worn.id AND (held.confidence <> worn.remains OR worn.remains < :floor AND :floor <= worn.base)
RETURNING held.id, held.tokens, held.state, (held.state = 'suspected' AND (worn.before < :counts) <> (worn.remains < :counts)) AS crossed
""")


@dataclass(frozen=True)
class Seen:
    """One sighting to be kept; `reference` names the record that holds it."""

    indicator_id: str
    kind: str
    reference: str
    seen_by: str
    region: str | None
    at: datetime


@dataclass(frozen=True)
class Changed:
    """What a sighting or decay moved: (id, tokens) that are flagged anew or otherwise, and those that are flagged no more."""

    news: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ended: tuple[tuple[str, tuple[str, ...]], ...] = ()


def sight(work: Work, seen: Sequence[Seen], now: datetime) -> Changed:
    """Keep sightings that are not held yet; what was seen has its full confidence again, and an expired entry is suspected again."""
    news: list[tuple[str, tuple[str, ...]]] = []
    for start in range(0, len(seen), _CHUNK):
        chunk = seen[start : start + _CHUNK]
        columns: dict[str, Any] = {
            "id": [each.indicator_id for each in chunk], "kind": [each.kind for each in chunk], "reference": [each.reference for each in chunk],
            "seen_by": [each.seen_by for each in chunk], "region": [each.region for each in chunk], "at": [each.at for each in chunk],
        }  # fmt: skip
        rows = work.session.execute(_SIGHT, {**columns, "now": now, "counts": _COUNTS})
        news += [(row.id, tuple(row.tokens)) for row in rows if row.is_news]
    return Changed(news=tuple(news))


def of_list(work: Work, entries: Sequence[Entry], now: datetime) -> list[Seen]:
    """The sightings that a list reports: each source once a time; without a time, once."""
    seen = []
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        ids = ids_of(work, [entry.index for entry in chunk])
        for entry in chunk:
            for source, row in entry.claims.items():
                reference = f"{source}@{row.seen_at.isoformat()}" if row.seen_at else source
                seen.append(Seen(ids[entry.index], "import", reference, source or work.actor, None, row.seen_at or now))
    return seen


def ids_of(work: Work, indexes: Collection[str]) -> dict[str, str]:
    """Blind index → id."""
    rows = work.session.execute(text("SELECT value_index, id FROM indicators WHERE value_index = ANY(:indexes)"), {"indexes": list(indexes)})
    return {row.value_index: row.id for row in rows}


def token_pairs(work: Work) -> list[tuple[str, str]]:
    """(token, entry id) of everything but what was cleared."""
    rows = work.session.execute(text("SELECT t AS token, id FROM indicators, unnest(tokens) t WHERE state <> 'cleared'"))
    return [(row.token, row.id) for row in rows]


def ids_by_tokens(work: Work, tokens: Collection[str]) -> list[str]:
    rows = work.session.execute(text("SELECT id FROM indicators WHERE tokens && CAST(:tokens AS text[]) ORDER BY id"), {"tokens": list(tokens)})
    return [row.id for row in rows]


def decay(work: Work, rule: Decay, now: datetime) -> Changed:
    """Let trust wear off; what fell below the floor expires. Repeating it at the same time changes nothing."""
    days = {kind.value: float(half_life) for kind, half_life in rule.half_lives.items()}
    given = {"kinds": list(days), "days": list(days.values()), "floor": rule.floor, "counts": _COUNTS, "now": now}
    rows = work.session.execute(_DECAY, given).all()
    ended = tuple((row.id, tuple(row.tokens)) for row in rows if row.state == "expired")
    return Changed(tuple((row.id, tuple(row.tokens)) for row in rows if row.crossed), ended)


def sightings(work: Work, indicator_id: str, most: int = 50) -> Sequence[Sighting]:
    """The latest first."""
    query = select(Sighting).where(Sighting.indicator_id == indicator_id).order_by(Sighting.at.desc(), Sighting.kind, Sighting.reference)
    return work.session.scalars(query.limit(most)).all()


def votes(work: Work, indicator_id: str) -> Sequence[Vote]:
    return work.session.scalars(select(Vote).where(Vote.indicator_id == indicator_id).order_by(Vote.at.desc(), Vote.voter)).all()


def last_judged(work: Work, indicator_id: str) -> datetime | None:
    return work.session.scalar(select(func.max(Judgement.at)).where(Judgement.indicator_id == indicator_id))


def vote(work: Work, row: Vote) -> None:
    """One a person; a second takes the place of the first."""
    values = {name: getattr(row, name) for name in ("indicator_id", "voter", "org_id", "voter_name", "at", "reason")}
    statement = insert(Vote).values(**values)
    changed = {name: values[name] for name in ("org_id", "voter_name", "at", "reason")}
    work.session.execute(statement.on_conflict_do_update(index_elements=["indicator_id", "voter"], set_=changed))


def waiting(work: Work, indicator_id: str, *, lock: bool = False) -> Proposal | None:
    query = select(Proposal).where(Proposal.indicator_id == indicator_id, Proposal.state == WAITING)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def proposals(work: Work, indicator_id: str) -> Sequence[Proposal]:
    return work.session.scalars(select(Proposal).where(Proposal.indicator_id == indicator_id).order_by(Proposal.at, Proposal.id)).all()


def all_waiting(work: Work) -> Sequence[Proposal]:
    return work.session.scalars(select(Proposal).where(Proposal.state == WAITING).order_by(Proposal.at, Proposal.id)).all()


def overridden(work: Work, indexes: Collection[str]) -> set[str]:
    """Which of the blind indexes somebody answers for although they are known to be good."""
    return set(work.session.scalars(select(Override.value_index).where(Override.value_index.in_(indexes)))) if indexes else set()
