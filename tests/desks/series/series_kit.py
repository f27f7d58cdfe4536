"""Reports of gangs that never were, for the tests of the series desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from tests.desks.cases.kit import new, staff

from fanzha.desks import cases
from fanzha.desks.cases import NewSuspect, ReportRow, filing
from fanzha.desks.series import tasks
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
WORKER = Scope.system("test")
SCRIPT = "报警人称接到自称某某平台客服的电话，对方以会员到期将自动扣费为由，让其下载会议软件共享屏幕，按对方提示操作后发现账户资金被转走，随后报警。"


def city(role: Role = Role.ANALYST, region: str = "3503") -> Scope:
    kind = OrgKind.POLICE_CITY if len(region) == 4 else OrgKind.POLICE_COUNTY
    return Scope.of(Principal("u1", "研判员", "o1", "反诈中心", kind, region, frozenset({role})))


def report(number: str, *suspects: str, day: int = 0, narrative: str = "", region: str = "350302", fraud_type: FraudType = FraudType.REBATE_TASKS) -> ReportRow:
    return ReportRow(
        source="110", report_no=number, received_at=NOON + timedelta(days=day), narrative=narrative or f"{number}号", region=region, fraud_type=fraud_type,
        loss_fen=10_000, suspects=suspects,
    )  # fmt: skip


def take(platform: Platform, *rows: ReportRow) -> dict[str, str]:
    """Import, take in, link anew; report number → report id."""
    with clock.frozen(NOON + timedelta(days=60)), platform.database.work(WORKER) as work:
        cases.service.import_many(work, [replace(row) for row in rows], platform.tokens)
    tasks.relinked(platform)
    return ids(platform)


def ids(platform: Platform) -> dict[str, str]:
    with platform.database.work(WORKER) as work:
        return {row.report_no: row.id for row in work.session.execute(text("SELECT report_no, id FROM reports"))}


def groups(platform: Platform) -> dict[str, set[str]]:
    """Series id → report numbers, of the series that are open."""
    found: dict[str, set[str]] = {}
    with platform.database.work(WORKER) as work:
        for row in work.session.execute(text("SELECT m.series_id, r.report_no FROM series_members m JOIN reports r ON r.id = m.linkable_id")):
            found.setdefault(row.series_id, set()).add(row.report_no)
    return found


def together(platform: Platform) -> set[frozenset[str]]:
    return {frozenset(numbers) for numbers in groups(platform).values()}


def the_series(platform: Platform, number: str) -> str:
    """The series that the report is in."""
    return next(series for series, numbers in groups(platform).items() if number in numbers)


def relink(platform: Platform, times: int = 1) -> Sequence[tasks.Relinked]:
    return [tasks.relinked(platform) for _ in range(times)]


def worked(platform: Platform) -> None:
    """The jobs that wait, run; then everything linked anew."""
    by_name = {task.name: task for task in tasks.TASKS}
    query = text("SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' AND task_name LIKE 'series.%' ORDER BY id")
    with platform.database.work(WORKER) as work:
        waiting = work.session.execute(query).all()
        work.session.execute(text("DELETE FROM procrastinate_jobs WHERE id = ANY(:ids)"), {"ids": [row.id for row in waiting]})
    for row in waiting:
        by_name[row.task_name].run(platform, **row.args)
    tasks.relinked(platform)


def put(platform: Platform, name: str, *suspects: str, told: str = "") -> str:
    """File a case by hand under this number; its id."""
    given = new(number=name, narrative=told or f"{name}号案件", suspects=tuple(NewSuspect(one) for one in suspects))
    with clock.frozen(NOON), platform.database.work(staff()) as work:
        return filing.file(work, given, platform.tokens, key=name).id
