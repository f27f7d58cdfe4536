"""A model's folder: written whole, read back to the same scores, refused when damaged; prediction says what is wrong with a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.engine_models import data

from fanzha.engine.models import boosting
from fanzha.engine.models.edges import EdgeFile
from fanzha.engine.models.errors import (
    InvalidFolder,
    MissingColumns,
    NoFeatures,
    UnfitEdges,
    UnfitLabels,
    UnknownColumn,
    UnreadableTable,
    UnwritableOutput,
)
from fanzha.engine.models.folder import load
from fanzha.engine.models.kinds import Asked, Spec, specify
from fanzha.engine.models.prediction import predict, score
from fanzha.engine.models.reading import read_table
from fanzha.engine.models.text import OPENING, opening
from fanzha.engine.models.training import Plan, Source, train
from fanzha.kit.errors import Conflict

PLAN = Plan(folds=3, rounds=10)


@pytest.fixture(autouse=True, scope="module")
def few_rounds() -> Iterator[None]:
    """Fewer trees, for speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "_SHAPES", tuple((params, 30) for params, _ in boosting._SHAPES))
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("data")
    frame = data.accounts()
    frame.write_csv(folder / "accounts.csv")
    data.edges(frame).write_parquet(folder / "edges.parquet")
    data.texts().write_ndjson(folder / "texts.jsonl")
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    train("tabular", Source(files["accounts"]), Asked("label", "id"), folder / "tabular", PLAN)
    train("graph", Source(files["accounts"], files["edges"]), Asked("label", "id"), folder / "graph", PLAN)
    train("text", Source(files["texts"]), Asked("kind", text="text"), folder / "text", PLAN)
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["tabular", "graph", "text"])
def test_the_manifest_says_where_the_model_comes_from(trained: dict[str, Path], kind: str) -> None:
    manifest = json.loads((trained[kind] / "manifest.json").read_text("utf-8"))
    assert manifest["kind"] == kind
    assert len(manifest["data"]["sha256"]) == 64
    assert manifest["data"]["labelled"] == (90 if kind == "text" else 108)
    assert {"auc", "average_precision", "macro_f1", "ece", "brier", "recall_at_precision", "by_class"} <= set(manifest["metrics"])
    assert manifest["metrics"]["auc"]["low"] <= manifest["metrics"]["auc"]["value"] <= manifest["metrics"]["auc"]["high"]
    assert manifest["metrics"]["auc"]["value"] > 0.8
    assert {"lightgbm", "scikit-learn"} <= set(manifest["libraries"])
    assert not list(trained[kind].glob("*.p*kl*"))


@pytest.mark.parametrize("kind", ["tabular", "graph", "text"])
def test_the_report_stands_alone(trained: dict[str, Path], kind: str) -> None:
    page = (trained[kind] / "report.html").read_text("utf-8")
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert "http" not in page


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("kind", ["tabular", "graph", "text"])
def test_predictions_have_id_label_and_a_score_of_each_class(trained: dict[str, Path], files: dict[str, Path], tmp_path: Path, kind: str, form: str) -> None:
    out = tmp_path / f"scores.{form}"
    source = files["texts" if kind == "text" else "accounts"]
    rows = predict(trained[kind], source, files["edges"] if kind == "graph" else None, out)
    found = read_table(out)
    classes = ["loan", "plain", "prize"] if kind == "text" else ["0", "1"]
    assert found.columns == ["id", "label", *(f"score_{name}" for name in classes)]
    assert found.height == rows == read_table(source).height
    assert found.select(pl.sum_horizontal(pl.col("^score_.*$"))).to_series().to_numpy() == pytest.approx(np.ones(rows))
    assert found["id"][0] == (0 if kind == "text" else "p0")


