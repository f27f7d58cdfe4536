"""Train a model from a file: measure it honestly, learn from all labelled rows, keep it with its manifest and report."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fanzha.engine.models import boosting, network, text, text_meaning, trusting
from fanzha.engine.models.folder import Kept, need_folder_place, save
from fanzha.engine.models.kinds import KINDS, Asked, Model, Spec, need_no_edges, prepare, specify
from fanzha.engine.models.metrics import f1_by_class, measure, reliability
from fanzha.engine.models.reading import Labels, digest, need_columns, read_labels, read_table
from fanzha.engine.models.report import Card, render
from fanzha.engine.models.validation import Validated, cross_validate
from fanzha.kit.clock import now
from fanzha.kit.progress import Progress, Quiet

FOLDS = 5
SEED = 20_260_101
PRECISION = 0.9
BOOTSTRAP = 200
MOST_IMPORTANCES = 200
_LIBRARIES = ("lightgbm", "scikit-learn", "scipy", "numpy", "polars")


@dataclass(frozen=True)
class Plan:
    """How to measure: folds, seed, the precision that the desk can staff, and rounds of the bootstrap."""

    folds: int = FOLDS
    seed: int = SEED
    precision: float = PRECISION
    rounds: int = BOOTSTRAP


@dataclass(frozen=True)
class Source:
    """The files of a training."""

    data: Path
    edges: Path | None = None


def train(kind: str, source: Source, asked: Asked, out: Path, plan: Plan | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """Train, and return the manifest that was written; the same files, options and seed give the same model.

    Raises:
        InvalidInput: a file, a column or the labels cannot be used (see `errors`).
        Conflict, UnwritableOutput: `out` holds something else, or cannot be written.
    """
    plan, progress = plan or Plan(), progress or Quiet()
    started = time.monotonic()
    need_folder_place(out)
    if source.edges:
        need_no_edges(kind)
    frame = read_table(source.data)
    edges = read_table(source.edges) if source.edges else None
    need_columns(frame, [asked.label])
    labels = read_labels(frame[asked.label])
    hashed = digest(source.data)
    spec = specify(kind, frame, edges, asked, salt=hashed)
    material = prepare(spec, frame, edges, progress=progress)
    validated = cross_validate(kind, material, labels, plan.folds, plan.seed, progress)
    with progress.step("learn from all rows"):
        model = KINDS[kind].fit(material, labels.known, validated.truth, len(labels.classes), plan.seed)
    with progress.step("measure"):
        measured = _metrics(validated, labels, plan)
    manifest = {
        "kind": kind,
        "trained_at": now().isoformat(),
        "data": _about_data(source, frame, spec, labels, hashed),
        "params": {**asdict(plan), **_params(kind)},
        "metrics": measured,
        "importances": _greatest(model, labels),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "seconds": round(time.monotonic() - started, 1),
    }
    card = Card(manifest, labels.classes, reliability(validated.truth, validated.scores), _confusion(validated, len(labels.classes)))
    return save(out, Kept(spec, labels.classes, model, validated.calibration, manifest), render(card))


def _metrics(validated: Validated, labels: Labels, plan: Plan) -> dict[str, Any]:
    classes = len(labels.classes)
    found = measure(validated.truth, validated.scores, validated.said, plan.precision, plan.rounds, plan.seed)
    by_class = f1_by_class(validated.truth, validated.said, classes)
    rows = np.bincount(validated.truth, minlength=classes)
    return {
        **{name: asdict(measured) for name, measured in found.items()},
        "by_class": {name: {"f1": float(f1), "rows": int(count)} for name, f1, count in zip(labels.classes, by_class, rows, strict=True)},
    }


def _confusion(validated: Validated, classes: int) -> list[list[int]]:
    return [[int(((validated.truth == truth) & (validated.said == said)).sum()) for said in range(classes)] for truth in range(classes)]


def _about_data(source: Source, frame: pl.DataFrame, spec: Spec, labels: Labels, hashed: str) -> dict[str, Any]:
    edges = {"file": source.edges.name, "sha256": digest(source.edges)} if source.edges else None
    return {
        "file": source.data.name,
        "sha256": hashed,
        "rows": frame.height,
        "labelled": len(labels.known),
        "edges": edges,
        "ranges": _ranges(frame, spec),
    }


def _ranges(frame: pl.DataFrame, spec: Spec) -> dict[str, Any]:
    """Least and greatest value of each number and time read (of texts the lengths), and the share of missing ones."""
    found: dict[str, Any] = {}
    names = [spec.text] if spec.text else [column.name for column in spec.encoder.columns if column.kind != "category"]
    for name in names:
        series = frame[name].cast(pl.String).str.len_chars() if spec.text else frame[name]
        low, high = (str(value) if value is not None else None for value in (series.min(), series.max()))
        found[name] = {"least": low, "greatest": high, "missing": series.null_count() / frame.height}
    return found


def _params(kind: str) -> dict[str, Any]:
    if kind == "text":
        return {"views": [vars(view) for view in text.VIEWS], "languages": [vars(each) for each in text.LANGUAGES], "meaning": text_meaning.settings()}
    found: dict[str, Any] = {"boosters": boosting.shapes(), "ratios": boosting.RATIOS, "contradicted": trusting.CONTRADICTED}
    return {**found, "inner_folds": network.INNER_FOLDS} if kind == "graph" else found


def _greatest(model: Model, labels: Labels) -> dict[str, float]:
    """The most important features; a text model's end in their class's number, which becomes its name."""
    found = sorted(model.importances().items(), key=lambda item: -item[1])[:MOST_IMPORTANCES]
    return {_with_class(name, labels): round(value, 6) for name, value in found}


def _with_class(name: str, labels: Labels) -> str:
    term, arrow, number = name.rpartition(" → ")
    return f"{term} → {labels.classes[int(number)]}" if arrow else name
