"""Training rows whose label all others contradict are left out of learning."""

from __future__ import annotations

import numpy as np
import pytest

from fanzha.engine.models.features import Features
from fanzha.engine.models.trusting import LEAST_ROWS, MOST, trusted


def _rows(count: int, wrong: float, seed: int = 3) -> tuple[Features, np.ndarray, np.ndarray]:
    """Two columns of which one tells the label, a share of which is turned round."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 2)).astype(np.float32)
    right = (values[:, 0] > 0.4).astype(np.int64)
    turned = rng.random(count) < wrong
    return Features(("telling", "noise"), values), np.where(turned, 1 - right, right), turned


def test_labels_that_were_turned_round_are_left_out() -> None:
    features, labels, turned = _rows(LEAST_ROWS, 0.04)
    left_out = np.setdiff1d(np.arange(LEAST_ROWS), trusted(features, labels, 2, 7))
    assert turned[left_out].mean() > 0.9
    assert len(left_out) > 0.6 * turned.sum()


def test_sound_labels_stay_and_so_do_few_rows() -> None:
    features, labels, _ = _rows(LEAST_ROWS, 0.0)
    assert len(trusted(features, labels, 2, 7)) >= LEAST_ROWS - 10
    few = LEAST_ROWS - 1
    features, labels, _ = _rows(few, 0.2)
    assert len(trusted(features, labels, 2, 7)) == few


@pytest.mark.parametrize("classes", [2, 3])
def test_of_no_class_more_than_a_tenth_is_left_out(classes: int) -> None:
    features, labels, _ = _rows(1_200, 0.3)
    labels = labels * (classes - 1)
    kept = trusted(features, labels, classes, 7)
    assert np.all(np.diff(kept) > 0)
    for number in np.unique(labels):
        gone = (labels == number).sum() - (labels[kept] == number).sum()
        assert gone <= MOST * (labels == number).sum()
