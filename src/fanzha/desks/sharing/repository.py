"""All queries of the sharing desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.sharing.domain import BriefingKind, Period
from fanzha.desks.sharing.model import Briefing, Item, Receipt
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work


def exists(work: Work, region: str, period: Period) -> bool:
    mine = (Briefing.kind == period.kind.value, Briefing.region == region, Briefing.first_day == period.first)
    return work.session.scalar(select(func.count()).select_from(Briefing).where(*mine)) != 0


def add(work: Work, row: dict[str, Any], items: Sequence[dict[str, Any]], receipts: Sequence[dict[str, Any]]) -> bool:
    """Whether it is new: of two who make the same briefing at once one finds it there and adds nothing."""
    new = work.session.scalars(insert(Briefing).on_conflict_do_nothing(constraint="uq_briefings_period").returning(Briefing.id), [row]).all()
    if not new:
        return False
    if items:
        work.session.execute(insert(Item), list(items))
    if receipts:
        work.session.execute(insert(Receipt), list(receipts))
    return True


def by_id(work: Work, briefing_id: str) -> Briefing | None:
    return work.session.get(Briefing, briefing_id)


def items(work: Work, briefing_id: str) -> Sequence[Item]:
    return work.session.scalars(select(Item).where(Item.briefing_id == briefing_id).order_by(Item.position)).all()


def receipts(work: Work, briefing_id: str) -> Sequence[Receipt]:
    return work.session.scalars(select(Receipt).where(Receipt.briefing_id == briefing_id).order_by(Receipt.region, Receipt.org_name)).all()


def receipt(work: Work, briefing_id: str, org_id: str) -> Receipt | None:
    return work.session.scalars(select(Receipt).where(Receipt.briefing_id == briefing_id, Receipt.org_id == org_id).with_for_update()).one_or_none()


def inbox(work: Work, org_id: str, kind: BriefingKind | None, *, unread: bool, page: PageRequest) -> Page[tuple[Briefing, Receipt]]:
    """What waits for a signature first, then the newest."""
    narrowed: list[ColumnElement[bool]] = [Receipt.org_id == org_id]
    if kind is not None:
        narrowed.append(Briefing.kind == kind.value)
    waiting = or_(Receipt.read_at.is_(None), Receipt.retraction_at > Receipt.read_at)
    if unread:
        narrowed.append(waiting)
    query = select(Briefing, Receipt).join(Receipt, Receipt.briefing_id == Briefing.id).where(*narrowed)
    total = work.session.scalar(select(func.count()).select_from(query.subquery()))
    ordered = query.order_by(waiting.is_not(True), Briefing.last_day.desc(), Briefing.kind, Briefing.region)
    return Page([(row[0], row[1]) for row in work.session.execute(ordered.limit(page.size).offset(page.offset))], total or 0, page)


def unread(work: Work, org_id: str) -> int:
    waiting = or_(Receipt.read_at.is_(None), Receipt.retraction_at > Receipt.read_at)
    return work.session.scalar(select(func.count()).select_from(Receipt).where(Receipt.org_id == org_id, waiting)) or 0


def remind(work: Work, before: datetime, most: int) -> int:
    """Receipts that waited for a signature since before this time, or since the last reminder: reminded once more. Returns how many."""
    since = func.greatest(Receipt.sent_at, Receipt.reminded_at, Receipt.retraction_at)
    waiting = or_(Receipt.read_at.is_(None), Receipt.retraction_at > Receipt.read_at)
    query = update(Receipt).where(waiting, since < before, Receipt.reminders < most)
    return len(work.session.scalars(query.values(reminded_at=clock.now(), reminders=Receipt.reminders + 1).returning(Receipt.org_id)).all())


_RETRACT = text("""
UPDATE briefing_items SET retracted_at = :now WHERE retracted_at IS NULL AND tokens && CAST(:tokens AS text[]) RETURNING briefing_id
""")
_TELL = text("""
UPDATE briefing_receipts SET retraction_at = :now, reminders = 0 WHERE briefing_id = ANY(CAST(:briefings AS text[]))
""")


def retract(work: Work, tokens: Collection[str]) -> set[str]:
    """Mark the items and tell every unit that was sent them; returns the briefings."""
    now = clock.now()
    found = set(work.session.scalars(_RETRACT, {"now": now, "tokens": sorted(tokens)}))
    if found:
        work.session.execute(_TELL, {"now": now, "briefings": sorted(found)})
    return found
