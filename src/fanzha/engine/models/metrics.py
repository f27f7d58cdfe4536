"""How good the scores are: ranking, calibration and decisions, each with a bootstrap interval.

Several classes: AUC and average precision are macro averages of one class against the rest; the Brier score is the sum of squared
differences over the classes (half of that for two classes, the usual binary form); the expected calibration error (ECE) compares, in ten
equal bins of confidence, how sure the model was with how often it was right (Guo et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanzha.engine.models.reading import Ints

Floats = npt.NDArray[np.float64]
BINS = 10
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measured:
    """A figure and its interval: the 2.5 % and 97.5 % quantiles of the bootstrap over rows."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """One bin of the reliability plot: mean score, share of rows that were right (multi-class) or positive (binary), rows."""

    score: float
    rate: float
    rows: int


def share(hits: int, of: int, z: float = 1.959963984540054) -> Measured | None:
    """A share with its score interval (Wilson 1927), 95 % by default; None of nothing."""
    if not of:
        return None
    rate, square = hits / of, z * z
    centre = (rate + square / (2 * of)) / (1 + square / of)
    reach = z / (1 + square / of) * float(np.sqrt(rate * (1 - rate) / of + square / (4 * of * of)))
    return Measured(rate, max(0.0, centre - reach), min(1.0, centre + reach))


def auc(truth: npt.NDArray[np.bool_], score: Floats) -> float:
    """Area under the ROC curve by mid-ranks; ties count half. NaN where one side is missing."""
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def curve(truth: npt.NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """Precision and recall at every different score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.r_[np.flatnonzero(np.diff(score[order])), len(score) - 1]
    precision = hits[last] / (last + 1)
    recall = hits[last] / max(int(truth.sum()), 1)
    return precision.astype(np.float64), recall.astype(np.float64)


def average_precision(truth: npt.NDArray[np.bool_], score: Floats) -> float:
    """Sum of precision over the steps of recall; NaN without positives."""
    if not truth.any():
        return float("nan")
    precision, recall = curve(truth, score)
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


def recall_at(truth: npt.NDArray[np.bool_], score: Floats, precision: float) -> float:
    """The highest recall at which the precision is at least the given one; 0 where it never is."""
    reached, recall = curve(truth, score)
    enough = reached >= precision
    return float(recall[enough].max()) if enough.any() else 0.0


def f1_by_class(truth: Ints, said: Ints, classes: int) -> Floats:
    """F1 of each class; 0 for a class neither hit nor said."""
    both = np.bincount(truth[truth == said], minlength=classes)
    total = np.bincount(truth, minlength=classes) + np.bincount(said, minlength=classes)
    return np.where(total > 0, 2 * both / np.maximum(total, 1), 0.0)


def macro_f1(truth: Ints, said: Ints, classes: int) -> float:
    """Mean F1 over the classes that occur in the truth."""
    occurring = np.bincount(truth, minlength=classes) > 0
    return float(f1_by_class(truth, said, classes)[occurring].mean())


def reliability(truth: Ints, scores: Floats) -> list[Bin]:
    """The bins of the reliability plot that hold rows: for two classes by the score of the second, else by the winning score."""
    binary = scores.shape[1] == 2
    confidence = scores[:, 1] if binary else scores.max(axis=1)
    right = (truth == 1) if binary else (truth == scores.argmax(axis=1))
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    return [
        Bin(float(confidence[place == each].mean()), float(right[place == each].mean()), int((place == each).sum()))
        for each in np.unique(place)
    ]


def calibration_error(truth: Ints, scores: Floats) -> float:
    """ECE: the bins' distances between score and rate, weighted by rows."""
    return float(sum(each.rows * abs(each.score - each.rate) for each in reliability(truth, scores)) / len(truth))


def brier(truth: Ints, scores: Floats) -> float:
    """Mean squared difference between the scores and what happened."""
    wrong = np.square(scores - np.eye(scores.shape[1])[truth]).sum(axis=1)
    return float(wrong.mean() / (2 if scores.shape[1] == 2 else 1))


def measure(truth: Ints, scores: Floats, said: Ints, precision: float, rounds: int, seed: int) -> dict[str, Measured]:
    """All figures of `scores` (rows, classes; each row sums to 1) and of the decisions `said`, with their intervals."""
    figures = _figures(truth.size and scores.shape[1], precision)
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(rounds)]
    found: dict[str, Measured] = {}
    for name, figure in figures.items():
        value = figure(truth, scores, said)
        sampled = np.array([figure(truth[rows], scores[rows], said[rows]) for rows in draws] or [value])
        sampled = sampled[~np.isnan(sampled)]
        found[name] = _interval(value, sampled)
    return found


def _interval(value: float, sampled: Floats) -> Measured:
    """The bootstrap's quantiles, moved so that its mean is the value: resampling inflates distances such as the ECE."""
    if not sampled.size:
        return Measured(value, value, value)
    low, high = np.quantile(sampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]) - sampled.mean() + value
    return Measured(value, max(0.0, float(low)), float(high) if value > 1 else min(1.0, float(high)))


Figure = Callable[[Ints, Floats, Ints], float]


def _figures(classes: int, precision: float) -> dict[str, Figure]:
    return {
        "auc": lambda truth, scores, said: _mean_by_class(auc, truth, scores),
        "average_precision": lambda truth, scores, said: _mean_by_class(average_precision, truth, scores),
        "macro_f1": lambda truth, scores, said: macro_f1(truth, said, classes),
        "accuracy": lambda truth, scores, said: float((truth == said).mean()),
        "ece": lambda truth, scores, said: calibration_error(truth, scores),
        "brier": lambda truth, scores, said: brier(truth, scores),
        "recall_at_precision": lambda truth, scores, said: _mean_by_class(
            lambda is_class, score: recall_at(is_class, score, precision), truth, scores
        ),
    }


def _mean_by_class(figure: Callable[[npt.NDArray[np.bool_], Floats], float], truth: Ints, scores: Floats) -> float:
    if scores.shape[1] == 2:
        return figure(truth == 1, scores[:, 1])
    present = [each for each in range(scores.shape[1]) if (truth == each).any()]
    return float(np.mean([figure(truth == each, scores[:, each]) for each in present]))
