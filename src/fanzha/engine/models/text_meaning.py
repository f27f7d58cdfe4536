"""What a text says, whatever its words: the encoder's numbers of it, and a machine that draws smooth borders between them.

Kernel ridge regression on a Gaussian kernel (Saunders et al. 1998) of training texts drawn by chance as landmarks (Nyström's method, Williams and Seeger 2001):
what it costs grows with the rows, not with their square. A rare class weighs more: each row by one over the root of its class's rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fanzha.engine.models.features import Matrix
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints
from fanzha.engine.models.text_language import ABSENT

LANDMARKS = 4000
NARROWNESS = 0.5
"""Of the kernel, over the mean square of a number's distance: exp(-0.5 · the mean squared difference)."""
STIFFNESS = 0.1
_JITTER = 1e-6
_ROWS_AT_ONCE = 4096
_STILL = 1e-6


def settings() -> dict[str, float]:
    """What was chosen, for the manifest."""
    return {"landmarks": LANDMARKS, "narrowness": NARROWNESS, "stiffness": STIFFNESS}


@dataclass(frozen=True)
class Meaning:
    """The landmarks as they are kept (landmarks, numbers), scaled by `mean` and `spread` of the training texts, and the weight of each for each class.

    `encoder` is the fingerprint of what the numbers come from; `present` tells the classes that the training rows hold.
    """

    encoder: str
    mean: Matrix
    spread: Matrix
    landmarks: npt.NDArray[np.float16]
    weights: Floats
    present: npt.NDArray[np.bool_]

    @staticmethod
    def fit(numbers: Matrix, encoder: str, rows: Ints, labels: Ints, classes: int, seed: int) -> Meaning:
        """From the numbers of all texts and the rows to learn from."""
        mine = numbers[rows]
        spread = mine.std(axis=0)
        learned = Meaning(
            encoder, mine.mean(axis=0), np.where(spread > _STILL, spread, 1).astype(np.float32),
            np.empty((0, mine.shape[1]), np.float16), np.empty((0, classes)), np.bincount(labels, minlength=classes) > 0,
        )  # fmt: skip
        chosen = np.random.default_rng(seed).permutation(len(rows))[:LANDMARKS]
        landmarks = learned.scaled(mine[chosen]).astype(np.float16)
        weights = _solved(landmarks, learned.scaled(mine), labels, classes)
        return replace(learned, landmarks=landmarks, weights=weights)

    def margins(self, numbers: Matrix, rows: Ints) -> Floats:
        """How near each class's side of the border (rows, classes)."""
        parts = [_likeness(self.scaled(numbers[some]), self.landmarks) @ self.weights for some in _in_parts(rows)]
        found: Floats = np.concatenate([np.empty((0, len(self.present))), *parts])
        found[:, ~self.present] = ABSENT
        return found

    def scaled(self, numbers: Matrix) -> Matrix:
        return (numbers - self.mean) / self.spread

    def arrays(self) -> dict[str, Any]:
        """All that was learned, as plain arrays."""
        return {name: value for name, value in vars(self).items() if name != "encoder"}

    @staticmethod
    def of_arrays(encoder: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Meaning:
        """Read back what `arrays` gave."""
        return Meaning(encoder, *(arrays[name] for name in ("mean", "spread", "landmarks", "weights", "present")))


def _solved(landmarks: npt.NDArray[np.float16], scaled: Matrix, labels: Ints, classes: int) -> Floats:
    """The weights (landmarks, classes) of least squares to +1 for the row's class and -1 for every other, held by the kernel's own norm."""
    from scipy.linalg import solve

    counts = np.maximum(np.bincount(labels, minlength=classes), 1)
    heed = counts[labels] ** -0.5
    heed *= len(labels) / heed.sum()
    aims = np.where(np.eye(classes)[labels] > 0, 1.0, -1.0)
    left = STIFFNESS * _likeness(landmarks.astype(np.float32), landmarks)
    left[np.diag_indices(len(left))] += _JITTER * len(labels)
    right = np.zeros((len(landmarks), classes))
    for some in _in_parts(np.arange(len(labels))):
        like = _likeness(scaled[some], landmarks)
        heeded = like * heed[some, None]
        left += heeded.T @ like
        right += heeded.T @ aims[some]
    return np.asarray(solve(left, right, assume_a="pos"), dtype=np.float64)


def _likeness(scaled: Matrix, landmarks: npt.NDArray[np.float16]) -> Floats:
    """The kernel (rows, landmarks)."""
    known = landmarks.astype(np.float32)
    apart = np.square(scaled).sum(axis=1)[:, None] + np.square(known).sum(axis=1)[None] - 2 * scaled @ known.T
    return np.asarray(np.exp(np.maximum(apart, 0).astype(np.float64) * (-NARROWNESS / scaled.shape[1])), dtype=np.float64)


def _in_parts(rows: Ints) -> Iterator[Ints]:
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[begin : begin + _ROWS_AT_ONCE]
