"""A rule that is approved or rolled back changes decisions in flight, in the running process."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta

import pytest
from tests.desks.detectors.kit import ANALYST, DUTY, submitted
from tests.faces.screening_kit import ask, key_for, screened, transfer, until

from fanzha.desks.detectors import MoveKind, service
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen.server import Screening
from fanzha.kit import clock

ID = "trial_rule"
AMOUNT = 4_000_000
_RULE = """id: trial_rule
version: 1
on: transfers
subject: payee
target: account
fraud_type: other
level: yellow
owner: 研判组
title: {{zh: 试验规则, en: Trial rule}}
when: |
  amount_fen >= {fen}
reason: {{zh: "单笔大额转账", en: "one large payment"}}
tests:
  - name: a large payment
    fires: [shop]
    transfers: [{{at: "2026-03-01 10:00", payer: wang, payee: shop, yuan: 90000}}]
  - name: a small payment
    fires: []
    transfers: [{{at: "2026-03-01 10:00", payer: wang, payee: shop, yuan: 1}}]
"""
RULE, WIDER = _RULE.format(fen=2 * AMOUNT), _RULE.format(fen=AMOUNT)
GOAL = "aim: two seconds; the bound: a notification after its commit, a tenth of a second in which news gather, one look at the rules"


def requested(platform: Platform, version: int = 1, seconds: float = 0.0) -> str:
    """The number of the change that a colleague has to approve."""
    with platform.database.work(ANALYST) as work:
        return service.request(work, ID, version, MoveKind.GO_LIVE, "新手法出现", clock.now() + timedelta(seconds=seconds) if seconds else None).id


def approve(platform: Platform, move: str) -> None:
    with platform.database.work(DUTY) as work:
        service.approve(work, move)


def roll_back(platform: Platform) -> None:
    with platform.database.work(ANALYST) as work:
        service.rollback(work, ID, "误报太多了")


def asked(up: Screening) -> int | None:
    """The version of the rule that decisions ask now."""
    return next((rule.version for rule in up.hot.watch.rules if rule.id == ID), None)


def test_going_live_and_back_changes_the_next_decisions(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    bank, _ = key_for(platform)
    submitted(platform, RULE)
    approve(platform, requested(platform))
    submitted(platform, WIDER)
    move = requested(platform, 2)
    told: dict[str, float] = {}

    async def work(up: Screening) -> list[str]:
        async def decision(name: str) -> str:
            return str((await ask(up.app, "/v1/screen/transfer", bank, transfer(name, amount_fen=AMOUNT))).json["decision"])

        await until(lambda: up.freshness.is_listening)
        found = [await decision("before")]
        await asyncio.to_thread(approve, platform, move)
        began = time.perf_counter()
        await until(lambda: asked(up) == 2)
        told["live"] = time.perf_counter() - began
        found.append(await decision("live"))
        await asyncio.to_thread(roll_back, platform)
        began = time.perf_counter()
        await until(lambda: asked(up) == 1)
        told["rolled back"] = time.perf_counter() - began
        return [*found, await decision("after")]

    assert screened(platform, work) == ["pass", "warn", "pass"]
    with capsys.disabled():
        sys.stdout.write(f"\nin flight {told['live']:.2f} s after going live, {told['rolled back']:.2f} s after rolling back ({GOAL})\n")


def test_an_effective_time_is_kept_without_anybody_telling(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    """Approved for later: nothing is announced at that moment, and no worker runs here that would carry it out."""
    submitted(platform, RULE)
    move = requested(platform, seconds=1.5)
    approve(platform, move)

    async def work(up: Screening) -> float:
        assert asked(up) is None
        await until(lambda: asked(up) == 1)
        with platform.database.work(DUTY) as opened:
            due = service.move_of(opened, move).effective_at
        assert due is not None
        return (clock.now() - due).total_seconds()

    late = screened(platform, work)
    assert late >= 0
    with capsys.disabled():
        sys.stdout.write(f"\nin force in flight {late:.2f} s after its time\n")
