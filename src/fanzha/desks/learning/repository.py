"""Queries over labels and the desk's own tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from fanzha.desks.learning.domain import SubjectKind, Verdict
from fanzha.desks.learning.model import AlarmRow, ChallengerRow, DriftRow, FigureRow, Label, LabelDetector, MissedRow, TrickRow
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_SWEEP_LOCK, _NIGHT_LOCK = 4_401_013, 4_401_014


@dataclass(frozen=True)
class Held:
    """The latest revision of a source row's label."""

    revision: int
    digest: str
    known_at: datetime


@dataclass(frozen=True)
class Filters:
    """What a list of labels is narrowed to; None and '' do not narrow. `detector` and `version`: those about whose subject it had said something, within
    [since, until) of that saying; without a detector the window is that of what happened."""

    detector: str = ""
    version: int | None = None
    verdict: Verdict | None = None
    source: str = ""
    kind: SubjectKind | None = None
    fraud_type: str = ""
    warned: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


def lock_sweep(work: Work) -> None:
    """Wait for any other sweep; held to the end of the transaction."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SWEEP_LOCK})


def lock_night(work: Work) -> None:
    """One retraining at a time."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NIGHT_LOCK})


# ---- labels


def latest_of(work: Work, source: str, source_ids: Collection[str]) -> dict[str, Held]:
    query = (
        select(Label.source_id, Label.revision, Label.digest, Label.known_at)
        .where(Label.source == source, Label.source_id.in_(source_ids))
        .ext(distinct_on(Label.source_id))
        .order_by(Label.source_id, Label.revision.desc())
    )
    return {row[0]: Held(row[1], row[2], row[3]) for row in work.session.execute(query)}


# A finding recorded after the label was known said nothing in time; those of the person's phone count where the holder was not known then.
_SAID = text("""
INSERT INTO label_detectors (label_id, detector_id, version, said_at, recorded_at, score, is_shadow)
SELECT l.id, f.detector_id, f.version, min(f.at), min(f.recorded_at), max(f.score), bool_and(f.is_shadow)
FROM labels l JOIN (
    SELECT subject_token, rule_id AS detector_id, rule_version AS version, at, recorded_at, score, false AS is_shadow FROM findings
    UNION ALL SELECT subject_token, detector_id, version, at, recorded_at, score, true FROM shadow_findings
) f ON f.subject_token IN (l.subject_token, l.phone_token) AND f.at <= l.known_at AND f.at >= l.happened_at - make_interval(days => :days)
WHERE l.id = ANY(:ids)
GROUP BY l.id, f.detector_id, f.version
ON CONFLICT DO NOTHING
""")


def insert_labels(work: Work, rows: Sequence[Mapping[str, Any]], said_days: int) -> None:
    """Add labels, and beside each which detector versions had said something about its subject."""
    if rows:
        work.session.execute(insert(Label), [dict(row) for row in rows])
        work.session.execute(_SAID, {"ids": [row["id"] for row in rows], "days": said_days})


def forget(work: Work, before: datetime) -> int:
    old = select(Label.source, Label.source_id).group_by(Label.source, Label.source_id).having(func.max(Label.known_at) < before).subquery()
    query = delete(Label).where(Label.source == old.c.source, Label.source_id == old.c.source_id)
    return int(work.session.execute(query.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def forget_snapshots(work: Work, before: date) -> None:
    """Snapshots and alarms of earlier days."""
    for table in (FigureRow, DriftRow, MissedRow, AlarmRow):
        work.session.execute(delete(table).where(table.day < before).execution_options(synchronize_session=False))


def current() -> Any:
    """Ids of the latest revisions: a correction wins over what it corrects."""
    return select(Label.id).ext(distinct_on(Label.source, Label.source_id)).order_by(Label.source, Label.source_id, Label.revision.desc())


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Label]:
    """Current labels, the newest known first."""
    total = work.session.scalar(_narrowed(select(func.count(func.distinct(Label.id))).select_from(Label), filters)) or 0
    query = _narrowed(select(Label), filters).order_by(Label.known_at.desc(), Label.id.desc())
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset)).unique()), total, page)


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    query = query.where(Label.id.in_(current()))
    wanted = {Label.verdict: filters.verdict, Label.source: filters.source, Label.subject_kind: filters.kind, Label.fraud_type: filters.fraud_type}
    for column, value in wanted.items():
        if value:
            query = query.where(column == str(value))
    if filters.warned is not None:
        query = query.where(Label.warned.is_(filters.warned))
    if not filters.detector:
        return _between(query, Label.happened_at, filters)
    said: Select[Any] = _between(select(LabelDetector.label_id).where(LabelDetector.detector_id == filters.detector), LabelDetector.said_at, filters)
    if filters.version is not None:
        said = said.where(LabelDetector.version == filters.version)
    return query.where(Label.id.in_(said))


def _between(query: Select[Any], column: Any, filters: Filters) -> Select[Any]:
    if filters.since is not None:
        query = query.where(column >= filters.since)
    return query.where(column < filters.until) if filters.until is not None else query


def said_about(work: Work, label_id: str) -> Sequence[LabelDetector]:
    return work.session.scalars(select(LabelDetector).where(LabelDetector.label_id == label_id).order_by(LabelDetector.said_at)).all()


