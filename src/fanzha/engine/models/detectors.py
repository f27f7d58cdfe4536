"""Train the model of a detector on labelled days: learn from earlier days, measure on later ones, keep a folder like any model's.

Negatives are sampled (positives never) and the calibration is corrected for it: where a share q of the negatives is kept, log q is added to the log
odds (King and Zeng 2001). Figures are of a subject and day, as findings are: its score is the highest of its events. The model that is measured has
seen the earlier days alone; the one that is kept has then learned from all of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fanzha.engine import drift
from fanzha.engine.models.boosting import Boosters
from fanzha.engine.models.calibration import Calibration
from fanzha.engine.models.errors import UnfitLabels
from fanzha.engine.models.features import Encoder, Features
from fanzha.engine.models.folder import Kept, save
from fanzha.engine.models.folds import deal
from fanzha.engine.models.kinds import Spec
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.operating import Judged, judge, subject_days
from fanzha.engine.models.reading import Ints
from fanzha.engine.models.recipes import Recipe
from fanzha.engine.models.report import Card, render
from fanzha.engine.models.scoring import ModelScorer
from fanzha.engine.models.table import TableModel
from fanzha.engine.models.training_sets import Labels, Rows, Stretch, sampled
from fanzha.kit.clock import now
from fanzha.kit.errors import InvalidInput
from fanzha.kit.progress import Progress, Quiet

CLASSES = ("0", "1")
FEWEST_POSITIVES = 20
FEWEST_SUBJECTS = 5
FOLDS = 3
_LIBRARIES = ("lightgbm", "numpy", "polars")


class TooFewDays(InvalidInput):
    """A model is measured on later days than it learned from, so two days with events are needed."""

    code = "too_few_days"
    remedy = "Take a longer range of days."


@dataclass(frozen=True)
class Training:
    """How to train. `rows`: about so many are learned from; `later`: the share of days kept for measuring; `precision`: what the desk can staff;
    `rounds`: of the bootstrap."""

    seed: int = 20_260_101
    rows: int = 300_000
    later: float = 0.3
    precision: float = 0.9
    rounds: int = 50


@dataclass(frozen=True)
class Provenance:
    """Where the data came from, for the manifest and the card: `source` for machines (`simulator`, `lake`), a sentence in both languages, facts."""

    source: str
    zh: str
    en: str
    facts: dict[str, Any] = field(default_factory=dict)


def train_detector(
    stretches: Sequence[Stretch],
    labels: Labels,
    recipe: Recipe,
    version: int,
    out: Path,
    provenance: Provenance,
    training: Training | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train, write the folder and return its manifest. The same days, labels and seed give the same model.

    `stretches` follow one another. Training into a model's folder replaces it whole; each stretch is read once.

    Raises:
        TooFewDays: fewer than two days.
        UnfitLabels: fewer than `FEWEST_POSITIVES` positive events or `FEWEST_SUBJECTS` positive subjects, or nothing positive later.
        Conflict: `out` holds something else.
    """
    started, show = time.monotonic(), progress or Quiet()
    plan = training or Training()
    data = _Data(stretches, labels, recipe, plan)
    with show.step(f"{recipe.name}: learn from the earlier days"):
        earlier = data.earlier()
        measured = _learn(earlier, recipe, plan.seed, data.share)
    with show.step(f"{recipe.name}: measure on the later days"):
        later, scored = data.later(_scorer(measured, recipe, version))
        judged = _judge(scored, plan)
    with show.step(f"{recipe.name}: learn from all days"):
        calibration = replace(measured.calibration, threshold=judged.threshold)
        learned = _learn(pl.concat([earlier, later]), recipe, plan.seed, data.share, calibration)
    manifest = {
        "kind": "tabular",
        "trained_at": now().isoformat(),
        "detector": {**recipe.as_json(), "version": version},
        "provenance": asdict(provenance),
        "data": data.told(earlier, later),
        "params": {**asdict(plan), "negatives_kept": data.share},
        "metrics": judged.metrics,
        "operating_points": [asdict(point) for point in judged.points],
        "reliability": [asdict(each) for each in judged.bins],
        "measured": _MEASURED,
        "importances": _greatest(learned.boosters),
        "baseline": _baseline(_scorer(learned, recipe, version), earlier, later),
        "libraries": {name: library_version(name) for name in _LIBRARIES},
        "seconds": round(time.monotonic() - started, 1),
    }
    return save(out, _kept(learned, manifest), render(Card(manifest, CLASSES, judged.bins, judged.confusion)))


_MEASURED = "A row is a subject and day, its score the highest of its events. Measured on later days by a model of the earlier days alone."


@dataclass(frozen=True)
class _Learned:
    encoder: Encoder
    boosters: Boosters
    calibration: Calibration


