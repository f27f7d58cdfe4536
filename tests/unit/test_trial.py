"""A rule tried beside the others finds what it finds among them."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.desks.detection_kit import SMALL_RULES, ZERO, World, small_rule

from fanzha.desks.detection import reading
from fanzha.desks.detection.domain import Target
from fanzha.engine.detection import Known, detect
from fanzha.engine.features.history import History
from fanzha.engine.trial import columns, knows_people, reach, trial
from fanzha.kit.clock import local_day
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens
from fanzha.vocab.fraud_types import FraudType


@pytest.mark.parametrize("seed", range(3))
def test_trying_equals_running_whatever_columns_are_left_out(seed: int) -> None:
    first = local_day(ZERO)
    last = first + timedelta(days=5)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), Tokens(bytes(range(64))))
        events = world.random_events(random.Random(seed), 120, 6)
        for kind in (EventKind.CALLS, EventKind.TRANSFERS):
            world.add(kind, [event for of, event in events if of is kind])
        world.add(EventKind.ACCOUNTS, [world.bank_account(number, number, number) for number in range(6)])
        people = reading.load_people(world.lake)
        whole = reading.load_history(world.lake, people, SMALL_RULES, [], first, last)
        found, marks = detect(whole, SMALL_RULES, {world.phone(0): FraudType.OTHER}, Known.nothing(), first, last)
        for rule in SMALL_RULES:
            tables = {kind: world.lake.scan(kind, first - reach(rule, kind), last).select(names).collect() for kind, names in columns([rule]).items()}
            (hits,) = trial(History(tables, people, []), [rule], marks, first, last)
            expected = [(each.day, each.at, each.event_key, each.side_token, each.subject) for each in found if each.rule is rule]
            assert hits.rows.select("day", "at", "event_key", "side", "subject").rows() == expected
            assert [{name: row[name] for name in rule.inputs} for row in hits.rows.iter_rows(named=True)] == [
                dict(each.values) for each in found if each.rule is rule
            ]
        assert found, "the seeds are chosen so that something is found"


def test_a_rule_asks_for_no_more_than_it_needs() -> None:
    behaviour, victims, aftermath = SMALL_RULES[0], SMALL_RULES[2], SMALL_RULES[5]
    assert columns([behaviour]) == {EventKind.CALLS: ("at", "callee", "caller", "event_key", "seconds")}
    assert reach(behaviour, EventKind.CALLS) == timedelta(days=2)
    assert reach(aftermath, EventKind.TRANSFERS) == timedelta(days=8)
    assert not knows_people(behaviour)
    assert knows_people(victims)
    assert knows_people(small_rule("person_number", "calls", "callee", "number", "flagged_callers_7d >= 1"))
    assert behaviour.target is Target.NUMBER


def test_days_without_events_find_nothing() -> None:
    day = local_day(ZERO)
    people = pl.DataFrame(schema={"subject": pl.String, "person": pl.String, "phone": pl.String, "region": pl.String})
    found = trial(History({}, people), SMALL_RULES[:1], {}, day, day + timedelta(days=1))
    assert [hits.rows.height for hits in found] == [0]
