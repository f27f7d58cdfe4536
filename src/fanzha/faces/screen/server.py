"""Starting and stopping the screening processes."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
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
from fanzha.store.database import WORKER_ROLE

_FORGET_SECONDS = 600.0

_log = logging.getLogger(__name__)


@dataclass
class Screening:
    """One process's parts; `app` serves while `running` is entered."""

    platform: Platform
    app: ScreenApp
    committer: Committer
    freshness: Freshness
    hot: Hot


def assemble(platform: Platform, name: str = "1") -> Screening:
    """Load the state and put the parts together. `name` tells the processes' local files apart."""
    hot, versions = keeping.load(platform)
    settings = platform.settings
    freshness = Freshness(platform, hot, versions)
    closed = settings.screen_degraded == "fail_closed"

    def on_return(outage: Outage) -> None:
        freshness.mark_all()
        asyncio.get_running_loop().run_in_executor(None, _tell, platform, outage)

    committer = Committer(
        platform.database.conninfo(WORKER_ROLE), Spool(settings.home / "screen" / name), again=closed, patience=settings.screen_commit_seconds, on_return=on_return
    )
    keys = Keys(platform, settings.screen_rate, is_away=lambda: committer.is_away)
    app = ScreenApp(hot, Reader(platform.tokens), keys, committer, freshness, fail_closed=closed)
    return Screening(platform, app, committer, freshness, hot)


@asynccontextmanager
async def running(screening: Screening) -> AsyncIterator[ScreenApp]:
    """Take over what an earlier process left in its files, then serve, listen and forget until left."""
    await screening.committer.start()
    screening.freshness.start(beside_others=screening.platform.settings.screen_workers > 1)
    forgetting = asyncio.create_task(_forget(screening.hot), name="forget")
    gc.collect()
    gc.freeze()  # the state lives as long as the process: without it, each full collection would walk millions of entries
    try:
        yield screening.app
    finally:
        forgetting.cancel()
        await asyncio.gather(forgetting, return_exceptions=True)
        await screening.freshness.stop()
        await screening.committer.stop()
        gc.unfreeze()


def serve(screening: Screening, *, sock: socket.socket | None = None, on_ready: Callable[[], None] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    settings = screening.platform.settings
    config = uvicorn.Config(
        screening.app, host=settings.screen_host, port=settings.screen_port, log_level="warning", access_log=False, lifespan="off", server_header=False,
        date_header=False, timeout_graceful_shutdown=3, timeout_keep_alive=75,
    )  # fmt: skip

    async def run() -> None:
        async with running(screening):
            if on_ready:
                on_ready()
            await uvicorn.Server(config).serve(sockets=[sock] if sock else None)

    asyncio.run(run())


async def _forget(hot: Hot) -> None:
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        for _ in hot.state.forget():
            await asyncio.sleep(0)


def _tell(platform: Platform, outage: Outage) -> None:
    """Put the outage into the audit log and tell the live pages."""
    detail = {"since": outage.since, "until": outage.until, "replayed": outage.replayed, "conflicting": outage.conflicting, "reason": outage.reason[:200]}
    try:
        with platform.database.work(SYSTEM) as work:
            work.audit("screening.degraded", "screening", detail)
            work.notify("fanzha_screening", {"state": "back", "replayed": outage.replayed})
    except SQLAlchemyError:
        _log.exception("the outage could not be put into the audit log: %s", detail)
