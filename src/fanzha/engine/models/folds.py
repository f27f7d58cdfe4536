"""Folds of cross-validation: seeded, every class spread over them, rows that are copies of one another kept together."""

from __future__ import annotations

import numpy as np

from fanzha.engine.models.reading import Ints


def deal(classes: Ints, groups: Ints, folds: int, seed: int) -> Ints:
    """The fold (0 … folds-1) of each row.

    Rows of one group get one fold. Groups are dealt class by class to the fold that has least of the class (then least rows),
    the biggest groups first, so a class with fewer rows than folds lies in as many folds as it has groups, and the rest have none of it.
    """
    rng = np.random.default_rng(seed)
    _, first, inverse, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    order = rng.permutation(len(first))
    order = order[np.lexsort((-sizes[order], classes[first][order]))]
    chosen = np.empty(len(first), dtype=np.int64)
    rows = np.zeros(folds)
    of_class = np.zeros(folds)
    current = None
    for group in order:
        kind = classes[first[group]]
        if kind != current:
            current, of_class = kind, np.zeros(folds)
        fold = int(np.lexsort((rng.random(folds), rows, of_class))[0])
        chosen[group] = fold
        of_class[fold] += sizes[group]
        rows[fold] += sizes[group]
    return chosen[inverse]
