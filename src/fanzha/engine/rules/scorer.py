"""What a rule with a model asks of it. Models themselves live in `engine.models`; rules know only this."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from fanzha.engine.rules.expression import Scalar
from fanzha.kit.errors import NotFound
from fanzha.lake.schemas import EventKind

MODEL_SCORE = "model_score"
"""In `when:` and in reasons: the model's score of the event, 0 to 1; null where a feature it needs could not be computed for the subject."""
MODEL_REASONS = "model_reasons"
"""In reasons: the features that raised the score most, in words."""

REFERENCE = re.compile(r"(?P<name>[a-z][a-z0-9_]{2,60})@(?P<version>[1-9][0-9]{0,8})")
"""`name@version`: which model a rule uses. A version is never trained again under its number."""


class ModelNotFound(NotFound):
    """There is no such model in this installation."""

    code = "model_not_found"
    remedy = "Name a model of the list (`fanzha models list`), or build the shipped ones with `make models`."


@dataclass(frozen=True)
class Contribution:
    """How far one feature moved the score of one event: `weight` is in log odds (TreeSHAP), above 0 where it raised the score."""

    feature: str
    value: Scalar
    weight: float


class Scorer(Protocol):
    """A model ready to score events of one kind seen from one side."""

    @property
    def reference(self) -> str:
        """name@version."""

    @property
    def on(self) -> EventKind: ...

    @property
    def subject(self) -> str: ...

    @property
    def features(self) -> tuple[str, ...]:
        """The registry's features it reads."""

    def batch(self, table: pl.DataFrame) -> pl.Series:
        """The score of each row, Float64 from 0 to 1; the table has a column for each feature."""

    def single(self, row: Mapping[str, object]) -> float:
        """The score of one event, equal to `batch` of a table with this row."""

    def explain(self, row: Mapping[str, Scalar], most: int = 3) -> Sequence[Contribution]:
        """The features that raised this event's score, the strongest first."""


class Models(Protocol):
    """Finds models by name and version."""

    def scorer(self, reference: str) -> Scorer:
        """Raises ModelNotFound."""
