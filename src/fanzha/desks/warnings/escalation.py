"""What time does to warnings: overdue ones rise, revisits fall due, text-message-only warnings lapse, answered ones without a revisit are closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from fanzha.desks.warnings import repository, steps
from fanzha.desks.warnings.dispatching import SUPERVISE, Dispatcher
from fanzha.desks.warnings.domain import Action, State
from fanzha.desks.warnings.model import Escalation, WarningOrder
from fanzha.desks.warnings.organisations import TOP_RUNG
from fanzha.desks.warnings.plan import Plans, open_deadlines
from fanzha.kit import clock
from fanzha.store import Work, dated

BATCH = 500


@dataclass(frozen=True)
class Passed:
    """What one run did."""

    escalated: int
    revisits_due: int
    closed: int
    lapsed: int

    @property
    def is_full(self) -> bool:
        """A batch was full: there may be more."""
        return max(self.escalated, self.revisits_due, self.closed, self.lapsed) >= BATCH


def let_time_pass(work: Work) -> Passed:
    """One run over what has fallen due; safe to repeat, and several workers may run at once."""
    passed = Passed(escalate_overdue(work), _revisits_fall_due(work), _close_answered(work), _lapse(work))
    work.session.flush()
    if passed != Passed(0, 0, 0, 0):
        work.audit("warnings.time_passed", "warnings", vars(passed))
    return passed


def escalate_overdue(work: Work) -> int:
    """Each missed deadline raises the warning one grade and calls the next organisation up, once (DOMAIN, practice of Ma'anshan; C)."""
    now, plans, dispatcher = clock.now(), Plans(work), Dispatcher(work)
    overdue = repository.lock_to_escalate(work, now, BATCH)
    for warning in overdue:
        _escalate(work, warning, now, plans, dispatcher)
    return len(overdue)


def _escalate(work: Work, warning: WarningOrder, now: datetime, plans: Plans, dispatcher: Dispatcher) -> None:
    waiting = open_deadlines(warning.state_now, warning.deadlines)
    missed = next(((at, due) for at, due in waiting if due.value not in warning.escalated and at <= now), None)
    if missed is None:
        steps.refresh_due(warning)  # the note of what escalates next was out of date; one such warning must not stop all others
        return
    due_at, step = missed
    before, rung = warning.risk, min(warning.org_rung + 1, TOP_RUNG)
    above = dispatcher.supervisor(warning, rung)
    if above is not None and rung > warning.org_rung:
        dispatcher.assign(warning, above, SUPERVISE)
    warning.org_rung = rung
    warning.escalations += 1
    warning.escalated = [*warning.escalated, step.value]
    if before.raised is not before:
        channels = warning.channels
        steps.apply_plan(warning, plans.of(before.raised, warning.region), now)
        dispatcher.text(warning, before=channels)
    steps.refresh_due(warning)
    escalation = Escalation(
        warning_id=warning.id, step=step.value, due_at=due_at, at=now, level_before=before.value, level_after=warning.level, org_rung=rung,
        org_id=above.id if above else None,
    )  # fmt: skip
    work.session.add(escalation)
    detail = {"step": step.value, "due_at": due_at.isoformat(), "from": before.value, "to": warning.level, "org": above.name if above else None}
    steps.note(work, warning, "escalate", warning.state_now, reason=f"overdue: {step.value}", detail=detail)


def _revisits_fall_due(work: Work) -> int:
    today = clock.local_day(clock.now())
    return _move_all(work, Action.FALL_DUE, WarningOrder.state == State.FED_BACK.value, WarningOrder.revisit_on <= today)


def _close_answered(work: Work) -> int:
    before = clock.now() - timedelta(days=int(dated.value(work, "warnings.close_days")))
    return _move_all(work, Action.CLOSE, WarningOrder.state == State.FED_BACK.value, WarningOrder.revisit_on.is_(None), WarningOrder.fed_back_at <= before)


def _lapse(work: Work) -> int:
    before = clock.now() - timedelta(days=int(dated.value(work, "warnings.lapse_days")))
    return _move_all(work, Action.LAPSE, WarningOrder.state == State.INFORMED.value, WarningOrder.issued_at <= before)


def _move_all(work: Work, action: Action, *conditions: ColumnElement[bool]) -> int:
    query = select(WarningOrder).where(*conditions).order_by(WarningOrder.id).limit(BATCH).with_for_update(skip_locked=True)
    moved = work.session.scalars(query).all()
    for warning in moved:
        steps.take(work, warning, action, reason="time")
    return len(moved)
