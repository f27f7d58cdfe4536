"""Starting and stopping the process that decides in flight."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from fanzha.desks.screening.reading import Reader
from fanzha.desks.screening.spool import Spool
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen import keeping
from fanzha.faces.screen.app import ScreenApp
from fanzha.faces.screen.asking import Keys
from fanzha.faces.screen.committing import Committer, Outage
from fanzha.faces.screen.deciding import Hot
from fanzha.faces.screen.keeping import SYSTEM, Freshness
from fanzha.faces.screen.wire import LOOP, serve_on
from fanzha.kit.errors import Conflict
from fanzha.settings import Settings
from fanzha.store.database import WORKER_ROLE

_FORGET_SECONDS = 600.0
_COLLECT_SECONDS = 0.5

_log = logging.getLogger(__name__)


@dataclass
class Screening:
    """One process's parts; `app` serves while `running` is entered."""

    platform: Platform
    app: ScreenApp
    committer: Committer
    freshness: Freshness
    hot: Hot


class DecidesAlready(Conflict):
    """Another process of this installation decides in flight."""

    code = "screening_runs_already"
    remedy = "One process decides on everything, for the windows in memory are its own. Stop the other first."


def assemble(platform: Platform) -> Screening:
    """Load the state and put the parts together."""
    hot, versions = keeping.load(platform)
    settings = platform.settings
    freshness = Freshness(platform, hot, versions)
    closed = settings.screen_degraded == "fail_closed"

    def on_return(outage: Outage) -> None:
        freshness.mark_all()
        asyncio.get_running_loop().run_in_executor(None, _tell, platform, outage)

    committer = Committer(
        platform.database.conninfo(WORKER_ROLE), Spool(_folder(settings)), again=closed, patience=settings.screen_commit_seconds, on_return=on_return
    )
    keys = Keys(platform, settings.screen_rate, is_away=lambda: committer.is_away)
    app = ScreenApp(hot, Reader(platform.tokens), keys, committer, freshness, fail_closed=closed)
    return Screening(platform, app, committer, freshness, hot)


@asynccontextmanager
async def running(screening: Screening) -> AsyncIterator[ScreenApp]:
    """Take over what an earlier process left in its files, then serve, listen and forget until left.

    Raises:
        DecidesAlready: another process of the installation does.
    """
    with _alone(_folder(screening.platform.settings)):
        async with _started(screening):
            yield screening.app


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Held as long as the process lives, also where it is killed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise DecidesAlready from held
        yield


def _folder(settings: Settings) -> Path:
    return settings.home / "screen"


@asynccontextmanager
async def _started(screening: Screening) -> AsyncIterator[None]:
    await screening.committer.start()
    screening.freshness.start()
    keeping_house = [asyncio.create_task(_forget(screening.hot), name="forget"), asyncio.create_task(_collect(), name="collect")]
    try:
        yield
    finally:
        for task in keeping_house:
            task.cancel()
        await asyncio.gather(*keeping_house, return_exceptions=True)
        await screening.freshness.stop()
        await screening.committer.stop()


def serve(screening: Screening, sock: socket.socket, *, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C."""

    async def run() -> None:
        async with running(screening) as app:
            on_ready()
            await serve_on(app, sock)

    with asyncio.Runner(loop_factory=LOOP) as runner:
        runner.run(run())


async def _forget(hot: Hot) -> None:
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        for _ in hot.state.forget():
            await asyncio.sleep(0)


async def _collect() -> None:
    """Collect garbage little and often.

    What a decision leaves behind (the past, the answer to a repeated request) lives long. The automatic collector would walk all of it again and again: a
    tenth of a second after ten thousand decisions, seconds after millions. So it is off, and every half second what is new is looked through once and then
    left out for good. Requests leave no cycles, so what is under way at that moment is freed as ever, by its count of references.
    """
    gc.disable()
    try:
        while True:
            gc.collect()
            gc.freeze()
            await asyncio.sleep(_COLLECT_SECONDS)
    finally:
        gc.unfreeze()
        gc.enable()


def _tell(platform: Platform, outage: Outage) -> None:
    """Put the outage into the audit log and tell the live pages."""
    detail = {"since": outage.since, "until": outage.until, "replayed": outage.replayed, "conflicting": outage.conflicting, "reason": outage.reason[:200]}
    try:
        with platform.database.work(SYSTEM) as work:
            work.audit("screening.degraded", "screening", detail)
            work.notify("fanzha_screening", {"state": "back", "replayed": outage.replayed})
    except SQLAlchemyError:
        _log.exception("the outage could not be put into the audit log: %s", detail)
