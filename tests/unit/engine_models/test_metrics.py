"""Metrics equal scikit-learn's where it has them, and plain arithmetic where it has not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, roc_auc_score

from fanzha.engine.models import metrics
from fanzha.engine.models.calibration import Calibration

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(lambda rows: len({truth for truth, _ in rows}) == 2)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_ranking_equals_scikit_learn_ties_included(rows: list[tuple[bool, int]]) -> None:
    truth = np.array([truth for truth, _ in rows])
    score = np.array([score / 6 for _, score in rows])
    assert metrics.auc(truth, score) == pytest.approx(roc_auc_score(truth, score))
    assert metrics.average_precision(truth, score) == pytest.approx(average_precision_score(truth, score))
    both = np.column_stack([1 - score, score])
    assert metrics.brier(truth.astype(np.int64), both) == pytest.approx(brier_score_loss(truth, score))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_macro_f1_is_over_the_classes_that_occur(rows: list[tuple[int, int]]) -> None:
    truth, said = np.array(rows, dtype=np.int64).T
    expected = f1_score(truth, said, labels=np.unique(truth), average="macro", zero_division=0.0)
    assert metrics.macro_f1(truth, said, 4) == pytest.approx(expected)


def test_recall_at_a_precision_takes_the_lowest_threshold_that_keeps_it() -> None:
    truth = np.array([True, True, False, True, False, False])
    score = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    assert metrics.recall_at(truth, score, 1.0) == pytest.approx(2 / 3)
    assert metrics.recall_at(truth, score, 0.75) == pytest.approx(1.0)
    assert metrics.recall_at(~truth, score, 1.0) == 0.0


def test_calibration_error_is_nil_where_scores_come_true_and_large_where_not() -> None:
    truth = np.array([1] * 7 + [0] * 3, dtype=np.int64)
    right = np.tile([0.3, 0.7], (10, 1))
    assert metrics.calibration_error(truth, right) == pytest.approx(0.0)
    assert metrics.calibration_error(truth, right[:, ::-1]) == pytest.approx(0.4)


def test_intervals_hold_the_value_and_are_the_same_for_the_same_seed() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    score = np.clip(0.3 * truth + rng.random(300) * 0.7, 0, 1)
    both = np.column_stack([1 - score, score])
    first = metrics.measure(truth, both, both.argmax(axis=1), 0.9, 50, seed=3)
    assert first == metrics.measure(truth, both, both.argmax(axis=1), 0.9, 50, seed=3)
    for name, found in first.items():
        assert found.low <= found.value <= found.high, name


def test_calibration_makes_overconfident_margins_honest() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 4000)
    margin = np.where(rng.random(4000) < 0.8, 2 * truth - 1, 1 - 2 * truth) * 20.0
    margins = np.column_stack([-margin, margin])
    found = Calibration.fit(margins, truth)
    assert metrics.calibration_error(truth, found.scores(margins)) < 0.02
    assert (found.decide(found.scores(margins)) == (margin > 0)).all()


def test_several_classes_that_are_taken_for_one_another_are_told_apart() -> None:
    """Margins whose second class is blurred into the third: the matrix scores rows it has not seen no worse than their plain softmax."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, 2000)
    margins = np.eye(4)[truth] * 3 + rng.normal(size=(2000, 4))
    margins[:, 2] += margins[:, 1]
    found = Calibration.fit(margins[:1000], truth[:1000])
    scores = found.scores(margins[1000:])
    assert scores.sum(axis=1) == pytest.approx(np.ones(1000))
    assert (found.decide(scores) == truth[1000:]).mean() > (margins[1000:].argmax(axis=1) == truth[1000:]).mean()
    assert metrics.calibration_error(truth[1000:], scores) < 0.05


@pytest.mark.parametrize("classes", [2, 4])
def test_of_two_views_the_one_that_knows_more_counts_for_more(classes: int) -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, classes, 2000)
    good, poor = (np.eye(classes)[truth] * strength + rng.normal(size=(2000, classes)) for strength in (2.0, 0.3))
    both = np.hstack([poor, good])
    found = Calibration.fit(both[:1000], truth[:1000], classes)
    scores = found.scores(both[1000:])
    assert scores.shape == (1000, classes)
    assert scores.sum(axis=1) == pytest.approx(np.ones(1000))
    mean = (good + poor)[1000:].argmax(axis=1)
    assert (found.decide(scores) == truth[1000:]).mean() > (mean == truth[1000:]).mean()
    assert metrics.calibration_error(truth[1000:], scores) < 0.06
