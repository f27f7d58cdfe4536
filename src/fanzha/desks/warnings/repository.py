"""The desk's queries that load or lock records. Lists and counts stand in `queue` and `overview`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from fanzha.desks.warnings.domain import FINAL
from fanzha.desks.warnings.errors import KeyUsedOtherwise, WarningNotFound
from fanzha.desks.warnings.model import Assignment, FeedbackEntry, RequestKey, Reveal, Transfer, WarningFinding, WarningOrder
from fanzha.kit import clock
from fanzha.store import Table, Work

_FINAL = [state.value for state in FINAL]

T = TypeVar("T", bound=Table)


def by_id(work: Work, warning_id: str) -> WarningOrder:
    """Raises WarningNotFound: also where row security hides it."""
    found = work.session.scalar(select(WarningOrder).where(WarningOrder.id == warning_id))
    if found is None:
        raise WarningNotFound(id=warning_id)
    return found


def locked(work: Work, warning_id: str) -> WarningOrder:
    """The warning, held until the transaction ends. Raises WarningNotFound."""
    found = work.session.scalar(select(WarningOrder).where(WarningOrder.id == warning_id).with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise WarningNotFound(id=warning_id)
    return found


def lock(work: Work, warning_ids: Iterable[str]) -> Sequence[WarningOrder]:
    """Several, locked in the order of their ids so that two who lock several never wait for one another."""
    query = select(WarningOrder).where(WarningOrder.id.in_(list(warning_ids))).order_by(WarningOrder.id).with_for_update().execution_options(populate_existing=True)
    return work.session.scalars(query).all()


def lock_open_of(work: Work, person_keys: Iterable[str]) -> Sequence[WarningOrder]:
    query = (
        select(WarningOrder)
        .where(WarningOrder.person_key.in_(list(person_keys)), WarningOrder.state.not_in(_FINAL))
        .order_by(WarningOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return work.session.scalars(query).all()


def latest_of(work: Work, person_keys: Collection[str]) -> Mapping[str, str]:
    """The newest warning's id of each person who has had one."""
    query = (
        select(WarningOrder.person_key, WarningOrder.id)
        .where(WarningOrder.person_key.in_(person_keys))
        .ext(distinct_on(WarningOrder.person_key))
        .order_by(WarningOrder.person_key, WarningOrder.issued_at.desc())
    )
    return {row.person_key: row.id for row in work.session.execute(query)}


def next_numbers(work: Work, count: int) -> list[str]:
    """YJ, the day in China, and a number that is never used twice."""
    day = clock.local_day(clock.now())
    drawn = work.session.scalars(text("SELECT nextval('warning_numbers') FROM generate_series(1, :count)"), {"count": count})
    return [f"YJ{day:%Y%m%d}{number:06d}" for number in drawn]


def findings(work: Work, finding_ids: Iterable[str]) -> Sequence[WarningFinding]:
    return work.session.scalars(select(WarningFinding).where(WarningFinding.finding_id.in_(list(finding_ids)))).all()


def supported(work: Work, warning_ids: Collection[str]) -> set[str]:
    """Those of the warnings that still have a finding which stands."""
    query = select(WarningFinding.warning_id).where(WarningFinding.warning_id.in_(warning_ids), WarningFinding.withdrawn_at.is_(None)).distinct()
    return set(work.session.scalars(query))


def of_warning(work: Work, table: type[T], warning_id: str) -> Sequence[T]:
    """The lines of one kind beside a warning, by time, those of one instant in the order of writing where the table knows it."""
    columns = table.__table__.c
    order = [columns.at, columns.seq] if "seq" in columns else [columns.at]
    return work.session.scalars(select(table).where(columns.warning_id == warning_id).order_by(*order)).all()


def standing_feedback(work: Work, warning_id: str) -> FeedbackEntry | None:
    """The newest answer that counts."""
    query = select(FeedbackEntry).where(FeedbackEntry.warning_id == warning_id, FeedbackEntry.void_at.is_(None))
    return work.session.scalar(query.order_by(FeedbackEntry.at.desc(), FeedbackEntry.id.desc()).limit(1))


def open_transfer(work: Work, warning_id: str) -> Transfer:
    """The hand-over under way. Raises WarningNotFound."""
    query = select(Transfer).where(Transfer.warning_id == warning_id, Transfer.status.in_(["asked", "offered", "declined"]))
    found = work.session.scalar(query.order_by(Transfer.at.desc(), Transfer.id.desc()).limit(1))
    if found is None:
        raise WarningNotFound("There is no hand-over under way.", id=warning_id)
    return found


def release_assignments(work: Work, warning_id: str) -> None:
    work.session.execute(
        update(Assignment).where(Assignment.warning_id == warning_id, Assignment.released_at.is_(None)).values(released_at=clock.now())
    )


def name_assignee(work: Work, warning_id: str, user_id: str | None) -> None:
    """Note beside the actor's organisation who of it has taken the warning on; None takes the name away."""
    mine = (Assignment.warning_id == warning_id, Assignment.assignee_org_id == work.scope.org_id, Assignment.released_at.is_(None))
    work.session.execute(update(Assignment).where(*mine).values(assignee_user_id=user_id))


def lock_reveals(work: Work, actor: str) -> None:
    """One opening of an actor at a time, so that many at once are counted one by one. Take it after the warning's own lock."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('fanzha.reveals.' || :actor, 0))"), {"actor": actor})


def reveals_since(work: Work, actor: str, since: datetime) -> int:
    return work.session.scalar(select(func.count()).select_from(Reveal).where(Reveal.actor == actor, Reveal.at >= since)) or 0


def claim_key(work: Work, key: str, action: str, warning_id: str) -> bool:
    """True if the request with this key is new; False if it was carried out before. A second one at the same time waits for the first.

    Raises:
        KeyUsedOtherwise: the key belongs to another request.
    """
    row = {"actor": work.actor, "key": key, "action": action, "warning_id": warning_id, "at": clock.now()}
    if work.session.execute(insert(RequestKey).values(row).on_conflict_do_nothing().returning(RequestKey.key)).first() is not None:
        return True
    known = work.session.get_one(RequestKey, (work.actor, key))
    if (known.action, known.warning_id) != (action, warning_id):
        raise KeyUsedOtherwise(key=key)
    return False


def lock_to_escalate(work: Work, now: datetime, limit: int) -> Sequence[WarningOrder]:
    """Overdue warnings, the longest overdue first; those another worker holds are left to it."""
    query = select(WarningOrder).where(WarningOrder.escalate_at <= now).order_by(WarningOrder.escalate_at).limit(limit).with_for_update(skip_locked=True)
    return work.session.scalars(query).all()

