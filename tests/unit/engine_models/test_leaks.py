"""No label reaches the score of its own row: not through neighbours, not through folds, not through copies."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine_models import data

from fanzha.engine.models import boosting
from fanzha.engine.models.edges import Graph, read_graph
from fanzha.engine.models.kinds import Asked, prepare, specify
from fanzha.engine.models.metrics import auc
from fanzha.engine.models.neighbours import NO_FOLD, label_features
from fanzha.engine.models.network import GraphModel
from fanzha.engine.models.reading import BLANK, Labels, read_labels
from fanzha.engine.models.validation import cross_validate
from fanzha.kit.progress import Quiet


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer trees: what leaks, leaks with few."""
    monkeypatch.setattr(boosting, "_SHAPES", tuple((params, 40) for params, _ in boosting._SHAPES[:1]))


def ring(count: int = 12) -> Graph:
    ids = [f"n{number:02}" for number in range(count)]
    return read_graph(pl.DataFrame({"src": ids, "dst": ids[1:] + ids[:1], "amount": [1.0] * count}))


@given(st.lists(st.integers(0, 1), min_size=12, max_size=12), st.lists(st.integers(0, 2), min_size=12, max_size=12), st.integers(0, 11))
@settings(max_examples=40, deadline=None)
def test_no_label_of_ones_own_fold_is_seen_by_any_path(labels: list[int], folds: list[int], chosen: int) -> None:
    graph = ring()
    truth, dealt = np.array(labels), np.array(folds)
    rows = np.flatnonzero(dealt == dealt[chosen])
    before = label_features(graph, truth, dealt, rows, 2).values
    changed = np.where(dealt == dealt[chosen], 1 - truth, truth)
    assert (label_features(graph, changed, dealt, rows, 2).values == before).all()


def test_labels_of_other_folds_are_seen_and_blank_ones_are_not() -> None:
    graph = ring()
    folds = np.full(12, NO_FOLD)
    rows = np.array([0])
    nothing = label_features(graph, np.full(12, BLANK), folds, rows, 2)
    lit = np.full(12, BLANK)
    lit[[1, 11]] = 1
    seen = label_features(graph, lit, folds, rows, 2)
    known = seen.names.index("labels: known all neighbours")
    assert nothing.values[0, known] == 0
    assert seen.values[0, known] == 2


def test_an_unlearned_fold_is_scored_the_same_whatever_its_labels() -> None:
    """Flip the labels of one outer fold: its margins must not move, for every label feature is blind to them."""
    frame = data.accounts()
    edges = data.edges(frame)
    labels = read_labels(frame["label"])
    material = prepare(specify("graph", frame, edges, Asked("label", "id"), "salt"), frame, edges)
    found = cross_validate("graph", material, labels, 3, 5, Quiet())
    out = found.folds == 0
    flipped = labels.numbers.copy()
    flipped[found.rows[out]] = 1 - flipped[found.rows[out]]
    inside = found.rows[~out]
    model = GraphModel.fit(material, inside, flipped[inside], 2, 5)
    assert model.margins(material, found.rows[out]) == pytest.approx(found.margins[out])


@pytest.mark.parametrize("kind", ["tabular", "graph"])
def test_shuffled_labels_are_chance(kind: str) -> None:
    frame = data.accounts(rows=300)
    rng = np.random.default_rng(4)
    shuffled = frame.with_columns(label=pl.Series(rng.permutation(np.arange(300) % 2)))
    edges = data.edges(frame, degree=8)
    material = prepare(specify(kind, shuffled, edges, Asked("label", "id"), "salt"), shuffled, edges)
    found = cross_validate(kind, material, read_labels(shuffled["label"]), 4, 1, Quiet())
    assert 0.38 < auc(found.truth == 1, found.scores[:, 1]) < 0.62


def test_shuffled_text_labels_are_chance() -> None:
    frame = data.texts(240).with_columns(kind=pl.Series(np.random.default_rng(5).permutation(np.arange(240) % 2)))
    material = prepare(specify("text", frame, None, Asked("kind"), "salt"), frame, None)
    found = cross_validate("text", material, read_labels(frame["kind"]), 4, 1, Quiet())
    assert 0.38 < auc(found.truth == 1, found.scores[:, 1]) < 0.62


def test_neighbours_labels_help_where_the_columns_do_not() -> None:
    frame = data.accounts(rows=300).drop("calls")
    edges = data.edges(frame, degree=6)
    labels = read_labels(frame["label"])
    material = prepare(specify("graph", frame, edges, Asked("label", "id"), "salt"), frame, edges)
    found = cross_validate("graph", material, labels, 3, 1, Quiet())
    assert auc(found.truth == 1, found.scores[:, 1]) > 0.9


def test_copies_of_a_text_stay_in_one_fold() -> None:
    frame = data.texts(60)
    copied = pl.concat([frame, frame.with_columns(pl.col("text").str.replace_all("，", " 。"))])
    material = prepare(specify("text", copied, None, Asked("kind"), "salt"), copied, None)
    found = cross_validate("text", material, read_labels(copied["kind"]), 4, 1, Quiet())
    assert (found.folds[:60] == found.folds[60:]).all()


def test_a_class_with_fewer_rows_than_folds_is_still_measured() -> None:
    frame = data.texts(60)
    rare = frame.with_columns(kind=pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("once")).otherwise("kind"))
    labels: Labels = read_labels(rare["kind"])
    material = prepare(specify("text", rare, None, Asked("kind"), "salt"), rare, None)
    found = cross_validate("text", material, labels, 5, 1, Quiet())
    assert found.scores.shape == (60, 4)
    assert np.isfinite(found.scores).all()
