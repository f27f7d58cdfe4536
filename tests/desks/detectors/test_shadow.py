"""Shadows run in the same detection run, are told to nobody and can be compared."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from tests.desks.detection_kit import ZERO, Heard, World

from fanzha.desks.detection import backtests, shadow
from fanzha.desks.detection import tasks as detection_tasks
from fanzha.desks.detection.domain import Cause
from fanzha.desks.detectors import MoveKind, service
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.desks.indicators import service as indicators
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind

from .kit import ANALYST, DUTY, SYSTEM, live, person, submitted, text

FIRST = date(2026, 3, 1)
ID = "trial_rule"


@pytest.fixture
def world(platform: Platform) -> World:
    """A flagged number calls person 1 for long and person 2 shortly."""
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.SIMS, [world.sim(number, number) for number in range(1, 3)])
    world.add(EventKind.CALLS, [world.call("c1", ZERO, 0, 1, 900), world.call("c2", ZERO + timedelta(days=1), 0, 2, 70)])
    with platform.database.work(SYSTEM) as work:
        row = IndicatorRow("13000000000", Kind.PHONE, FraudType.OTHER, "test", IndicatorState.CONFIRMED, 90, seen_at=ZERO - timedelta(days=9))
        indicators.add_many(work, [row], platform.tokens)
    return world


def run_as_shadow(platform: Platform, version: int) -> None:
    with platform.database.work(ANALYST) as work:
        service.request(work, ID, version, MoveKind.SHADOW, "先影子运行")


def found_by_shadow(platform: Platform) -> list[tuple[str, int, date]]:
    with platform.database.work(SYSTEM) as work:
        rows = work.session.execute(sql(f"SELECT detector_id, version, day FROM shadow_findings WHERE detector_id = '{ID}' ORDER BY version, day"))
        return [(row[0], row[1], row[2]) for row in rows]


def test_a_shadow_finds_and_nobody_hears_of_it(platform: Platform, world: World) -> None:
    heard = Heard.by(platform)
    submitted(platform, text())
    run_as_shadow(platform, 1)
    detection_tasks.detect(platform)
    told = {view.rule_id for event in heard.recorded for view in event.findings}
    assert ID not in told
    assert found_by_shadow(platform) == [(ID, 1, FIRST), (ID, 1, FIRST + timedelta(days=1))]
    assert detection_tasks.detect(platform).cause is Cause.NOTHING


def test_a_new_version_is_compared_with_the_live_one_and_with_all(platform: Platform, world: World) -> None:
    live(platform, submitted(platform, text(when="seconds >= 60")))
    submitted(platform, text(when="seconds BETWEEN 600 AND 5000"))
    run_as_shadow(platform, 2)
    detection_tasks.detect(platform)
    with platform.database.work(ANALYST) as work:
        own = shadow.compare(work, ID, 2, FIRST, FIRST + timedelta(days=2), own=True)
        whole = shadow.compare(work, ID, 2, FIRST, FIRST + timedelta(days=2))
    assert (own.both, own.only_shadow, own.only_live, own.against) == (1, 0, 1, ID)
    assert [(day.both, day.only_live) for day in own.daily] == [(1, 0), (0, 1), (0, 0)]
    newest = own.pairs[0]
    assert (newest.shadow, newest.live, newest.live_detectors) == (None, ("接到涉诈电话", "called by a flagged number"), (ID,))
    assert ID in whole.pairs[-1].live_detectors
    assert whole.both == 1
    with platform.database.work(ANALYST) as work:
        chosen = {sort: shadow.compare(work, ID, 2, FIRST, FIRST + timedelta(days=2), sort=sort) for sort in shadow.Sort}
    assert {pair.sort for pair in whole.pairs} >= {shadow.Sort.BOTH, shadow.Sort.ONLY_LIVE}
    for sort, found in chosen.items():
        assert (found.both, found.only_shadow, found.only_live) == (whole.both, whole.only_shadow, whole.only_live)
        assert found.pairs == tuple(pair for pair in whole.pairs if pair.sort is sort)


def test_what_a_shadow_found_stays_when_it_is_one_no_longer_and_is_corrected_while_it_is(platform: Platform, world: World) -> None:
    submitted(platform, text())
    run_as_shadow(platform, 1)
    detection_tasks.detect(platform)
    world.add(EventKind.CALLS, [world.call("c3", ZERO + timedelta(hours=1), 0, 2, 900)])
    detection_tasks.detect(platform)
    assert len(found_by_shadow(platform)) == 3
    with platform.database.work(ANALYST) as work:
        service.request(work, ID, 1, MoveKind.RETIRE, "不再需要了")
    world.add(EventKind.CALLS, [world.call("c4", ZERO + timedelta(days=2), 0, 2, 900)])
    detection_tasks.detect(platform)
    assert len(found_by_shadow(platform)) == 3
    with clock.frozen(ZERO + timedelta(days=91)), platform.database.work(SYSTEM) as work:
        backtests.forget_old(work)
    assert len(found_by_shadow(platform)) == 1


def test_a_shadow_that_fails_does_not_hold_up_what_is_live(
    platform: Platform, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: object) -> None:
        raise shadow.FanzhaError("broken")

    submitted(platform, text())
    run_as_shadow(platform, 1)
    monkeypatch.setattr(shadow, "trial", fail)
    assert detection_tasks.detect(platform).found > 0
    assert "the shadow trial_rule version 1 failed" in caplog.text


def test_people_see_what_shadows_found_in_their_region(platform: Platform, world: World) -> None:
    submitted(platform, text())
    run_as_shadow(platform, 1)
    detection_tasks.detect(platform)
    for scope, expected in ((DUTY, 2), (person("else", kind=OrgKind.POLICE_COUNTY, region="350305"), 0), (person("bank", kind=OrgKind.BANK), 0)):
        with platform.database.work(scope) as work:
            assert work.session.execute(sql(f"SELECT count(*) FROM shadow_findings WHERE detector_id = '{ID}'")).scalar_one() == expected
