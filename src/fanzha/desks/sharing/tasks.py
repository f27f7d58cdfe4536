"""Jobs of the sharing desk. Each is safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from fanzha.desks.series import tasks as series_tasks
from fanzha.desks.sharing import reaching, service, sighting
from fanzha.desks.sharing.listeners import REACH, RELISTED
from fanzha.desks.sharing.making import SCOPE, make_due
from fanzha.kit import clock
from fanzha.lake.schemas import EventKind
from fanzha.store.jobs import Task

READ_BACK = timedelta(days=15)
"""What came in longer ago stands in no briefing that is still to be made."""


def due(platform: Any) -> list[str]:
    """Briefings that are due and missing. Reports that have come in are made linkable first: hot identifiers and series are read from there."""
    series_tasks.take(platform, clock.now() - READ_BACK)
    return make_due(platform.database, platform.tokens, platform.settings.region)


def _due(platform: Any) -> None:
    due(platform)


def _reach(platform: Any) -> None:
    reaching.follow(platform.database, platform.lake)


def _relisted(platform: Any, withdrawal_ids: Sequence[str]) -> None:
    reaching.relisted(platform.database, withdrawal_ids)


def _sight_batch(platform: Any, kind: str, batch_id: str, first: str, last: str) -> None:
    sighting.in_batch(platform.database, platform.lake, EventKind(kind), batch_id, date.fromisoformat(first), date.fromisoformat(last))


def _sight_reports(platform: Any, since: str) -> None:
    sighting.in_reports(platform.database, datetime.fromisoformat(since))


def _sight_case(platform: Any, case_id: str) -> None:
    sighting.in_case(platform.database, case_id)


def _sight_checks(platform: Any, ids: Sequence[str], org_name: str, asked_at: str) -> None:
    sighting.in_checks(platform.database, ids, org_name, datetime.fromisoformat(asked_at))


def _sight_decisions(platform: Any) -> None:
    sighting.in_decisions(platform.database)


def _remind(platform: Any) -> None:
    with platform.database.work(SCOPE) as work:
        service.remind(work)


TASKS = [
    Task("sharing.brief", _due, every="10 * * * *", at_least_every=timedelta(hours=1)), Task(REACH, _reach, every="*/10 * * * *"), Task(RELISTED, _relisted),
    Task("sharing.remind", _remind, every="20 * * * *"),
    Task("sharing.sight_batch", _sight_batch), Task("sharing.sight_reports", _sight_reports), Task("sharing.sight_case", _sight_case),
    Task("sharing.sight_checks", _sight_checks), Task("sharing.sight_decisions", _sight_decisions, every="5-59/10 * * * *"),
]  # fmt: skip
