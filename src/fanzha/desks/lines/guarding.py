"""The ladder holds on whatever path an order on a number comes: the orders desk asks here at every request and again at every approval."""

from __future__ import annotations

from collections.abc import Mapping

from fanzha.desks.controls import Order, OrderKind, Request, State, checking
from fanzha.desks.controls.domain import Subject
from fanzha.desks.lines import numbers, proposing, repository
from fanzha.desks.lines.domain import MEASURES, RENEWALS, RESTORE, Fault, Ground, fault_of
from fanzha.desks.lines.errors import LevelNotOpen, NotALine, NumberProtected
from fanzha.kit import clock
from fanzha.store import Work

_OF_GROUND = frozenset({Fault.GROUND_MISSING, Fault.GROUND_NOT_ALLOWED, Fault.LEVEL_SKIPPED, Fault.CHECK_FIRST})


class NumberWatcher:
    """The rules of orders on numbers."""

    def faults(self, work: Work, kind: OrderKind, asked: Request) -> Mapping[str, str]:
        """Field → code of `order_fault`."""
        if kind.key == RESTORE:
            return {}
        number = checking.clean_subject(Subject.NUMBER, asked.account)
        try:
            proposing.guard(number)
        except NumberProtected:
            return {"account": "known_good"}
        except NotALine:
            return {"account": "no_operator"}
        if asked.ground and (asked.ground not in list(Ground) or kind.key not in {*MEASURES, *RENEWALS}):
            return {"ground": Fault.GROUND_NOT_ALLOWED.value}
        ladder = numbers.ladder(work, work.scope.region)
        if kind.key in ladder.needs_city and not asked.major:
            return {"major": "city_needed"}
        fault = _fault(work, kind.key, asked.ground, proposing.index_of(number))
        return {"ground" if fault in _OF_GROUND else "kind": fault.value} if fault is not None else {}

    def before_approval(self, work: Work, order: Order) -> None:
        """Raises LevelNotOpen: what was open when it was asked for is so no more."""
        fault = _fault(work, order.kind, order.ground, order.subject_index, own=order.state_now is State.REQUESTED)
        if fault is not None:
            raise LevelNotOpen(fault=fault.value)
        if order.kind in numbers.ladder(work, order.region).needs_city and not order.major:
            raise LevelNotOpen(fault="city_needed")


def _fault(work: Work, kind: str, ground: str, index: str, *, own: bool = False) -> Fault | None:
    return fault_of(kind, ground, repository.past(work, index), numbers.ladder(work, work.scope.region), clock.now(), own=own)
