"""Use cases of the sharing desk: a unit's inbox, signing for a briefing, following who has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fanzha.desks.indicators import withdrawing
from fanzha.desks.sharing import policy, repository
from fanzha.desks.sharing.domain import BriefingKind, Content
from fanzha.desks.sharing.errors import BriefingNotFound, NothingToSign
from fanzha.desks.sharing.making import make, make_due
from fanzha.desks.sharing.model import Briefing, Item, Receipt
from fanzha.desks.sharing.numbers import Numbers
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

__all__ = ["Detail", "get", "inbox", "make", "make_due", "remind", "sign", "unread"]


@dataclass(frozen=True)
class Detail:
    """A briefing as a unit sees it. `mine`: the unit's own receipt, None where it was not sent it; `receipts`: of all units, for those who follow them."""

    briefing: Briefing
    content: Content
    items: Sequence[Item]
    mine: Receipt | None
    receipts: Sequence[Receipt]

    @property
    def read(self) -> int:
        """Units that have nothing left to sign for."""
        return sum(not each.is_open for each in self.receipts)


def inbox(work: Work, *, kind: BriefingKind | None = None, unread: bool = False, page: PageRequest | None = None) -> Page[tuple[Briefing, Receipt]]:
    """The reader's unit's: what waits for a signature first."""
    return repository.inbox(work, work.scope.org_id, kind, unread=unread, page=page or PageRequest())


def unread(work: Work) -> int:
    """How many briefings wait for the unit's signature."""
    return repository.unread(work, work.scope.org_id)


def get(work: Work, briefing_id: str) -> Detail:
    """Raises BriefingNotFound."""
    found = repository.by_id(work, briefing_id)
    if found is None:
        raise BriefingNotFound(briefing=briefing_id)
    receipts = repository.receipts(work, briefing_id)
    mine = next((each for each in receipts if each.org_id == work.scope.org_id), None)
    follows = work.scope.principal is None or work.scope.principal.may(policy.FOLLOW)
    return Detail(found, Content.of(found.content), repository.items(work, briefing_id), mine, receipts if follows else ())


def sign(work: Work, briefing_id: str) -> Receipt:
    """The unit has read it, and what was taken back since. The same step twice is refused, not repeated.

    Raises:
        BriefingNotFound, NothingToSign.
    """
    get(work, briefing_id)
    mine = repository.receipt(work, briefing_id, work.scope.org_id)
    if mine is None or not mine.is_open:
        raise NothingToSign(briefing=briefing_id)
    mine.read_at, mine.read_by = clock.now(), work.actor
    mine.reader_name = work.scope.principal.name if work.scope.principal else work.actor
    work.session.flush()
    work.audit("briefing.signed", f"briefing:{briefing_id}", {"unit": mine.org_id})
    return mine


def remind(work: Work) -> tuple[int, int]:
    """Remind units of briefings that they have not signed for and of notices that nobody has read; returns how many of each. Within the term it changes nothing."""
    numbers = Numbers(work)
    before = clock.now() - timedelta(hours=numbers.whole("remind_hours"))
    found = repository.remind(work, before, numbers.whole("remind_most")), withdrawing.remind(work, before)
    if any(found):
        work.audit("briefing.reminded", "briefings", {"briefings": found[0], "notices": found[1]})
    return found
