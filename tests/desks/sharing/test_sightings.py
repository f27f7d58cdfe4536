"""Where suspect identifiers are met, once a source. Every identifier is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.desks.detection_kit import World
from tests.desks.series.series_kit import WORKER, report

from fanzha.desks import cases, indicators
from fanzha.desks.indicators import IndicatorRow, SightingKind
from fanzha.desks.intake import BatchCommitted, IntakeKind
from fanzha.desks.sharing import sighting
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker import run_waiting
from fanzha.kit import clock
from fanzha.lake.schemas import EventKind

NUMBER = 22_000_000_000_009
ACCOUNT = f"62{NUMBER:014d}"
DAY = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


def listed(platform: Platform, at: datetime) -> str:
    with clock.frozen(at), platform.database.work(WORKER) as work:
        return indicators.service.add_one(work, IndicatorRow(ACCOUNT, source="list", confidence=80), platform.tokens).id


def kinds(platform: Platform, entry: str) -> list[str]:
    with platform.database.work(WORKER) as work:
        return sorted(each.kind for each in indicators.service.get(work, entry).sightings)


def test_a_batch_of_events_is_one_sighting_and_renews_nothing(platform: Platform) -> None:
    entry = listed(platform, DAY - timedelta(days=365))
    with clock.frozen(DAY), platform.database.work(WORKER) as work:
        indicators.service.decay(work)
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.TRANSFERS, [world.pay(f"p{n}", DAY + timedelta(minutes=n), 5, NUMBER) for n in range(3)])
    with clock.frozen(DAY + timedelta(hours=1)):
        for _ in range(2):
            with platform.database.work(WORKER) as work:
                work.publish(BatchCommitted(IntakeKind.TRANSFERS, "batch0", 3, DAY.date(), DAY.date()))
            run_waiting(platform)
    assert kinds(platform, entry) == ["event", "import"]
    with platform.database.work(WORKER) as work:
        held = indicators.service.get(work, entry).indicator
        assert (held.confidence, held.last_seen_at) == (40, DAY + timedelta(minutes=2))


def test_a_report_that_names_it_renews_it_and_lists_an_expired_one_again(platform: Platform) -> None:
    entry = listed(platform, DAY - timedelta(days=3 * 365))
    with clock.frozen(DAY), platform.database.work(WORKER) as work:
        indicators.service.decay(work)
        assert indicators.service.get(work, entry).indicator.state == "expired"
    with clock.frozen(DAY + timedelta(hours=1)):
        with platform.database.work(WORKER) as work:
            cases.service.import_many(work, [report("1", ACCOUNT), report("2", ACCOUNT), report("3", "13800000002")], platform.tokens)
        run_waiting(platform)
        assert sighting.in_reports(platform.database, DAY) >= 0
    assert kinds(platform, entry) == ["import", "report", "report"]
    with platform.database.work(WORKER) as work:
        held = indicators.service.get(work, entry).indicator
        assert (held.state, held.confidence) == ("suspected", 80)


def test_what_a_unit_asked_about_counts_once_a_day(platform: Platform) -> None:
    entry = listed(platform, DAY)
    for hours in (1, 2, 30):
        sighting.in_checks(platform.database, [entry], "测试银行", DAY + timedelta(hours=hours))
    assert kinds(platform, entry) == [SightingKind.CHECK.value] * 2 + ["import"]
    with clock.frozen(DAY):
        assert sighting.in_decisions(platform.database) == 0
