"""Procrastinate's worker over the desks' tasks."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import procrastinate
from procrastinate import PsycopgConnector, RetryStrategy

from fanzha import desks
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker import care
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.store.database import WORKER_ROLE
from fanzha.store.jobs import Task, last_success

_log = logging.getLogger(__name__)

CONCURRENCY = 4
"""Of each periodic task one job runs at a time, so a long detection and a long intake leave room for the clock of the warnings."""
_PARENT_SECONDS = 2.0


def build(platform: Platform, tasks: Iterable[Task] | None = None) -> procrastinate.App:
    """An application that knows every desk's tasks, connected as the worker role."""
    app = procrastinate.App(connector=PsycopgConnector(conninfo=platform.database.conninfo(WORKER_ROLE)))
    known = list(tasks) if tasks is not None else all_tasks()
    for task in known:
        _register(app, task, platform)
    care.register(app, {task.name: task.attempts for task in known})
    return app


def run(platform: Platform, *, with_parent: int | None = None) -> None:
    """Work until SIGTERM or Ctrl-C; a job under way is finished first. `with_parent`: also until this process, which started ours, is gone."""
    if with_parent is not None:
        threading.Thread(target=_leave_with, args=(with_parent,), daemon=True).start()
    known = all_tasks()
    catch_up(platform, known)
    build(platform, known).run_worker(concurrency=CONCURRENCY, listen_notify=True, shutdown_graceful_timeout=8.0)


def catch_up(platform: Platform, tasks: Iterable[Task]) -> list[str]:
    """Queue what should have run while no worker did; returns the names. Twice in a row queues nothing more."""
    queued = []
    with platform.database.work(Scope.system("worker")) as work:
        for task in tasks:
            if task.at_least_every is not None:
                last = last_success(work.session, task.name)
                if last is None or last < clock.now() - task.at_least_every:
                    work.defer(task.name, once=task.name, lock=task.name)
                    queued.append(task.name)
    return queued


def _leave_with(parent: int) -> None:
    """A server that was killed outright cannot stop its worker; without this each restart would leave one more behind."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    _log.warning("the server that started this worker is gone; the worker stops")
    os.kill(os.getpid(), signal.SIGTERM)


def run_waiting(platform: Platform) -> None:
    """Run what waits now, and return: for tests and for the demo."""
    build(platform).run_worker(wait=False, concurrency=1, listen_notify=False, install_signal_handlers=False)


def all_tasks() -> list[Task]:
    """The tasks of every desk that has a `tasks` module."""
    found: list[Task] = []
    for desk in sorted(iter_modules(desks.__path__), key=lambda module: module.name):
        package = f"{desks.__name__}.{desk.name}"
        if desk.ispkg and any(module.name == "tasks" for module in iter_modules(import_module(package).__path__)):
            found.extend(import_module(f"{package}.tasks").TASKS)
    return found


def _register(app: procrastinate.App, task: Task, platform: Platform) -> None:
    """Of a periodic task one job runs and one waits at most: a run longer than its period neither piles up nor takes all places."""
    alone = task.name if task.every is not None else None
    retry = RetryStrategy(max_attempts=task.attempts, exponential_wait=3)
    registered = app.task(name=task.name, retry=retry, pass_context=False, lock=alone, queueing_lock=alone)(_bound(task, platform))
    if task.every is not None:
        app.periodic(cron=task.every, periodic_id=task.name)(registered)


def _bound(task: Task, platform: Platform) -> Callable[..., None]:
    def call(**args: Any) -> None:
        args.pop("timestamp", None)  # procrastinate's own argument of periodic jobs
        _log.debug("job %s", task.name)
        task.run(platform, **args)

    return call
