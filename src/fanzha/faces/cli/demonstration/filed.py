"""Cases of the demonstration: of its reports the older ones are filed, with a task each; the newest wait for the officer who visits.

Filing a report twice gives the same case, and every task carries a key of its own, so that a demonstration that was interrupted files nothing twice.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from fanzha.desks import cases
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Conflict
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

WAITING = 5
"""So many reports stay unfiled."""
_AFTER = timedelta(minutes=40)
_TASKS = ("调取一级账户流水", "回访被害人，补充聊天记录", "核查涉案网站的托管方", "向运营商调取主叫号码开户资料")


def place(platform: Platform, staff: Staff, until: datetime) -> int:
    """File the reports; returns how many. `until`: when the city's life ends."""
    with platform.database.work(Scope.of(staff.duty)) as work:
        told = [(one.id, one.received_at) for one in cases.service.search(work, page=PageRequest(1, 100)).rows if one.received_at < until - _AFTER]
    older = told[WAITING:]
    for place_, (report_id, received_at) in enumerate(older):
        with clock.frozen(received_at + _AFTER), suppress(Conflict), platform.database.work(Scope.of(staff.duty)) as work:
            case = cases.filing.file_report(work, report_id, platform.tokens, "事实清楚，符合立案标准")
            task = cases.NewTask(_TASKS[place_ % len(_TASKS)], staff.analyst.user_id if place_ % 2 else staff.duty.user_id, until + timedelta(days=1 + place_ % 3))
            cases.assigning.add_task(work, case.id, task, key="demo")
    return len(older)
