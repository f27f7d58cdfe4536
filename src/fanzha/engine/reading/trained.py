"""Fraud types by a model that a city trained on narratives of its own; `engine.models` does the learning."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from fanzha.engine.models.folder import load
from fanzha.engine.models.kinds import Asked
from fanzha.engine.models.prediction import score
from fanzha.engine.models.training import Plan, Source
from fanzha.engine.models.training import train as train_model
from fanzha.engine.reading.model import Reading
from fanzha.engine.reading.narrative import read_narrative
from fanzha.engine.reading.public_task import Task
from fanzha.engine.reading.scoring import Score
from fanzha.kit.progress import Progress
from fanzha.vocab.fraud_types import FraudType

_TEXT, _LABEL, _ID = "text", "label", "id"


class Typist:
    """Names types by a folder that `train` wrote. Reasons stay those of the shipped phrases, where they name the same type."""

    def __init__(self, folder: Path, human_below: float) -> None:
        self._kept = load(folder)
        self._human_below = human_below

    def judged(self, text: str, reading: Reading) -> Reading:
        """The reading with the model's type and its score as confidence."""
        row = score(self._kept, pl.DataFrame({_ID: ["0"], _TEXT: [text]})).row(0, named=True)
        ranked = sorted((kind for kind in FraudType if f"score_{kind.value}" in row), key=lambda kind: -row[f"score_{kind.value}"])
        said, confidence = FraudType(row["label"]), round(float(row[f"score_{row['label']}"]), 3)
        before = reading.judgement
        judgement = replace(
            before, type=said, confidence=confidence, reasons=before.reasons if before.type is said else (),
            runner_up=next((kind for kind in ranked if kind is not said), None), needs_human=confidence < self._human_below,
        )  # fmt: skip
        return replace(reading, judgement=judgement)


def train(task: Task, out: Path, *, folds: int, seed: int, progress: Progress) -> dict[str, Any]:
    """Learn from all narratives, write the folder, and tell the cross-validated macro-F1 beside that of the shipped phrases.

    Raises:
        InvalidInput: too few narratives or types (see `engine.models.errors`).
        Conflict: `out` holds something else.
    """
    with tempfile.TemporaryDirectory(prefix="fz-types-") as folder:
        data = Path(folder) / "narratives.jsonl"
        labels = [kind.value for kind in task.types]
        pl.DataFrame({_ID: [f"{number}" for number in range(len(labels))], _TEXT: task.texts, _LABEL: labels}).write_ndjson(data)
        manifest = train_model("text", Source(data), Asked(_LABEL, _ID, _TEXT), out, Plan(folds=folds, seed=seed), progress)
    return {
        "narratives": len(task.texts), "classes": len(set(task.types)), "unknown_labels": task.unknown, "macro_f1": manifest["metrics"]["macro_f1"]["value"],
        "phrases_macro_f1": phrases_macro_f1(task), "metrics": manifest["metrics"], "folder": str(out),
    }  # fmt: skip


def phrases_macro_f1(task: Task) -> float:
    """Macro-F1 of the shipped phrases over the types that the task holds."""
    pairs = Counter((given.value, read_narrative(text).judgement.type.value) for text, given in zip(task.texts, task.types, strict=True))
    return Score(types=pairs).type_macro_f1
