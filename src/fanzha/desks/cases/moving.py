"""Moving a case through its states, and handing it to another unit."""

from __future__ import annotations

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import domain, policy, record
from fanzha.desks.cases.case_model import Case, HandOver
from fanzha.desks.cases.domain import ENDED_STATES, Action, CaseState, CaseStep, HandOverStatus
from fanzha.desks.cases.errors import BadPart, StepNotOpen
from fanzha.desks.cases.events import CaseHandedOver, CaseMoved
from fanzha.desks.cases.record import Change
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab import regions


def step(work: Work, case_id: str, wanted: CaseStep, reason: str) -> Case:
    """Solve, close, withdraw or reopen, with a reason. The same step twice is refused, not repeated.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, ReasonNeeded.
    """
    why = record.reason_of(reason)
    case = record.opened(work, case_id, Action(wanted.value), policy.STEP)
    before = CaseState(case.state)
    following = domain.after(before, wanted)
    now = clock.now()
    case.state, case.ended_at = following.value, now if following in ENDED_STATES else None
    if following is CaseState.SOLVED:
        case.solved_at = now
    elif following is CaseState.FILED:
        case.solved_at = None
    record.write(work, case, wanted.value, [Change("state", before.value, following.value)], why)
    work.publish(CaseMoved(case.id, before.value, following.value, now))
    return case


def offer(work: Work, case_id: str, to: str, reason: str) -> HandOver:
    """Offer the case to the unit of another region (code or name). From now on both see it; it moves when the other unit accepts.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, ReasonNeeded, BadPart.
    """
    why = record.reason_of(reason)
    case = record.opened(work, case_id, Action.HAND_OVER, policy.WRITE)
    region = regions.resolve(to) if to.strip() else None
    if not region or region == case.region:
        raise BadPart("Choose the region of the other unit: it must exist and differ from the case's own.")
    one = HandOver(
        id=new_id(), case_id=case.id, from_region=case.region, from_unit_id=case.unit_id, from_unit=case.unit_name, to_region=region, to_unit_id="", to_unit="",
        status=HandOverStatus.OFFERED.value, at=clock.now(), actor=work.actor, reason=why,
    )  # fmt: skip
    work.session.add(one)
    case.handed_regions = sorted({*case.handed_regions, region})
    refresh_sight(work, case)
    record.write(work, case, "offered", [Change("region", case.region, region)], why)
    return one


def answer(work: Work, case_id: str, *, accept: bool, reason: str = "") -> HandOver:
    """Take the case on, or decline with a reason. Whoever declines goes on seeing it, as does whoever handed it over.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, ReasonNeeded.
    """
    why = reason.strip() if accept else record.reason_of(reason)
    case = record.opened(work, case_id, Action.ANSWER_HAND_OVER, policy.WRITE)
    one = _offered(work, case)
    _answered(work, one, HandOverStatus.ACCEPTED if accept else HandOverStatus.DECLINED, why)
    if not accept:
        record.write(work, case, "declined", [], why)
        return one
    principal, before = work.scope.principal, (case.region, case.unit_name)
    one.to_unit_id, one.to_unit = work.scope.org_id, principal.org_name if principal else ""
    case.handed_regions = sorted({*case.handed_regions, one.from_region})
    case.region, case.unit_id, case.unit_name = one.to_region, one.to_unit_id, one.to_unit
    refresh_sight(work, case)
    record.write(work, case, "accepted", [Change("region", before[0], case.region), Change("unit", before[1], case.unit_name)], why)
    work.publish(CaseHandedOver(case.id, one.from_region, one.to_region))
    return one


def withdraw_offer(work: Work, case_id: str, reason: str) -> HandOver:
    """Take an unanswered offer back; the other unit no longer sees the case unless it had it before."""
    why = record.reason_of(reason)
    case = record.opened(work, case_id, Action.WITHDRAW_HAND_OVER, policy.WRITE)
    one = _offered(work, case)
    _answered(work, one, HandOverStatus.WITHDRAWN, why)
    earlier = {region for past in repository.hand_overs(work, [case.id]) if past.id != one.id for region in (past.from_region, past.to_region)}
    case.handed_regions = [region for region in case.handed_regions if region != one.to_region or region in earlier]
    refresh_sight(work, case)
    record.write(work, case, "offer_withdrawn", [], why)
    return one


def refresh_sight(work: Work, case: Case) -> None:
    """Every case of a merged family is seen by the regions of all of them, and by those it was handed between."""
    work.session.flush()
    family = repository.tree(work, [case.root_id])
    seen = sorted({region for one in family for region in (one.region, *one.handed_regions)})
    for one in family:
        one.shared_regions = [region for region in seen if region != one.region]
    work.session.flush()


def _offered(work: Work, case: Case) -> HandOver:
    one = repository.offered(work, case.id)
    if one is None:
        raise StepNotOpen(state=case.state, action=Action.ANSWER_HAND_OVER.value)
    return one


def _answered(work: Work, one: HandOver, status: HandOverStatus, why: str) -> None:
    one.status, one.answered_at, one.answered_by, one.answer = status.value, clock.now(), work.actor, why or None
