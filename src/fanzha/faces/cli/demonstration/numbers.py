"""A day of measures on suspect numbers at the end of the demonstration: checks asked for, answered or overdue, levels taken, a victim's line protected.

Every step carries a key of its own, so that a demonstration that was interrupted goes on without doing anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fanzha.desks import cases, controls, lines
from fanzha.desks.controls import Answer, Officer, Order, Result
from fanzha.desks.controls.answering import Message
from fanzha.desks.controls.errors import BadOrder
from fanzha.desks.lines import tasks
from fanzha.desks.lines.domain import Ground
from fanzha.desks.lines.repository import Filters
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Conflict
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

_EARLY = timedelta(hours=26)
_FATES = (Result.NOT_PASSED, Result.PASSED, Result.NOT_REACHED, None, Result.NOT_PASSED)
"""What comes of the first checks, in order; None: the operator lets the 24 hours pass."""
_LEVELS = {Result.NOT_PASSED: "line_suspend", Result.NOT_REACHED: "line_limit"}
_CHECKS_WAITING, _LIMITS_WAITING = 2, 2


@dataclass(frozen=True)
class _Desk:
    """The people who act."""

    platform: Platform
    staff: Staff

    def ask(self, at: datetime, suspect_ids: Sequence[str], kind: str, ground: str = "") -> dict[str, Order]:
        """The duty officer asks; what is not open is left out. Suspect → order."""
        asked = replace(self._asked(kind), ground=ground)
        if not suspect_ids:
            return {}
        with clock.frozen(at), self.platform.database.work(Scope.of(self.staff.duty)) as work:
            return {done.suspect.id: done.order for done in lines.service.request_many(work, suspect_ids, asked) if done.order is not None}

    def protect(self, at: datetime, number: str) -> Order:
        asked = replace(self._asked(lines.PROTECT), basis="atfl:34", ground=Ground.FAMILY_REQUEST.value, reason="家属报警，当事人正在与骗子通话")
        with clock.frozen(at), self.platform.database.work(Scope.of(self.staff.duty)) as work:
            return lines.service.protect(work, number, asked)

    def _asked(self, kind: str) -> lines.Asked:
        officers = Officer(self.staff.duty.user_id, "P000001"), Officer(self.staff.analyst.user_id, "P000002")
        scope = "calls_out sms_out" if kind == "line_limit" else ""
        return lines.Asked(kind, "atfl:11", "监测发现涉诈异常，依法处置", officers, f"demo-{kind}", scope=scope, receiver_org_id=self.staff.operator.org_id)

    def approve(self, at: datetime, order: Order) -> None:
        """The head approves; what time has closed stays as it is."""
        with clock.frozen(at), suppress(Conflict), self.platform.database.work(Scope.of(self.staff.leader)) as work:
            controls.service.approve(work, order.id)

    def answer(self, at: datetime, order: Order, result: Result) -> None:
        """The operator's agent answers what was sent to it."""
        if order.receiver_org_id != self.staff.operator.org_id:
            return
        said = Answer(result, cause="证件与本人不符" if result is Result.NOT_PASSED else "")
        with clock.frozen(at), suppress(Conflict), self.platform.database.work(Scope.of(self.staff.operator)) as work:
            controls.answering.answer(work, order.id, said, Message(f"DEMO{order.id}", repr(said)))
        if result is Result.PASSED:
            with clock.frozen(at):
                tasks.settle_restored(self.platform, order.subject_index)


def place(platform: Platform, staff: Staff, until: datetime) -> None:
    """Live through the numbers' last day."""
    desk, ids, begin = _Desk(platform, staff), _suspects(platform, staff), until - _EARLY
    fates = dict(zip(ids, _FATES, strict=False))
    for suspect_id, check in desk.ask(begin, list(fates), lines.VERIFY).items():
        desk.approve(begin + timedelta(minutes=20), check)
        fate = fates[suspect_id]
        if fate is not None:
            desk.answer(begin + timedelta(hours=3), check, fate)
    for result, kind in _LEVELS.items():
        for order in desk.ask(begin + timedelta(hours=5), [one for one, fate in fates.items() if fate is result], kind).values():
            desk.approve(begin + timedelta(hours=6), order)
            desk.answer(begin + timedelta(hours=7), order, Result.DONE)
    later = ids[len(fates) :]
    for check in desk.ask(until - timedelta(hours=1), later[:_CHECKS_WAITING], lines.VERIFY).values():
        desk.approve(until - timedelta(minutes=50), check)
    desk.ask(until - timedelta(minutes=30), later[_CHECKS_WAITING:][:_LIMITS_WAITING], "line_limit", Ground.SIM_BOX)
    _protect(desk, until)


def _suspects(platform: Platform, staff: Staff) -> list[str]:
    """The most urgent numbers that the demonstration's operator serves or that nobody is known to serve; the order they stood in when it began."""
    with platform.database.work(Scope.of(staff.duty)) as work:
        rows = lines.reading.queue(work, Filters(), PageRequest(1, 200)).rows
    served = [row.suspect for row in rows if row.suspect.operator_org_id in (None, staff.operator.org_id) and row.suspect.state != lines.SuspectState.WITHDRAWN]
    return [suspect.id for suspect in sorted(served, key=lambda suspect: suspect.id)]


def _protect(desk: _Desk, until: datetime) -> None:
    """The line of the newest report's victim, where there is one."""
    with desk.platform.database.work(Scope.of(desk.staff.duty)) as work:
        reports = cases.service.search(work, page=PageRequest(1, 20)).rows
        number = next((report.victim_phone for report in reports if report.victim_phone), None)
    if number is None:
        return
    with suppress(BadOrder):  # a number that no domestic operator serves is not protected this way
        order = desk.protect(until - timedelta(minutes=25), number)
        desk.approve(until - timedelta(minutes=22), order)
        desk.answer(until - timedelta(minutes=20), order, Result.DONE)
