"""Queries about backtests and shadows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, text, update

from fanzha.desks.detection.domain import BacktestState, FindingState
from fanzha.desks.detection.model import Backtest, Finding, ShadowFinding
from fanzha.store import Work

_CHUNK = 2_000
_OPEN = tuple(state.value for state in BacktestState if state.is_open)


def lock_key(work: Work, key: str) -> None:
    """Two that ask for the same at once come one after the other."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('fanzha.backtest.' || :key, 0))"), {"key": key})


def newest_of_key(work: Work, key: str) -> Backtest | None:
    """The newest backtest of this key that is under way or done."""
    states = (*_OPEN, BacktestState.DONE.value)
    query = select(Backtest).where(Backtest.key == key, Backtest.state.in_(states)).order_by(Backtest.asked_at.desc(), Backtest.id.desc())
    return work.session.scalars(query.limit(1)).one_or_none()


def backtest(work: Work, backtest_id: str, *, lock: bool = False) -> Backtest | None:
    query = select(Backtest).where(Backtest.id == backtest_id).execution_options(populate_existing=True)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def backtests(work: Work, detector_id: str | None, most: int) -> Sequence[Backtest]:
    """The newest first."""
    query = select(Backtest).order_by(Backtest.asked_at.desc(), Backtest.id.desc()).limit(most)
    return work.session.scalars(query if detector_id is None else query.where(Backtest.detector_id == detector_id)).all()


def change(work: Work, backtest_id: str, **values: object) -> bool:
    """Change a backtest that is under way; False where it has ended meanwhile."""
    query = update(Backtest).where(Backtest.id == backtest_id, Backtest.state.in_(_OPEN)).values(values)
    return bool(work.session.execute(query.returning(Backtest.id)).all())


def give_up(work: Work, before: datetime, now: datetime) -> None:
    """Those that were asked for before and are still under way have failed."""
    ended = {"state": BacktestState.FAILED.value, "failure": "It did not come to an end within a day.", "ended_at": now}
    work.session.execute(update(Backtest).where(Backtest.state.in_(_OPEN), Backtest.asked_at < before).values(ended))


def forget_backtests(work: Work, before: datetime) -> int:
    return len(work.session.execute(delete(Backtest).where(Backtest.ended_at < before).returning(Backtest.id)).all())


def forget_shadows(work: Work, before: date) -> int:
    return len(work.session.execute(delete(ShadowFinding).where(ShadowFinding.day < before).returning(ShadowFinding.id)).all())


def replace_shadows(work: Work, versions: Collection[tuple[str, int]], first: date, last: date, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make what these shadows found on these days exactly this."""
    for detector_id, version in versions:
        mine = (ShadowFinding.detector_id == detector_id, ShadowFinding.version == version)
        work.session.execute(delete(ShadowFinding).where(*mine, ShadowFinding.day >= first, ShadowFinding.day <= last))
    for start in range(0, len(rows), _CHUNK):
        work.session.execute(insert(ShadowFinding), [dict(row) for row in rows[start : start + _CHUNK]])


def shadow_findings(work: Work, detector_id: str, version: int, first: date, last: date) -> Iterator[ShadowFinding]:
    query = select(ShadowFinding).where(
        ShadowFinding.detector_id == detector_id, ShadowFinding.version == version, ShadowFinding.day >= first, ShadowFinding.day <= last
    )
    yield from work.session.scalars(query.order_by(ShadowFinding.at, ShadowFinding.id))


def live_findings(work: Work, target: str, first: date, last: date, detector_id: str | None = None) -> Iterator[tuple[date, str, str, str, str]]:
    """(day, subject, rule, reason in Chinese, in English) of what stands for this target on these days; of one detector where it is named."""
    columns = (Finding.day, Finding.subject_token, Finding.rule_id, Finding.reason_zh, Finding.reason_en)
    stands = (Finding.target == target, Finding.state == FindingState.STANDING.value, Finding.day >= first, Finding.day <= last)
    query = select(*columns).where(*stands).order_by(Finding.day, Finding.rule_id, Finding.subject_token)
    if detector_id is not None:
        query = query.where(Finding.rule_id == detector_id)
    for row in work.session.execute(query):
        yield row[0], row[1], row[2], row[3], row[4]
