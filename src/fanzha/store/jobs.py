"""The job queue: procrastinate, in the same PostgreSQL. Deferring runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', :task, 0, :lock, :once, CAST(:args AS jsonb), :at)]::procrastinate_job_to_defer_v1[])"
)
_WAITING = text("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :once AND status = 'todo' LIMIT 1")
_NAME_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('fanzha.jobs.' || :once, 0))")
_LAST_SUCCESS = text(
    "SELECT max(event.at) FROM procrastinate_events event JOIN procrastinate_jobs job ON job.id = event.job_id"
    " WHERE job.task_name = :task AND event.type = 'succeeded'"
)


def defer(session: Session, task: str, args: Mapping[str, object], *, lock: str | None, once: str | None, at: datetime | None) -> None:
    """Queue one job.

    Args:
        lock: jobs of one lock run one after the other.
        once: if a job of this name still waits, nothing is queued. Two transactions that ask at once are serialised by name.
        at: not before this time.
    """
    if once is not None:
        session.execute(_NAME_LOCK, {"once": once})
        if session.execute(_WAITING, {"once": once}).first() is not None:
            return
    session.execute(_DEFER, {"task": task, "lock": lock, "once": once, "args": orjson.dumps(dict(args)).decode(), "at": at})


@dataclass(frozen=True)
class Task:
    """A kind of job. A desk's `tasks.py` lists its own in `TASKS`; the worker runs all of them.

    `run(platform, **args)` gets the open installation (`database`, `lake`, `tokens`, `settings`) and the arguments given to `work.defer(name, …)`;
    it opens its own unit of work and must be safe to repeat: a worker that dies runs the job again. `every` is a cron line for periodic tasks;
    one with `at_least_every` is also run when a worker starts and none has succeeded for so long: a machine that is off at night would never come to it.
    """

    name: str
    run: Callable[..., None]
    every: str | None = None
    attempts: int = 5
    at_least_every: timedelta | None = None


def last_success(session: Session, task: str) -> datetime | None:
    """When a job of this task last succeeded, as far as finished jobs are kept."""
    found: datetime | None = session.execute(_LAST_SUCCESS, {"task": task}).scalar()
    return found
