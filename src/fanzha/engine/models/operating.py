"""How good a detector model is by what a desk would see: findings are of a subject and day, and staff can answer so many a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from fanzha.engine.models.metrics import Bin, Floats, curve, f1_by_class, measure, reliability
from fanzha.engine.models.reading import Ints

PRECISIONS = (0.5, 0.7, 0.8, 0.9, 0.95)
NEVER = 1.0  # the threshold where no score reaches the precision: nothing is found but what is certain


@dataclass(frozen=True)
class Point:
    """Findings from `threshold` on: share of them that are right, share of all that is right found, and how many a day."""

    asked: float
    precision: float
    recall: float
    threshold: float
    found_a_day: float


@dataclass(frozen=True)
class Judged:
    """Figures of the later days. `confusion`: truth by decision at the threshold of the staffed precision."""

    metrics: dict[str, Any]
    points: tuple[Point, ...]
    threshold: float
    bins: list[Bin]
    confusion: list[list[int]]


def subject_days(rows: pl.DataFrame, scores: pl.Series) -> pl.DataFrame:
    """One row a subject and day: `label` and `score`, the highest of its events."""
    scored = rows.select("subject", "day", "label").with_columns(score=scores)
    return scored.group_by("subject", "day").agg(pl.col("label").max(), pl.col("score").max()).sort("subject", "day")


def points(truth: Ints, score: Floats, days: int) -> tuple[Point, ...]:
    """The most that is found at each precision of `PRECISIONS`; recall 0 where it is never reached."""
    precision, recall = curve(truth == 1, score)
    cuts = np.unique(score)[::-1]
    positives = max(int(truth.sum()), 1)
    found: list[Point] = []
    for asked in PRECISIONS:
        enough = np.flatnonzero(precision >= asked)
        if not len(enough):
            found.append(Point(asked, 0.0, 0.0, NEVER, 0.0))
            continue
        best = enough[-1]
        a_day = recall[best] * positives / precision[best] / days
        found.append(Point(asked, float(precision[best]), float(recall[best]), float(cuts[best]), float(a_day)))
    return tuple(found)


def judge(scored: pl.DataFrame, precision: float, rounds: int, seed: int) -> Judged:
    """Figures of subject-days (`label`, `score`, `day`), with bootstrap intervals over them; both labels occur."""
    truth: Ints = scored["label"].to_numpy().astype(np.int64)
    score: Floats = scored["score"].to_numpy()
    places = points(truth, score, scored["day"].n_unique())
    threshold = next((place.threshold for place in places if place.asked >= precision), NEVER)
    said = (score >= threshold).astype(np.int64)
    both = np.column_stack([1 - score, score])
    measured = {name: asdict(figure) for name, figure in measure(truth, both, said, precision, rounds, seed).items()}
    of_class = f1_by_class(truth, said, 2)
    counts = np.bincount(truth, minlength=2)
    measured["by_class"] = {str(name): {"f1": float(of_class[name]), "rows": int(counts[name])} for name in (0, 1)}
    confusion = [[int(((truth == is_) & (said == told)).sum()) for told in (0, 1)] for is_ in (0, 1)]
    return Judged(measured, places, threshold, reliability(truth, both), confusion)
