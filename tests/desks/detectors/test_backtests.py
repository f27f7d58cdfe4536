"""Backtests on a real database and a real lake."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from tests.desks.detection_kit import ZERO, World, small_rule

from fanzha.desks import cases, indicators
from fanzha.desks.cases import ReportRow
from fanzha.desks.detection import backtests, outcomes
from fanzha.desks.detection import tasks as detection_tasks
from fanzha.desks.detection.backtesting import Facts, evaluate
from fanzha.desks.detection.errors import BacktestEnded, BacktestNotFound, NoSuchDays, TooManyDays
from fanzha.desks.detection.outcomes import Fate, KnownFlag
from fanzha.desks.detectors import State, rule_of, service
from fanzha.desks.detectors.errors import DetectorNotFound, NotAllowed
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker.run import run_waiting
from fanzha.kit.clock import local_day
from fanzha.lake.schemas import EventKind
from fanzha.store.work import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

from .kit import ANALYST, DUTY, SYSTEM, live, submitted, text

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 4)
DAY = timedelta(days=1)
ID = "trial_rule"


@pytest.fixture
def world(platform: Platform) -> World:
    """Four days: a flagged number calls a person a day; person 3 is defrauded on the second day."""
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.SIMS, [world.sim(number, number) for number in range(1, 5)])
    calls = [world.call(f"c{number}", ZERO + (number - 1) * DAY, 0, number) for number in range(1, 5)]
    world.add(EventKind.CALLS, [*calls, world.call("late", ZERO + 3 * DAY, 5, 1)])
    return world


def flag(platform: Platform, number: int, first_seen: timedelta, state: IndicatorState = IndicatorState.CONFIRMED) -> None:
    with platform.database.work(SYSTEM) as work:
        row = IndicatorRow(f"130{number:08d}", Kind.PHONE, FraudType.OTHER, "test", state, 90, seen_at=ZERO + first_seen)
        indicators.service.add_many(work, [row], platform.tokens)


def report(platform: Platform, number: int, at: timedelta) -> None:
    with platform.database.work(SYSTEM) as work:
        row = ReportRow("test", f"R{number}", ZERO + at + DAY, "被骗", "350302", victim_phone=f"130{number:08d}", happened_at=ZERO + at)
        assert cases.service.import_many(work, [row], platform.tokens).accepted == 1


def ask(platform: Platform, *, again: bool = False, first: date = FIRST, last: date = LAST) -> str:
    with platform.database.work(ANALYST) as work:
        return backtests.request(work, platform.lake, ID, 1, first, last, again=again).id


def test_a_draft_is_tried_on_past_days_with_what_was_known_then(platform: Platform, world: World) -> None:
    flag(platform, 0, timedelta(days=1, hours=6))  # on the second day: it counts from the third on
    report(platform, 3, timedelta(days=2, hours=1))
    report(platform, 2, timedelta(days=1, hours=1))
    submitted(platform, text())
    identity = ask(platform)
    run_waiting(platform)
    with platform.database.work(ANALYST) as work:
        done = backtests.get(work, identity)
        assert (done.state, done.percent, done.asked_name) == ("done", 100, "analyst")
        assert service.version_of(work, ID, 1).state_now is State.BACKTESTED
        assert [each.id for each in backtests.recent(work, ID)] == [identity]
    found = done.result
    assert found is not None
    assert [day["findings"] for day in found["daily"]] == [0, 0, 1, 1]
    assert [day["events"] for day in found["daily"]] == [1, 1, 1, 2]
    assert (found["precision"]["numerator"], found["precision"]["denominator"], found["unknown"]) == (1, 1, 1)
    assert (found["recall"]["numerator"], found["recall"]["denominator"], found["in_time"]["numerator"]) == (1, 2, 1)
    assert [sample["right"] for sample in found["samples"]] == [True, None]
    assert found["samples"][0]["reason_zh"] == "接到涉诈电话"
    assert "35030219800101" not in str(found), "subjects are masked"
    assert found["load"]["capacity"] == 200


def test_overlap_with_what_is_live(platform: Platform, world: World) -> None:
    flag(platform, 0, timedelta(days=-1))
    live(platform, submitted(platform, text("live_rule", "seconds >= 61")))
    submitted(platform, text())
    detection_tasks.detect(platform)
    identity = ask(platform)
    run_waiting(platform)
    with platform.database.work(ANALYST) as work:
        found = backtests.get(work, identity).result
    assert found is not None
    assert found["overlap"]["by_detector"]["live_rule"] == 4
    assert (found["overlap"]["both"], found["overlap"]["only_this"]) == (4, 0)


def test_the_same_again_is_the_same_backtest(platform: Platform, world: World) -> None:
    submitted(platform, text())
    first = ask(platform)
    assert ask(platform, again=True) == first, "it is still under way"
    assert ask(platform, last=LAST + 90 * DAY) == first, "cut to the days there are"
    run_waiting(platform)
    assert ask(platform) == first
    second = ask(platform, again=True)
    assert second != first
    run_waiting(platform)
    world.add(EventKind.CALLS, [world.call("more", ZERO, 1, 2)])
    assert ask(platform) not in (first, second), "the lake has changed"


def test_two_who_ask_at_once_get_one(platform: Platform, world: World) -> None:
    submitted(platform, text())
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(ask(platform))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


def test_cancelling(platform: Platform, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted(platform, text())
    waiting = ask(platform)
    with platform.database.work(ANALYST) as work:
        assert backtests.cancel(work, waiting).state == "cancelled"
    run_waiting(platform)
    with pytest.raises(BacktestEnded), platform.database.work(ANALYST) as work:
        backtests.cancel(work, waiting)
    under_way = ask(platform)
    monkeypatch.setattr("fanzha.desks.detection.backtesting._Backtest.stride", lambda self, day, last: 1)
    seen: list[int] = []

    def cancel_soon(opened: Platform, backtest_id: str, percent: int) -> None:
        seen.append(percent)
        with opened.database.work(ANALYST) as work:
            backtests.cancel(work, backtest_id)
        note(opened, backtest_id, percent)

    note = backtests._note
    monkeypatch.setattr(backtests, "_note", cancel_soon)
    backtests.run(platform, backtest_id=under_way)
    assert seen == [25], "it stopped after the first day"
    with platform.database.work(ANALYST) as work:
        assert backtests.get(work, under_way).state == "cancelled"


def test_a_job_that_died_starts_over_and_a_failure_is_told(platform: Platform, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted(platform, text())
    died = ask(platform)
    with platform.database.work(SYSTEM) as work:
        work.session.execute(sql("UPDATE backtests SET state = 'running', percent = 40"))
    backtests.run(platform, backtest_id=died)
    with platform.database.work(SYSTEM) as work:
        assert backtests.get(work, died).state == "done"
    broken = ask(platform, again=True)
    monkeypatch.setattr(backtests, "evaluate", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backtests.run(platform, backtest_id=broken)
    with platform.database.work(SYSTEM) as work:
        told = backtests.get(work, broken)
        assert (told.state, told.failure) == ("failed", "An unexpected error; the worker's log holds it.")
    assert ask(platform, again=True) != broken, "the same is possible again"


def test_bad_questions_are_named(platform: Platform, world: World) -> None:
    submitted(platform, text())
    with pytest.raises(NoSuchDays):
        ask(platform, first=LAST + DAY, last=LAST + 9 * DAY)
    world.add(EventKind.CALLS, [world.call("old", ZERO - 400 * DAY, 1, 2)])
    with pytest.raises(TooManyDays):
        ask(platform, first=FIRST - 400 * DAY)
    with platform.database.work(DUTY) as work:
        with pytest.raises(NotAllowed):
            backtests.request(work, platform.lake, ID, 1, FIRST, LAST)
        with pytest.raises(DetectorNotFound):
            backtests.request(work, platform.lake, "nobody", 1, FIRST, LAST)
        with pytest.raises(BacktestNotFound):
            backtests.get(work, "nothing")


def test_the_answer_does_not_depend_on_how_the_days_are_cut(platform: Platform, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = rule_of(text())
    facts = Facts(flags=[KnownFlag(world.phone(0), FraudType.OTHER, ZERO - DAY)], capacity=3)

    def answer() -> object:
        return evaluate(platform.lake, platform.tokens, rule, FIRST, LAST, facts, lambda percent: None)

    whole = answer()
    monkeypatch.setattr("fanzha.desks.detection.backtesting._Backtest.stride", lambda self, day, last: 1)
    assert answer() == whole


def test_a_rule_of_behaviour_needs_neither_flags_nor_registers(platform: Platform, world: World) -> None:
    rule = small_rule("spreads", "calls", "caller", "number", "caller_callees_7d >= 2")
    fates = {world.phone(0): (Fate(world.phone(0), True, ZERO + 9 * DAY, ZERO + 9 * DAY, "indicator"),)}
    measured, samples = evaluate(platform.lake, platform.tokens, rule, FIRST, LAST, Facts(fates=fates), lambda percent: None)
    assert (measured.findings, measured.subjects) == (2, 1)
    assert (measured.precision.value, measured.recall.value, measured.in_time.value) == (1.0, 1.0, 1.0)
    assert samples[0].subject.startswith("130")
    assert "*" in samples[0].subject


def test_whoever_knows_more_of_outcomes_may_say_so(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "_readers", list(outcomes._readers))
    told = Fate("token", False, ZERO, ZERO, "warning")

    def reader(work: Work) -> list[Fate]:
        return [told]

    outcomes.register(reader)
    outcomes.register(reader)
    flag(platform, 7, timedelta(), IndicatorState.CLEARED)
    with platform.database.work(SYSTEM) as work:
        fates = outcomes.all_fates(work)
    assert fates["token"] == (told,)
    assert [fate.fraud for known in fates.values() for fate in known] == [False, False]


def test_old_results_are_forgotten(platform: Platform, world: World) -> None:
    submitted(platform, text())
    ask(platform)
    run_waiting(platform)
    stuck = ask(platform, again=True)
    with platform.database.work(SYSTEM) as work:
        work.session.execute(sql("UPDATE backtests SET ended_at = ended_at - interval '400 days' WHERE ended_at IS NOT NULL"))
        assert backtests.forget_old(work)[0] == 1
        assert [each.id for each in backtests.recent(work)] == [stuck]
    assert local_day(ZERO) == FIRST
