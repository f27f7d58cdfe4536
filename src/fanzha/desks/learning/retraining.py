"""Every night a challenger for each model detector, from the labels known by then, measured beside the champion on the same later days.

The champion is the version that is live, or where none is, the newest shadow. A challenger that is better becomes a version of the detector and runs as a
shadow; going live takes two people, as for any other. One that is not better is told and thrown away.

Invariants: one line a night and detector; a night that was interrupted goes on where it stopped (a model trained this night is found by its manifest and
not trained again, the submission is one transaction); a label counts only if it was known before the cut-off, which is the midnight the night began with.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from fanzha.desks import detectors, models
from fanzha.desks.detectors import DetectorVersion, Kind, MoveKind, State
from fanzha.desks.learning import repository
from fanzha.desks.learning.domain import SubjectKind
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.learning.past import Past, Surroundings, newest_days
from fanzha.engine.models.detectors import Provenance, Training, train_detector
from fanzha.engine.models.errors import UnfitLabels
from fanzha.engine.models.folder import MANIFEST
from fanzha.engine.models.operating import judge, subject_days
from fanzha.engine.models.recipes import Recipe
from fanzha.engine.models.training_sets import LABELS_SCHEMA, Labels, Rows, Stretch
from fanzha.engine.rules.model import Rule, Target
from fanzha.engine.rules.scorer import Scorer
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.progress import Progress, Quiet
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.store import Database, Scope, Work

SCOPE = Scope.system("learning")
MEASURE = "average_precision"
"""By which champion and challenger are compared: it looks at the top of the list, as the desk does, and not at the many who are honest."""
LEAST_DAYS = 3
_KINDS = {Target.VICTIM: SubjectKind.PERSON, Target.NUMBER: SubjectKind.NUMBER, Target.ACCOUNT: SubjectKind.ACCOUNT}
_MODEL_LINE = re.compile(r"^model:[^\n]*$", re.MULTILINE)
_ORIGIN = (("（仅用模拟城市训练）", "（用本地结果训练）"), ("(trained on the simulated city alone)", "(trained on local outcomes)"))

Trainer = Callable[..., dict[str, Any]]
"""`train_detector`, or what stands in for it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one detector this night. `state`: skipped, weaker or submitted; `reason` says why, in English; `figures` compares."""

    detector: str
    state: str
    reason: str
    positives: int = 0
    negatives: int = 0
    champion: int | None = None
    challenger: int | None = None
    figures: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Champion:
    version: DetectorVersion
    rule: Rule
    recipe: Recipe
    scorer: Scorer
    saw_until: date | None
    """The last local day it learned from; None where it learned from a simulated city."""


@dataclass(frozen=True)
class _Plan:
    night: date
    cut_off: datetime
    first: date
    last: date
    held_out: int
    training: Training


class Retraining:
    """One night. `trainer` is exchangeable for tests."""

    def __init__(self, database: Database, lake: Lake, tokens: Tokens, *, trainer: Trainer = train_detector, progress: Progress | None = None) -> None:
        self._database, self._lake, self._tokens = database, lake, tokens
        self._trainer = trainer
        self._progress = progress or Quiet()

    def run(self, night: date | None = None) -> list[Outcome]:
        """Every model detector that this night has not dealt with yet. Idempotent a night; a second run returns nothing."""
        night = night or clock.local_day(clock.now())
        with self._database.work(SCOPE) as work:
            done = {row.detector_id for row in repository.challengers(work, 1_000) if row.night == night}
            waiting = [each for each in champions(work) if each.detector_id not in done]
        return [self._deal_with(version, night) for version in waiting]

    def _deal_with(self, version: DetectorVersion, night: date) -> Outcome:
        started = clock.now()
        cut_off = clock.local_midnight(night)
        outcome, text = self._challenge(version, night, cut_off)
        return self._settle(version, night, cut_off, started, outcome, text)

    def _challenge(self, version: DetectorVersion, night: date, cut_off: datetime) -> tuple[Outcome, str | None]:
        """What comes of it, and the text to submit where there is one."""
        with self._database.work(SCOPE) as work:
            numbers = Numbers(work)
            told = _frame(repository.known_by(work, _KINDS[Target(version.target)].value, cut_off))
            least, most, held_out = numbers.whole("train_positives"), numbers.whole("train_days"), numbers.whole("held_out_days")
            around = Surroundings.now(work, self._lake, self._tokens)
        counts = [told.filter(pl.col("label") == label)["subject"].n_unique() for label in (1, 0)]
        skipped = Outcome(version.detector_id, "skipped", "", counts[0], counts[1], version.version)
        days = newest_days(self._lake, most, night)
        if counts[0] < least:
            return _because(skipped, f"only {counts[0]} subjects have a positive label; {least} are needed"), None
        if days is None or (days[1] - days[0]).days + 1 < LEAST_DAYS:
            return _because(skipped, f"the lake has fewer than {LEAST_DAYS} days with events before this night"), None
        span = (days[1] - days[0]).days + 1
        plan = _Plan(night, cut_off, *days, min(held_out, span // 2), Training(later=min(held_out, span // 2) / span))
        try:
            return self._train(_champion(version), around, told, plan, skipped)
        except FanzhaError as reason:  # labels that do not fit, a model that is gone or damaged: told, and the other detectors go on
            return _because(skipped, str(reason)), None

    def _train(self, champion: _Champion, around: Surroundings, told: pl.DataFrame, plan: _Plan, base: Outcome) -> tuple[Outcome, str | None]:
        labels = Labels(told, plan.cut_off)
        folder, manifest = _trained(champion, plan)
        if manifest is None:
            past = Past(self._lake, around, plan.first, plan.last, [champion.rule])
            standing = _champion_figures(champion, past, labels, plan)
            number, folder = models.next_version(champion.recipe.name)
            told_of = _provenance(champion, plan, standing)
            manifest = self._trainer(past, labels, champion.recipe, number, folder, told_of, plan.training, self._progress)
        figures = _figures(manifest)
        return _verdict(champion, folder, manifest, figures, base)

    def _settle(self, version: DetectorVersion, night: date, cut_off: datetime, started: datetime, outcome: Outcome, text: str | None) -> Outcome:
        """Submit and write the line in one transaction; who comes second this night finds the line and submits nothing."""
        with self._database.work(SCOPE) as work:
            repository.lock_night(work)
            if repository.challenger(work, night, version.detector_id) is not None:
                return outcome
            if text is not None:
                note = f"夜间重新训练 {night}：{outcome.reason}"
                submitted = detectors.service.submit(work, text, note)
                if submitted.state_now is State.DRAFT:
                    detectors.service.request(work, submitted.detector_id, submitted.version, MoveKind.SHADOW, note)
                _retire_earlier(work, version, submitted.version)
                outcome = Outcome(**(vars(outcome) | {"challenger": submitted.version}))
            repository.add_challenger(work, _row(outcome, night, cut_off, started))
            work.audit("challenger.settled", f"detector:{version.detector_id}", {"night": str(night), "state": outcome.state, "version": outcome.challenger})
        return outcome


def _retire_earlier(work: Work, champion: DetectorVersion, challenger: int) -> None:
    """One challenger runs at a time: those of earlier nights give way to it, the champion and whatever people wrote stay."""
    for each in detectors.service.get(work, champion.detector_id).versions:
        ours = each.author == SCOPE.actor and each.state_now is State.SHADOW
        if ours and each.version not in (champion.version, challenger):
            detectors.service.request(work, each.detector_id, each.version, MoveKind.RETIRE, f"由第 {challenger} 版挑战模型取代")


# ---- champions


def champions(work: Work) -> list[DetectorVersion]:
    """Of each model detector the live version, or else the newest that runs as a shadow."""
    found = []
    for summary in detectors.service.summaries(work):
        if summary.newest.what is Kind.MODEL:
            versions = detectors.service.get(work, summary.id).versions
            shadow = next((each for each in versions if each.state_now is State.SHADOW), None)
            found += [each for each in (summary.live or shadow,) if each is not None and each.what is Kind.MODEL]
    return found


def _champion(version: DetectorVersion) -> _Champion:
    """Raises ModelNotFound."""
    rule = models.ready(detectors.rule_of(version.text))
    assert rule.model is not None, "a model detector names its model"
    assert rule.scorer is not None, "and is bound to it"
    card = models.card_of(rule.model)
    return _Champion(version, rule, card.recipe, rule.scorer, None if card.simulated else date.fromisoformat(card.last_day))


def _champion_figures(champion: _Champion, past: Sequence[Stretch], labels: Labels, plan: _Plan) -> dict[str, Any]:
    """The champion's figures of the later days, on the rows on which the challenger is measured."""
    split = _split(plan)
    scored = [
        subject_days(rows, champion.scorer.batch(rows))
        for stretch in past
        if stretch.last >= split
        for day in stretch.days()
        if day >= split and (rows := Rows(stretch, champion.recipe, labels).of(day)).height
    ]
    together = pl.concat(scored) if scored else None
    if together is None or not 0 < together["label"].sum() < together.height:
        raise UnfitLabels("The held-out days hold no positive or no negative label.", remedy="Wait until more outcomes are known.")
    judged = judge(together, plan.training.precision, plan.training.rounds, plan.training.seed)
    return {name: value for name, value in judged.metrics.items() if name != "by_class"}


