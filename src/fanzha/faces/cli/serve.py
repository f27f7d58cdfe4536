"""`fanzha serve`, `fanzha worker`, `fanzha migrate`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer
import uvicorn

from fanzha.desks import identity
from fanzha.faces import worker
from fanzha.faces.cli.context import Cli, cli, say
from fanzha.faces.common.app import create_app
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope

_GRACE_SECONDS = 10


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command("worker")(run_worker)
    app.command()(migrate)


def serve(context: typer.Context) -> None:
    """Serve the pages and the API, with a worker beside them. Ctrl-C stops both."""
    here = cli(context)
    with here.platform() as platform:
        _first_administrator(platform)
        serve_platform(here, platform)


def _first_administrator(platform: Platform) -> None:
    """On an installation without users, make one and tell the password once."""
    with platform.database.work(Scope.system("first-start")) as work:
        password = identity.service.ensure_first_administrator(work)
    if password:
        say(f"First start: sign in at {platform.settings.address} as `{identity.service.FIRST_LOGIN}` with {password} (shown this once only).")


def run_worker(context: typer.Context) -> None:
    """Run the job worker alone."""
    with cli(context).platform() as platform:
        worker.run(platform)


def migrate(context: typer.Context) -> None:
    """Bring the database to the newest version and stop."""
    with cli(context).platform():
        say("The database is at the newest version.")


def serve_platform(here: Cli, platform: Platform) -> None:
    """Serve until interrupted or terminated; either way the worker and the embedded database stop too."""
    signal.signal(signal.SIGTERM, _leave)  # uvicorn raises the signal again once it has stopped; by default that would end the process on the spot
    settings = platform.settings
    with _worker_beside(here):
        uvicorn.run(
            create_app(platform), host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=3, server_header=False,
            proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=settings.trusted_proxies or None,
        )  # fmt: skip


def _leave(number: int, frame: FrameType | None) -> None:
    """End by an exception, so that everything that was opened is closed."""
    del number, frame
    raise SystemExit(0)


@contextmanager
def _worker_beside(here: Cli) -> Iterator[None]:
    environment = os.environ | {"FANZHA_HOME": str(here.settings.home)}
    process = subprocess.Popen([sys.executable, "-m", "fanzha.bootstrap", "worker"], env=environment, start_new_session=True)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