@pytest.mark.parametrize("kind", ["tabular", "graph", "text"])
def test_the_same_files_and_seed_give_the_same_scores(trained: dict[str, Path], files: dict[str, Path], tmp_path: Path, kind: str) -> None:
    source = Source(files["texts" if kind == "text" else "accounts"], files["edges"] if kind == "graph" else None)
    asked = Asked("kind", text="text") if kind == "text" else Asked("label", "id")
    train(kind, source, asked, tmp_path / "again", PLAN)
    frame, edges = read_table(source.data), read_table(source.edges) if source.edges else None
    assert score(load(tmp_path / "again"), frame, edges).equals(score(load(trained[kind]), frame, edges))


def test_a_new_account_sees_the_training_accounts_that_its_file_lacks(trained: dict[str, Path], files: dict[str, Path]) -> None:
    """Scored alone or among all rows an unlearned account has the same neighbours, columns and labels included."""
    kept = load(trained["graph"])
    frame, edges = read_table(files["accounts"]), read_table(files["edges"])
    alone = score(kept, frame.tail(6), edges)
    assert alone["score_1"].to_numpy() == pytest.approx(score(kept, frame, edges).tail(6)["score_1"].to_numpy(), abs=1e-6)
    assert not set(frame["id"]) & set(np.load(trained["graph"] / "accounts.npz")["hashes"])


def test_an_unseen_category_and_an_empty_text_are_scored(trained: dict[str, Path], files: dict[str, Path]) -> None:
    strange = read_table(files["accounts"]).head(2).with_columns(place=pl.lit("never seen"))
    assert score(load(trained["tabular"]), strange).height == 2
    assert score(load(trained["text"]), pl.DataFrame({"text": ["", None, "𠀀"]}))["label"].null_count() == 0


def test_what_is_wrong_with_a_file_is_said(trained: dict[str, Path], files: dict[str, Path]) -> None:
    frame, edges = read_table(files["accounts"]), read_table(files["edges"])
    with pytest.raises(MissingColumns, match="calls"):
        score(load(trained["tabular"]), frame.drop("calls"))
    with pytest.raises(UnknownColumn, match="text"):
        score(load(trained["text"]), frame)
    with pytest.raises(UnknownColumn, match="id"):
        score(load(trained["graph"]), frame.drop("id"), edges)
    with pytest.raises(UnfitEdges, match="needs edges"):
        score(load(trained["graph"]), frame)
    with pytest.raises(UnfitEdges, match="repeat"):
        score(load(trained["graph"]), pl.concat([frame, frame]), edges)
    with pytest.raises(UnfitEdges, match="empty"):
        score(load(trained["graph"]), frame, edges.with_columns(pl.lit(None).alias("to")))


def test_edges_are_read_as_in_training(trained: dict[str, Path], files: dict[str, Path]) -> None:
    """A few edges that all happen to run one way are still directed; a lacking column is an error, a new one is ignored."""
    kept = load(trained["graph"])
    frame, edges = read_table(files["accounts"]), read_table(files["edges"])
    one_way = edges.filter(pl.col("from") < pl.col("to")).with_columns(more=pl.lit(1.0))
    assert score(kept, frame, one_way).height == frame.height
    with pytest.raises(UnfitEdges, match="amount"):
        score(kept, frame, edges.drop("amount"))


def test_the_label_and_dropped_columns_of_edges_are_not_used() -> None:
    frame = data.accounts()
    edges = data.edges(frame).with_columns(label=pl.lit(1), colour=pl.lit(2))
    spec = specify("graph", frame, edges, Asked("label", "id", drop=("colour", "days")), "salt")
    assert spec.edges == EdgeFile(directed=True, columns=("amount", "timestamp"))
    assert Spec.from_json(spec.as_json()) == spec
    with pytest.raises(UnknownColumn, match="nothing"):
        specify("graph", frame, edges, Asked("label", "id", drop=("nothing",)), "salt")


