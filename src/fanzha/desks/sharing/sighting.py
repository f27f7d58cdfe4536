"""Where suspect identifiers are met: in reports and cases, in batches of events, in decisions in flight. One sighting an entry and source, however often it occurs
there; repeatable. Reports and cases renew trust in an entry; events and decisions are written down alone (docs/indicators.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import polars as pl
from sqlalchemy import select

from fanzha.desks import cases, screening
from fanzha.desks.indicators import SightingKind, cleaning, judging, life_repository
from fanzha.desks.indicators.life_repository import Seen
from fanzha.desks.sharing.making import SCOPE
from fanzha.kit import clock
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import TOKENS, EventKind
from fanzha.store import Database, Work
from fanzha.vocab.identifiers import Kind

_LISTS = {EventKind.MESSAGES: ("links", "contacts")}
_PIECE = 2_000
OVERLAP = timedelta(minutes=30)
"""Decisions are looked at from so long ago on, so that none is missed between two runs."""


def in_batch(database: Database, lake: Lake, kind: EventKind, batch_id: str, first: date, last: date) -> int:
    """Entries that a batch of events names, each once; returns how many."""
    with database.work(SCOPE) as work:
        pairs = life_repository.token_pairs(work)
    if not pairs:
        return 0
    known = pl.DataFrame(pairs, schema={"token": pl.String, "id": pl.String}, orient="row").lazy()
    rows = lake.scan(kind, first, last).filter(pl.col("batch_id") == batch_id)
    parts = [rows.select(pl.col(name).alias("token"), "at", "source") for name in TOKENS[kind]]
    parts += [rows.select(pl.col(name).alias("token"), "at", "source").explode("token") for name in _LISTS.get(kind, ())]
    met = pl.concat(parts).drop_nulls("token").join(known, on="token").group_by("id").agg(pl.col("at").max(), pl.col("source").first()).sort("id").collect()
    seen = [Seen(entry, SightingKind.EVENT.value, f"{kind.value}:{batch_id}", source, None, at) for entry, at, source in met.iter_rows()]
    with database.work(SCOPE) as work:
        return judging.sight_entries(work, seen)


def in_reports(database: Database, since: datetime) -> int:
    """Entries that reports taken in since then name; returns how many sightings were looked at."""
    after, total = "", 0
    while True:
        with database.work(SCOPE) as work:
            query = select(cases.Report).where(cases.Report.imported_at >= since, cases.Report.id > after).order_by(cases.Report.id).limit(_PIECE)
            reports = {each.id: each for each in work.session.scalars(query)}
            if not reports:
                return total
            named = work.session.scalars(select(cases.Suspect).where(cases.Suspect.report_id.in_(reports), cases.Suspect.kind.is_not(None))).all()
            told = [(each.report_id, each.kind, each.value) for each in named]
            at = {key: (report.received_at, report.region, report.source) for key, report in reports.items()}
            total += judging.sight_entries(work, _seen(work, SightingKind.REPORT, told, at))
            after = max(reports)


def in_case(database: Database, case_id: str) -> int:
    """Entries that a case names as its suspects'."""
    with database.work(SCOPE) as work:
        case = work.session.get(cases.Case, case_id)
        if case is None:
            return 0
        named = work.session.scalars(select(cases.CaseSuspect).where(cases.CaseSuspect.case_id == case_id, cases.CaseSuspect.kind.is_not(None))).all()
        told = [(case_id, each.kind, each.value) for each in named]
        return judging.sight_entries(work, _seen(work, SightingKind.CASE, told, {case_id: (case.reported_at, case.region, case.unit_name)}))


def in_decisions(database: Database, since: datetime | None = None) -> int:
    """Entries that decisions in flight named lately: one sighting an entry, organisation and day."""
    with database.work(SCOPE) as work:
        query = select(screening.Decision.org_id, screening.Decision.subject_token, screening.Decision.other_token, screening.Decision.at)
        rows = work.session.execute(query.where(screening.Decision.decided_at >= (since or clock.now() - OVERLAP))).all()
        met: dict[str, list[tuple[str, datetime]]] = {}
        for row in rows:
            for token in (row.subject_token, row.other_token):
                if token:
                    met.setdefault(token, []).append((row.org_id, row.at))
        seen = [
            Seen(entry, SightingKind.DECISION.value, f"{org}:{clock.local_day(at)}", org, None, at)
            for token, entry in (life_repository.token_pairs(work) if met else [])
            for org, at in met.get(token, ())
        ]
        return judging.sight_entries(work, list({(each.indicator_id, each.reference): each for each in seen}.values()))


def in_checks(database: Database, ids: Sequence[str], org_name: str, at: datetime) -> int:
    """Entries that a unit asked about and agreed to be remembered for: one sighting an entry, unit and day."""
    reference = f"{org_name}:{clock.local_day(at)}"
    with database.work(SCOPE) as work:
        return judging.sight_entries(work, [Seen(each, SightingKind.CHECK.value, reference, org_name, None, at) for each in ids])


def _seen(work: Work, kind: SightingKind, told: Iterable[tuple[str, str | None, str]], of: Mapping[str, tuple[datetime, str | None, str]]) -> Sequence[Seen]:
    """Sightings of what the records (id, kind, value) name and the registry holds; `of`: record → (time, region, who says so)."""
    indexes = [(record, cleaning.index_of(Kind(of_kind), value)) for record, of_kind, value in told if of_kind]
    ids = life_repository.ids_of(work, {index for _, index in indexes})
    met = {(record, ids[index]) for record, index in indexes if index in ids}
    return [Seen(entry, kind.value, record, of[record][2], of[record][1], of[record][0]) for record, entry in sorted(met)]
