"""Every graph pattern equals its brute-force twin on small random graphs full of ties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit import pattern_twins as twins
from tests.unit.pattern_twins import Edge

from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.patterns import counts, cycles, distance, passing, scatter, telephone, unordered
from fanzha.engine.patterns.graph import Graph

NAMES = "abcdef"
EDGE = st.builds(
    Edge,
    at=st.integers(0, 9),
    order=st.integers(-1, 1),
    source=st.sampled_from([*NAMES, None]),
    target=st.sampled_from([*NAMES, None]),
    amount=st.integers(0, 12),
)
EDGES = st.lists(EDGE, max_size=22).map(lambda edges: sorted(edges, key=lambda each: each.place))
WINDOW = st.integers(0, 10)
EXAMPLES = settings(max_examples=100, deadline=None)


def codes(values: list[str | None]) -> Codes:
    return np.array([-1 if value is None else NAMES.index(value) for value in values], np.int32)


def columns(edges: list[Edge]) -> tuple[Ints, Ints, Codes, Codes, Ints]:
    at = np.array([each.at for each in edges], np.int64)
    order = np.array([each.order for each in edges], np.int64)
    amount = np.array([each.amount for each in edges], np.int64)
    return at, order, codes([each.source for each in edges]), codes([each.target for each in edges]), amount


def graph(edges: list[Edge]) -> Graph:
    return Graph.of(*columns(edges))


def part(edges: list[Edge], where: Any) -> tuple[int, int]:
    """Some stretch of the rows to be answered."""
    first = where.draw(st.integers(0, len(edges)))
    return first, where.draw(st.integers(first, len(edges)))


@given(EDGES, WINDOW, st.data())
@EXAMPLES
def test_cycles(edges: list[Edge], window: int, where: Any) -> None:
    first, last = part(edges, where)
    events = graph(edges).events
    expected = [twins.cycles(edges, each, window) for each in edges[first:last]]
    counts = cycles.count_cycles(events, window, first, last)
    assert [{length: n for length, n in enumerate(row, 2) if n} for row in counts.tolist()] == [
        {length: n for length, n in each.items() if n} for each in expected
    ]
    shortest = cycles.shortest_cycle(events, window, first, last).tolist()
    assert shortest == [min((length for length, n in each.items() if n), default=0) for each in expected]


@given(EDGES, WINDOW, st.data())
@EXAMPLES
def test_scatter_gather(edges: list[Edge], window: int, where: Any) -> None:
    first, last = part(edges, where)
    whole = graph(edges)
    widest, number = scatter.scatter_gather(whole.events, whole.pairs(), window, first, last)
    expected = [twins.scatter_gather(edges, each, window) for each in edges[first:last]]
    assert widest.tolist() == [max(each.values(), default=0) for each in expected]
    assert number.tolist() == [len(each) for each in expected]


@given(EDGES, WINDOW)
@EXAMPLES
def test_scatter_gather_in_any_order(edges: list[Edge], window: int) -> None:
    whole = graph(edges)
    counts = unordered.scatter_gather_any_order(whole.events, whole.pairs(), window).tolist()
    found = [[width for width, number in enumerate(row, 2) for _ in range(number)] for row in counts]
    assert found == [twins.scatter_gather_any_order(edges, row, window) for row in range(len(edges))]


@given(EDGES, WINDOW, st.sampled_from([2, 3, 1000]), st.data())
@EXAMPLES
def test_gather_scatter(edges: list[Edge], window: int, most: int, where: Any) -> None:
    first, last = part(edges, where)
    found = scatter.gather_scatter(graph(edges).events, window, most, first, last)
    assert found.tolist() == [twins.gather_scatter(edges, each, window, most) for each in edges[first:last]]


@given(EDGES, WINDOW, st.integers(0, 60), st.sampled_from([2, 3, 1000]), st.data())
@EXAMPLES
def test_pass_through(edges: list[Edge], window: int, percent: int, most: int, where: Any) -> None:
    first, last = part(edges, where)
    found = passing.pass_through(graph(edges).events, window, percent, most, first, last)
    expected = [twins.pass_through(edges, each, window, percent, most) for each in edges[first:last]]
    assert found.tolist() == [passing.NOT_PASSED if each is None else each for each in expected]


@given(EDGES, WINDOW, st.sets(st.sampled_from(NAMES), max_size=3), st.data())
@EXAMPLES
def test_hops(edges: list[Edge], window: int, flagged: set[str], where: Any) -> None:
    first, last = part(edges, where)
    since = where.draw(st.integers(0, first))
    whole = graph(edges)
    marks = np.zeros(whole.accounts, np.bool_)
    number = [whole.number[code] for code in codes(sorted(flagged)) if code < len(whole.number)]
    marks[[each for each in number if each >= 0]] = True
    incoming = distance.hops_from_flagged(whole.events, marks, window, since, first, last).tolist()
    outgoing = distance.hops_to_flagged(whole.events, marks, window, since, first, last).tolist()
    expected = [twins.hops(edges[since:], each, window, flagged) for each in edges[first:last]]
    assert incoming == [distance.TOO_FAR if each is None else each for each, _ in expected]
    assert outgoing == [distance.TOO_FAR if each is None else each for _, each in expected]


@given(EDGES, WINDOW, st.data())
@EXAMPLES
def test_reciprocity(edges: list[Edge], window: int, where: Any) -> None:
    first, last = part(edges, where)
    whole = graph(edges)
    called, returned = telephone.reciprocity(whole.events, whole.pairs(), window, first, last)
    expected = [twins.reciprocity(edges, each, window) for each in edges[first:last]]
    assert list(zip(called.tolist(), returned.tolist(), strict=True)) == expected


LINE = st.lists(st.tuples(st.sampled_from(NAMES[:3]), st.integers(0, 9), st.integers(-1, 1)), max_size=20).map(sorted)


@given(LINE, LINE, st.integers(0, 5), WINDOW)
@EXAMPLES
def test_largest_burst(queries: list[tuple[str, int, int]], sources: list[tuple[str, int, int]], burst: int, window: int) -> None:
    found = telephone.largest_burst(*_line(queries), *_line(sources), burst, window)
    assert found.tolist() == [twins.largest_burst(sources, each, burst, window) for each in queries]


def _line(events: list[tuple[str, int, int]]) -> tuple[Codes, Ints, Ints]:
    return (
        codes([key for key, _, _ in events]),
        np.array([at for _, at, _ in events], np.int64),
        np.array([order for _, _, order in events], np.int64),
    )


def test_events_out_of_order_are_refused() -> None:
    edges = [Edge(2, 0, "a", "b"), Edge(1, 0, "b", "a")]
    with pytest.raises(ValueError, match="stand by"):
        graph(edges)


def test_a_ring_of_six_is_seen_at_its_last_leg_alone() -> None:
    edges = [Edge(at, 0, source, target, 100) for at, (source, target) in enumerate(zip("abcdef", "bcdefa", strict=True))]
    assert cycles.shortest_cycle(graph(edges).events, 100, 0, 6).tolist() == [0, 0, 0, 0, 0, 6]
    assert cycles.shortest_cycle(graph(edges).events, 4, 0, 6).tolist() == [0] * 6, "the first leg is older than the window"


def test_equal_times_follow_one_another_by_their_order() -> None:
    forth, back = Edge(0, 1, "a", "b"), Edge(0, 2, "b", "a")
    assert cycles.shortest_cycle(graph([forth, back]).events, 0, 0, 2).tolist() == [0, 2]
    twin = Edge(0, 1, "b", "a")
    assert cycles.shortest_cycle(graph([forth, twin]).events, 0, 0, 2).tolist() == [0, 0], "twins do not see one another"


def test_a_table_of_counts_grows_and_forgets() -> None:
    table, used = counts.new_table(), np.zeros(1, np.int64)
    for key in range(3000):
        table = counts.with_room(table, 1, used)
        counts.add(table, key, 2, used)
    for key in range(2900):
        counts.add(table, key, -2, used)
    table = counts.with_room(table, 50_000, used)
    assert used[0] == 100
    assert [counts.count_of(table, key) for key in (0, 2899, 2900, 2999, 3000)] == [0, 0, 2, 2, 0]
