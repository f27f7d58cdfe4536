"""Cross-validation: every labelled row scored by a model that saw neither it nor its copies, then calibrated by the other folds' rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanzha.engine.models.calibration import Calibration
from fanzha.engine.models.folds import deal
from fanzha.engine.models.kinds import KINDS, Material
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints, Labels
from fanzha.kit.progress import Progress


@dataclass(frozen=True)
class Validated:
    """By labelled row: fold, class number, out-of-fold margins, scores and decision; and the calibration for the final model."""

    rows: Ints
    folds: Ints
    truth: Ints
    margins: Floats
    scores: Floats
    said: Ints
    calibration: Calibration


def cross_validate(
    kind: str, material: Material, labels: Labels, folds: int, seed: int, progress: Progress, copies_together: bool = True
) -> Validated:
    """Fit once a fold on the other folds and score the fold; labels of a fold never reach the model that scores it.

    `copies_together=False` deals every row by itself, stratified by class, as a random hold-out of the rows would: copies of a
    training row may then be scored.
    """
    rows = labels.known
    truth = labels.numbers[rows]
    fold = deal(truth, groups_of(material, rows, copies_together), folds, seed)
    classes = len(labels.classes)
    margins = np.zeros((len(rows), 0))
    with progress.step("cross-validate", folds) as step:
        for number in range(folds):
            out = fold == number
            if out.any():
                model = KINDS[kind].fit(material, rows[~out], truth[~out], classes, seed)
                found = model.margins(material, rows[out])
                margins = margins if margins.size else np.zeros((len(rows), found.shape[1]))
                margins[out] = found
            step.advance()
    scores, said = _calibrated(margins, truth, fold, classes)
    return Validated(rows, fold, truth, margins, scores, said, Calibration.fit(margins, truth, classes))


def groups_of(material: Material, rows: Ints, copies_together: bool) -> Ints:
    """The group of each row: that of its copies, or its own."""
    return material.groups[rows] if copies_together else np.arange(len(rows), dtype=np.int64)


def _calibrated(margins: Floats, truth: Ints, fold: Ints, classes: int) -> tuple[Floats, Ints]:
    """Scores and decisions of each fold by the calibration and threshold of the others."""
    scores = np.zeros((len(truth), classes))
    said = np.zeros(len(truth), dtype=np.int64)
    for number in np.unique(fold):
        out = fold == number
        calibration = Calibration.fit(margins[~out], truth[~out], classes)
        scores[out] = calibration.scores(margins[out])
        said[out] = calibration.decide(scores[out])
    return scores, said
