"""Rows of a table: the material and the model of kind `tabular`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fanzha.engine.models.boosting import Boosters
from fanzha.engine.models.features import Features
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints
from fanzha.engine.models.trusting import trusted


class Table:
    """The encoded rows."""

    def __init__(self, features: Features) -> None:
        self.features = features

    def __len__(self) -> int:
        return len(self.features.values)

    @cached_property
    def groups(self) -> Ints:
        """Rows that are equal in every feature are copies of one another."""
        seen: dict[bytes, int] = {}
        values = np.nan_to_num(self.features.values, nan=np.inf)
        return np.array([seen.setdefault(row.tobytes(), len(seen)) for row in values], dtype=np.int64)


@dataclass(frozen=True)
class TableModel:
    """Boosters over the table's columns."""

    boosters: Boosters

    @staticmethod
    def fit(table: Table, rows: Ints, labels: Ints, classes: int, seed: int) -> TableModel:
        features = table.features.of(rows)
        kept = trusted(features, labels, classes, seed)
        return TableModel(Boosters.fit(features.of(kept), labels[kept], classes, seed))

    def margins(self, table: Table, rows: Ints) -> Floats:
        """Log scores (rows, classes)."""
        return self.boosters.margins(table.features.values[rows])

    def importances(self) -> dict[str, float]:
        return self.boosters.importances()

    def save(self, folder: Path) -> dict[str, Any]:
        return self.boosters.save(folder, "booster")

    @staticmethod
    def load(folder: Path, document: dict[str, Any]) -> TableModel:
        return TableModel(Boosters.load(folder, document))
