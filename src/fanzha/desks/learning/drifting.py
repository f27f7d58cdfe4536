"""Drift of detectors: what they read and what they say, against what they were made on. Here models; plain rules in `rule_drifting`.

The reference is the histogram in the model's manifest where it learned from this lake; a model of a simulated city is compared with the days before the
present ones, since a simulated city differs from every real one and the difference says nothing about change.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl

from fanzha.desks import detectors, models
from fanzha.desks.detectors import DetectorVersion
from fanzha.desks.learning import rule_drifting
from fanzha.desks.learning.drift_records import FEATURE, SCORE, Drifted, keep, whole_from
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.learning.past import Past, Surroundings, newest_days
from fanzha.desks.learning.retraining import SCOPE, champions
from fanzha.desks.learning.rule_drifting import Span
from fanzha.engine import drift
from fanzha.engine.drift import Histogram
from fanzha.engine.models.card import ModelCard
from fanzha.engine.models.folder import MANIFEST
from fanzha.engine.models.training_sets import LABELS_SCHEMA, Labels, Rows, sampled
from fanzha.engine.rules.model import Rule
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.store import Database

_DAY = "day of the event"
_SEED = 20_260_101
_NOBODY = Labels(pl.DataFrame(schema=LABELS_SCHEMA))
"""No labels: every event counts, whatever became of it."""


class Drifting:
    """Looks at the newest whole days."""

    def __init__(self, database: Database, lake: Lake, tokens: Tokens) -> None:
        self._database, self._lake, self._tokens = database, lake, tokens

    def run(self, day: date | None = None) -> list[Drifted]:
        """Compare, store and alarm, a detector at a time; the same day again replaces what was stored."""
        day = day or clock.local_day(clock.now())
        with self._database.work(SCOPE) as work:
            versions = champions(work)
            around = Surroundings.now(work, self._lake, self._tokens)
            span = Span.of(work, self._lake, day)
        done = []
        for version in versions:
            done.append(self._look(version, around, day))
            self._keep(done[-1], day, ("模型", "model"))
        for found in rule_drifting.drifted(self._lake, around, span) if span is not None else ():
            self._keep(found, day, ("规则", "rule"))
            done.append(found)
        return done

    def _keep(self, found: Drifted, day: date, noun: tuple[str, str]) -> None:
        with self._database.work(SCOPE) as work:
            keep(work, found, day, noun)

    def _look(self, version: DetectorVersion, around: Surroundings, day: date) -> Drifted:
        with self._database.work(SCOPE) as work:
            numbers = Numbers(work)
            lengths = numbers.whole("drift_days"), numbers.whole("drift_reference_days"), numbers.whole("drift_rows")
        try:
            rule = models.ready(detectors.rule_of(version.text))
        except FanzhaError as missing:  # a model that is gone is a fault of one detector; the others are looked at all the same
            return Drifted(version.detector_id, version.version, "", {}, str(missing))
        present = newest_days(self._lake, lengths[0], day)
        if present is None:
            return Drifted(version.detector_id, version.version, "", {}, "the lake has no events before this day")
        rows = self._rows(rule, around, *present, lengths[2])
        return self._compare(version, rule, around, rows, present[0], lengths)

    def _compare(self, version: DetectorVersion, rule: Rule, around: Surroundings, rows: pl.DataFrame, begins: date, lengths: tuple[int, int, int]) -> Drifted:
        baseline, told = _baseline(rule)
        assert rule.scorer is not None, "the rule is bound to its model"
        whole = whole_from(self._lake, rule.scorer.features, SCORE)
        if baseline is None:
            before = newest_days(self._lake, lengths[1], begins)
            if before is None:
                return Drifted(version.detector_id, version.version, "", {}, f"the lake has no events before {begins} to compare with")
            reference = self._rows(rule, around, *before, lengths[2])
            baseline = {name: drift.reference(reference.filter(pl.col(_DAY) >= since)[name]) for name, since in whole.items()}
            told = f"{before[0]} – {before[1]}"
        present = {name: drift.count(rows.filter(pl.col(_DAY) >= whole[name])[name], like) for name, like in baseline.items()}
        compared = {name: drift.compare(like, present[name]) for name, like in baseline.items() if like.rows and present[name].rows}
        young = "" if compared else f"no window of {version.detector_id} is whole on the days before {begins}: the lake is too young"
        return Drifted(version.detector_id, version.version, told, compared, young)

    def _rows(self, rule: Rule, around: Surroundings, first: date, last: date, most: int) -> pl.DataFrame:
        """A sample of the days' events: their day, `score` and each feature."""
        assert rule.scorer is not None, "the rule is bound to its model"
        assert rule.model is not None, "and names it"
        recipe, found = models.card_of(rule.model).recipe, []
        for stretch in Past(self._lake, around, first, last, [rule]):
            source = Rows(stretch, recipe, _NOBODY)
            for day in stretch.days():
                rows = source.of(day)
                drawn = sampled(rows, min(1.0, most / max(rows.height, 1)), _SEED)
                features = (pl.col(name).alias(FEATURE + name) for name in rule.scorer.features)
                found.append(drawn.select(pl.col("day").alias(_DAY), rule.scorer.batch(drawn).alias(SCORE), *features))
        return pl.concat(found)


def _baseline(rule: Rule) -> tuple[dict[str, Histogram] | None, str]:
    """The histograms of the training, by quantity, and what they are; None where the model learned from a simulated city."""
    assert rule.model is not None, "the rule names its model"
    manifest: dict[str, Any] = json.loads((models.folder_of(rule.model) / MANIFEST).read_text("utf-8"))
    if ModelCard.of(manifest).simulated or "baseline" not in manifest:
        return None, ""
    kept = manifest["baseline"]
    features = {FEATURE + name: Histogram.from_json(document) for name, document in kept["features"].items()}
    return {SCORE: Histogram.from_json(kept["score"])} | features, f"training {manifest['data']['first_day']} – {manifest['data']['last_day']}"