def _split(plan: _Plan) -> date:
    return date.fromordinal(plan.last.toordinal() - plan.held_out + 1)


# ---- challengers


def _trained(champion: _Champion, plan: _Plan) -> tuple[Path, dict[str, Any] | None]:
    """The model that this night has trained already, before it was interrupted."""
    mine = {"night": str(plan.night), "detector": champion.version.detector_id}
    for each in reversed(models.all_models()):
        if each.name == champion.recipe.name and not each.shipped:
            manifest = json.loads((each.folder / MANIFEST).read_text("utf-8"))
            if mine.items() <= manifest["provenance"]["facts"].items():
                return each.folder, manifest
    return Path(), None


def _provenance(champion: _Champion, plan: _Plan, standing: Mapping[str, Any]) -> Provenance:
    facts = {
        "night": str(plan.night), "detector": champion.version.detector_id, "cut_off": plan.cut_off.isoformat(), "champion": champion.scorer.reference,
        "champion_figures": dict(standing), "champion_saw_until": str(champion.saw_until) if champion.saw_until else None, "held_out_from": str(_split(plan)),
    }  # fmt: skip
    zh = f"用本地 {plan.first} 至 {plan.last} 的数据训练，结果以 {plan.night} 零时前已知者为准；未预警也未报案者按正常计。"
    en = f"Trained on local days {plan.first} to {plan.last} with the outcomes known when {plan.night} began; who has no outcome is presumed honest."
    return Provenance("lake", zh, en, facts)


