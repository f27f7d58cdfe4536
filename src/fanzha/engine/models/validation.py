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


def cross_validate(kind: str, material: Material, labels: Labels, folds: int, seed: int, progress: Progress) -> Validated:
    """Fit once a fold on the other folds and score the fold; labels of a fold never reach the model that scores it."""
    rows = labels.known
    truth = labels.numbers[rows]
    fold = deal(truth, material.groups[rows], folds, seed)
    classes = len(labels.classes)
    margins = np.zeros((len(rows), classes))
    with progress.step("cross-validate", folds) as step:
        for number in range(folds):
            out = fold == number
            if out.any():
                model = KINDS[kind].fit(material, rows[~out], truth[~out], classes, seed)
                margins[out] = model.margins(material, rows[out])
            step.advance()
    scores, said = _calibrated(margins, truth, fold)
    return Validated(rows, fold, truth, margins, scores, said, Calibration.fit(margins, truth))


def _calibrated(margins: Floats, truth: Ints, fold: Ints) -> tuple[Floats, Ints]:
    """Scores and decisions of each fold by the calibration and threshold of the others."""
    scores = np.zeros_like(margins)
    said = np.zeros(len(truth), dtype=np.int64)
    for number in np.unique(fold):
        out = fold == number
        calibration = Calibration.fit(margins[~out], truth[~out])
        scores[out] = calibration.scores(margins[out])
        said[out] = calibration.decide(scores[out])
    return scores, said
