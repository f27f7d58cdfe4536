"""Gradient-boosted trees over a feature matrix: several differently seeded and shaped boosters, and ratios of columns.

Ratios a/b of the columns that matter most (told by a first small booster on the training rows alone) carry what one split cannot:
a sum over its mean is a count, a maximum over a mean is burstiness.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fanzha.engine.models.features import Features, Matrix
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints

# LightGBM is imported where used: loading it takes longer than most commands run.

if TYPE_CHECKING:
    import lightgbm as lgb

WORKERS = 2  # boosters learned side by side, each on one thread: threads that wait for one another suffer most on a busy machine
RATIO_COLUMNS = 60  # the columns whose ratios are tried
RATIOS = 200  # the ratios kept
LEAST_SCORE = 1e-4
ENOUGH_ROWS_FOR_RATIOS = 300

_COMMON: dict[str, Any] = {
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "bagging_freq": 1,
    "bagging_fraction": 0.8,
    "min_data_in_leaf": 10,
    "lambda_l2": 2.0,
    "feature_pre_filter": False,
}
_SHAPES: tuple[tuple[dict[str, Any], int], ...] = (
    ({"learning_rate": 0.03, "num_leaves": 31}, 300),
    ({"learning_rate": 0.02, "num_leaves": 15}, 500),
    ({"learning_rate": 0.03, "num_leaves": 31, "extra_trees": True}, 500),
)
_SMALL = ({"learning_rate": 0.1, "num_leaves": 15}, 80)
_CHOOSING = ({"learning_rate": 0.04, "num_leaves": 31}, 200)
_COLUMNS_A_TREE = 25  # about so many columns are open to each tree, however many there are


@dataclass(frozen=True)
class Boosters:
    """Fitted boosters over the columns `names` and the ratios of the column pairs."""

    names: tuple[str, ...]
    ratios: tuple[tuple[int, int], ...]
    boosters: tuple[lgb.Booster, ...]
    classes: int

    @staticmethod
    def sketch(features: Features, labels: Ints, classes: int, seed: int) -> Boosters:
        """One small booster without ratios: enough to compare sets of columns."""
        return Boosters(features.names, (), (_boost(features.values, labels, classes, seed, _SMALL),), classes)

    @staticmethod
    def fit(features: Features, labels: Ints, classes: int, seed: int) -> Boosters:
        """Learn from all rows of `features`; deterministic by seed."""
        ratios = _best_ratios(features.values, labels, classes, seed) if len(labels) >= ENOUGH_ROWS_FOR_RATIOS else ()
        values = _with_ratios(features.values, ratios)
        with ThreadPoolExecutor(WORKERS) as pool:
            boosters = tuple(
                pool.map(lambda numbered: _boost(values, labels, classes, seed + numbered[0], numbered[1]), enumerate(_SHAPES))
            )
        return Boosters(features.names, ratios, boosters, classes)

    def margins(self, values: Matrix) -> Floats:
        """Log scores (rows, classes): the mean over the boosters of the log of each score."""
        wide = _with_ratios(values, self.ratios)
        total = np.zeros((len(values), self.classes))
        for booster in self.boosters:
            total += np.log(np.clip(_scores(booster, wide, self.classes), LEAST_SCORE, 1.0))
        return total / len(self.boosters)

    def importances(self) -> dict[str, float]:
        """Share of the gain by feature; a ratio is named `a / b`."""
        names = [*self.names, *(f"{self.names[a]} / {self.names[b]}" for a, b in self.ratios)]
        gain = np.sum([booster.feature_importance("gain") for booster in self.boosters], axis=0)
        total = float(gain.sum()) or 1.0
        return {name: float(value) / total for name, value in zip(names, gain, strict=True)}

    def save(self, folder: Path, stem: str) -> dict[str, Any]:
        """Write LightGBM's text form; the returned document reads it back."""
        files = [f"{stem}_{number}.txt" for number in range(len(self.boosters))]
        for name, booster in zip(files, self.boosters, strict=True):
            (folder / name).write_text(booster.model_to_string(), "utf-8")
        return {"names": list(self.names), "ratios": [list(pair) for pair in self.ratios], "files": files, "classes": self.classes}

    @staticmethod
    def load(folder: Path, document: dict[str, Any]) -> Boosters:
        """Read what `save` wrote: text, never a pickle."""
        import lightgbm as lgb

        boosters = tuple(lgb.Booster(model_str=(folder / Path(name).name).read_text("utf-8")) for name in document["files"])
        ratios = tuple((int(a), int(b)) for a, b in document["ratios"])
        return Boosters(tuple(document["names"]), ratios, boosters, int(document["classes"]))


def shapes() -> list[dict[str, Any]]:
    """The boosters' settings, for the manifest."""
    return [{**_COMMON, **params, "rounds": rounds} for params, rounds in _SHAPES]


def _boost(values: Matrix, labels: Ints, classes: int, seed: int, shape: tuple[dict[str, Any], int]) -> lgb.Booster:
    import lightgbm as lgb

    params, rounds = shape
    share = min(1.0, max(_COLUMNS_A_TREE / values.shape[1], 0.05))
    goal = {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}
    settings = {**_COMMON, **params, **goal, "seed": seed, "feature_fraction": share}
    settings["min_data_in_leaf"] = max(2, min(settings["min_data_in_leaf"], len(labels) // 100))
    return lgb.train(
        settings, lgb.Dataset(values, label=labels, params={"verbosity": -1, "feature_pre_filter": False}), num_boost_round=rounds
    )


def _scores(booster: lgb.Booster, values: Matrix, classes: int) -> Floats:
    found = np.asarray(booster.predict(values, num_threads=1), dtype=np.float64)
    return np.column_stack([1 - found, found]) if classes == 2 else found


def _best_ratios(values: Matrix, labels: Ints, classes: int, seed: int) -> tuple[tuple[int, int], ...]:
    """The pairs of columns whose ratio a booster gains most from; learned from the given rows alone."""
    base = _boost(values, labels, classes, seed, _SMALL).feature_importance("gain")
    columns = sorted(int(place) for place in np.argsort(-base, kind="stable")[:RATIO_COLUMNS] if base[place] > 0)
    pairs = list(combinations(columns, 2))
    if not pairs:
        return ()
    gain = _boost(_with_ratios(values, pairs), labels, classes, seed, _CHOOSING).feature_importance("gain")[values.shape[1] :]
    return tuple(pairs[place] for place in sorted(np.argsort(-gain, kind="stable")[:RATIOS]) if gain[place] > 0)


def _with_ratios(values: Matrix, pairs: Sequence[tuple[int, int]]) -> Matrix:
    if not pairs:
        return values
    left, right = np.array(pairs).T
    quotient = values[:, left] / (np.abs(values[:, right]) + np.float32(1e-3))
    return np.hstack([values, quotient.astype(np.float32)])