def test_training_refuses_what_it_cannot_learn_from(files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UnknownColumn):
        train("tabular", Source(files["accounts"]), Asked("lable"), tmp_path / "m", PLAN)
    with pytest.raises(UnfitLabels):
        train("tabular", Source(files["accounts"]), Asked("id"), tmp_path / "m", PLAN)
    with pytest.raises(UnfitEdges):
        train("graph", Source(files["accounts"]), Asked("label", "id"), tmp_path / "m", PLAN)
    with pytest.raises(UnfitEdges, match="No column"):
        train("graph", Source(files["texts"], files["edges"]), Asked("kind"), tmp_path / "m", PLAN)
    with pytest.raises(UnfitEdges, match="No id"):
        train("graph", Source(files["accounts"], files["edges"]), Asked("label", "days"), tmp_path / "m", PLAN)
    with pytest.raises(UnfitEdges, match="reads no edges"):
        train("tabular", Source(files["accounts"], files["edges"]), Asked("label", "id"), tmp_path / "m", PLAN)
    pl.DataFrame({"text": ["", None, " ", ""], "kind": ["a", "b", "a", "b"]}).write_csv(tmp_path / "empty.csv")
    with pytest.raises(NoFeatures):
        train("text", Source(tmp_path / "empty.csv"), Asked("kind", text="text"), tmp_path / "m", PLAN)
    assert not (tmp_path / "m").exists()


def test_a_foreign_folder_is_left_alone(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me", "utf-8")
    with pytest.raises(Conflict):
        train("text", Source(files["texts"]), Asked("kind"), tmp_path / "mine", PLAN)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_place_that_cannot_be_written_is_refused_before_the_work(trained: dict[str, Path], files: dict[str, Path], tmp_path: Path) -> None:
    unread = Source(tmp_path / "none.csv")
    with pytest.raises(UnwritableOutput, match="no folder"):
        train("text", unread, Asked("kind"), files["texts"] / "model", PLAN)
    with pytest.raises(Conflict):
        train("text", unread, Asked("kind"), files["texts"], PLAN)
    with pytest.raises(UnwritableOutput, match="no folder"):
        predict(trained["tabular"], unread.data, None, files["texts"] / "scores.csv")
    (tmp_path / "scores.csv").mkdir()
    with pytest.raises(UnwritableOutput, match="is a folder"):
        predict(trained["tabular"], unread.data, None, tmp_path / "scores.csv")
    with pytest.raises(UnreadableTable, match="known format"):
        predict(trained["tabular"], unread.data, None, tmp_path / "scores.xlsx")


def test_edges_given_to_a_model_without_a_graph_are_refused(trained: dict[str, Path], files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UnfitEdges, match="reads no edges"):
        predict(trained["tabular"], files["accounts"], files["edges"], tmp_path / "scores.csv")


def test_numbers_are_read_as_texts_and_lists_are_not(tmp_path: Path) -> None:
    codes = pl.DataFrame({"code": [11, 12, 13, 14, 91, 92, 93, 94] * 3, "kind": (["a"] * 4 + ["b"] * 4) * 3})
    codes.write_csv(tmp_path / "codes.csv")
    manifest = train("text", Source(tmp_path / "codes.csv"), Asked("kind", text="code"), tmp_path / "model", PLAN)
    assert manifest["data"]["ranges"]["code"] == {"least": "2", "greatest": "2", "missing": 0.0}
    codes.with_columns(code=pl.concat_list("code")).write_parquet(tmp_path / "lists.parquet")
    with pytest.raises(NoFeatures, match="no text"):
        train("text", Source(tmp_path / "lists.parquet"), Asked("kind", text="code"), tmp_path / "model", PLAN)


def _without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def test_a_damaged_folder_is_refused(trained: dict[str, Path], tmp_path: Path) -> None:
    whole = {path.name: path.read_bytes() for path in trained["text"].iterdir()}
    manifest = json.loads(whole["manifest.json"])
    damages: dict[str, dict[str, bytes]] = {
        "no manifest": {"manifest.json": b""},
        "another format": {"manifest.json": b'{"format": "other"}'},
        "a later version": {"manifest.json": json.dumps({**manifest, "version": 2}).encode()},
        "no spec": {"manifest.json": json.dumps(_without(manifest, "spec")).encode()},
        "a changed part": {"clauses.npz": whole["clauses.npz"] + b"x"},
    }
    for name, damage in damages.items():
        folder = tmp_path / name
        folder.mkdir()
        for part, content in {**whole, **damage}.items():
            (folder / part).write_bytes(content)
        with pytest.raises(InvalidFolder):
            load(folder)
    with pytest.raises(InvalidFolder):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["tabular", "text"])
