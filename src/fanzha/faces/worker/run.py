"""Procrastinate's worker over the desks' tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import procrastinate
from procrastinate import PsycopgConnector, RetryStrategy

from fanzha import desks
from fanzha.faces.common.platform import Platform
from fanzha.store.database import WORKER_ROLE
from fanzha.store.jobs import Task

_log = logging.getLogger(__name__)


def build(platform: Platform, tasks: Iterable[Task] | None = None) -> procrastinate.App:
    """An application that knows every desk's tasks, connected as the worker role."""
    app = procrastinate.App(connector=PsycopgConnector(conninfo=platform.database.conninfo(WORKER_ROLE)))
    for task in tasks if tasks is not None else all_tasks():
        _register(app, task, platform)
    return app


def run(platform: Platform) -> None:
    """Work until SIGTERM or Ctrl-C; a job under way is finished first."""
    build(platform).run_worker(concurrency=2, listen_notify=True, shutdown_graceful_timeout=8.0)


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
    registered = app.task(name=task.name, retry=RetryStrategy(max_attempts=task.attempts, exponential_wait=3), pass_context=False)(
        _bound(task, platform)
    )
    if task.every is not None:
        app.periodic(cron=task.every, periodic_id=task.name)(registered)


def _bound(task: Task, platform: Platform) -> Callable[..., None]:
    def call(**args: Any) -> None:
        args.pop("timestamp", None)  # procrastinate's own argument of periodic jobs
        _log.debug("job %s", task.name)
        task.run(platform, **args)

    return call
