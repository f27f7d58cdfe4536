"""Detection lag: a trick's first case, and the first warning for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import polars as pl
from tests.desks.learning.learning_kit import HOUR, NOON, SYSTEM, find, person_token, phone, phone_token, report, settle_report, warn

from fanzha.desks.cases import ReportState
from fanzha.desks.learning import lagging, service, tasks
from fanzha.desks.learning.lagging import Lag
from fanzha.desks.learning.model import TrickRow
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType

DAY = timedelta(days=1)
REFUND = "报警人称接到自称示例快递客服的电话，对方以快递丢失双倍理赔为由，让其下载某会议软件共享屏幕后转账"


def _events(platform: Platform, kind: EventKind, rows: Iterable[dict[str, Any]]) -> None:
    full = [
        dict.fromkeys(SCHEMAS[kind]) | {"event_key": place, "source": "test", "batch_id": "b", "day": clock.local_day(row["at"])} | row
        for place, row in enumerate(rows)
    ]
    platform.lake.append(kind, [pl.DataFrame(full, schema=SCHEMAS[kind])], f"batch-{kind}")


def _observe(platform: Platform, days: int = 10) -> dict[str, TrickRow]:
    with clock.frozen(NOON + days * DAY), platform.database.work(SYSTEM) as work:
        lagging.observe(work, platform.lake, platform.tokens)
        return {row.fraud_type: row for row in service.tricks(work)}


def _lags(platform: Platform, days: int = 10) -> dict[str, Lag]:
    with clock.frozen(NOON + days * DAY), platform.database.work(SYSTEM) as work:
        return {lag.fraud_type: lag for lag in service.lags(work)}


def test_the_lag_of_a_trick_that_shares_a_number(platform: Platform) -> None:
    report(platform, "J1", 1, NOON, suspects=(phone(77),))
    report(platform, "J2", 2, NOON + DAY, suspects=(phone(77),))
    report(platform, "J3", 3, NOON + DAY, suspects=(phone(88),))
    found = _observe(platform)["authority"]
    assert (found.cases, found.first_happened_at, found.first_known_at, found.first_warned_at) == (2, NOON, NOON + HOUR, None)
    assert _lags(platform)["authority"].longest_open == 10 * DAY - HOUR
    # A person who is in no report yet is warned of a call from that number.
    at = NOON + 2 * DAY
    _events(platform, EventKind.CALLS, [{"event_id": "c1", "at": at, "caller": phone_token(platform, 77), "callee": phone_token(platform, 9)}])
    other = find(platform, "f0", person_token(platform, 8), at - DAY, evidence=((EventKind.CALLS, "c0"),))
    warn(platform, other)
    warn(platform, find(platform, "f1", person_token(platform, 9), at, evidence=((EventKind.CALLS, "c1"),), rule="new_rule", version=2))
    found = _observe(platform)["authority"]
    assert (found.first_warned_at, found.warned_by, found.tied_by) == (at + timedelta(minutes=5), "new_rule v2", "identifier")
    lag = _lags(platform)["authority"]
    assert (lag.tricks, lag.caught, lag.ahead, lag.open_) == (1, 1, 0, 0)
    assert lag.half == lag.ninety == 2 * DAY - HOUR + timedelta(minutes=5)


def test_a_trick_told_in_the_same_words_and_a_victim_warned_before(platform: Platform) -> None:
    warn(platform, find(platform, "f1", person_token(platform, 1), NOON - DAY, fraud_type=FraudType.LOGISTICS_AGENT))
    for number, hours in (("J1", 0), ("J2", 30)):
        words = f"{REFUND}{number} 共 {hours} 元"
        report(platform, number, int(number[1:]), NOON + hours * HOUR, narrative=words, fraud_type=FraudType.LOGISTICS_AGENT)
    found = _observe(platform)["logistics_agent"]
    assert (found.cases, found.tied_by, found.warned_by) == (2, "victim", "victim_call v1")
    lag = _lags(platform)["logistics_agent"]
    assert (lag.ahead, lag.caught, lag.half) == (1, 0, timedelta())


def test_single_cases_and_no_cases_are_no_trick_and_grouping_again_changes_nothing(platform: Platform) -> None:
    report(platform, "J1", 1, NOON, suspects=(phone(77),))
    assert _observe(platform) == {}
    report(platform, "J2", 2, NOON + DAY, suspects=(phone(77),))
    first, again = _observe(platform), _observe(platform)
    assert first["authority"].id == again["authority"].id
    settle_report(platform, "J2", ReportState.NOT_A_CASE, NOON + 2 * DAY)
    assert _observe(platform) == {}


def test_a_trick_without_a_warning_for_a_week_raises_an_alarm(platform: Platform) -> None:
    report(platform, "J1", 1, NOON, suspects=(phone(77),))
    report(platform, "J2", 2, NOON + DAY, suspects=(phone(77),))
    for days in (6, 8, 8):
        with clock.frozen(NOON + days * DAY):
            tasks.find_tricks(platform)
    with platform.database.work(SYSTEM) as work:
        (alarm,) = service.alarms(work)
    assert alarm.kind == "trick"
    assert "2 起" in alarm.sentence_zh
    with clock.frozen(NOON + 9 * DAY):
        tasks.watch(platform)
    with platform.database.work(SYSTEM) as work:
        assert len(service.alarms(work)) == 2, "once a day"
