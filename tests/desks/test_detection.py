"""Runs of the detection desk on a real database and a real lake."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanzha.desks import indicators
from fanzha.desks.detection import SubjectKind, Target, service, tasks
from fanzha.desks.detection.domain import Cause
from fanzha.desks.detection.errors import FindingNotFound, RuleNotFound
from fanzha.desks.detection.repository import Filters
from fanzha.desks.indicators import IndicatorRow
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest
from fanzha.lake.schemas import EventKind
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

from .detection_kit import SMALL_RULES, SYSTEM, ZERO, Heard, World, forget, run, small_rule, standing

C, T = EventKind.CALLS, EventKind.TRANSFERS
HOUR = timedelta(hours=1)


@pytest.fixture
def world(platform: Platform, tmp_path: Path) -> World:
    return World(tmp_path / "lake", platform.tokens)


def registrations(world: World, people: int = 6) -> list[tuple[EventKind, dict[str, Any]]]:
    """Person n holds phone n and account n."""
    sims = [(EventKind.SIMS, world.sim(number, number)) for number in range(people)]
    return [*sims, *((EventKind.ACCOUNTS, world.bank_account(number, number, number)) for number in range(people))]


def fill(world: World, events: Sequence[tuple[EventKind, dict[str, Any]]]) -> None:
    """One batch a kind."""
    for kind in EventKind:
        world.add(kind, [event for of, event in events if of is kind])


def register(world: World) -> None:
    fill(world, registrations(world))


def arrivals(chance: random.Random, world: World, parts: int) -> list[list[tuple[EventKind, dict[str, Any]]]]:
    """Batches by parts: mostly in the order of time, some events up to two days late, registrations first; now and then in no order at all."""
    events = world.random_events(chance, 60, 6)
    if chance.random() < 0.25:
        events += registrations(world)
        chance.shuffle(events)
        return [events[part::parts] for part in range(parts)]
    events.sort(key=lambda event: event[1]["at"] + timedelta(days=2) * (chance.random() < 0.1))
    cuts = [0, *sorted(chance.sample(range(1, len(events)), parts - 1)), len(events)]
    batches = [events[low:high] for low, high in pairwise(cuts)]
    return [[*registrations(world), *batches[0]], *batches[1:]]


@given(st.integers(0, 2**32), st.integers(2, 4), st.booleans())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_runs_over_any_split_and_order_of_batches_equal_one_run_over_everything(
    platform: Platform, seed: int, parts: int, known: bool
) -> None:
    """Events, registrations and indicators come in any order; everything lies within the look-back."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        piecewise, whole = World(Path(folder) / "a", platform.tokens), World(Path(folder) / "b", platform.tokens)
        flagged = [piecewise.phone(0)]
        forget(platform)
        batches = arrivals(chance, piecewise, parts)
        for place, batch in enumerate(batches):
            fill(piecewise, batch)
            run(platform, piecewise, flagged if known or place else [])
        found = standing(platform)
        forget(platform)
        fill(whole, [event for batch in batches for event in batch])
        run(platform, whole, flagged, full=True)
        assert found == standing(platform)


def test_a_finding_tells_who_why_and_by_which_events(platform: Platform, world: World) -> None:
    heard = Heard.by(platform)
    register(world)
    world.add(C, [world.call("c1", ZERO, 0, 3, seconds=1500)])
    world.add(T, [world.pay("t1", ZERO + timedelta(minutes=20), 3, 5)])
    summary = run(platform, world, [world.phone(0)])
    assert (summary.cause, summary.found, summary.fresh, summary.events) == (Cause.FIRST, 2, 2, 2)
    view = next(view for view in standing(platform).values() if view.rule_id == "call_and_pay")
    assert (view.target, view.level, view.subject_kind) == (Target.VICTIM, RiskLevel.RED, SubjectKind.PERSON)
    assert view.subject_token == view.person_token == world.holder(3)
    assert (view.phone_token, view.region, view.amount_fen) == (world.phone(3), "350302", 500_000)
    assert view.reason_zh == "0", "the call still runs"
    assert [each.event_id for each in view.evidence] == ["c1", "t1"]
    assert "通话 25 分" in view.evidence[0].summary_zh
    assert "13000000003" not in str(view.evidence), "identifiers are masked"
    assert len(heard.recorded) == 1
    assert view in heard.recorded[0].findings
    assert heard.withdrawn == []


def test_a_suspect_of_the_first_stage_counts_as_flagged_on_its_day_and_the_week_after(platform: Platform, world: World) -> None:
    register(world)
    later = ZERO + timedelta(days=3)
    calls = [world.call(f"c{callee}", ZERO + callee * HOUR, 0, callee) for callee in (3, 4, 5)]
    world.add(C, [*calls, world.call("c9", later, 0, 2)])
    run(platform, world)
    found = {(view.rule_id, view.subject_token, view.at) for view in standing(platform).values()}
    assert ("busy_caller", world.phone(0), ZERO + 5 * HOUR) in found
    assert ("called_by_flagged", world.holder(3), ZERO + 3 * HOUR) in found, "earlier on the same day"
    assert ("called_by_flagged", world.holder(2), later) in found


def test_a_second_run_does_nothing(platform: Platform, world: World) -> None:
    heard = Heard.by(platform)
    world.add(C, [world.call("c1", ZERO, 0, 3)])
    run(platform, world, [world.phone(0)])
    again = run(platform, world, [world.phone(0)])
    assert (again.cause, again.first_day, again.found) == (Cause.NOTHING, None, 0)
    full = run(platform, world, [world.phone(0)], full=True)
    assert (full.cause, full.found, full.fresh, full.changed, full.withdrawn) == (Cause.FULL, 1, 0, 0, 0)
    assert len(heard.recorded) == 1