def test_a_class_of_one_row_keeps_its_score_column(files: dict[str, Path], tmp_path: Path, kind: str) -> None:
    source, label = (files["texts"], "kind") if kind == "text" else (files["accounts"], "label")
    frame = read_table(source).with_columns(pl.col(label).cast(pl.String)).with_row_index("row")
    frame = frame.with_columns(pl.when(pl.col("row") == 3).then(pl.lit("rare")).otherwise(pl.col(label)).alias(label)).drop("row")
    frame.write_parquet(tmp_path / "rows.parquet")
    manifest = train(kind, Source(tmp_path / "rows.parquet"), Asked(label), tmp_path / "model", PLAN)
    assert manifest["metrics"]["by_class"]["rare"]["rows"] == 1
    found = score(load(tmp_path / "model"), frame.drop(label))
    assert "score_rare" in found.columns
    assert not found.select(pl.col("^score_.*$")).to_numpy().max() > 1


def test_a_file_to_score_may_repeat_ids_and_hold_other_labels_and_columns(trained: dict[str, Path], files: dict[str, Path]) -> None:
    kept = load(trained["tabular"])
    frame = read_table(files["accounts"]).head(4)
    plain = score(kept, frame)
    strange = frame.with_columns(label=pl.lit("never seen"), more=pl.lit(1.5), id=pl.lit("same"))
    assert score(kept, strange).drop("id").equals(plain.drop("id"))
    assert score(kept, strange)["id"].to_list() == ["same"] * 4
    assert score(kept, frame.drop("label")).equals(plain)


def test_whole_numbers_and_text_are_the_same_labels(files: dict[str, Path], tmp_path: Path) -> None:
    frame = read_table(files["accounts"])
    forms = {"ints": frame, "texts": frame.with_columns(pl.col("label").cast(pl.String)), "floats": frame.with_columns(pl.col("label").cast(pl.Float64))}
    found = []
    for name, form in forms.items():
        form.write_parquet(tmp_path / f"{name}.parquet")
        train("tabular", Source(tmp_path / f"{name}.parquet"), Asked("label", "id"), tmp_path / name, PLAN)
        found.append(score(load(tmp_path / name), frame))
    assert found[0].columns == ["id", "label", "score_0", "score_1"]
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])


def test_the_opening_of_a_call_tells_what_the_rest_does_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    openings = ["您好，这里是甲公司客服", "您好，这里是乙公司客服"]
    rest = ["请核对信息", "请提供号码", "请配合处理", "甲公司客服电话", "乙公司客服电话"]
    lines = ["\n".join([f"L:{openings[number % 2]}", *(f"R:{said}" for said in rng.choice(rest, 6))]) for number in range(120)]
    pl.DataFrame({"said": lines, "who": [number % 2 for number in range(120)]}).write_parquet(tmp_path / "calls.parquet")
    manifest = train("text", Source(tmp_path / "calls.parquet"), Asked("who", text="said"), tmp_path / "model", PLAN)
    assert manifest["metrics"]["macro_f1"]["value"] > 0.95
    assert opening("\nL: first\nR: second") == "L: first"
    assert opening("一" * 40) == "一" * OPENING
