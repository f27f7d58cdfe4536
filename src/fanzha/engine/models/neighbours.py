"""What an account's neighbours say of it: their features, and their labels without a leak.

Labels are used out of fold: for an account whose label is used to learn, every label of its own fold is hidden, its own
included, so neither a neighbour nor a longer path can carry it back. An account that was not learned from sees all labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fanzha.engine.models.edges import Graph
from fanzha.engine.models.features import Features, Matrix
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import BLANK, Ints

# SciPy is imported where used: loading it takes longer than most commands run.

NO_FOLD = -1  # an account outside the training rows
PRIOR_WEIGHT = 2.0  # a rate of few neighbours is pulled to the general rate by so many imagined ones
_RESTARTS = (0.5, 0.85)  # how far labels spread: share that walks on
_STEPS = 10
_FLOOR = 1e-6


def neighbour_features(graph: Graph, own: Features, rows: Ints) -> Features:
    """Mean and spread of the neighbours' features by direction, and the mean over two steps, for the accounts `rows`."""
    values = _tame(own.values)
    found: list[Features] = []
    for direction, adjacency in graph.directions.items():
        mean, spread = _moments(adjacency, values)
        found.append(_named(f"{direction} neighbours' mean", own, mean[rows]))
        found.append(_named(f"{direction} neighbours' spread", own, spread[rows]))
        if direction == "all":
            found.append(_named("two steps' mean", own, _moments(adjacency[rows], mean)[0]))
    return Features.beside(found)


def label_features(graph: Graph, labels: Ints, folds: Ints, rows: Ints, classes: int) -> Features:
    """Label rates around the accounts `rows`, each seeing the labels of other folds only (`NO_FOLD`: all of them).

    `labels` and `folds` are by account; `BLANK` where no label is known or may be used.
    """
    names = _label_names(graph, classes)
    values = np.empty((len(rows), len(names)), dtype=np.float32)
    of_row = folds[rows]
    for fold in np.unique(of_row):
        visible = np.where((folds == fold) & (fold != NO_FOLD), BLANK, labels)
        here = np.flatnonzero(of_row == fold)
        values[here] = _rates(graph, visible, rows[here], classes)
    return Features(names, values)


def _told(classes: int) -> range:
    """The classes whose rates are taken: of two, one says it all."""
    return range(1, 2) if classes == 2 else range(classes)


def _label_names(graph: Graph, classes: int) -> tuple[str, ...]:
    first = [f"labels: known {direction} neighbours" for direction in graph.directions]
    each = [f"{direction} neighbours' rate" for direction in graph.directions]
    each += ["rate, few contacts weigh more", "rate over two steps", *(f"spread {share}" for share in _RESTARTS)]
    return (*first, *(f"labels: {name} of class {number}" for number in _told(classes) for name in each))


def _rates(graph: Graph, labels: Ints, rows: Ints, classes: int) -> Matrix:
    import scipy.sparse as sp

    known = (labels != BLANK).astype(np.float64)
    columns: list[Floats] = [adjacency[rows] @ known for adjacency in graph.directions.values()]
    rare = known / np.log(2 + graph.degree)
    near = graph.both[rows]
    reach = sp.diags(1 / np.maximum(graph.degree[rows], 1)) @ near
    for number in _told(classes):
        is_class = (labels == number).astype(np.float64)
        prior = float(is_class.sum() / max(known.sum(), 1))
        columns += [_shrunk(adjacency[rows] @ is_class, adjacency[rows] @ known, prior) for adjacency in graph.directions.values()]
        columns.append(_shrunk(near @ (is_class * rare), near @ rare, prior))
        columns.append(_shrunk(reach @ (graph.both @ is_class), reach @ (graph.both @ known), prior))
        columns += [_spread(graph.walk, is_class, known - is_class, share)[rows] for share in _RESTARTS]
    return np.column_stack(columns).astype(np.float32)


def _shrunk(hits: Floats, seen: Floats, prior: float) -> Floats:
    return (hits + PRIOR_WEIGHT * prior) / (seen + PRIOR_WEIGHT)


def _spread(walk: Any, of_class: Floats, others: Floats, share: float) -> Floats:
    """Log odds of the label mass that walks here from the class and from the others (label spreading, Zhou et al. 2004)."""
    here, there = of_class.copy(), others.copy()
    for _ in range(_STEPS):
        here = share * (walk @ here) + (1 - share) * of_class
        there = share * (walk @ there) + (1 - share) * others
    return np.asarray(np.log((here + _FLOOR) / (there + _FLOOR)))


def _tame(values: Matrix) -> Floats:
    """Signed logarithm, so that one huge value does not drown the others in a mean."""
    return np.sign(values) * np.log1p(np.abs(values.astype(np.float64)))


def _moments(adjacency: Any, values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation over the neighbours that have the value; NaN where none has."""
    seen = ~np.isnan(values)
    filled = np.where(seen, values, 0.0)
    count = adjacency @ seen.astype(np.float64)
    some = np.maximum(count, 1)
    mean = (adjacency @ filled) / some
    variance = (adjacency @ np.square(filled)) / some - np.square(mean)
    nothing = count == 0
    return np.where(nothing, np.nan, mean), np.where(nothing, np.nan, np.sqrt(np.maximum(variance, 0)))


def _named(prefix: str, own: Features, values: Floats) -> Features:
    return Features(tuple(f"{prefix}: {name}" for name in own.names), values.astype(np.float32))