def test_nothing_in_the_lake_is_nothing_to_do(platform: Platform, world: World) -> None:
    assert run(platform, world).cause is Cause.NOTHING


def test_a_late_event_is_picked_up_and_may_withdraw(platform: Platform, world: World) -> None:
    heard = Heard.by(platform)
    register(world)
    world.add(C, [world.call("c1", ZERO, 0, 3)])
    world.add(T, [world.pay("t1", ZERO + 2 * HOUR, 3, 5)])
    rules = [rule for rule in SMALL_RULES if rule.id == "call_and_pay"]
    run(platform, world, [world.phone(0)], rules)
    identity = next(iter(standing(platform)))
    world.add(T, [world.pay("t0", ZERO - timedelta(days=2), 3, 5)])
    late = run(platform, world, [world.phone(0)], rules)
    assert (late.cause, late.withdrawn) == (Cause.NEWS, 1), "the payee is not new after all"
    assert standing(platform) == {}
    assert heard.withdrawn[0].finding_ids == (identity,)
    with platform.database.work(SYSTEM) as work:
        assert service.get(work, identity).state == "withdrawn"


def test_a_new_indicator_looks_back_and_a_cleared_one_withdraws(platform: Platform, world: World) -> None:
    world.add(C, [world.call("c1", ZERO, 0, 3), world.call("c2", ZERO + timedelta(days=20), 0, 4)])
    assert run(platform, world).found == 0
    summary = run(platform, world, [world.phone(0)])
    assert (summary.cause, summary.found) == (Cause.FLAGS, 1), "seven days back, not twenty"
    cleared = run(platform, world)
    assert (cleared.cause, cleared.withdrawn) == (Cause.FLAGS, 1)
    stands_again = run(platform, world, [world.phone(0)])
    assert stands_again.fresh == 1


def test_a_new_rule_is_run_over_the_last_days(platform: Platform, world: World) -> None:
    world.add(C, [world.call("c1", ZERO, 0, 3)])
    run(platform, world)
    longer = small_rule("any_call", "calls", "callee", "victim", "seconds > 0")
    assert run(platform, world, rules=[*SMALL_RULES, longer]).cause is Cause.RULES
    assert [view.rule_id for view in standing(platform).values()] == ["any_call"]


def test_searching_and_counting(platform: Platform, world: World) -> None:
    register(world)
    world.add(C, [world.call(f"c{callee}", ZERO + callee * HOUR, 0, callee) for callee in (3, 4, 5)])
    run(platform, world)
    with platform.database.work(SYSTEM) as work:
        numbers = service.search(work, Filters(target=Target.NUMBER), PageRequest())
        assert [finding.rule_id for finding in numbers.rows] == ["busy_caller"]
        assert service.search(work, Filters(rule_id="called_by_flagged", region="350302"), PageRequest()).total == 3
        assert service.search(work, Filters(level=RiskLevel.RED), PageRequest()).total == 0
        assert service.rule_counts(work)["called_by_flagged"].subjects == 3
        assert service.last_runs(work)[0].fresh == 4
        assert service.same_subject(work, numbers.rows[0]) == []
        with pytest.raises(FindingNotFound):
            service.get(work, "0" * 32)
    with pytest.raises(RuleNotFound):
        service.rule("no_such_rule")
    assert service.rule("sim_box").level is RiskLevel.RED


@pytest.mark.parametrize(
    ("kind", "region", "victims", "numbers"),
    [
        (OrgKind.POLICE_COUNTY, "350302", 3, 1),
        (OrgKind.POLICE_COUNTY, "350303", 0, 1),
        (OrgKind.BANK, "3503", 0, 0),
        (OrgKind.CONGRESS, "", 0, 0),
    ],
)
def test_the_police_see_their_region_and_nobody_else_anything(
    platform: Platform, world: World, kind: OrgKind, region: str, victims: int, numbers: int
) -> None:
    world.add(EventKind.SIMS, [world.sim(number, number) for number in (3, 4, 5)])
    world.add(C, [world.call(f"c{callee}", ZERO + callee * HOUR, 0, callee) for callee in (3, 4, 5)])
    run(platform, world)
    reader = Principal("u", "name", "org", "org", kind, region, frozenset({Role.ANALYST}))
    with platform.database.work(Scope.of(reader)) as work:
        assert service.search(work, Filters(target=Target.VICTIM), PageRequest()).total == victims
        assert service.search(work, Filters(target=Target.NUMBER), PageRequest()).total == numbers


def test_the_task_flags_by_indicators_that_are_trusted(platform: Platform) -> None:
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(C, [world.call("c1", ZERO, 0, 3), world.call("c2", ZERO, 1, 4)])
    rows = [
        IndicatorRow("13000000000", Kind.PHONE, FraudType.LOAN, "list"),
        IndicatorRow("13000000001", Kind.PHONE, FraudType.LOAN, "list", confidence=20),
    ]
    with platform.database.work(SYSTEM) as work:
        indicators.service.add_many(work, rows, platform.tokens)
    summary = tasks.detect(platform)
    assert summary.by_rule == {"long_flagged_call": 1}
    assert [view.fraud_type for view in standing(platform).values()] == [FraudType.LOAN]
    tasks.run(platform)
