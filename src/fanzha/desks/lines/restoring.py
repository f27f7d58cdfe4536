"""A passed check restores: everything in force on the number ends at once (反电信网络诈骗法 art. 32), what was asked for lapses, and receivers are told."""

from __future__ import annotations

from fanzha.desks.controls import Order, State, recording
from fanzha.desks.controls import repository as orders
from fanzha.desks.lines import repository
from fanzha.desks.lines.domain import LEVELS, MEASURES, RENEWALS, SuspectState
from fanzha.desks.lines.model import LineSuspect
from fanzha.desks.lines.order_kinds import RESTORED_NOW
from fanzha.kit import clock
from fanzha.store import Work

RESTORED = "lines.restored"
_WHY = "二次实人认证通过，即时解除"
_CLIMBING = frozenset({*LEVELS, *RENEWALS})
_IN_QUEUE = (SuspectState.OPEN.value, SuspectState.ASKED.value)
_UNDER_WAY = frozenset({State.REQUESTED, State.APPROVED, State.SENT, State.ACKNOWLEDGED})


def restore(work: Work, number_index: str) -> int:
    """End what is in force and in sight on the number, lapse what is under way; returns how many measures ended. Twice is as good as once.

    The operator's own answer ends what it holds itself, in the same transaction; a job then ends what others hold, which the operator does not see.
    """
    orders.lock_subject(work, number_index)
    ended = 0
    for seen in repository.history(work, [number_index]).get(number_index, ()):
        order = orders.by_id(work, seen.id, lock=True)
        if order is None:
            continue
        if order.kind in MEASURES and order.state_now is State.IN_FORCE:
            _end(work, order)
            ended += 1
        elif order.kind in _CLIMBING and order.state_now in _UNDER_WAY:
            recording.lapse(work, order, "check_passed")
    return ended


def _end(work: Work, order: Order) -> None:
    recording.end(work, order, State.RELEASED, "restored", reason=_WHY)
    recording.send_message(work, order, RESTORED_NOW, None, {"OriginalApplicationID": order.application_id})


def leave_queue(work: Work, token: str) -> bool:
    """An appeal about the number was upheld: nobody waits to act on it any more. True where it stood in the queue and in sight."""
    suspect = _taken_off(work, repository.by_token(work, token, lock=True))
    if suspect is not None:
        work.audit("line.cleared_by_appeal", f"line:{suspect.id}", {})
    return suspect is not None


def settle(work: Work, number_index: str) -> int:
    """The pipeline's part: whatever others hold, and the number's place in the queue."""
    ended = restore(work, number_index)
    suspect = _taken_off(work, repository.by_index(work, number_index, lock=True))
    if suspect is not None:
        work.audit("line.restored", f"line:{suspect.id}", {"measures": ended})
    return ended


def _taken_off(work: Work, suspect: LineSuspect | None) -> LineSuspect | None:
    """The suspect where it stood in the queue, which it has left now; open pages are told."""
    if suspect is None or suspect.state not in _IN_QUEUE:
        return None
    suspect.state, suspect.changed_at = SuspectState.RESTORED.value, clock.now()
    work.session.flush()
    repository.announce(work, [suspect])
    return suspect
