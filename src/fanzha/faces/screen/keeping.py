"""The state in memory: loaded at start, kept fresh by notifications, by new batches of the lake, and by a look at everything each minute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import polars as pl
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from fanzha.desks import detectors, screening, warnings
from fanzha.desks.detection import reading as detection
from fanzha.desks.screening import repository
from fanzha.desks.screening.listeners import EVENTS, FINDINGS, INDICATORS
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.history import COLUMNS
from fanzha.engine.screening.events import SIDES, Event, event_of, events_of
from fanzha.engine.screening.recalling import Recalling
from fanzha.engine.screening.state import State, horizons
from fanzha.engine.screening.values import unsupported
from fanzha.engine.screening.watch import Watch
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen.deciding import Hot
from fanzha.kit import clock
from fanzha.lake.schemas import EventKind
from fanzha.store import Scope, Work
from fanzha.store.database import WORKER_ROLE

T = TypeVar("T")

SYSTEM = Scope.system("screening")
_POLICY: Final = "screening"
CHANNELS: Final = (INDICATORS, FINDINGS, EVENTS, detectors.CHANNEL, warnings.LIVE_CHANNEL, _POLICY)
_EVERY_SECONDS: Final = 60.0
_GATHER_SECONDS: Final = 0.1
_AT_ONCE: Final = 250
"""Events taken in between two looks at the requests."""
_DAYS: Final[Mapping[EventKind, int]] = {EventKind.TRANSFERS: 32, EventKind.CALLS: 9, EventKind.MESSAGES: 9, EventKind.VISITS: 9}
_SEEN_DAYS: Final = 38
"""Days of which the times alone are kept: who counts as new over 30 days, looked at from up to seven days ago."""
_REGISTERS: Final = (EventKind.ACCOUNTS, EventKind.SIMS)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A state with the lake's versions it was made from."""

    state: State
    regions: Mapping[str, str]
    versions: Mapping[EventKind, int]


def supported_features() -> list[str]:
    """Everything that can be had in flight: all of it is kept ready, so that a new rule needs no loading."""
    return [name for name in FEATURES.features if unsupported(name) is None]


def load(platform: Platform) -> tuple[Hot, Mapping[EventKind, int]]:
    """Everything from the database and the lake; minutes of processor time for millions of events."""
    with platform.database.work(SYSTEM) as work:
        standing = screening.service.standing(work)
    loaded = load_state(platform, standing.flags, standing.victims)
    return Hot(standing, loaded.state, Watch(standing.rules), loaded.regions), loaded.versions


def load_state(platform: Platform, flags: Mapping[str, object], victims: frozenset[str]) -> Loaded:
    """The past by the lake and by the decisions made since, under these marks."""
    versions = {kind: platform.lake.version(kind) for kind in (*COLUMNS, *_REGISTERS)}
    people = detection.load_people(platform.lake)
    state = State(horizons(supported_features()), remote_apps=detection.remote_apps(platform.tokens))
    state.persons = {row[0]: row[1] for row in people.select("subject", "person").iter_rows() if row[0] != row[1]}
    state.set_flags(flags)  # type: ignore[arg-type]  # token → FraudType
    state.set_victims(victims)
    today = clock.local_day(clock.now())
    recalling = Recalling()
    for kind in COLUMNS:
        for piece in _rows(platform, kind, today - timedelta(days=_SEEN_DAYS), today - timedelta(days=_DAYS[kind] + 1), (*SIDES[kind], "at", "event_key")):
            recalling.add(kind, piece)
    recalling.into(state)
    for kind in COLUMNS:
        for piece in _rows(platform, kind, today - timedelta(days=_DAYS[kind])):
            state.add_many(events_of(kind, piece))
    with platform.database.work(SYSTEM) as work:
        state.add_many(_decided(work, clock.now() - timedelta(days=_DAYS[EventKind.TRANSFERS])))
    regions = {row[0]: row[1] for row in people.select("subject", "region").iter_rows() if row[1] is not None}
    return Loaded(state, regions, versions)


def _rows(
    platform: Platform, kind: EventKind, since: date, until: date | None = None, columns: Sequence[str] | None = None
) -> Iterator[pl.DataFrame]:
    """The lake's rows day by day, in the order of time; `until` is the last day, where not all."""
    first, last = platform.lake.days(kind) or (since, since - timedelta(days=1))
    day = max(first, since)
    while day <= min(last, until or last):
        yield platform.lake.scan(kind, day, day).select(columns or COLUMNS[kind]).sort("at", "event_key").collect()
        day += timedelta(days=1)


def _decided(work: Work, since: datetime) -> Iterator[Event]:
    for asked, columns in repository.events_since(work, since):
        yield event_of(screening.Asked(asked).event_kind, columns)


