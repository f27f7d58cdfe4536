"""What time does to appeals: alarms before and after a clock has run out, the unit above is brought in, a pause ends, proofs are gathered, what is over closes.

Every run may be repeated and several may run at once: rows are locked, passed over where another run holds them, and moved once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks import controls
from fanzha.desks.appeals import filing, recording, relief, repository, targets, units
from fanzha.desks.appeals.domain import ESCALATING, AlarmKind, ReleaseState, State, soon
from fanzha.desks.appeals.model import Appeal
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.controls import repository as orders
from fanzha.desks.controls.domain import AlarmKind as OrderAlarm
from fanzha.kit import clock
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

BATCH = 200
_CHALLENGES_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Passed:
    """What one run did. `measured`: measures that came into force and are counted from now on."""

    alarms: int
    resumed: int
    closed: int
    measured: int


def let_time_pass(work: Work, tokens: Tokens) -> Passed:
    """One run over what has fallen due."""
    now = clock.now()
    alarms = resumed = 0
    last = ""
    while page := repository.open_page(work, last, BATCH):
        for appeal in page:
            if appeal.paused_until is not None and appeal.paused_until <= now:
                filing.run_on(work, appeal)
                resumed += 1
            alarms += sum(_raise(work, appeal, kind, due) for kind, due in _of_clocks(work, appeal, now))
        last = page[-1].id
    alarms += sum(_raise(work, appeal, AlarmKind.FACTS_LATE, inquiry.due_at) for inquiry, appeal in repository.late_inquiries(work, now, BATCH))
    alarms += sum(_of_relief(work, appeal, now) for appeal in repository.unproven(work, BATCH))
    passed = Passed(alarms, resumed, _close(work, now), _measure(work, tokens))
    repository.forget_challenges(work, now - _CHALLENGES_KEPT)
    if passed != Passed(0, 0, 0, 0):
        work.audit("appeals.time_passed", "appeals", vars(passed))
    return passed


def _of_clocks(work: Work, appeal: Appeal, now: datetime) -> Iterable[tuple[AlarmKind, datetime]]:
    """The alarms of an open appeal that are due now. While documents are awaited the answer's clock stands still."""
    percent = Numbers(work, appeal.region).whole("soon_percent")
    if appeal.state_now is State.FILED:
        if appeal.accept_by <= now:
            yield AlarmKind.ACCEPT_LATE, appeal.accept_by
        elif soon(appeal.filed_at, appeal.accept_by, percent) <= now:
            yield AlarmKind.ACCEPT_SOON, appeal.accept_by
    if appeal.is_paused:
        return
    if appeal.answer_by <= now:
        yield AlarmKind.ANSWER_LATE, appeal.answer_by
    elif soon(appeal.filed_at, appeal.answer_by, percent) <= now:
        yield AlarmKind.ANSWER_SOON, appeal.answer_by


def _of_relief(work: Work, appeal: Appeal, now: datetime) -> int:
    raised = 0
    for one in relief.settle(work, appeal):
        if one.state is ReleaseState.PROVEN:
            continue
        if one.state is ReleaseState.FAILED and one.release is not None:
            raised += _raise(work, appeal, AlarmKind.RELEASE_FAILED, one.release.answered_at or one.release.valid_until)
        if one.came_into_force and one.order.starts_at is not None:
            raised += _raise(work, appeal, AlarmKind.CAME_INTO_FORCE, one.order.starts_at)
        if appeal.proof_by is not None and appeal.proof_by <= now:
            raised += _raise(work, appeal, AlarmKind.PROOF_LATE, appeal.proof_by)
    return raised


def _raise(work: Work, appeal: Appeal, kind: AlarmKind, due_at: datetime) -> bool:
    if not repository.raise_alarm(work, appeal.id, kind, due_at):
        return False
    if kind in ESCALATING:
        _escalate(work, appeal, kind)
    work.notify("appeals", {"appeal": appeal.id, "region": appeal.region, "alarm": kind.value})
    return True


def _escalate(work: Work, appeal: Appeal, kind: AlarmKind) -> None:
    """The unit above may act too from now on; where there is none, the unit's own leaders see it marked as escalated."""
    unit = units.above(work, appeal.escalated_org_id or appeal.unit_org_id, appeal.region)
    appeal.escalated_at = clock.now()
    appeal.escalated_org_id = unit.id if unit is not None else appeal.escalated_org_id
    work.session.flush()
    recording.note(work, appeal, "escalated", detail={"because": kind.value, "to": unit.name if unit is not None else ""})


def _close(work: Work, now: datetime) -> int:
    closing = repository.closable(work, now, BATCH)
    for appeal in closing:
        _warn_elsewhere(work, appeal)
        appeal.closed_at = now
        recording.move(work, appeal, State.CLOSED, "closed")
    return len(closing)


def _warn_elsewhere(work: Work, appeal: Appeal) -> None:
    """Units of other areas decide on their own measures; they are told that the same subject was wrongly hit here."""
    if appeal.verdict not in ("upheld", "partly"):
        return
    for order in relief.elsewhere(work, appeal):
        orders.raise_alarm(work, order.id, OrderAlarm.GROUND_WITHDRAWN, appeal.decided_at or clock.now())


def _measure(work: Work, tokens: Tokens) -> int:
    """Count the measures that came into force since the last run, with what had spoken of their subjects."""
    found = repository.unmeasured_orders(work, BATCH)
    for order_id in found:
        measure = targets.of_order(work, tokens, controls.service.get(work, order_id))
        repository.add_measure(work, order_id, measure.detectors)
    return len(found)