def _figures(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Champion and challenger by figure, with their intervals, on the same days."""
    facts = manifest["provenance"]["facts"]
    mine = {name: value for name, value in manifest["metrics"].items() if name != "by_class"}
    seen = facts["champion_saw_until"]
    days = {"held_out_from": facts["held_out_from"], "champion_saw_until": seen, "champion_had_seen_some": bool(seen and seen >= facts["held_out_from"])}
    return {"champion": facts["champion_figures"], "challenger": mine, "by": MEASURE, **days}


def _verdict(champion: _Champion, folder: Path, manifest: Mapping[str, Any], figures: dict[str, Any], base: Outcome) -> tuple[Outcome, str | None]:
    """Submitted where it is better; a weaker one's folder is removed, so that its number is free again."""
    theirs, ours = (figures[who][MEASURE]["value"] for who in ("champion", "challenger"))
    said = f"{MEASURE} {ours:.3f} against the champion's {theirs:.3f} on the days from {figures['held_out_from']} on"
    if not ours > theirs:
        shutil.rmtree(folder)
        return Outcome(**(vars(base) | {"state": "weaker", "reason": f"{said}: not better", "figures": figures})), None
    reference = f"{champion.recipe.name}@{manifest['detector']['version']}"
    text = _MODEL_LINE.sub(f"model: {reference}", champion.version.text, count=1)
    for before, after in _ORIGIN:
        text = text.replace(before, after)
    return Outcome(**(vars(base) | {"state": "submitted", "reason": said, "figures": figures})), text


def _because(base: Outcome, reason: str) -> Outcome:
    return Outcome(**(vars(base) | {"reason": reason}))


def _frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Labels as training reads them: of a person the day on which it happened, of a number or account every day."""
    told = [
        {"subject": token, "event_id": None, "day": clock.local_day(row["happened_at"]) if row["subject_kind"] == SubjectKind.PERSON else None,
         "label": int(row["verdict"] == "positive"), "known_at": row["known_at"]}
        for row in rows for token in dict.fromkeys((row["subject_token"], row["phone_token"])) if token
    ]  # fmt: skip
    return pl.DataFrame(told, schema=LABELS_SCHEMA)


def _row(outcome: Outcome, night: date, cut_off: datetime, started: datetime) -> dict[str, Any]:
    return {
        "night": night, "detector_id": outcome.detector, "state": outcome.state, "reason": outcome.reason, "cut_off": cut_off,
        "positives": outcome.positives, "negatives": outcome.negatives, "champion": outcome.champion, "challenger": outcome.challenger,
        "figures": dict(outcome.figures or {}), "started_at": started, "finished_at": clock.now(),
    }  # fmt: skip
