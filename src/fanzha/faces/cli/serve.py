"""`fanzha serve`, `fanzha worker`, `fanzha migrate`."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from fanzha.desks import identity
from fanzha.faces import worker
from fanzha.faces.cli.context import Cli, cli, say
from fanzha.faces.common.app import create_app
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope

_GRACE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 60.0
_STEADY_SECONDS = 300.0

_log = logging.getLogger(__name__)


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command("worker")(run_worker)
    app.command()(migrate)


def serve(context: typer.Context) -> None:
    """Serve the pages and the API, with a worker beside them, and print the address once it answers. Ctrl-C stops both."""
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


def run_worker(context: typer.Context, with_parent: Annotated[int, typer.Option("--with-parent", help="Stop when this process is gone.")] = 0) -> None:
    """Run the job worker alone."""
    with cli(context).platform() as platform:
        worker.run(platform, with_parent=with_parent or None)


def migrate(context: typer.Context) -> None:
    """Bring the database to the newest version and stop."""
    with cli(context).platform():
        say("The database is at the newest version.")


def serve_platform(here: Cli, platform: Platform, tell: Callable[[str], None] = say) -> None:
    """Serve until interrupted or terminated; either way the worker and the embedded database stop too. `tell` hears the address once it answers."""
    signal.signal(signal.SIGTERM, _leave)  # uvicorn raises the signal again once it has stopped; by default that would end the process on the spot
    settings = platform.settings
    with _worker_beside(here):
        config = uvicorn.Config(
            create_app(platform), host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=3, server_header=False,
            proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=settings.trusted_proxies or None,
        )  # fmt: skip
        with suppress(KeyboardInterrupt):  # uvicorn has stopped by then; Ctrl-C is how one ends it
            Telling(config, lambda: tell(settings.address)).run()


class Telling(uvicorn.Server):
    """A server that calls `listens` as soon as its port answers: an address that is told before it answers sends people to an error."""

    def __init__(self, config: uvicorn.Config, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self._listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises SystemExit where the port is taken: then nothing is told."""
        await super().startup(sockets)
        if self.started:
            self._listens()


def _leave(number: int, frame: FrameType | None) -> None:
    """End by an exception, so that everything that was opened is closed."""
    del number, frame
    raise SystemExit(0)


@contextmanager
def _worker_beside(here: Cli) -> Iterator[None]:
    environment = os.environ | {"FANZHA_HOME": str(here.settings.home)}
    beside = Beside([sys.executable, "-m", "fanzha.bootstrap", "worker", "--with-parent", str(os.getpid())], environment)
    try:
        yield
    finally:
        beside.stop()


class Beside:
    """A process that is started again whenever it ends by itself: after `pause` seconds, twice as long each time it does not last."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], *, pause: float = 1.0) -> None:
        self._command = command
        self._environment = environment
        self._pause = pause
        self._stopping = threading.Event()
        self.process = self._start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End it and do not start it again; after a grace it is killed."""
        self._stopping.set()
        give_up, told = time.monotonic() + _GRACE_SECONDS, None
        while self._watcher.is_alive() and time.monotonic() < give_up:
            # Each process is told once: a second signal would cut off a job under way. A last one may have been started while the first was told.
            if self.process is not told:
                told = self.process
                told.send_signal(signal.SIGTERM)
            self._watcher.join(0.1)
        if self._watcher.is_alive():
            self.process.kill()
            self._watcher.join()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment, start_new_session=True)  # noqa: S603 — our own command, not a caller's

    def _watch(self) -> None:
        pause, started = self._pause, time.monotonic()
        while True:
            status = self.process.wait()
            if self._stopping.is_set():
                return
            pause = self._pause if time.monotonic() - started > _STEADY_SECONDS else pause
            _log.error("the worker ended by itself with status %s: no job runs; it is started again in %s s", status, pause)
            if self._stopping.wait(pause):
                return
            pause, started = min(pause * 2, _LONGEST_PAUSE_SECONDS), time.monotonic()
            self.process = self._start()
