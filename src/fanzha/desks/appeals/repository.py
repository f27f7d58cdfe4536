"""All queries of the appeals desk but the rates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from fanzha.desks.appeals.domain import ANSWERED, GRANTED, OPEN, AlarmKind, State, Target
from fanzha.desks.appeals.model import (
    Appeal,
    AppealAlarm,
    AppealChallenge,
    AppealClearance,
    AppealDocument,
    AppealInquiry,
    AppealMeasure,
    AppealRelease,
    AppealStep,
    AppealText,
)
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_OPEN = tuple(state.value for state in OPEN)
_ANSWERED = tuple(state.value for state in ANSWERED)


@dataclass(frozen=True)
class Filters:
    """'' does not narrow. `state` also takes `open` and `answered`; `receipt` a receipt number; `late`: the clock that runs has run out."""

    state: str = ""
    target: str = ""
    receipt: str = ""
    unit: str = ""
    late: bool = False


def by_id(work: Work, appeal_id: str, *, lock: bool = False) -> Appeal | None:
    query = select(Appeal).where(Appeal.id == appeal_id)
    return work.session.scalars(query.with_for_update() if lock else query, execution_options={"populate_existing": lock}).one_or_none()


def by_receipt(work: Work, receipt: str) -> Appeal | None:
    return work.session.scalars(select(Appeal).where(Appeal.receipt == receipt)).one_or_none()


def by_request_key(work: Work, filed_by: str, key: str) -> Appeal | None:
    return work.session.scalars(select(Appeal).where(Appeal.filed_by == filed_by, Appeal.request_key == key)).one_or_none()


def of_target(work: Work, target: Target, target_id: str) -> Sequence[Appeal]:
    """Appeals against one measure, the newest first."""
    query = select(Appeal).where(Appeal.target == target.value, Appeal.target_id == target_id)
    return work.session.scalars(query.order_by(Appeal.filed_at.desc(), Appeal.id.desc())).all()


def of_targets(work: Work, target: Target, target_ids: Collection[str]) -> Sequence[Appeal]:
    """Appeals against any of these measures."""
    return work.session.scalars(select(Appeal).where(Appeal.target == target.value, Appeal.target_id.in_(target_ids))).all()


def following(work: Work, appeal_id: str) -> Appeal | None:
    """The reconsideration of an appeal."""
    return work.session.scalars(select(Appeal).where(Appeal.previous_id == appeal_id)).one_or_none()


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Appeal]:
    """What waits first, the most urgent on top; then the newest."""
    total = work.session.scalar(_narrowed(select(func.count()).select_from(Appeal), filters)) or 0
    due = case((Appeal.state.in_(_ANSWERED), None), (Appeal.state == State.FILED.value, Appeal.accept_by), (Appeal.state.in_(_OPEN), Appeal.answer_by))
    query = _narrowed(select(Appeal), filters).order_by(due.asc().nulls_last(), Appeal.filed_at.desc(), Appeal.id)
    return Page(list(work.session.scalars(query.limit(page.size).offset(page.offset))), total, page)


def counts(work: Work) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in work.session.execute(select(Appeal.state, func.count()).group_by(Appeal.state))}


def late_count(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(Appeal).where(_late(clock.now()))) or 0


def _late(now: datetime) -> ColumnElement[bool]:
    accepting = (Appeal.state == State.FILED.value) & (Appeal.accept_by <= now)
    return accepting | (Appeal.state.in_(_OPEN) & Appeal.paused_at.is_(None) & (Appeal.answer_by <= now))


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.state == "open":
        query = query.where(Appeal.state.in_(_OPEN))
    elif filters.state == "answered":
        query = query.where(Appeal.state.in_(_ANSWERED))
    elif filters.state:
        query = query.where(Appeal.state == filters.state)
    for column, value in ((Appeal.target, filters.target), (Appeal.receipt, filters.receipt), (Appeal.unit_org_id, filters.unit)):
        query = query.where(column == value) if value else query
    return query.where(_late(clock.now())) if filters.late else query


def steps(work: Work, appeal_id: str, *, public: bool = False) -> Sequence[AppealStep]:
    query = select(AppealStep).where(AppealStep.appeal_id == appeal_id).order_by(AppealStep.seq)
    return work.session.scalars(query.where(AppealStep.public) if public else query).all()


def documents(work: Work, appeal_id: str) -> Sequence[AppealDocument]:
    return work.session.scalars(select(AppealDocument).where(AppealDocument.appeal_id == appeal_id).order_by(AppealDocument.at, AppealDocument.id)).all()


def document(work: Work, appeal_id: str, document_id: str) -> AppealDocument | None:
    return work.session.scalars(select(AppealDocument).where(AppealDocument.id == document_id, AppealDocument.appeal_id == appeal_id)).one_or_none()


# --- inquiries


def inquiry(work: Work, inquiry_id: str, *, lock: bool = False) -> AppealInquiry | None:
    query = select(AppealInquiry).where(AppealInquiry.id == inquiry_id)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def inquiries(work: Work, appeal_id: str) -> Sequence[AppealInquiry]:
    return work.session.scalars(select(AppealInquiry).where(AppealInquiry.appeal_id == appeal_id).order_by(AppealInquiry.asked_at, AppealInquiry.id)).all()


def inquiries_to(work: Work, org_id: str) -> Sequence[AppealInquiry]:
    """What an organisation was asked: what waits first, by when it is due."""
    query = select(AppealInquiry).where(AppealInquiry.org_id == org_id)
    return work.session.scalars(query.order_by(AppealInquiry.answered_at.is_not(None), AppealInquiry.due_at, AppealInquiry.id).limit(200)).all()


# --- relief


def releases(work: Work, appeal_id: str) -> Sequence[AppealRelease]:
    return work.session.scalars(select(AppealRelease).where(AppealRelease.appeal_id == appeal_id).order_by(AppealRelease.order_id)).all()


def drop_releases(work: Work, appeal_id: str) -> None:
    """Of an appeal on which nothing is decided yet."""
    work.session.execute(delete(AppealRelease).where(AppealRelease.appeal_id == appeal_id))


def unproven(work: Work, limit: int) -> Sequence[Appeal]:
    """Granted appeals for which some release is not proven."""
    open_release = select(AppealRelease.order_id).where(AppealRelease.appeal_id == Appeal.id, AppealRelease.proven_at.is_(None))
    query = select(Appeal).where(Appeal.state.in_(tuple(GRANTED)), open_release.exists())
    return work.session.scalars(query.order_by(Appeal.decided_at, Appeal.id).limit(limit).with_for_update(skip_locked=True)).all()


def add_clearance(work: Work, row: AppealClearance) -> None:
    work.session.merge(row)
    work.session.flush()


_FLAGGED = text("SELECT id FROM indicators WHERE tokens && ARRAY[CAST(:token AS text)] AND state IN ('suspected', 'confirmed') ORDER BY id")


def flagged_entries(work: Work, token: str) -> list[str]:
    """Entries of the registry that flag a token."""
    return list(work.session.scalars(_FLAGGED, {"token": token}))


# --- alarms


def alarms(work: Work, *, appeal_id: str = "", limit: int = 100) -> Sequence[tuple[AppealAlarm, Appeal]]:
    """Alarms nobody has seen to, the newest first; with an appeal, all of its alarms."""
    query = select(AppealAlarm, Appeal).join(Appeal, Appeal.id == AppealAlarm.appeal_id).order_by(AppealAlarm.at.desc(), AppealAlarm.appeal_id).limit(limit)
    query = query.where(AppealAlarm.appeal_id == appeal_id) if appeal_id else query.where(AppealAlarm.seen_at.is_(None))
    return [(row[0], row[1]) for row in work.session.execute(query)]


def raise_alarm(work: Work, appeal_id: str, kind: AlarmKind, due_at: datetime) -> bool:
    """True where it is new: the same alarm is raised once."""
    row = {"appeal_id": appeal_id, "kind": kind.value, "due_at": due_at, "at": clock.now()}
    return work.session.execute(insert(AppealAlarm).values(row).on_conflict_do_nothing().returning(AppealAlarm.appeal_id)).first() is not None


def see_alarms(work: Work, appeal_id: str) -> int:
    seen = update(AppealAlarm).where(AppealAlarm.appeal_id == appeal_id, AppealAlarm.seen_at.is_(None)).values(seen_at=clock.now(), seen_by=work.actor)
    return len(work.session.execute(seen.returning(AppealAlarm.kind)).all())


# --- what the clock looks for; for the pipeline


def open_page(work: Work, after: str, limit: int) -> Sequence[Appeal]:
    """Appeals that wait for an answer, by id; what another worker holds is passed over."""
    query = select(Appeal).where(Appeal.state.in_(_OPEN), Appeal.id > after).order_by(Appeal.id).limit(limit)
    return work.session.scalars(query.with_for_update(skip_locked=True)).all()


def late_inquiries(work: Work, now: datetime, limit: int) -> Sequence[tuple[AppealInquiry, Appeal]]:
    raised = select(AppealAlarm.appeal_id).where(
        AppealAlarm.appeal_id == AppealInquiry.appeal_id, AppealAlarm.kind == AlarmKind.FACTS_LATE.value, AppealAlarm.due_at == AppealInquiry.due_at
    )  # fmt: skip
    query = select(AppealInquiry, Appeal).join(Appeal, Appeal.id == AppealInquiry.appeal_id)
    query = query.where(AppealInquiry.answered_at.is_(None), AppealInquiry.due_at <= now, Appeal.state.in_(_OPEN), ~raised.exists())
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(AppealInquiry.id).limit(limit))]


def closable(work: Work, now: datetime, limit: int) -> Sequence[Appeal]:
    """Answered appeals whose time for reconsideration is over, or of which a reconsideration was filed, and of which no release waits for proof."""
    waits = select(AppealRelease.order_id).where(AppealRelease.appeal_id == Appeal.id, AppealRelease.proven_at.is_(None), Appeal.state.in_(tuple(GRANTED)))
    again = aliased(Appeal)
    later = select(again.previous_id).where(again.previous_id.is_not(None))
    over = Appeal.reconsider_by.is_(None) | (Appeal.reconsider_by <= now) | Appeal.id.in_(later)
    query = select(Appeal).where(Appeal.state.in_(_ANSWERED), over, ~waits.exists())
    return work.session.scalars(query.order_by(Appeal.id).limit(limit).with_for_update(skip_locked=True)).all()


_UNMEASURED = text(
    "SELECT o.id FROM orders o WHERE o.effect = 'impose' AND o.starts_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM appeal_measures m WHERE m.order_id = o.id)"
    " ORDER BY o.starts_at, o.id LIMIT :limit"
)


def unmeasured_orders(work: Work, limit: int) -> list[str]:
    """Measures that came into force and are not counted yet."""
    return list(work.session.scalars(_UNMEASURED, {"limit": limit}))


def add_measure(work: Work, order_id: str, detectors: Sequence[str]) -> None:
    work.session.execute(insert(AppealMeasure).values(order_id=order_id, detectors=list(detectors)).on_conflict_do_nothing())


# --- strangers at the public pages; for the pipeline


def challenge_by_token(work: Work, digest: str, *, lock: bool = False) -> AppealChallenge | None:
    query = select(AppealChallenge).where(AppealChallenge.token_digest == digest)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def challenge(work: Work, challenge_id: str) -> AppealChallenge | None:
    return work.session.scalars(select(AppealChallenge).where(AppealChallenge.id == challenge_id).with_for_update()).one_or_none()


def codes_since(work: Work, number_index: str, since: datetime) -> int:
    query = select(func.count()).select_from(AppealChallenge)
    return work.session.scalar(query.where(AppealChallenge.number_index == number_index, AppealChallenge.made_at >= since)) or 0


def forget_challenges(work: Work, before: datetime) -> int:
    return len(work.session.execute(delete(AppealChallenge).where(AppealChallenge.made_at < before).returning(AppealChallenge.id)).all())


def texts(work: Work, limit: int) -> Sequence[AppealText]:
    """The newest first."""
    return work.session.scalars(select(AppealText).order_by(AppealText.at.desc(), AppealText.id).limit(limit)).all()
