"""From margins to scores that mean what they say, and from scores to decisions.

Two classes: Platt's logistic (scale and offset on the difference of the margins), decided at the threshold of best macro-F1. More classes: a matrix on
the margins (matrix scaling, Guo et al. 2017) held near one common temperature, so that classes which are often taken for one another are told
apart while a class of few rows keeps its own margin; decided by the greatest score. Both are fitted on out-of-fold margins only.
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
_STIFFNESS = 1.0  # of the matrix towards the temperature, in units of log loss summed over rows


@dataclass(frozen=True)
class Calibration:
    """`scores = softmax(margins · (scale · I + mixing) + (0 … offset))`; a row is of the second of two classes from `threshold` on.

    `mixing` is empty for two classes, `offset` 0 for more.
    """

    scale: float
    offset: float
    threshold: float
    mixing: tuple[tuple[float, ...], ...] = ()

    @staticmethod
    def fit(margins: Floats, truth: Ints) -> Calibration:
        """The calibration of least log loss; for two classes then the threshold of best macro-F1."""
        if margins.shape[1] > 2:
            return _mixed(margins, truth)

        def loss(point: Floats) -> float:
            tried = Calibration(float(np.exp(point[0])), float(point[1]), 0.5)
            return tried.loss(margins, truth) + 1e-4 * float(np.square(point).sum())

        bounds = [(np.log(_LEAST_SCALE), np.log(_MOST_SCALE)), (-10.0, 10.0)]
        best = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds).x
        found = Calibration(float(np.exp(best[0])), float(best[1]), 0.5)
        return Calibration(found.scale, found.offset, _best_threshold(found.scores(margins)[:, 1], truth))

    def scores(self, margins: Floats) -> Floats:
        """Scores (rows, classes); each row sums to 1."""
        return np.asarray(softmax(self._shifted(margins), axis=1), dtype=np.float64)

    def loss(self, margins: Floats, truth: Ints) -> float:
        """Mean log loss of the scores."""
        chances = log_softmax(self._shifted(margins), axis=1)
        return float(-chances[np.arange(len(truth)), truth].mean())

    def decide(self, scores: Floats) -> Ints:
        """The class number of each row."""
        if scores.shape[1] == 2:
            return np.asarray(scores[:, 1] >= self.threshold, dtype=np.int64)
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)

    def _shifted(self, margins: Floats) -> Floats:
        moved: Floats = self.scale * margins + np.r_[np.zeros(margins.shape[1] - 1), self.offset]
        return moved + margins @ np.array(self.mixing) if self.mixing else moved


def _mixed(margins: Floats, truth: Ints) -> Calibration:
    classes = margins.shape[1]
    happened = np.eye(classes)[truth]

    def loss(point: Floats) -> tuple[float, Floats]:
        mixing = point[1:].reshape(classes, classes)
        chances = log_softmax(point[0] * margins + margins @ mixing, axis=1)
        wrong = np.exp(chances) - happened
        slope = np.r_[(wrong * margins).sum(), (margins.T @ wrong + 2 * _STIFFNESS * mixing).ravel()]
        return float(-(chances * happened).sum() + _STIFFNESS * np.square(mixing).sum()), slope

    bounds = [(_LEAST_SCALE, _MOST_SCALE), *[(-_MOST_SCALE, _MOST_SCALE)] * classes**2]
    best = minimize(loss, np.r_[1.0, np.zeros(classes**2)], jac=True, method="L-BFGS-B", bounds=bounds).x
    mixing = tuple(tuple(float(value) for value in row) for row in best[1:].reshape(classes, classes))
    return Calibration(float(best[0]), 0.0, 0.5, mixing)


def _best_threshold(score: Floats, truth: Ints) -> float:
    reached = np.array([macro_f1(truth, (score >= cut).astype(np.int64), 2) for cut in _GRID])
    return float(np.median(_GRID[reached >= reached.max() - _PLATEAU]))
