"""One committer: the decisions that wait are written together, and every reply waits for its own.

Invariant: a reply is sent only after its decision is on the disk, in the database or, while that is away, in the local file. While the database is away
nothing is written there; when it is back the files are taken over first, and only then are decisions written there again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import psycopg

from fanzha.desks.screening import ledger, spool
from fanzha.desks.screening.errors import NotDurable
from fanzha.desks.screening.ledger import Kept
from fanzha.desks.screening.records import Record
from fanzha.desks.screening.spool import Spool
from fanzha.kit import clock

MOST_AT_ONCE: Final = 256
_PAUSE_SECONDS: Final = 0.5
_REPLAYED_AT_ONCE: Final = 500
_REPLAY_SECONDS: Final = 30.0

_log = logging.getLogger(__name__)


class DatabaseGone(Exception):
    """The database went away before the decision was kept; it must be judged again as one made without it."""


@dataclass
class Figures:
    """What the status tells."""

    decisions: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    spooled: int = 0
    replayed: int = 0
    conflicting: int = 0
    outages: int = 0


@dataclass(frozen=True)
class Outage:
    """A time without the database that is over."""

    since: datetime
    until: datetime
    reason: str
    replayed: int
    conflicting: int


class Committer:
    """`submit` and wait. `again`: a decision that was on its way when the database went is to be judged again (fail closed), not kept as it is."""

    def __init__(self, conninfo: str, files: Spool, *, again: bool, patience: float, on_return: Callable[[Outage], None]) -> None:
        self._conninfo = conninfo
        self._files = files
        self._again = again
        self._patience = patience
        self._on_return = on_return
        self._waiting: deque[tuple[Record, asyncio.Future[Kept]]] = deque()
        self._wake = asyncio.Event()
        self._gate = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.figures = Figures()
        self.away_since: datetime | None = None
        self.reason = ""

    @property
    def is_away(self) -> bool:
        """Whether decisions are made without the database now."""
        return self.away_since is not None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def start(self) -> None:
        """Take over the files that an earlier process left, and begin."""
        await self._take_over()
        self._tasks = [asyncio.create_task(self._run(), name="committer")]

    async def stop(self) -> None:
        """Finish what waits, and leave."""
        while self._waiting:
            await asyncio.sleep(0.01)
        async with self._gate:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._drop()
            self._files.close()

    async def submit(self, record: Record) -> Kept:
        """What stands for the request, once it is durable.

        Raises:
            DatabaseGone: judge it again. NotDurable: neither the database nor the file took it.
        """
        future: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, future))
        self._wake.set()
        return await future

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
                async with self._gate:
                    await self._keep(batch)

    async def _keep(self, batch: Sequence[tuple[Record, asyncio.Future[Kept]]]) -> None:
        records = [record for record, _ in batch]
        was_away = self.is_away
        try:
            kept = await self._spool(records) if was_away else await self._commit(records)
        except (psycopg.Error, OSError, TimeoutError) as error:
            if was_away:
                _log.critical("%s decisions could not be kept in the local file and were refused: %s", len(records), error)
                _fail(batch, NotDurable())
                return
            self._lose(error)
            await self._drop()
            if self._again:
                _fail(batch, DatabaseGone())
            else:
                await self._keep(batch)
            return
        for (_, future), each in zip(batch, kept, strict=True):
            if not future.done():
                future.set_result(each)
        self.figures.decisions += len(records)

    async def _commit(self, records: Sequence[Record]) -> list[Kept]:
        started = time.perf_counter()
        async with asyncio.timeout(self._patience):
            if self._connection is None:
                self._connection = await self._connect()
            kept = await ledger.keep(self._connection, records)
        self.figures.commits += 1
        self.figures.commit_seconds += time.perf_counter() - started
        return kept

    async def _spool(self, records: Sequence[Record]) -> list[Kept]:
        kept = [msgspec.structs.replace(record, spooled=True) for record in records]
        await asyncio.get_running_loop().run_in_executor(None, self._files.append, kept)
        self.figures.spooled += len(kept)
        return [Kept(record.id, record.body) for record in kept]

    # ---- going and coming back

    def _lose(self, error: Exception) -> None:
        self.away_since, self.reason = clock.now(), str(error) or type(error).__name__
        self.figures.outages += 1
        _log.critical("ALARM: the database is away (%s); decisions go to the local file until it is back", self.reason)
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(self._come_back(), name="come-back"))

    async def _come_back(self) -> None:
        since, replayed = self.away_since, self.figures.replayed
        conflicting = self.figures.conflicting
        assert since is not None
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                async with self._gate:
                    self._files.close()  # what follows goes to a new file, so that the long one is taken over while decisions go on
                await self._take_over()
                async with self._gate:
                    self._files.close()
                    await self._take_over()
                    self.away_since = None
            except (psycopg.Error, OSError, TimeoutError) as error:
                self.reason = str(error) or type(error).__name__
                await self._drop()
                continue
            outage = Outage(since, clock.now(), self.reason, self.figures.replayed - replayed, self.figures.conflicting - conflicting)
            _log.warning("the database is back after %s; %s decisions taken over, %s of them conflicting", outage.until - since, outage.replayed, outage.conflicting)
            self._on_return(outage)
            return

    async def _take_over(self) -> None:
        """Bring the closed files into the database. A crash on the way repeats it, which changes nothing."""
        if self._connection is None:
            self._connection = await self._connect()
        for path in self._files.closed_files():
            records = list(spool.read(path))
            for start in range(0, len(records), _REPLAYED_AT_ONCE):
                piece = records[start : start + _REPLAYED_AT_ONCE]
                async with asyncio.timeout(_REPLAY_SECONDS):
                    self.figures.conflicting += await ledger.replay(self._connection, piece)
                self.figures.replayed += len(piece)
            spool.remove(path)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True, connect_timeout=3, application_name="fanzha-screen")

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _fail(batch: Sequence[tuple[Record, asyncio.Future[Kept]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
