"""Which findings rest on an identifier: those about it, and those among whose events it stands. For whoever follows a withdrawn indicator."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
from sqlalchemy import select, text

from fanzha.desks.detection import reading, repository
from fanzha.desks.detection.domain import FindingState, Flags
from fanzha.desks.detection.model import Finding
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import TOKENS, EventKind
from fanzha.store import Work

_EVENTS = (EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS)
_LISTS: Mapping[EventKind, tuple[str, ...]] = {EventKind.MESSAGES: ("links", "contacts")}
_EVIDENCE = text("""
SELECT f.id, f.rule_id, f.day, f.subject_token, e ->> 'kind' AS kind, e ->> 'event_id' AS event_id,
       CAST(CAST(e ->> 'at' AS timestamptz) AT TIME ZONE 'Asia/Shanghai' AS date) AS event_day
FROM findings f LEFT JOIN LATERAL jsonb_array_elements(f.evidence) e ON true
WHERE f.state = 'standing' OR f.changed_at >= :since
""")
_LONGEST_DECISION = timedelta(minutes=1)
"""No transaction in which somebody decides takes longer."""


@dataclass(frozen=True)
class Resting:
    """A standing finding and those of the tokens that it rests on."""

    finding_id: str
    rule_id: str
    day: date
    tokens: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """Whether a finding stands, since when, and of which day it is."""

    stands: bool
    day: date
    changed_at: datetime


def on_tokens(work: Work, lake: Lake, tokens: Collection[str], since: datetime) -> list[Resting]:
    """Findings that stand, or stood until `since`, and have one of the tokens for a subject or in one of the events that they name, by day and id."""
    rows = work.session.execute(_EVIDENCE, {"since": since}).all()
    days = [row.event_day for row in rows if row.event_day]
    wanted = {(row.kind, row.event_id) for row in rows if row.event_id}
    named = _naming(lake, tokens, wanted, min(days), max(days)) if days else {}
    found: dict[str, set[str]] = {}
    about: dict[str, tuple[str, date]] = {}
    for row in rows:
        own = {row.subject_token} & set(tokens) | named.get((row.kind, row.event_id), set())
        if own:
            found.setdefault(row.id, set()).update(own)
            about[row.id] = (row.rule_id, row.day)
    return sorted((Resting(key, *about[key], frozenset(own)) for key, own in found.items()), key=lambda each: (each.day, each.finding_id))


def states(work: Work, finding_ids: Collection[str]) -> dict[str, Standing]:
    query = select(Finding.id, Finding.state, Finding.day, Finding.changed_at).where(Finding.id.in_(finding_ids))
    return {row.id: Standing(row.state == FindingState.STANDING.value, row.day, row.changed_at) for row in work.session.execute(query)}


@dataclass(frozen=True)
class Looked:
    """The run that has looked without it; '' where there is nothing to look at. Findings of days before `first_day` are not looked at again."""

    run_id: str
    first_day: date | None


def looked(work: Work, lake: Lake, flags: Flags, at: datetime) -> Looked | None:
    """Whether detection has run with the flags as they are now, or began well after `at` and so saw what was decided then; None: not yet."""
    last = repository.last_run(work)
    if last is None:
        return None if any(lake.days(kind) for kind in _EVENTS) else Looked("", None)
    if last.flags == reading.fingerprint_of(flags) or last.started_at > at + _LONGEST_DECISION:
        return Looked(last.id, last.first_day)
    return None


def _naming(lake: Lake, tokens: Collection[str], wanted: Collection[tuple[str, str]], first: date, last: date) -> dict[tuple[str, str], set[str]]:
    """(kind, event id) → the tokens that stand in it."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind in _EVENTS:
        ids = [event_id for of_kind, event_id in wanted if of_kind == kind.value]
        if ids:
            for event_id, token in hits(lake, kind, tokens, first, last, ids):
                found.setdefault((kind.value, event_id), set()).add(token)
    return found


def hits(lake: Lake, kind: EventKind, tokens: Collection[str], first: date, last: date, ids: Collection[str]) -> Iterator[tuple[str, str]]:
    """(event id, token) of these events of one kind in which one of the tokens stands."""
    rows = lake.scan(kind, first, last).filter(pl.col("event_id").is_in(list(ids)))
    columns = [rows.select("event_id", pl.col(name).alias("token")) for name in TOKENS[kind]]
    columns += [rows.select("event_id", pl.col(name).alias("token")).explode("token") for name in _LISTS.get(kind, ())]
    yield from pl.concat(columns).filter(pl.col("token").is_in(list(tokens))).unique().collect().iter_rows()
