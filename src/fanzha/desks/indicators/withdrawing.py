"""Where a withdrawal goes: opened with the judgement, followed place by place, proven, and told to those who must act.

Invariants: a withdrawal is opened in the transaction that ends the flag, so none is forgotten; a place is written once a withdrawal and target, and its outcome
only ever moves from pending to final; a notice is never sent twice. Which places there are and how each is reached the sharing desk knows, which sees all desks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.indicators.domain import IndicatorState
from fanzha.desks.indicators.errors import NoticeNotFound
from fanzha.desks.indicators.events import IndicatorsRelisted, IndicatorsWithdrawn
from fanzha.desks.indicators.model import Indicator
from fanzha.desks.indicators.reach_model import Notice, Reach, Withdrawal
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind

_CHUNK = 5_000


class Place(StrEnum):
    """Where an identifier may have been used."""

    REGISTRY = "registry"  # 标识库: another entry flags the same
    DETECTION = "detection"  # 监测规则
    FINDING = "finding"  # 研判结果
    WARNING = "warning"  # 预警
    SCREENING = "screening"  # 交易拦截
    DECISION = "decision"  # 拦截决定
    SERIES = "series"  # 串并
    ORDER = "order"  # 管控指令
    REPORT = "report"  # 警情
    CASE = "case"  # 案件
    BRIEFING = "briefing"  # 通报
    EXPORT = "export"  # 共享


class Outcome(StrEnum):
    """What came of it there."""

    PENDING = "pending"  # 等待下一轮
    RENEWED = "renewed"  # 已重新载入
    WITHDRAWN = "withdrawn"  # 已撤回
    CANCELLED = "cancelled"  # 已撤销
    UNLINKED = "unlinked"  # 不再串并
    TOLD = "told"  # 已通知
    MARKED = "marked"  # 已标注
    KEPT = "kept"  # 另有依据，保留
    ENDED = "ended"  # 此前已结束


@dataclass(frozen=True)
class Withdrawn:
    """An open withdrawal as whoever follows it needs it. `value` is in clear; `gone`: its tokens that no other entry flags."""

    id: str
    indicator_id: str
    state: IndicatorState
    kind: Kind
    value: str
    gone: frozenset[str]
    is_flagged_elsewhere: bool
    at: datetime
    walked: bool


@dataclass(frozen=True)
class Reached:
    """One place and what came of it there."""

    withdrawal_id: str
    place: Place
    target_id: str
    label: str
    outcome: Outcome
    proof: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Somebody to be told of a place. `user_id` None: the whole unit."""

    withdrawal_id: str
    place: Place
    target_id: str
    label: str
    org_id: str
    org_name: str
    region: str
    user_id: str | None = None


# ---- opened and ended with the judgement


def open_for(work: Work, ids: Collection[str], state: IndicatorState) -> None:
    """These entries are flagged no more, since now."""
    wanted, now = list(ids), clock.now()
    opened: list[str] = []
    for start in range(0, len(wanted), _CHUNK):
        entries = work.session.scalars(select(Indicator).where(Indicator.id.in_(wanted[start : start + _CHUNK]))).all()
        rows = [
            {"id": new_id(), "indicator_id": each.id, "state": state.value, "kind": each.kind, "masked": each.masked, "tokens": each.tokens, "at": now,
             "actor": work.actor}
            for each in entries
        ]  # fmt: skip
        if rows:
            work.session.execute(insert(Withdrawal), rows)
            opened += [str(row["id"]) for row in rows]
    if opened:
        work.publish(IndicatorsWithdrawn(tuple(opened)))


_LIFT = text("""
UPDATE indicator_withdrawals SET lifted_at = CAST(:now AS timestamptz)
WHERE lifted_at IS NULL AND indicator_id = ANY(CAST(:ids AS text[]))
  AND indicator_id IN (SELECT id FROM indicators WHERE state IN ('suspected', 'confirmed') AND id = ANY(CAST(:ids AS text[])))
RETURNING id
""")


def lift(work: Work, ids: Sequence[str]) -> None:
    """Entries that are flagged again: their withdrawals are over."""
    lifted = tuple(work.session.execute(_LIFT, {"ids": list(ids), "now": clock.now()}).scalars()) if ids else ()
    if lifted:
        work.publish(IndicatorsRelisted(lifted))


# ---- followed


_OPEN = text("""
SELECT w.id, w.indicator_id, w.state, w.tokens, w.at, w.walked_at IS NOT NULL AS walked,
       ARRAY(SELECT DISTINCT t FROM indicators o, unnest(o.tokens) t WHERE o.state IN ('suspected', 'confirmed') AND o.tokens && w.tokens AND t = ANY(w.tokens)) AS still
FROM indicator_withdrawals w WHERE w.settled_at IS NULL ORDER BY w.state, w.at, w.id LIMIT :most
""")


def unsettled(work: Work, most: int = 200) -> list[Withdrawn]:
    """Withdrawals that something is left to do for: what was cleared before what merely ran out, the oldest first."""
    rows = work.session.execute(_OPEN, {"most": most}).all()
    entries = {each.id: each for each in work.session.scalars(select(Indicator).where(Indicator.id.in_({row.indicator_id for row in rows})))}
    return [
        Withdrawn(
            row.id, row.indicator_id, IndicatorState(row.state), Kind(entries[row.indicator_id].kind), entries[row.indicator_id].value,
            frozenset(row.tokens) - frozenset(row.still), not set(row.tokens) - set(row.still), row.at, row.walked,
        )
        for row in rows
    ]  # fmt: skip


