"""From margins to scores that mean what they say, and from scores to decisions.

Two classes: Platt's logistic (scale and offset on the difference of the margins), decided at the threshold of best macro-F1. More classes: one
temperature for all margins (Guo et al. 2017), decided by the greatest margin. Both are fitted on out-of-fold margins only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from fanzha.engine.models.metrics import Floats, macro_f1
from fanzha.engine.models.reading import Ints

_PLATEAU = 0.0015  # thresholds within this of the best are as good; their middle is less a matter of luck
_GRID = np.linspace(0.05, 0.95, 181)
_LEAST_SCALE, _MOST_SCALE = 1e-2, 1e2


@dataclass(frozen=True)
class Calibration:
    """`scores = softmax(scale · margins + (0, offset))`; a row is of the second of two classes from `threshold` on."""

    scale: float
    offset: float
    threshold: float

    @staticmethod
    def fit(margins: Floats, truth: Ints) -> Calibration:
        """The scale and offset of least log loss, then the threshold of best macro-F1."""
        binary = margins.shape[1] == 2

        def loss(point: Floats) -> float:
            tried = Calibration(float(np.exp(point[0])), float(point[1]) if binary else 0.0, 0.5)
            return tried.loss(margins, truth) + 1e-4 * float(np.square(point).sum())

        bounds = [(np.log(_LEAST_SCALE), np.log(_MOST_SCALE)), (-10.0, 10.0)][: 2 if binary else 1]
        best = minimize(loss, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x
        found = Calibration(float(np.exp(best[0])), float(best[1]) if binary else 0.0, 0.5)
        return Calibration(found.scale, found.offset, _best_threshold(found.scores(margins)[:, 1], truth)) if binary else found

    def scores(self, margins: Floats) -> Floats:
        """Scores (rows, classes); each row sums to 1."""
        return np.asarray(softmax(_shifted(margins, self.scale, self.offset), axis=1), dtype=np.float64)

    def loss(self, margins: Floats, truth: Ints) -> float:
        """Mean log loss of the scores."""
        chances = log_softmax(_shifted(margins, self.scale, self.offset), axis=1)
        return float(-chances[np.arange(len(truth)), truth].mean())

    def decide(self, scores: Floats) -> Ints:
        """The class number of each row."""
        if scores.shape[1] == 2:
            return np.asarray(scores[:, 1] >= self.threshold, dtype=np.int64)
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def _shifted(margins: Floats, scale: float, offset: float) -> Floats:
    moved: Floats = scale * margins + np.r_[np.zeros(margins.shape[1] - 1), offset]
    return moved


def _best_threshold(score: Floats, truth: Ints) -> float:
    reached = np.array([macro_f1(truth, (score >= cut).astype(np.int64), 2) for cut in _GRID])
    return float(np.median(_GRID[reached >= reached.max() - _PLATEAU]))