class Freshness:
    """Listens, and renews what has changed. Reading is done in a thread; the loop swaps in what was read."""

    def __init__(self, platform: Platform, hot: Hot, versions: Mapping[EventKind, int]) -> None:
        self._platform = platform
        self._hot = hot
        self._versions = dict(versions)
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._next_change: datetime | None = None
        self.renewed_at = clock.now()
        self.is_listening = False

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._listen(), name="listen"), asyncio.create_task(self._renew(), name="renew")]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def mark_all(self) -> None:
        """Everything may have changed: the database was away, or a minute has passed."""
        self._dirty.update(CHANNELS)
        self._wake.set()

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._platform.database.conninfo(WORKER_ROLE), autocommit=True, connect_timeout=3, application_name="fanzha-screen-listen"
                ) as connection:
                    for channel in CHANNELS:
                        await connection.execute(f'LISTEN "{channel}"')
                    self.is_listening = True
                    self.mark_all()  # what was announced before we listened
                    async for notification in connection.notifies():
                        self._dirty.add(notification.channel)
                        self._wake.set()
            except (psycopg.Error, OSError) as error:
                if self.is_listening:
                    _log.warning("no notifications for now: %s", error)
            self.is_listening = False
            await asyncio.sleep(0.5)

    async def _renew(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._patience()):
                    await self._wake.wait()
            except TimeoutError:
                self._dirty.update(CHANNELS)
            await asyncio.sleep(_GATHER_SECONDS)
            self._wake.clear()
            dirty, self._dirty = self._dirty, set()
            try:
                await self._renew_these(dirty)
                self.renewed_at = clock.now()
            except (SQLAlchemyError, OSError) as error:
                self._dirty |= dirty
                _log.info("the state could not be renewed and stays as it was: %s", type(error).__name__)
                await asyncio.sleep(1.0)
                self._wake.set()

    def _patience(self) -> float:
        """Seconds until all is looked at again: a minute, or less where an approved change of a detector takes effect earlier."""
        if self._next_change is None:
            return _EVERY_SECONDS
        return min(max((self._next_change - clock.now()).total_seconds(), 0.0), _EVERY_SECONDS)

    async def _renew_these(self, dirty: set[str]) -> None:
        hot, service = self._hot, screening.service
        if detectors.CHANNEL in dirty:
            self._next_change = await self._read(detectors.next_change)
            rules = await self._read(detectors.live_rules)
            if rules != hot.standing.rules:
                hot.watch = await asyncio.get_running_loop().run_in_executor(None, Watch, rules)
                hot.standing = replace(hot.standing, rules=rules)
        if _POLICY in dirty:
            hot.standing = replace(hot.standing, policy=await self._read(service.policy))
        if warnings.LIVE_CHANNEL in dirty:
            hot.standing = replace(hot.standing, warnings=await self._read(service.warnings))
        if dirty & {INDICATORS, FINDINGS}:
            marks, victims = await self._read(service.marks), await self._read(service.victims)
            hot.standing = replace(hot.standing, marks=marks, victims=victims)
            hot.state.set_flags(hot.standing.flags)
            hot.state.set_victims(victims)
        if EVENTS in dirty:
            await self._renew_events()

    async def _renew_events(self) -> None:
        """New rows of the lake; where a register changed, persons may have, and then the whole state is made anew beside the old one."""
        versions = await self._call(lambda: {kind: self._platform.lake.version(kind) for kind in (*COLUMNS, *_REGISTERS)})
        if any(versions[kind] != self._versions[kind] for kind in _REGISTERS):
            await self._make_anew()
            return
        for kind in COLUMNS:
            if versions[kind] != self._versions[kind]:
                rows, old = await self._call(partial(self._changes, kind, self._versions[kind]))
                await self._see(self._hot.state, events_of(kind, old))
                await self._take(self._hot.state, events_of(kind, rows))
                self._versions[kind] = versions[kind]

    async def _make_anew(self) -> None:
        hot = self._hot
        hot.journal = []
        try:
            loaded = await self._call(partial(load_state, self._platform, hot.standing.flags, hot.standing.victims))
            loaded.state.set_flags(hot.standing.flags)
            loaded.state.add_many(hot.journal)
            hot.state, hot.regions, self._versions = loaded.state, loaded.regions, dict(loaded.versions)
        finally:
            hot.journal = None

    def _changes(self, kind: EventKind, version: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What came since then, in the order of time: the events of the days that are kept whole, and of the days of which the times are kept."""
        today = clock.local_day(clock.now())
        rows = self._platform.lake.changes_since(kind, version).filter(pl.col("day") >= today - timedelta(days=_SEEN_DAYS)).sort("at", "event_key").collect()
        whole = pl.col("day") >= today - timedelta(days=_DAYS[kind])
        return rows.filter(whole).select(COLUMNS[kind]), rows.filter(~whole).select(COLUMNS[kind])

    async def _see(self, state: State, events: Iterable[Event]) -> None:
        """Events that came so late that no line reaches back to them: who is new may depend on them yet."""
        for place, event in enumerate(events):
            state.see(event.kind, event.first, event.second, event.at, event.order)
            if place % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)

    async def _take(self, state: State, events: Iterable[Event]) -> None:
        for place, event in enumerate(events):
            state.add(event)
            if place % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)

    async def _read(self, query: Callable[[Work], T]) -> T:
        def run() -> T:
            with self._platform.database.work(SYSTEM) as work:
                return query(work)

        return await self._call(run)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(None, work)
