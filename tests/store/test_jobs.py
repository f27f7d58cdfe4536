"""The job queue when things go wrong: dead workers, failures beside a waiting job, long runs, rights of the two roles."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fanzha.faces.common.platform import Platform
from fanzha.faces.worker import build, care
from fanzha.faces.worker.run import catch_up
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.store.database import WORKER_ROLE, Database
from fanzha.store.jobs import Task
from fanzha.store.migrate import DatabaseUnreachable, upgrade

SYSTEM = Scope.system("test")


def _work_off(platform: Platform, *tasks: Task) -> None:
    build(platform, tasks).run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


def _take_up(platform: Platform, *tasks: Task) -> int:
    app = build(platform, tasks)

    async def take() -> int:
        async with app.open_async():
            return await care.take_up_stalled(app, {task.name: task.attempts for task in tasks})

    return asyncio.run(take())


def _states(platform: Platform, task: str) -> list[tuple[str, int]]:
    with platform.database.work(SYSTEM) as work:
        rows = work.session.execute(text("SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = :task ORDER BY id"), {"task": task})
        return [(row.status, row.attempts) for row in rows]


def _start_and_die(platform: Platform, task: str) -> None:
    """What a worker leaves that was killed in the middle of the job."""
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = :task AND status = 'todo'"), {"task": task})


def test_a_job_whose_worker_died_runs_again_and_frees_those_behind_it(platform: Platform) -> None:
    ran: list[int] = []
    task = Task("some.task", lambda opened, *, n: ran.append(n))
    with platform.database.work(SYSTEM) as work:
        work.defer("some.task", lock="some.task", once="some.task", n=1)
    _start_and_die(platform, "some.task")
    with platform.database.work(SYSTEM) as work:
        work.defer("some.task", lock="some.task", once="some.task", n=2)
    assert _take_up(platform, task) == 1
    assert _take_up(platform, task) == 0
    _work_off(platform, task)
    assert ran == [1, 2]
    assert _states(platform, "some.task") == [("succeeded", 2), ("succeeded", 1)]


def test_a_job_that_takes_down_every_worker_is_given_up(platform: Platform) -> None:
    task = Task("some.task", lambda opened: None, attempts=2)
    with platform.database.work(SYSTEM) as work:
        work.defer("some.task")
    _start_and_die(platform, "some.task")
    assert _take_up(platform, task) == 1
    _start_and_die(platform, "some.task")
    assert _take_up(platform, task) == 0
    assert _states(platform, "some.task")[0][0] == "failed"


def test_a_failing_job_is_queued_again_beside_one_of_its_name_that_waits(platform: Platform) -> None:
    def fail(opened: Platform) -> None:
        with opened.database.work(SYSTEM) as work:
            work.defer("some.task", lock="some.task", once="some.task")
        raise ValueError("broken")

    with platform.database.work(SYSTEM) as work:
        work.defer("some.task", lock="some.task", once="some.task")
    build(platform, [Task("some.task", fail)]).run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert [state for state, _ in _states(platform, "some.task")] == ["todo", "todo"]


def test_a_periodic_task_runs_once_at_a_time(platform: Platform) -> None:
    app = build(platform, [Task("some.task", lambda opened: None, every="* * * * *"), Task("other.task", lambda opened: None)])
    assert (app.tasks["some.task"].lock, app.tasks["some.task"].queueing_lock) == ("some.task", "some.task")
    assert (app.tasks["other.task"].lock, app.tasks["other.task"].queueing_lock) == (None, None)


def test_a_worker_that_starts_catches_up_with_what_should_have_run(platform: Platform) -> None:
    ran: list[str] = []
    nightly = Task("nightly.task", lambda opened: ran.append("nightly"), every="40 17 * * *", at_least_every=timedelta(hours=26))
    other = Task("other.task", lambda opened: ran.append("other"), every="40 17 * * *")
    assert catch_up(platform, (nightly, other)) == ["nightly.task"]
    catch_up(platform, (nightly, other))
    _work_off(platform, nightly, other)
    assert ran == ["nightly"]
    assert catch_up(platform, (nightly, other)) == []
    with clock.frozen(clock.now() + timedelta(hours=27)):
        assert catch_up(platform, (nightly, other)) == ["nightly.task"]


def test_old_jobs_are_forgotten(platform: Platform) -> None:
    task = Task("some.task", lambda opened: None)
    with platform.database.work(SYSTEM) as work:
        work.defer("some.task")
        work.defer("some.task")
    _work_off(platform, task)
    with platform.database.work(SYSTEM) as work:
        first = "(SELECT min(id) FROM procrastinate_jobs WHERE task_name = 'some.task')"
        work.session.execute(text(f"UPDATE procrastinate_events SET at = at - interval '8 days' WHERE job_id = {first}"))
        work.defer("jobs.forget_old", timestamp=0)
    _work_off(platform, task)
    assert len(_states(platform, "some.task")) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO dated_settings (key, effective_from, value, source, set_by) VALUES ('warnings.close_days', '2026-01-01', '1', 't', 't')",
        "SELECT args FROM procrastinate_jobs",
        "SELECT * FROM procrastinate_events",
        "UPDATE procrastinate_jobs SET status = 'failed'",
        "SELECT * FROM procrastinate_workers",
    ],
)
def test_pages_may_not(platform: Platform, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), platform.database.work(Scope(actor="a", region="")) as work:
        work.session.execute(text(statement))


@pytest.mark.parametrize("table", ["warning_history", "warning_reveals", "warning_escalations", "report_steps", "indicator_judgements", "audit_log"])
def test_not_even_the_pipeline_rewrites_what_is_only_added_to(platform: Platform, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET at = now()"):
        with pytest.raises(DBAPIError, match="permission denied"), platform.database.work(SYSTEM) as work:
            work.session.execute(text(statement))


def test_every_table_is_protected_or_known_not_to_hold_what_belongs_to_somebody(platform: Platform) -> None:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"
    with platform.database.work(SYSTEM) as work:
        bare = set(work.session.scalars(text(query)))
    queue = {"procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers"}
    assert bare == {"alembic_version", "audit_head", "dated_settings"} | queue


def test_an_error_of_the_database_does_not_tell_what_was_sent(platform: Platform) -> None:
    with pytest.raises(DBAPIError) as caught, platform.database.work(SYSTEM) as work:
        work.session.execute(text("SELECT CAST(:secret AS text) FROM no_such_table"), {"secret": "13900000001"})
    assert "13900000001" not in str(caught.value)


def test_a_database_that_does_not_answer_is_waited_for_and_then_named(platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr("fanzha.store.migrate._PAUSE_SECONDS", 0.01)
    nobody = Database("postgresql://owner:hidden-word@127.0.0.1:1/nothing", {WORKER_ROLE: "x"})
    with pytest.raises(DatabaseUnreachable) as caught:
        upgrade(nobody, patience=0.1)
    assert "trying again" in caplog.text
    assert "hidden-word" not in caplog.text + str(caught.value)