def keep(work: Work, reached: Iterable[Reached]) -> None:
    """Write places down; one that stands already keeps what it says."""
    now = clock.now()
    rows = [
        {"withdrawal_id": each.withdrawal_id, "place": each.place.value, "target_id": each.target_id, "label": each.label, "outcome": each.outcome.value,
         "found_at": now, "settled_at": None if each.outcome is Outcome.PENDING else now, "proof": each.proof}
        for each in reached
    ]  # fmt: skip
    for start in range(0, len(rows), _CHUNK):
        work.session.execute(insert(Reach).on_conflict_do_nothing(), rows[start : start + _CHUNK])


def settle(work: Work, withdrawal_id: str, place: Place, target_id: str, outcome: Outcome, proof: dict[str, Any]) -> None:
    """What was pending has come to something."""
    row = (Reach.withdrawal_id == withdrawal_id, Reach.place == place.value, Reach.target_id == target_id, Reach.settled_at.is_(None))
    work.session.execute(update(Reach).where(*row).values(outcome=outcome.value, settled_at=clock.now(), proof=proof))


def pending(work: Work, withdrawal_id: str) -> Sequence[Reach]:
    return work.session.scalars(select(Reach).where(Reach.withdrawal_id == withdrawal_id, Reach.settled_at.is_(None)).order_by(Reach.place, Reach.target_id)).all()


def mark(work: Work, withdrawal_id: str, *, settled: bool) -> None:
    """Every place was looked at; `settled`: nothing is pending either."""
    now = clock.now()
    walked = update(Withdrawal).where(Withdrawal.id == withdrawal_id, Withdrawal.walked_at.is_(None)).values(walked_at=now)
    work.session.execute(walked)
    if settled:
        work.session.execute(update(Withdrawal).where(Withdrawal.id == withdrawal_id, Withdrawal.settled_at.is_(None)).values(settled_at=now))


def tell(work: Work, told: Iterable[Told]) -> int:
    """Send notices that are not sent yet; returns how many are new."""
    rows = [
        {"id": new_id(), "withdrawal_id": each.withdrawal_id, "place": each.place.value, "target_id": each.target_id, "label": each.label, "org_id": each.org_id,
         "org_name": each.org_name, "region": each.region, "user_id": each.user_id, "at": clock.now()}
        for each in told
    ]  # fmt: skip
    if not rows:
        return 0
    return len(work.session.scalars(insert(Notice).on_conflict_do_nothing().returning(Notice.id), rows).all())


# ---- read


def reach_of(work: Work, indicator_id: str) -> list[tuple[Withdrawal, Sequence[Reach]]]:
    """Each withdrawal of an entry with the places it reached, the newest first."""
    found = work.session.scalars(select(Withdrawal).where(Withdrawal.indicator_id == indicator_id).order_by(Withdrawal.at.desc(), Withdrawal.id)).all()
    order = {place.value: rank for rank, place in enumerate(Place)}
    rows = work.session.scalars(select(Reach).where(Reach.withdrawal_id.in_([each.id for each in found])).order_by(Reach.label, Reach.target_id)).all()
    return [(each, sorted((row for row in rows if row.withdrawal_id == each.id), key=lambda row: order[row.place])) for each in found]


def of_target(work: Work, place: Place, target_id: str) -> list[tuple[Reach, Withdrawal]]:
    """Withdrawals that stand and reached this record, as far as the reader sees them."""
    query = select(Reach, Withdrawal).join(Withdrawal, Withdrawal.id == Reach.withdrawal_id)
    query = query.where(Reach.place == place.value, Reach.target_id == target_id, Withdrawal.lifted_at.is_(None), Withdrawal.state == IndicatorState.CLEARED.value)
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(Withdrawal.at.desc()))]


def inbox(work: Work, *, everybody: bool = False, most: int = 200) -> list[tuple[Notice, Withdrawal]]:
    """Notices to the reader and their unit, unread first; with `everybody` those of all units that the reader may see."""
    query = select(Notice, Withdrawal).join(Withdrawal, Withdrawal.id == Notice.withdrawal_id)
    if not everybody:
        query = query.where(Notice.org_id == work.scope.org_id, or_(Notice.user_id.is_(None), Notice.user_id == work.actor))
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(Notice.read_at.is_not(None), Notice.at.desc(), Notice.id).limit(most))]


def unread(work: Work) -> int:
    return sum(notice.read_at is None for notice, _ in inbox(work))


def acknowledge(work: Work, notice_id: str) -> Notice:
    """The reader has seen it and acts on it. Idempotent.

    Raises:
        NoticeNotFound: there is none, or it is for somebody else.
    """
    found = work.session.scalars(select(Notice).where(Notice.id == notice_id).with_for_update()).one_or_none()
    if found is None or found.org_id != work.scope.org_id or found.user_id not in (None, work.actor):
        raise NoticeNotFound(notice=notice_id)
    if found.read_at is None:
        found.read_at, found.read_by = clock.now(), work.actor
        found.reader_name = work.scope.principal.name if work.scope.principal else work.actor
        work.session.flush()
        work.audit("indicators.notice_read", f"{found.place}:{found.target_id}", {"withdrawal": found.withdrawal_id})
    return found


def remind(work: Work, before: datetime) -> int:
    """Notices sent or last reminded of before a time and not read: they count as reminded now. Returns how many."""
    asked = or_(Notice.reminded_at.is_(None), Notice.reminded_at < before)
    query = update(Notice).where(Notice.read_at.is_(None), Notice.at < before, asked).values(reminded_at=clock.now()).returning(Notice.id)
    return len(work.session.scalars(query).all())
