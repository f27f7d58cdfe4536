"""Drift: the index of stability, its bins and its noise."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.engine.drift import MISSING, OTHERS, Histogram, State, compare, compare_rates, count, psi, reference

COUNTS = st.lists(st.integers(0, 1_000), min_size=3, max_size=14)


def test_the_index_of_a_known_example() -> None:
    # Shares 0.25 / 0.25 / 0.5 against 0.5 / 0.25 / 0.25: 0.25·ln 2 + 0 + 0.25·ln 2.
    assert psi((25, 25, 50), (50, 25, 25)) == pytest.approx(0.5 * math.log(2))


@given(COUNTS.filter(any))
def test_it_is_never_negative_symmetric_and_nothing_for_the_same(counts: list[int]) -> None:
    other = list(reversed(counts))
    assert psi(counts, counts) == 0
    assert psi(counts, other) >= 0
    assert psi(counts, other) == pytest.approx(psi(other, counts))


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-5, 5)), max_size=80), st.integers(2, 12))
def test_every_value_falls_into_one_bin(values: list[float | int | None], bins: int) -> None:
    series = pl.Series("x", values, dtype=pl.Float64, strict=False)
    found = reference(series, bins)
    assert found.rows == len(values)
    assert found.counts[-1] == sum(value is None or not math.isfinite(value) for value in values)
    assert len(found.labels) == len(found.counts)
    assert Histogram.from_json(found.as_json()) == found
    assert count(series, found) == found


def test_a_feature_that_is_mostly_zero_shows_when_it_no_longer_is() -> None:
    before = reference(pl.Series("x", [0] * 9_700 + [1] * 200 + [5] * 100))
    assert len(before.edges) >= 1
    calm = compare(before, count(pl.Series("x", [0] * 970 + [1] * 20 + [5] * 10), before))
    moved = compare(before, count(pl.Series("x", [0] * 600 + [1] * 200 + [5] * 200), before))
    assert calm.state(0.1, 0.25) is State.CALM
    assert moved.state(0.1, 0.25) is State.ALARM
    assert moved.psi == pytest.approx(math.fsum(each.part for each in moved.bins))


def test_a_constant_feature_and_one_that_vanished() -> None:
    before = reference(pl.Series("x", [3.0] * 500))
    assert compare(before, count(pl.Series("x", [3.0] * 50), before)).psi == 0
    gone = compare(before, count(pl.Series("x", [None] * 500, dtype=pl.Float64), before))
    assert gone.state(0.1, 0.25) is State.ALARM
    assert gone.bins[-1].label == MISSING


def test_words_count_by_category_and_new_words_as_others() -> None:
    before = reference(pl.Series("bank", ["a"] * 60 + ["b"] * 40 + [None] * 10))
    assert before.categories == ("a", "b")
    after = count(pl.Series("bank", ["a", "c", "c", None]), before)
    assert dict(zip(after.labels, after.counts, strict=True)) == {"a": 1, "b": 0, OTHERS: 2, MISSING: 1}


def test_truth_values_are_numbers() -> None:
    before = reference(pl.Series("new", [True] * 30 + [False] * 70))
    assert count(pl.Series("new", [True, False, False]), before).counts == (2, 1, 0)


def test_few_rows_are_no_alarm() -> None:
    before = reference(pl.Series("x", np.arange(1_000.0)))
    few = compare(before, count(pl.Series("x", [10.0, 12.0, 950.0]), before))
    assert few.psi > 0.25
    assert few.state(0.1, 0.25) is State.FEW


def test_the_noise_is_what_chance_makes_of_equal_samples() -> None:
    chance = np.random.default_rng(7)
    above = 0
    for _ in range(300):
        before = reference(pl.Series("x", chance.normal(size=2_000)))
        found = compare(before, count(pl.Series("x", chance.normal(size=500)), before))
        above += found.psi > found.noise
    assert 0.01 < above / 300 < 0.12  # 5 % by design


def test_bins_that_do_not_fit_are_refused() -> None:
    one, other = reference(pl.Series("x", [1.0, 2.0, 3.0])), reference(pl.Series("x", [10.0, 20.0, 30.0]))
    with pytest.raises(ValueError, match="different bins"):
        compare(one, other)
    with pytest.raises(ValueError, match="empty"):
        compare(one, Histogram((0,) * len(one.counts), one.edges))
    with pytest.raises(ValueError, match="rise"):
        Histogram((1, 1, 1, 1), (2.0, 1.0))
    with pytest.raises(ValueError, match="counts"):
        Histogram((1,), (1.0,))


def test_a_rate_is_compared_by_its_hits() -> None:
    # 200 in 100,000 against 100 in 100,000: Δ / mean · ln 2 = 2/3 · ln 2, whatever the rows.
    doubled = compare_rates((1_000, 1_000_000), (200, 100_000), "named")
    assert doubled is not None
    assert doubled.psi == pytest.approx(2 / 3 * math.log(2))
    assert doubled.state(0.1, 0.25) is State.ALARM
    few = compare_rates((10, 1_000_000), (2, 100_000), "named")
    assert few is not None
    assert few.state(0.1, 0.25) is State.FEW
    assert compare_rates((0, 10), (0, 10), "named") is None
    with pytest.raises(ValueError, match="rate of nothing"):
        compare_rates((0, 0), (1, 10), "named")


def test_the_noise_of_a_rate_is_what_chance_makes_of_equal_rates() -> None:
    rng = np.random.default_rng(7)
    before, now = rng.poisson(400, 4_000), rng.poisson(100, 4_000)
    over = [found.psi > found.noise for e, a in zip(before, now, strict=True) if (found := compare_rates((int(e), 400_000), (int(a), 100_000), "named"))]
    assert 0.03 < float(np.mean(over)) < 0.07


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_rates_are_symmetric_and_never_negative(hits: int, more: int, other: int, still: int) -> None:
    one, two = (hits, hits + more), (other, other + still)
    found, back = compare_rates(one, two, "named"), compare_rates(two, one, "named")
    if found is not None and back is not None:
        assert found.psi >= 0
        assert found.psi == pytest.approx(back.psi)
