"""Care of the job queue itself: jobs whose worker died are run again, finished ones are not kept for ever.

Procrastinate marks a job as `doing` and leaves it so when the worker dies; a job with a lock would then shut out all later ones of its kind.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from procrastinate import App
from procrastinate.jobs import Status

SILENT_SECONDS = 60.0
"""A worker that has not been heard of for so long is taken for dead (it sends a sign of life every 10 s)."""
KEPT_HOURS = 7 * 24
FAILED_KEPT_HOURS = 90 * 24

_log = logging.getLogger(__name__)


def register(app: App, attempts: Mapping[str, int]) -> None:
    """Two periodic tasks of the queue's own. `attempts`: how often a job of each task is tried at most."""

    @app.periodic(cron="* * * * *")
    @app.task(name="jobs.take_up_stalled", queueing_lock="jobs.take_up_stalled")
    async def stalled(timestamp: int) -> None:
        del timestamp
        await take_up_stalled(app, attempts)

    @app.periodic(cron="20 4 * * *")
    @app.task(name="jobs.forget_old", queueing_lock="jobs.forget_old")
    async def old(timestamp: int) -> None:
        del timestamp
        await app.job_manager.delete_old_jobs(KEPT_HOURS)
        await app.job_manager.delete_old_jobs(FAILED_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True)


async def take_up_stalled(app: App, attempts: Mapping[str, int], *, silent_seconds: float = SILENT_SECONDS) -> int:
    """Queue the jobs of dead workers again; returns how many. Tasks are safe to repeat, so one taken for dead too early does no harm.

    A job that took its worker down as often as it may be tried is marked failed: it would take down every next one too.
    """
    taken_up = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds):
        if job.attempts + 1 >= attempts.get(job.task_name, 5):
            _log.error("job %s (%s) has lost its worker %s times and is given up", job.id, job.task_name, job.attempts + 1)
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
            continue
        _log.warning("job %s (%s) has lost its worker and is queued again", job.id, job.task_name)
        await app.job_manager.retry_job(job)
        taken_up += 1
    return taken_up