def counts(work: Work) -> dict[tuple[str, str], int]:
    """(source, verdict) → current labels."""
    query = select(Label.source, Label.verdict, func.count()).where(Label.id.in_(current())).group_by(Label.source, Label.verdict)
    return {(row[0], row[1]): row[2] for row in work.session.execute(query)}


def answers(work: Work, sources: Collection[str]) -> Sequence[Label]:
    """Current labels of these sources that say something."""
    told = Label.source.in_(sources) & (Label.verdict != Verdict.UNKNOWN.value)
    return work.session.scalars(select(Label).where(Label.id.in_(current()), told).order_by(Label.id)).all()


# ---- figures


def _put(work: Work, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert, or replace what stands under the same key."""
    if not rows:
        return
    keys = [column.name for column in table.__table__.primary_key]
    query = upsert(table)
    changed = {name: query.excluded[name] for name in rows[0] if name not in keys}
    work.session.execute(query.on_conflict_do_update(index_elements=keys, set_=changed), [dict(row) for row in rows])


def put_figures(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    _put(work, FigureRow, rows)


def replace_drifts(work: Work, day: date, detector: str, version: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """A day's comparisons of one version are exactly these."""
    mine = (DriftRow.day == day) & (DriftRow.detector_id == detector) & (DriftRow.version == version)
    work.session.execute(delete(DriftRow).where(mine).execution_options(synchronize_session=False))
    _put(work, DriftRow, rows)


def put_missed(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    _put(work, MissedRow, rows)


def replace_tricks(work: Work, rows: Sequence[Mapping[str, Any]], since: datetime) -> None:
    """What began since then is exactly these; older tricks stay as they were found."""
    work.session.execute(delete(TrickRow).where(TrickRow.last_known_at >= since).execution_options(synchronize_session=False))
    _put(work, TrickRow, rows)


def tricks(work: Work, since: datetime | None = None) -> Sequence[TrickRow]:
    query = select(TrickRow).order_by(TrickRow.first_known_at.desc(), TrickRow.id)
    return work.session.scalars(query if since is None else query.where(TrickRow.first_known_at >= since)).all()


def add_alarm(work: Work, row: Mapping[str, Any]) -> bool:
    """Whether it is new: an alarm is raised once a day and subject."""
    query = upsert(AlarmRow).values(**row).on_conflict_do_nothing().returning(AlarmRow.kind)
    return work.session.execute(query).first() is not None


def alarms(work: Work, most: int) -> Sequence[AlarmRow]:
    return work.session.scalars(select(AlarmRow).order_by(AlarmRow.at.desc(), AlarmRow.kind, AlarmRow.subject).limit(most)).all()


def latest_day(work: Work, table: type[DriftRow | MissedRow | FigureRow]) -> date | None:
    return work.session.scalar(select(func.max(table.day)))


def drifts(work: Work, day: date | None, detector: str = "", version: int | None = None) -> Sequence[DriftRow]:
    """A day's comparisons, or of all days where none is named; the greatest index first within a day."""
    query = select(DriftRow).order_by(DriftRow.day.desc(), DriftRow.psi.desc(), DriftRow.detector_id, DriftRow.quantity)
    if day is not None:
        query = query.where(DriftRow.day == day)
    if detector:
        query = query.where(DriftRow.detector_id == detector)
    return work.session.scalars(query if version is None else query.where(DriftRow.version == version)).all()


def missed(work: Work, day: date) -> Sequence[MissedRow]:
    return work.session.scalars(select(MissedRow).where(MissedRow.day == day).order_by(MissedRow.week.desc(), MissedRow.fraud_type)).all()


def figures(work: Work, day: date) -> Sequence[FigureRow]:
    return work.session.scalars(select(FigureRow).where(FigureRow.day == day).order_by(FigureRow.detector_id, FigureRow.version, FigureRow.name)).all()


def challengers(work: Work, most: int) -> Sequence[ChallengerRow]:
    return work.session.scalars(select(ChallengerRow).order_by(ChallengerRow.night.desc(), ChallengerRow.detector_id).limit(most)).all()


def challenger(work: Work, night: date, detector: str) -> ChallengerRow | None:
    return work.session.get(ChallengerRow, (night, detector))


def add_challenger(work: Work, row: Mapping[str, Any]) -> None:
    work.session.execute(insert(ChallengerRow), [dict(row)])


# What a correction later took back was still believed then; weak words (a lone vote) teach nothing.
_KNOWN_BY = text("""
SELECT subject_kind, subject_token, phone_token, verdict, happened_at, known_at FROM (
    SELECT DISTINCT ON (source, source_id) * FROM labels WHERE known_at < :cut_off AND subject_kind = :kind ORDER BY source, source_id, revision DESC
) known WHERE verdict <> 'unknown' AND weight >= 0.5 ORDER BY id
""")


def known_by(work: Work, kind: str, cut_off: datetime) -> Sequence[Mapping[str, Any]]:
    """The labels of one kind of subject as they stood at the cut-off."""
    return [dict(row) for row in work.session.execute(_KNOWN_BY, {"kind": kind, "cut_off": cut_off}).mappings()]
