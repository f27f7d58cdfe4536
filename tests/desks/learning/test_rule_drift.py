"""Drift of plain rules: what they read and how often they name somebody, against the days before."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from tests.desks.detectors.kit import live, submitted
from tests.desks.learning.learning_kit import HOUR, SYSTEM
from tests.desks.learning.test_retraining import FIRST, NIGHT, _fill, _set

from fanzha.desks.learning import service
from fanzha.desks.learning.drift_records import Drifted
from fanzha.desks.learning.drifting import Drifting
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock

CALLS = "\n".join(f'      - {{at: "2026-03-01 10:0{number}", caller: c, callee: p{number}, seconds: 9}}' for number in range(7))
RULE = f"""
id: trial_rule
version: 1
on: calls
subject: caller
target: number
fraud_type: other
level: blue
owner: 测试
title: {{zh: 测试, en: Test}}
when: caller_callees_24h >= 6
reason: {{zh: "{{caller_callees_24h}}", en: "{{caller_callees_24h}}"}}
tests:
  - name: a busy caller
    fires: [c]
    calls:
{CALLS}
  - name: anybody else
    fires: []
    calls: [{{at: "2026-03-01 10:00", caller: aunt, callee: p1, seconds: 900}}]
"""
"""No honest caller of `_fill` calls six in two days; the others do."""


def _look(platform: Platform) -> Drifted:
    with clock.frozen(clock.local_midnight(NIGHT) + 3 * HOUR):
        (found,) = Drifting(platform.database, platform.lake, platform.tokens).run()
    return found


def _only(platform: Platform) -> None:
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE detector_versions SET state = 'retired'"))
    live(platform, submitted(platform, RULE))
    _set(platform, drift_days=3, drift_reference_days=8)


def test_a_rule_whose_events_changed_is_told(platform: Platform) -> None:
    _only(platform)
    _fill(platform, FIRST, NIGHT - timedelta(days=4))
    _fill(platform, NIGHT - timedelta(days=3), NIGHT - timedelta(days=1), busy=40, batch="later")
    found, again = _look(platform), _look(platform)
    assert (found.detector, found.version, found.reference) == ("trial_rule", 1, "2026-02-19 – 2026-02-27")
    assert set(found.quantities) == {"fires", "feature:caller_callees_24h"}
    assert found.quantities.keys() == again.quantities.keys()
    moved = found.quantities["feature:caller_callees_24h"]
    assert moved.psi > 0.25
    assert moved.noise < 0.25
    with platform.database.work(SYSTEM) as work:
        stored = {row.quantity: row.state for row in service.drift(work, NIGHT)}
        (alarm,) = [each for each in service.alarms(work) if each.kind == "drift"]
    assert stored["feature:caller_callees_24h"] == "alarm"
    assert "规则 trial_rule" in alarm.sentence_zh
    assert "of the rule trial_rule" in alarm.sentence_en


def test_a_rule_that_no_longer_finds_anybody_is_told_and_a_calm_one_is_not(platform: Platform) -> None:
    _only(platform)
    _fill(platform, FIRST, NIGHT - timedelta(days=1))
    calm = _look(platform).quantities["fires"]
    assert calm.psi <= max(0.1, calm.noise)
    assert calm.bins[0].reference > 0
    _fill(platform, NIGHT, NIGHT + timedelta(days=2), busy=1, batch="later")
    with clock.frozen(clock.local_midnight(NIGHT + timedelta(days=3)) + HOUR):
        (gone,) = Drifting(platform.database, platform.lake, platform.tokens).run()
    fires = gone.quantities["fires"]
    assert fires.bins[0].present < fires.bins[0].reference / 5, "on its first day what was called the day before still counts"
    assert fires.psi > max(0.25, fires.noise)


def test_too_young_a_lake_compares_nothing(platform: Platform) -> None:
    _only(platform)
    with clock.frozen(clock.local_midnight(NIGHT)):
        assert Drifting(platform.database, platform.lake, platform.tokens).run() == []
