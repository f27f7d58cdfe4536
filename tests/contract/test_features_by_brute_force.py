"""Every registered feature equals its plain-Python twin on small histories full of ties and nulls; a feature without a twin fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contract.feature_twins import (
    FIELD_TWINS,
    FLAGGED,
    MEASURE_TWINS,
    SECOND,
    SOURCE_TWINS,
    SPECIAL_TWINS,
    VICTIMS,
    C,
    Event,
    FamilyTwin,
    M,
    T,
    Twins,
    V,
    history,
)
from tests.contract.graph_twins import GRAPH_TWINS

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.model import Field, Formula, Over, Special
from fanzha.engine.features.reading import columns, kinds_read
from fanzha.engine.features.sources import SOURCES, Marks
from fanzha.engine.rules.model import SUBJECTS

FAMILY_TWINS: dict[str, FamilyTwin] = {**GRAPH_TWINS}
"""Twins of the features that one function finds together."""

VIEWS = [(kind, side) for kind, sides in SUBJECTS.items() for side in sides]
MARKS = Marks(dict(FLAGGED), VICTIMS, datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))

PHONES = st.sampled_from(["p1", "p2", "p3", "p4", None])
ACCOUNTS = st.sampled_from(["a1", "a2", "a3"])
PAYERS = st.sampled_from(["a1", "a2", "a3", None])
SITES = st.sampled_from(["s1", "s2", None])
BANKS = st.sampled_from(["b1", "b2", None])

MINUTES = (0, 0, 0, 30, 60, 14 * 60, 22 * 60, 24 * 60, 24 * 60 + 30, 7 * 24 * 60, 7 * 24 * 60 + 30, 30 * 24 * 60, 31 * 24 * 60)
INSTANTS = st.builds(lambda minutes, rest: minutes * 60 * SECOND + rest, st.sampled_from(MINUTES), st.sampled_from([0, 0, 0, 1, 1500, -1]))
COMMON = {"us": INSTANTS, "event_key": st.integers(-3, 3)}
EVENT = st.one_of(
    st.fixed_dictionaries(COMMON | {"kind": st.just(C), "caller": PHONES, "callee": PHONES, "caller_foreign": st.sampled_from([True, False, None]),
                                    "seconds": st.sampled_from([0, 14, 15, 1800, 5400, None]), "imei": st.sampled_from(["i1", None]),
                                    "imsi": st.sampled_from(["m1", "m2"])}),
    st.fixed_dictionaries(COMMON | {"kind": st.just(M), "sender": PHONES, "receiver": PHONES, "text_type": st.sampled_from(["loan", "authority", None]),
                                    "links": st.lists(st.sampled_from(["s1", "s2"]), max_size=2), "contacts": st.lists(ACCOUNTS, max_size=1)}),
    st.fixed_dictionaries(COMMON | {"kind": st.just(V), "visitor": PHONES, "domain": SITES, "host": SITES, "app": st.sampled_from(["r1", "x", None]),
                                    "seconds": st.sampled_from([0, 600])}),
    st.fixed_dictionaries(COMMON | {"kind": st.just(T), "payer": PAYERS, "payee": ACCOUNTS, "payer_bank": BANKS, "payee_bank": BANKS,
                                    "amount_fen": st.sampled_from([None, 0, 1, 5, 10_000, 20_000, 1_000_050, 300_000])}),
)  # fmt: skip
EVENTS = st.lists(EVENT, max_size=16, unique_by=lambda event: (event["kind"], event["us"], event["event_key"]))


def rows(events: list[Event], kind: object) -> list[Event]:
    """A kind's events by (time, event key)."""
    return sorted((event for event in events if event["kind"] is kind), key=lambda event: (event["us"], event["event_key"]))


def same(found: Any, expected: Any) -> bool:
    """Exactly equal; fractions to nine digits."""
    if isinstance(expected, float) and found is not None:
        return found == pytest.approx(expected, rel=1e-9, abs=1e-8)
    return bool(found == expected) and (found is None) is (expected is None)


HOUR, DAY = 3600 * SECOND, 24 * 3600 * SECOND


def edges(kind: Any, one: str, other: str, names: tuple[str, str]) -> list[Event]:
    """One pair's events at both edges of the night, of a day, of 30 days: exactly there and a microsecond beside."""
    times = [0, 14 * HOUR - 1, 14 * HOUR, 22 * HOUR - 1, 22 * HOUR, 23 * HOUR, DAY, DAY + 1, 31 * DAY, 31 * DAY + 1, 61 * DAY + 1, 91 * DAY + 2]
    common = {"kind": kind, one: names[0], other: names[1], "seconds": 0, "caller_foreign": None, "imei": "i1", "imsi": "m1"}
    texts = {"text_type": None, "links": [], "contacts": [], "host": None, "app": None}
    sums = (10_000, 20_000, 10_001, 30_000)
    return [common | texts | {"us": us, "event_key": place, "amount_fen": sums[place % 4]} for place, us in enumerate(times)]


