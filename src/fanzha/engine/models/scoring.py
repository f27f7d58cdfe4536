"""A trained detector model as rules use it: scores of a table and of one event, equal to each other, and the features behind a score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from fanzha.engine.models.errors import InvalidFolder
from fanzha.engine.models.features import Column, Features, Matrix
from fanzha.engine.models.folder import Kept, load
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.recipes import InvalidRecipe, Recipe
from fanzha.engine.models.table import Table, TableModel
from fanzha.engine.rules.expression import Scalar
from fanzha.engine.rules.scorer import Contribution, ModelNotFound
from fanzha.lake.schemas import EventKind

CHUNK = 100_000  # rows scored at once: bounds the memory of a day of millions


@dataclass(frozen=True)
class ModelScorer:
    """A folder's model under its name and version. Rows are encoded and scored by the same code, one or many."""

    kept: Kept
    recipe: Recipe
    version: int

    @property
    def reference(self) -> str:
        return f"{self.recipe.name}@{self.version}"

    @property
    def on(self) -> EventKind:
        return self.recipe.on

    @property
    def subject(self) -> str:
        return self.recipe.subject

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Those that the model reads: features that had no value at all in training are left out."""
        return tuple(column.name for column in self._columns)

    def batch(self, table: pl.DataFrame) -> pl.Series:
        """Scores 0 to 1, Float64."""
        parts = [self._scores(self.kept.spec.encoder.encode(part).values) for part in table.iter_slices(CHUNK)]
        return pl.Series("score", np.concatenate(parts) if parts else np.empty(0), dtype=pl.Float64)

    def single(self, row: Mapping[str, object]) -> float:
        """The score of one event; `row` has every feature, null as None."""
        return float(self._scores(self._row(row))[0])

    def explain(self, row: Mapping[str, Scalar], most: int = 3) -> tuple[Contribution, ...]:
        """By TreeSHAP (Lundberg et al. 2018), as LightGBM computes it: those that raised the score, the strongest first."""
        values = self._row(row)
        model = self._model.boosters
        weights: Floats = np.zeros(len(self._columns))
        for booster in model.boosters:
            weights += np.asarray(booster.predict(values, pred_contrib=True, num_threads=1), dtype=np.float64)[0, : len(weights)]
        weights *= self.kept.calibration.scale / len(model.boosters)
        strongest = [place for place in np.argsort(-weights, kind="stable")[:most] if weights[place] > 0]
        return tuple(Contribution(self.features[place], row[self.features[place]], float(weights[place])) for place in strongest)

    # ---- inside

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return self.kept.spec.encoder.columns

    @property
    def _model(self) -> TableModel:
        assert isinstance(self.kept.model, TableModel)
        return self.kept.model

    @cached_property
    def _codes(self) -> dict[str, dict[str, float]]:
        return {each.name: {name: float(code) for code, name in enumerate(each.categories)} for each in self._columns if each.kind == "category"}

    def _row(self, row: Mapping[str, object]) -> Matrix:
        return np.array([[self._number(row[column.name], column) for column in self._columns]], dtype=np.float32)

    def _number(self, value: object, column: Column) -> float:
        if value is None:
            return math.nan
        if column.kind == "category":
            return self._codes[column.name].get(str(value), math.nan)
        assert isinstance(value, int | float), f"{column.name} is not a number"
        number = float(value)
        return number if math.isfinite(number) else math.nan

    def _scores(self, values: Matrix) -> Floats:
        table = Table(Features(self.features, values))
        margins = self._model.margins(table, np.arange(len(values), dtype=np.int64))
        return self.kept.calibration.scores(margins)[:, 1]


def scorer_of(folder: Path) -> ModelScorer:
    """The detector model in a folder.

    Raises:
        ModelNotFound: there is no such folder.
        InvalidFolder: the folder does not hold a model, or not one of a detector, or one of features that are no longer there.
    """
    if not folder.is_dir():
        raise ModelNotFound(model=folder.name)
    kept = load(folder)
    return from_kept(kept, str(folder))


def from_kept(kept: Kept, name: str) -> ModelScorer:
    """Raises InvalidFolder."""
    told = kept.manifest.get("detector")
    if not isinstance(told, dict) or not isinstance(kept.model, TableModel):
        raise InvalidFolder(f"{name} holds a model trained on files, not one of a detector.")
    try:
        return ModelScorer(kept, Recipe.from_json(told), int(told["version"]))
    except (KeyError, ValueError, InvalidRecipe) as error:
        raise InvalidFolder(f"{name} was trained for another version of the features: {error}") from error
