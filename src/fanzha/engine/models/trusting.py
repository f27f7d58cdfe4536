"""Which training rows to learn from: those whose label the other rows do not flatly contradict.

Labels given by hand and by court hold some that no column bears out: a fraud number that was never used for one, an honest one that was. Each is scored by
small boosters that have not seen it, in several folds dealt anew; where they agree that the label is all but impossible, a model that learns it anyway bends
around one row. Such rows are left out of learning, never of measuring (pruning by confident learning: Northcutt, Jiang and Chuang, 2021).
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.models.boosting import Boosters
from fanzha.engine.models.features import Features
from fanzha.engine.models.folds import deal
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints

LEAST_ROWS = 1_000
"""Fewer rows tell noise from rarity too badly: all are learned from."""
CONTRADICTED = 2.5
"""Log odds against the label from which on it is not believed: about 12 to 1."""
MOST = 0.1
"""At most this share of a class is left out, the most contradicted first: what is rare is not taken for wrong."""
_FOLDS, _DEALS = 5, 2


def trusted(features: Features, labels: Ints, classes: int, seed: int) -> Ints:
    """Places of the rows to learn from, ascending; deterministic by seed."""
    everybody = np.arange(len(labels), dtype=np.int64)
    if len(labels) < LEAST_ROWS:
        return everybody
    against = _against(features, labels, classes, seed)
    out = [_worst(against, np.flatnonzero(labels == number)) for number in range(classes)]
    return np.setdiff1d(everybody, np.concatenate(out))


def _against(features: Features, labels: Ints, classes: int, seed: int) -> Floats:
    """Log odds of the best other class against each row's own, the mean over the deals."""
    margins = np.zeros((len(labels), classes))
    for turn in range(_DEALS):
        fold = deal(labels, np.arange(len(labels), dtype=np.int64), _FOLDS, seed + turn)
        for number in range(_FOLDS):
            inside, out = fold != number, fold == number
            sketch = Boosters.sketch(Features(features.names, features.values[inside]), labels[inside], classes, seed + turn)
            margins[out] += sketch.margins(features.values[out]) / _DEALS
    own = np.eye(classes, dtype=np.bool_)[labels]
    found: Floats = np.where(own, -np.inf, margins).max(axis=1) - margins[own]
    return found


def _worst(against: Floats, rows: Ints) -> Ints:
    """Of one class's rows those that are contradicted, `MOST` of them at most."""
    contradicted = rows[against[rows] > CONTRADICTED]
    kept: Ints = contradicted[np.argsort(-against[contradicted], kind="stable")][: int(MOST * len(rows))]
    return kept
