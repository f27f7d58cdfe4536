"""Outlets compared: the bad ones stand out, honest small ones never do, intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from fanzha.engine.outlets import Demand, adjusted, compare, fit, wilson

DEMAND = Demand(20, 3, 2.0, 0.05)


def _town(seed: int, bad: int, small: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Three groups of fifteen outlets whose honest rates differ a little; `bad` sell three flagged cards in ten, `small` have a handful of openings."""
    rng = np.random.default_rng(seed)
    group, opened = np.repeat(np.arange(3), 15), rng.integers(25, 140, 45)
    flagged = rng.binomial(opened, rng.beta(3, 120, 45))
    rows = rng.permutation(45)
    opened[rows[:bad]] = rng.integers(60, 140, bad)
    flagged[rows[:bad]] = rng.binomial(opened[rows[:bad]], 0.3)
    opened[rows[bad : bad + small]] = rng.integers(1, 10, small)
    flagged[rows[bad : bad + small]] = np.minimum(opened[rows[bad : bad + small]], 2)
    return group, opened, flagged, rows[:bad]


def test_bad_outlets_stand_out_and_few_honest_ones_are_accused() -> None:
    hits = accused = 0
    for seed in range(8):
        group, opened, flagged, bad = _town(seed, bad=3, small=5)
        found = compare(group, opened, flagged, DEMAND)
        out = set(np.flatnonzero(found.singled_out))
        hits, accused = hits + len(out & set(bad)), accused + len(out - set(bad))
        assert set(np.argsort(-np.nan_to_num(found.low))[:3]) == set(bad)
        assert np.isnan(found.rate[opened < 20]).all(), "too few openings to be compared"
    assert hits == 24
    assert accused <= 1


def test_nobody_stands_out_where_all_are_alike() -> None:
    rng = np.random.default_rng(5)
    opened = rng.integers(20, 200, 60)
    found = compare(np.zeros(60, dtype=np.int64), opened, rng.binomial(opened, 0.02), DEMAND)
    assert not found.singled_out.any()


def test_a_group_of_a_few_is_not_compared() -> None:
    found = compare(np.zeros(3, dtype=np.int64), np.array([50, 60, 70]), np.array([1, 0, 40]), DEMAND)
    assert np.isnan(found.q).all()
    assert not found.singled_out.any()


def test_half_of_a_group_may_be_bad_and_the_others_are_still_the_usual() -> None:
    opened = np.full(12, 100)
    flagged = np.array([1, 0, 2, 1, 1, 0, 2, 30, 33, 28, 35, 31])
    found = compare(np.zeros(12, dtype=np.int64), opened, flagged, DEMAND)
    assert found.singled_out.tolist() == [False] * 7 + [True] * 5


def test_fitted_rates_are_those_they_were_drawn_with() -> None:
    rng = np.random.default_rng(2)
    opened = np.full(4_000, 60)
    a, b = fit(rng.binomial(opened, rng.beta(2, 38, 4_000)), opened)
    assert a / (a + b) == pytest.approx(0.05, rel=0.05)
    assert a + b == pytest.approx(40, rel=0.15)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(1, 400))
def test_wilsons_interval_holds_the_share(flagged: int, opened: int) -> None:
    found = min(flagged, opened)
    low, high = wilson(np.array([found]), np.array([opened]))
    assert 0 <= low[0] <= found / opened <= high[0] <= 1


def test_wilsons_interval_covers() -> None:
    """Averaged over rates it covers 95 % (Brown, Cai and DasGupta, Statistical Science 16, 2001)."""
    counts = np.arange(81)
    low, high = wilson(counts, np.full(81, 80))
    rates = np.linspace(0.02, 0.98, 97)
    covered = [binom.pmf(counts[(low <= rate) & (rate <= high)], 80, rate).sum() for rate in rates]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.01, 0.2))
def test_the_step_up_procedure(ps: list[float], share: float) -> None:
    """q ≤ share exactly for the k smallest, k the largest with p₍ₖ₎ ≤ k·share/m."""
    q = adjusted(np.array([*ps, np.nan]))
    ordered = sorted(ps)
    k = max((at + 1 for at, p in enumerate(ordered) if p * len(ps) / (at + 1) <= share), default=0)
    assert int((q[:-1] <= share).sum()) == sum(p <= ordered[k - 1] for p in ps) if k else not (q[:-1] <= share).any()
    assert np.isnan(q[-1])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=20))
def test_anything_can_be_compared(rows: list[tuple[int, int, int]]) -> None:
    group, opened, flagged = (np.array(column, dtype=np.int64) for column in zip(*((g, n, min(n, k)) for g, n, k in rows), strict=True))
    found = compare(group, opened, flagged, DEMAND)
    known = ~np.isnan(found.rate)
    assert ((found.low[known] >= 0) & (found.low[known] <= found.high[known]) & (found.high[known] <= 1)).all()
    assert (known == ~np.isnan(found.q)).all()
    assert not (found.singled_out & ((opened < 20) | (flagged < 3))).any()
