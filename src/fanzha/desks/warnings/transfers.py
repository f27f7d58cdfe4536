"""Handing a warning to another district: asked by the officer, reviewed at home, accepted or declined there.

Invariant: the row's region changes only on acceptance. `offered_region` lets the other district see the warning from the review on; it stays until the home
district decides again, so that a declined hand-over is seen by both sides and lost by neither.
"""

from __future__ import annotations

from fanzha.desks.warnings import repository, steps
from fanzha.desks.warnings.dispatching import Dispatcher
from fanzha.desks.warnings.domain import Action, State
from fanzha.desks.warnings.errors import RecordIncomplete
from fanzha.desks.warnings.model import Transfer, WarningOrder
from fanzha.desks.warnings.plan import Deadlines, Plans
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Work


def ask(work: Work, warning_id: str, to_region: str, reason: str) -> WarningOrder:
    """The person is in another district: ask to hand the warning over.

    Raises:
        RecordIncomplete: the region is not a code of 6 to 9 digits, or is the one it has.
    """
    warning = repository.locked(work, warning_id)
    if not (to_region.isascii() and to_region.isdigit() and len(to_region) in {6, 9}):
        raise RecordIncomplete("The other district is named by its region code of 6 or 9 digits.", region=to_region)
    if warning.region.startswith(to_region[:6]):
        raise RecordIncomplete("The warning is in that district already.", region=to_region)
    before = warning.state_now
    steps.take(work, warning, Action.REQUEST_TRANSFER, reason=reason, detail={"to": to_region})
    warning.transfer_region = to_region
    transfer = Transfer(
        warning_id=warning.id, from_region=warning.region, to_region=to_region, state_before=before.value, status="asked", **steps.signature(work)
    )  # fmt: skip
    work.session.add(transfer)
    return _done(work, warning, "warning.transfer_asked", to_region)


def review(work: Work, warning_id: str, *, approve: bool, reason: str = "") -> WarningOrder:
    """The home district's duty room lets the warning go, or keeps it. Whoever asked does not review.

    Raises:
        Forbidden: the reviewer is the one who asked, or belongs to the other district.
    """
    warning = repository.locked(work, warning_id)
    transfer = repository.open_transfer(work, warning_id)
    if transfer.actor == work.actor:
        raise Forbidden("Somebody else reviews what you asked for.")
    if not transfer.from_region.startswith(work.scope.region):
        raise Forbidden("The home district reviews this.")
    transfer.reviewed_by, transfer.reviewed_at = work.actor, clock.now()
    if approve:
        warning.offered_region, transfer.status = transfer.to_region, "offered"
        steps.take(work, warning, Action.APPROVE_TRANSFER, reason=reason, detail={"to": transfer.to_region})
    else:
        warning.offered_region = warning.transfer_region = None
        transfer.status = "refused"
        steps.take(work, warning, Action.REFUSE_TRANSFER, to=State(transfer.state_before), reason=reason)
    return _done(work, warning, "warning.transfer_reviewed", transfer.to_region)


def answer(work: Work, warning_id: str, *, accept: bool, reason: str = "") -> WarningOrder:
    """The other district accepts the warning, whose deadlines then start anew, or declines it.

    Raises:
        Forbidden: the actor does not belong to the other district.
    """
    warning = repository.locked(work, warning_id)
    transfer = repository.open_transfer(work, warning_id)
    if not transfer.to_region.startswith(work.scope.region):
        raise Forbidden("The other district answers this.")
    transfer.answered_by, transfer.answered_at = work.actor, clock.now()
    if accept:
        transfer.status = "accepted"
        _move(work, warning, transfer)
        steps.take(work, warning, Action.ACCEPT_TRANSFER, reason=reason, detail={"from": transfer.from_region})
        Dispatcher(work).dispatch(warning)
        work.session.flush()
    else:
        transfer.status = "declined"
        steps.take(work, warning, Action.DECLINE_TRANSFER, reason=reason)
    return _done(work, warning, "warning.transfer_answered", transfer.to_region)


def _move(work: Work, warning: WarningOrder, transfer: Transfer) -> None:
    repository.release_assignments(work, warning.id)
    warning.region, warning.region_known = transfer.to_region, True
    warning.transfer_region = warning.offered_region = None
    warning.signed_at = warning.signed_by = None
    warning.org_rung, warning.escalated = 0, []
    steps.set_deadlines(warning, Deadlines())
    steps.apply_plan(warning, Plans(work).of(warning.risk, warning.region), clock.now())


def _done(work: Work, warning: WarningOrder, action: str, region: str) -> WarningOrder:
    work.session.flush()
    work.audit(action, f"warning:{warning.id}", {"region": region})
    return warning