@given(events=EVENTS)
@example(events=edges(T, "payer", "payee", ("a1", "a2")))
@example(events=edges(C, "caller", "callee", ("p1", "p2")))
@settings(max_examples=25, deadline=None)
def test_every_feature_equals_brute_force(events: list[Event]) -> None:
    features = Features(history(events))
    marked = features.mark(MARKS)
    twins = Twins(FEATURES, events, FAMILY_TWINS)
    for kind, side in VIEWS:
        mine = rows(events, kind)
        names = list(FEATURES.on(kind))
        found = features.compute(View(kind, side, slice(0, len(mine))), names, marked)
        for name in names if mine else []:
            expected = [twins.value(name, event, side) for event in mine]
            assert all(map(same, found[name].to_list(), expected)), (kind, side, name, found[name].to_list(), expected)


@given(events=EVENTS, cut=st.tuples(st.integers(0, 16), st.integers(0, 16)))
@settings(max_examples=10, deadline=None)
def test_a_part_of_the_rows_has_the_values_that_it_has_in_the_whole(events: list[Event], cut: tuple[int, int]) -> None:
    features = Features(history(events))
    marked = features.mark(MARKS)
    for kind, side in ((C, "caller"), (T, "payer")):
        height = len(rows(events, kind))
        low, high = sorted(min(each, height) for each in cut)
        whole = features.compute(View(kind, side, slice(0, height)), FEATURES.on(kind), marked)
        part = features.compute(View(kind, side, slice(low, high)), FEATURES.on(kind), marked)
        assert part.equals(whole[low:high])


FULL: list[Event] = [
    {"kind": C, "us": 0, "event_key": 1, "caller": "p3", "callee": "p1", "caller_foreign": True, "seconds": 60, "imei": "i1", "imsi": "m1"},
    {"kind": C, "us": 9, "event_key": 2, "caller": "p1", "callee": "p3", "caller_foreign": False, "seconds": 0, "imei": "i1", "imsi": "m2"},
    {"kind": C, "us": 10**9, "event_key": 3, "caller": "p3", "callee": "p1", "caller_foreign": True, "seconds": 6, "imei": "i1", "imsi": "m2"},
    {"kind": M, "us": 8, "event_key": 1, "sender": "p3", "receiver": "p1", "text_type": "loan", "links": ["s1"], "contacts": ["a3"]},
    {"kind": M, "us": 10**9, "event_key": 2, "sender": "p3", "receiver": "p1", "text_type": "loan", "links": [], "contacts": []},
    {"kind": V, "us": 7, "event_key": 1, "visitor": "p1", "domain": "s1", "host": "s2", "app": "r1", "seconds": 5},
    {"kind": V, "us": 10**9, "event_key": 2, "visitor": "p1", "domain": "s1", "host": "s2", "app": "r1", "seconds": 5},
    {"kind": T, "us": 20, "event_key": 1, "payer": "a1", "payee": "a3", "amount_fen": 10_000, "payer_bank": "b1", "payee_bank": "b1"},
    {"kind": T, "us": 10**9, "event_key": 2, "payer": "a1", "payee": "a3", "amount_fen": 7, "payer_bank": "b1", "payee_bank": "b2"},
]


def values_of(events: list[Event], name: str, kind: Any, side: str, *, few_columns: bool) -> list[Any]:
    features = Features(history(events, columns([name], kind, side) if few_columns else None))
    found = features.compute(View(kind, side, slice(0, len(rows(events, kind)))), [name], features.mark(MARKS) if FEATURES.needs(name) else None)
    return found[name].to_list()


@pytest.mark.parametrize(("kind", "side"), VIEWS)
def test_a_feature_reads_no_column_but_those_it_names(kind: Any, side: str) -> None:
    for name in FEATURES.on(kind):
        assert values_of(FULL, name, kind, side, few_columns=True) == values_of(FULL, name, kind, side, few_columns=False), name
        assert kinds_read(name) <= set(columns([name], kind, side))


def test_every_feature_has_a_twin_and_says_what_it_depends_on() -> None:
    assert set(SOURCE_TWINS) == set(SOURCES)
    for name, feature in FEATURES.features.items():
        match feature.how:
            case Over() as over:
                assert over.measure in MEASURE_TWINS, name
                assert SOURCES[over.source].marked is bool(over.needs), name
                assert SOURCES[over.source].memory == over.memory, name
            case Field():
                assert name in FIELD_TWINS
            case Special():
                assert name in SPECIAL_TWINS
            case Formula():
                assert FEATURES.inputs(name)
            case _:
                assert name in FAMILY_TWINS
