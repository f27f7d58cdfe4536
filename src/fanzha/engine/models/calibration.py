"""From margins to scores that mean what they say, and from scores to decisions.

Two classes: Platt's logistic (scale and offset on the difference of the margins). More classes, or several blocks of margins (views): a matrix on
the margins (matrix scaling, Guo et al. 2017) held near one temperature for each view, so that classes which are often taken for one
another are told apart and a view that knows more counts for more, while a class of few rows keeps its own margins. Two classes are decided at the
threshold of best macro-F1, more by the greatest score. All is fitted on out-of-fold margins only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fanzha.engine.models.metrics import Floats, macro_f1
from fanzha.engine.models.reading import Ints

# SciPy is imported where used: loading it takes longer than most commands run.

_PLATEAU = 0.0015  # thresholds within this of the best are as good; their middle is less a matter of luck
_GRID = np.linspace(0.05, 0.95, 181)
_LEAST_SCALE, _MOST_SCALE = 1e-2, 1e2
_PATIENCE = {"maxiter": 300, "ftol": 1e-8}  # margins of separable classes would let the scales grow without end
_STIFFNESS = 5.0  # of the matrix towards the temperature, in units of log loss summed over rows


@dataclass(frozen=True)
class Calibration:
    """`scores = softmax(scale · mean of the views' margins + margins · mixing + (0 … offset))`.

    `margins` (rows, views · classes); `mixing` (views · classes, classes) is empty for one view of two classes, `offset` 0 for
    more classes. A row is of the second of two classes from `threshold` on.
    """

    scale: float
    offset: float
    threshold: float
    mixing: tuple[tuple[float, ...], ...] = ()

    @staticmethod
    def fit(margins: Floats, truth: Ints, classes: int | None = None) -> Calibration:
        """The calibration of least log loss; for two classes then the threshold of best macro-F1. `classes`: columns of one view."""
        classes = classes or margins.shape[1]
        found = _platt(margins, truth) if margins.shape[1] == 2 else _mixed(margins, truth, classes)
        return replace(found, threshold=_best_threshold(found.scores(margins)[:, 1], truth)) if classes == 2 else found

    def scores(self, margins: Floats) -> Floats:
        """Scores (rows, classes); each row sums to 1."""
        from scipy.special import softmax

        return np.asarray(softmax(self._shifted(margins), axis=1), dtype=np.float64)

    def loss(self, margins: Floats, truth: Ints) -> float:
        """Mean log loss of the scores."""
        from scipy.special import log_softmax

        chances = log_softmax(self._shifted(margins), axis=1)
        return float(-chances[np.arange(len(truth)), truth].mean())

    def decide(self, scores: Floats) -> Ints:
        """The class number of each row."""
        if scores.shape[1] == 2:
            return np.asarray(scores[:, 1] >= self.threshold, dtype=np.int64)
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)

    def _shifted(self, margins: Floats) -> Floats:
        classes = len(self.mixing[0]) if self.mixing else margins.shape[1]
        mean = margins.reshape(len(margins), -1, classes).mean(axis=1)
        moved: Floats = self.scale * mean + np.r_[np.zeros(classes - 1), self.offset]
        return moved + margins @ np.array(self.mixing) if self.mixing else moved


def _platt(margins: Floats, truth: Ints) -> Calibration:
    from scipy.optimize import minimize

    def loss(point: Floats) -> float:
        tried = Calibration(float(np.exp(point[0])), float(point[1]), 0.5)
        return tried.loss(margins, truth) + 1e-4 * float(np.square(point).sum())

    bounds = [(np.log(_LEAST_SCALE), np.log(_MOST_SCALE)), (-10.0, 10.0)]
    best = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds).x
    return Calibration(float(np.exp(best[0])), float(best[1]), 0.5)


def _mixed(margins: Floats, truth: Ints, classes: int) -> Calibration:
    """One scale a view, free; the rest of the matrix held near nil; for two classes an offset."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    rows, width = margins.shape
    views = width // classes
    blocks = margins.reshape(rows, views, classes)
    happened = np.eye(classes)[truth]
    last = np.eye(classes)[-1] * (classes == 2)

    def loss(point: Floats) -> tuple[float, Floats]:

        scales, offset, mixing = point[:views], point[views], point[views + 1 :].reshape(width, classes)
        chances = log_softmax(np.tensordot(blocks, scales, (1, 0)) + margins @ mixing + offset * last, axis=1)
        wrong = np.exp(chances) - happened
        slope = [np.einsum("rvc,rc->v", blocks, wrong), [wrong.sum(axis=0) @ last], (margins.T @ wrong + 2 * _STIFFNESS * mixing).ravel()]
        return float(-(chances * happened).sum() + _STIFFNESS * np.square(mixing).sum()), np.concatenate(slope)

    bounds = [(0.0, _MOST_SCALE)] * views + [(-_MOST_SCALE, _MOST_SCALE)] * (1 + width * classes)
    start = np.r_[np.full(views, 1 / views), np.zeros(1 + width * classes)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_PATIENCE).x
    scales, mixing = best[:views], best[views + 1 :].reshape(width, classes)
    mixing = mixing + np.kron((scales - scales.mean())[:, None], np.eye(classes))
    return Calibration(float(scales.sum()), float(best[views]), 0.5, tuple(tuple(map(float, row)) for row in mixing))


def _best_threshold(score: Floats, truth: Ints) -> float:
    reached = np.array([macro_f1(truth, (score >= cut).astype(np.int64), 2) for cut in _GRID])
    return float(np.median(_GRID[reached >= reached.max() - _PLATEAU]))
