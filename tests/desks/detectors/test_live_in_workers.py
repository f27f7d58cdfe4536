"""What goes live reaches a worker that is running, by itself and without a restart."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text as sql
from tests.desks.detection_kit import ZERO, World

from fanzha.desks.detection import tasks as detection_tasks
from fanzha.desks.detectors import CHANNEL, MoveKind, service
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.desks.indicators import service as indicators
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker.run import build
from fanzha.lake.schemas import EventKind
from fanzha.store.database import APP_ROLE
from fanzha.store.jobs import Task
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

from .kit import ANALYST, DUTY, SYSTEM, submitted, text

PATIENCE = 60.0
ID = "trial_rule"


def standing(platform: Platform) -> list[int]:
    with platform.database.work(SYSTEM) as work:
        found = "SELECT rule_version FROM findings WHERE rule_id = 'trial_rule' AND state = 'standing'"
        return list(work.session.scalars(sql(found)))


def go_live(platform: Platform, version: int) -> None:
    with platform.database.work(ANALYST) as work:
        move = service.request(work, ID, version, MoveKind.GO_LIVE, "新手法出现")
    with platform.database.work(DUTY) as work:
        service.approve(work, move.id)


def roll_back(platform: Platform) -> None:
    with platform.database.work(ANALYST) as work:
        service.rollback(work, ID, "误报太多了")


async def until(platform: Platform, expected: list[int]) -> float:
    """Seconds until the worker has found this."""
    began = time.monotonic()
    while await asyncio.to_thread(standing, platform) != expected:
        assert time.monotonic() - began < PATIENCE, "the worker did not take the change"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


def test_a_running_worker_takes_what_goes_live_and_what_is_rolled_back(
    platform: Platform, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.CALLS, [world.call("c1", ZERO, 0, 1, 900)])
    with platform.database.work(SYSTEM) as work:
        row = IndicatorRow("13000000000", Kind.PHONE, FraudType.OTHER, "test", IndicatorState.CONFIRMED, 90, seen_at=ZERO - timedelta(days=9))
        indicators.add_many(work, [row], platform.tokens)
    submitted(platform, text())
    submitted(platform, text(when="seconds >= 90"))

    async def life() -> list[float]:
        app = build(platform, [Task(detection_tasks.NAME, detection_tasks.run)])
        async with app.open_async():
            worker = asyncio.create_task(app.run_worker_async(concurrency=1, listen_notify=True, install_signal_handlers=False))
            taken = []
            for change, expected in ((lambda: go_live(platform, 1), [1]), (lambda: go_live(platform, 2), [2]), (lambda: roll_back(platform), [1])):
                await asyncio.to_thread(change)
                taken.append(await until(platform, expected))
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
        return taken

    taken = asyncio.run(life())
    record_property("seconds until a running worker had found it", [round(each, 2) for each in taken])
    with capsys.disabled():
        sys.stdout.write(f"\n  a running worker had taken the change after {', '.join(f'{each:.2f}' for each in taken)} s\n")


def test_listeners_hear_of_a_change_when_it_is_committed(platform: Platform) -> None:
    submitted(platform, text())
    with psycopg.connect(platform.database.conninfo(APP_ROLE), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        go_live(platform, 1)
        heard = next(listener.notifies(timeout=PATIENCE, stop_after=1))
    assert heard.payload == '{"detector":"trial_rule","version":1,"state":"live"}'
