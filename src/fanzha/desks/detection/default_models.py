"""The models that the package comes with: trained from the simulator alone when it is built, and measured on a city they have not seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Set
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import fanzha
from fanzha.desks.detection.rulebook import shipped_rules
from fanzha.desks.detection.simulated import City, settle
from fanzha.desks.models import bound, shipped_detectors
from fanzha.desks.models.modelbook import PACKAGE
from fanzha.engine.models.detectors import Provenance, Training, train_detector
from fanzha.engine.models.folder import MANIFEST
from fanzha.engine.models.metrics import Measured, share
from fanzha.engine.models.recipes import SHIPPED
from fanzha.engine.models.training_sets import Labels
from fanzha.engine.rules.model import Target
from fanzha.engine.trial import trial
from fanzha.kit.progress import Progress, Quiet
from fanzha.simulator import Plan

VERSION = 1
"""Of all three; raised with a release that trains them otherwise."""

CITY = Plan(people=8_000, days=9, seed=20_260_302, start=date(2026, 3, 2), fraud_rate=150.0)
OTHER = Plan(people=20_000, days=10, seed=77, start=date(2026, 5, 4), fraud_rate=20.0)
"""Another city, with far fewer frauds, to measure on."""

TRAINING = Training(rows=40_000, rounds=30)
_SOURCES = (
    "engine/detection.py", "engine/kernels.py", "engine/persons.py", "engine/windows.py", "engine/features", "engine/models", "engine/rules", "simulator",
    "desks/intake/parsing.py", "desks/intake/shapes", "desks/detection/default_models.py", "desks/detection/simulated.py", "desks/detection/rules",
)  # fmt: skip


def ship(out: Path | None = None, progress: Progress | None = None, *, again: bool = False) -> list[str]:
    """Train the shipped models into `out` (the package's own folder); returns the references of those trained. Models of the same code are left alone.

    Idempotent: each folder appears whole or not at all.
    """
    made_by, out = fingerprint(), out or PACKAGE
    stale = [recipe for recipe in SHIPPED if again or _made_by(out / recipe.name / str(VERSION)) != made_by]
    if not stale:
        return []
    show = progress or Quiet()
    city = settle(CITY, show)
    with show.step("live through its days"):
        _, marks = city.lived(shipped_rules())
    told = _provenance(CITY, made_by)
    for recipe in stale:
        folder = out / recipe.name / str(VERSION)
        train_detector([city.stretch(marks)], Labels(city.labels(recipe)), recipe, VERSION, folder, told, TRAINING, show)
    return [f"{recipe.name}@{VERSION}" for recipe in stale]


def fingerprint() -> str:
    """32 hex digits of the code that the shipped models depend on."""
    root = Path(fanzha.__file__).parent
    files = sorted(file for name in _SOURCES for file in _files(root / name))
    lines = [f"{file.relative_to(root)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _files(path: Path) -> Iterable[Path]:
    return [path] if path.is_file() else (file for file in path.rglob("*") if file.suffix in (".py", ".yaml"))


def _made_by(folder: Path) -> str | None:
    manifest = folder / MANIFEST
    return json.loads(manifest.read_text("utf-8"))["provenance"]["facts"]["made_by"] if manifest.is_file() else None


def _provenance(plan: Plan, made_by: str) -> Provenance:
    facts: dict[str, Any] = {"people": plan.people, "days": plan.days, "seed": plan.seed, "fraud_rate": plan.fraud_rate, "made_by": made_by}
    size = f"{plan.people:,}"
    return Provenance(
        "simulator",
        f"只用模拟城市训练：{size}人、{plan.days}天，诈骗发生率为真实水平的{plan.fraud_rate:.0f}倍，不含任何真实数据。",
        f"Trained on a simulated city alone: {size} people, {plan.days} days, {plan.fraud_rate:.0f} times as many frauds as in a real one. No real data.",
        facts,
    )


@dataclass(frozen=True)
class Performance:
    """What one detector, or a set of them, found in a city: findings are subjects on days, `found` of `positives` subjects of its target were found."""

    detector: str
    target: str
    findings: int
    findings_a_day: float
    right: int
    precision: Measured | None
    found: int
    positives: int
    recall: Measured | None


def evaluate(plan: Plan = OTHER, progress: Progress | None = None) -> dict[str, Any]:
    """Precision and recall of the shipped model detectors beside the shipped rules, on a city that was not trained on.

    A finding is right where its subject is a gang's number or account, or a person who paid a gang in the city's span. The model detectors run as they are
    shipped, as shadows: they see what the rules found, and nothing follows from what they find.
    """
    city = settle(plan, progress)
    found, marks = city.lived(shipped_rules())
    shadows = trial(city.history, bound(shipped_detectors()), marks, city.first, city.last)
    rows: list[Performance] = []
    for target in Target:
        truth = _truth(city, target)
        by_rules = {(each.subject, each.day) for each in found if each.rule.target is target}
        rows.append(_perform(f"rules ({target})", target, by_rules, truth, plan.days))
        by_all = set(by_rules)
        for hits in shadows:
            if hits.rule.target is target:
                by_model = set(hits.rows.select("subject", "day").iter_rows())
                rows.append(_perform(hits.rule.id, target, by_model, truth, plan.days))
                by_all |= by_model
        rows.append(_perform(f"both ({target})", target, by_all, truth, plan.days))
    return {"city": {**asdict(plan), "start": str(plan.start), "until": None}, "detectors": [asdict(row) for row in rows]}


def _truth(city: City, target: Target) -> frozenset[str]:
    return {Target.VICTIM: city.victims, Target.NUMBER: city.active_numbers, Target.ACCOUNT: city.active_accounts}[target]


def _perform(name: str, target: Target, subject_days: Set[tuple[str, date]], truth: frozenset[str], days: int) -> Performance:
    right = sum(subject in truth for subject, _ in subject_days)
    reached = len({subject for subject, _ in subject_days} & truth)
    return Performance(
        name, target.value, len(subject_days), round(len(subject_days) / days, 1), right, share(right, len(subject_days)), reached, len(truth),
        share(reached, len(truth)),
    )  # fmt: skip
