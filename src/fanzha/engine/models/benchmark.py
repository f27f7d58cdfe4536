"""The models on known data sets beside plain baselines, on the same folds, twice: copies of a row in one fold, and plain stratified folds.

The first is the stricter; the second is comparable with published figures and with a random hold-out, where copies of training rows occur.

Baselines: for texts TF-IDF of character 1–3-grams with a linear support vector machine, for accounts LightGBM as it comes on the columns of the table (or,
where it has none, on the edge features), decided at one half. What is measured is cross-validation on the development part; nothing is tuned here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from fanzha.engine.models.kinds import Asked, prepare, specify
from fanzha.engine.models.metrics import Floats, auc, macro_f1, measure
from fanzha.engine.models.network import Network
from fanzha.engine.models.reading import Ints, Labels, read_labels, read_table
from fanzha.engine.models.text import Texts
from fanzha.engine.models.training import Plan
from fanzha.engine.models.validation import cross_validate
from fanzha.kit.errors import InvalidInput
from fanzha.kit.progress import Progress


@dataclass(frozen=True)
class DataSet:
    """Where a set lies under the data folder, what its columns are, and what the project wants to reach."""

    name: str
    kind: str
    data: str
    asked: Asked
    goals: dict[str, float]
    edges: str | None = None


SETS = (
    DataSet(
        "phone_users",
        "graph",
        "sichuan_phone_users/users.csv.gz",
        Asked("label", "phone_no_m"),
        {"auc": 0.965, "macro_f1": 0.93},
        "sichuan_phone_users/edges.parquet",
    ),
    DataSet("messages", "text", "sms_fake_base_station/messages.csv.gz", Asked("category", text="text", drop=("super",)), {"macro_f1": 0.94}),
    DataSet("fraud_texts", "text", "telecom_fraud_texts/texts.csv.gz", Asked("label", text="content"), {"macro_f1": 0.986}),
    DataSet("dialogues", "text", "call_dialogues/dialogues.csv.gz", Asked("fraud_type", text="text", drop=("is_fraud", "nturn")), {"macro_f1": 0.85}),
    DataSet(
        "ethereum",
        "graph",
        "ethereum_phishing/train_labels.csv",
        Asked("label", "id"),
        {"accuracy": 0.94, "auc": 0.985},
        "ethereum_phishing/edges.parquet",
    ),
)


class UnknownSet(InvalidInput):
    """The benchmark knows no set of this name."""

    code = "unknown_data_set"
    remedy = f"Name one of {', '.join(chosen.name for chosen in SETS)}."


def run(folder: Path, names: frozenset[str], plan: Plan, progress: Progress) -> Iterator[dict[str, Any]]:
    """One result a set; a set that is not in the folder is named as skipped.

    Raises:
        UnknownSet: a name that is no set's.
    """
    unknown = sorted(names - {chosen.name for chosen in SETS})
    if unknown:
        raise UnknownSet(f"There is no set {', '.join(map(repr, unknown))}.")
    for chosen in SETS:
        if names and chosen.name not in names:
            continue
        if not (folder / chosen.data).is_file() or (chosen.edges and not (folder / chosen.edges).is_file()):
            yield {"set": chosen.name, "skipped": "not in the data folder"}
            continue
        yield _measure(folder, chosen, plan, progress)


def _measure(folder: Path, chosen: DataSet, plan: Plan, progress: Progress) -> dict[str, Any]:
    frame = read_table(folder / chosen.data)
    edges = read_table(folder / chosen.edges) if chosen.edges else None
    labels = read_labels(frame[chosen.asked.label])
    started = time.monotonic()
    material = prepare(specify(chosen.kind, frame, edges, chosen.asked, salt=chosen.name), frame, edges, progress=progress)
    assert isinstance(material, Texts | Network)
    reading = time.monotonic() - started
    head = {"set": chosen.name, "rows": len(labels.known), "classes": len(labels.classes), "reading_seconds": round(reading, 1)}
    together = _validate(chosen, material, labels, plan, progress, copies_together=True)
    if len(np.unique(material.groups[labels.known])) == len(labels.known):
        return {**head, "copies_together": together, "plain": together}  # no row has a copy: the two kinds of folds are the same
    return {**head, "copies_together": together, "plain": _validate(chosen, material, labels, plan, progress, copies_together=False)}


def _validate(
    chosen: DataSet, material: Texts | Network, labels: Labels, plan: Plan, progress: Progress, copies_together: bool
) -> dict[str, Any]:
    started = time.monotonic()
    found = cross_validate(chosen.kind, material, labels, plan.folds, plan.seed, progress, copies_together)
    seconds = time.monotonic() - started
    figures = measure(found.truth, found.scores, found.said, plan.precision, plan.rounds, plan.seed)
    return {
        "seconds": round(seconds, 1),
        "metrics": {name: [round(value, 4) for value in (each.value, each.low, each.high)] for name, each in figures.items()},
        "baseline": _baseline(material, labels, plan, found.folds),
        "goals": {name: {"goal": goal, "reached": figures[name].value >= goal} for name, goal in chosen.goals.items()},
    }


def _baseline(material: Texts | Network, labels: Labels, plan: Plan, fold: Ints) -> dict[str, Any]:
    rows = labels.known
    truth = labels.numbers[rows]
    scores = np.zeros((len(rows), len(labels.classes)))
    learn = _plain_texts(material, rows) if isinstance(material, Texts) else _plain_columns(material, rows)
    for number in range(plan.folds):
        out = fold == number
        scores[out] = learn(~out, out, truth, len(labels.classes))
    said = scores.argmax(axis=1)
    found = {"macro_f1": macro_f1(truth, said, len(labels.classes)), "accuracy": float((truth == said).mean())}
    if len(labels.classes) == 2:
        found["auc"] = auc(truth == 1, scores[:, 1])
    return {name: round(value, 4) for name, value in found.items()}


Learn = Callable[[Any, Any, Ints, int], Floats]


def _plain_texts(texts: Texts, rows: Ints) -> Learn:
    chosen = np.array(texts.texts, dtype=object)[rows]

    def learn(inside: Any, out: Any, truth: Ints, classes: int) -> Floats:
        weigh = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
        machine = LinearSVC(random_state=0).fit(weigh.fit_transform(chosen[inside]), truth[inside])
        found = np.full((int(out.sum()), classes), -np.inf)
        margins = machine.decision_function(weigh.transform(chosen[out]))
        found[:, machine.classes_] = margins if margins.ndim == 2 else np.column_stack([-margins, margins])
        return found

    return learn


def _plain_columns(network: Network, rows: Ints) -> Learn:
    values = (network.table.values if network.table.names else network.own.values[network.accounts])[rows]

    def learn(inside: Any, out: Any, truth: Ints, classes: int) -> Floats:
        goal = {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}
        settings = {**goal, "verbosity": -1, "num_threads": 1, "seed": 0}
        booster = lgb.train(settings, lgb.Dataset(values[inside], label=truth[inside], params={"verbosity": -1}), num_boost_round=100)
        found = np.asarray(booster.predict(values[out], num_threads=1), dtype=np.float64)
        return np.column_stack([1 - found, found]) if classes == 2 else found

    return learn