class _Data:
    """The labelled rows of the days, earlier and later."""

    def __init__(self, stretches: Sequence[Stretch], labels: Labels, recipe: Recipe, training: Training) -> None:
        self._stretches = stretches
        self._labels = labels
        self._recipe = recipe
        self._seed = training.seed
        self._days = [day for stretch in stretches for day in stretch.days()]
        if len(self._days) < 2:
            raise TooFewDays
        later = min(len(self._days) - 1, max(1, round(len(self._days) * training.later)))
        self._split = self._days[-later]
        events = sum(stretch.events(recipe.on) for stretch in stretches)
        self.share = min(1.0, training.rows / max(events, 1))

    def earlier(self) -> pl.DataFrame:
        """A sample of the days before the split."""
        return pl.concat([sampled(rows, self.share, self._seed) for rows in self._rows(later=False)])

    def later(self, scorer: ModelScorer) -> tuple[pl.DataFrame, pl.DataFrame]:
        """A sample of the days from the split on, and every subject and day of theirs with its score."""
        kept, scored = [], []
        for rows in self._rows(later=True):
            kept.append(sampled(rows, self.share, self._seed))
            scored.append(subject_days(rows, scorer.batch(rows)))
        return pl.concat(kept), pl.concat(scored)

    def _rows(self, later: bool) -> Iterator[pl.DataFrame]:
        for stretch in self._stretches:
            rows = Rows(stretch, self._recipe, self._labels)
            for day in stretch.days():
                if (day >= self._split) is later:
                    yield rows.of(day)

    def told(self, earlier: pl.DataFrame, later: pl.DataFrame) -> dict[str, Any]:
        """What the manifest says of the data."""
        both = pl.concat([earlier, later])
        return {
            "file": f"{self._days[0]} – {self._days[-1]}",
            "first_day": str(self._days[0]),
            "last_day": str(self._days[-1]),
            "measured_from": str(self._split),
            "rows": both.height,
            "labelled": both.height,
            "positive_rows": int(both["label"].sum()),
            "positive_subjects": both.filter(pl.col("label") == 1)["subject"].n_unique(),
            "labels": self._labels.rows,
            "unlabelled": "presumed honest" if self._labels.presume_honest else "left out",
        }


def _learn(rows: pl.DataFrame, recipe: Recipe, seed: int, share: float, calibration: Calibration | None = None) -> _Learned:
    """Boosters of all rows; calibrated out of fold, folds by subject, unless a calibration is given."""
    truth: Ints = rows["label"].to_numpy().astype(np.int64)
    subjects = rows.filter(pl.col("label") == 1)["subject"].n_unique()
    if truth.sum() < FEWEST_POSITIVES or subjects < FEWEST_SUBJECTS:
        raise UnfitLabels(
            f"There are {truth.sum()} positive events of {subjects} subjects; {FEWEST_POSITIVES} of {FEWEST_SUBJECTS} are needed.",
            remedy="Take a longer range, or wait until more outcomes are known.",
        )
    encoder = Encoder.learn(rows.select(recipe.features))
    features = encoder.encode(rows)
    if calibration is None:
        calibration = _calibrate(features, truth, rows["subject"].rank("dense").to_numpy().astype(np.int64), seed, share)
    return _Learned(encoder, Boosters.sketch(features, truth, len(CLASSES), seed), calibration)


def _calibrate(features: Features, truth: Ints, subjects: Ints, seed: int, share: float) -> Calibration:
    fold = deal(truth, subjects, FOLDS, seed)
    margins: Floats = np.zeros((len(truth), len(CLASSES)))
    for number in range(FOLDS):
        out = fold == number
        learned = Boosters.sketch(Features(features.names, features.values[~out]), truth[~out], len(CLASSES), seed)
        margins[out] = learned.margins(features.values[out])
    found = Calibration.fit(margins, truth)
    return replace(found, offset=found.offset + math.log(share))


def _judge(scored: pl.DataFrame, training: Training) -> Judged:
    if not scored["label"].sum():
        raise UnfitLabels("Nothing on the later days is labelled positive.", remedy="Take a longer range, or wait until more outcomes are known.")
    return judge(scored, training.precision, training.rounds, training.seed)


def _kept(learned: _Learned, manifest: dict[str, Any]) -> Kept:
    spec = Spec("tabular", "label", "event_id", None, learned.encoder, "")
    return Kept(spec, CLASSES, TableModel(learned.boosters), learned.calibration, manifest)


def _scorer(learned: _Learned, recipe: Recipe, version: int) -> ModelScorer:
    return ModelScorer(_kept(learned, {}), recipe, version)


def _greatest(boosters: Boosters) -> dict[str, float]:
    return {name: round(value, 6) for name, value in sorted(boosters.importances().items(), key=lambda item: -item[1])}


def _baseline(scorer: ModelScorer, *samples: pl.DataFrame) -> dict[str, Any]:
    """Histograms of the features and scores of unselected events, against which drift is told: positives only as often as negatives."""
    rows = pl.concat(samples).filter(pl.col("drawn"))
    features = {name: drift.reference(rows[name]).as_json() for name in scorer.features}
    return {"rows": rows.height, "score": drift.reference(scorer.batch(rows)).as_json(), "features": features}
