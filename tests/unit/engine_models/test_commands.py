"""`fanzha models` and `fanzha bench models` at the command line."""

from __future__ import annotations

import gzip
import json
from contextlib import AbstractContextManager
from pathlib import Path

import polars as pl
import pytest
from tests.unit.engine_models import data
from typer.testing import CliRunner, Result

from fanzha.engine.models import boosting
from fanzha.engine.models.benchmark import UnknownSet
from fanzha.engine.models.errors import UnknownColumn
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings


def no_platform(settings: Settings) -> AbstractContextManager[Platform]:
    raise AssertionError(f"models need no installation, and {settings.home} was opened")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(build(no_platform), ["--quiet", *(str(each) for each in arguments)])


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer trees, for speed."""
    monkeypatch.setattr(boosting, "_SHAPES", tuple((params, 20) for params, _ in boosting._SHAPES[:1]))


def test_train_and_predict_a_graph_of_accounts_without_columns(tmp_path: Path) -> None:
    frame = data.accounts()
    frame.select("id", "label").write_csv(tmp_path / "labels.csv")
    data.edges(frame).write_csv(tmp_path / "edges.csv")
    files = ("--data", tmp_path / "labels.csv", "--edges", tmp_path / "edges.csv")
    trained = run("models", "train", "graph", *files, "--label", "label", "--out", tmp_path / "model", "--folds", "3", "--json")
    assert trained.exit_code == 0, trained.output
    printed = json.loads(trained.stdout)
    assert printed["id"] == "id"
    assert printed["metrics"]["auc"]["value"] > 0.8
    predicted = run("models", "predict", tmp_path / "model", *files, "--out", tmp_path / "scores.csv")
    assert predicted.exit_code == 0, predicted.output
    assert pl.read_csv(tmp_path / "scores.csv").columns == ["id", "label", "score_0", "score_1"]


def test_dropped_columns_are_not_learned_from(tmp_path: Path) -> None:
    data.accounts().write_parquet(tmp_path / "accounts.parquet")
    out = tmp_path / "model"
    drops = ("--drop", "calls", "--drop", "place", "--id", "id")
    found = run("models", "train", "tabular", "--data", tmp_path / "accounts.parquet", "--label", "label", *drops, "--out", out, "--folds", "2")
    assert found.exit_code == 0, found.output
    assert "macro_f1" in found.stdout
    assert [each["name"] for each in json.loads((out / "manifest.json").read_text("utf-8"))["spec"]["encoder"]["columns"]] == ["days"]


def test_a_wrong_column_is_a_typed_error(tmp_path: Path) -> None:
    data.texts().write_csv(tmp_path / "texts.csv")
    found = run("models", "train", "text", "--data", tmp_path / "texts.csv", "--label", "kind", "--text", "body", "--out", tmp_path / "model")
    assert isinstance(found.exception, UnknownColumn)


def test_the_benchmark_knows_its_sets(tmp_path: Path) -> None:
    assert isinstance(run("bench", "models", "--data", tmp_path, "--only", "phones").exception, UnknownSet)


def test_a_seed_is_no_negative_number(tmp_path: Path) -> None:
    assert run("models", "train", "text", "--data", tmp_path, "--label", "kind", "--out", tmp_path, "--seed", "-1").exit_code == 2


def test_the_benchmark_skips_what_is_not_there_and_measures_the_rest_beside_a_baseline(tmp_path: Path) -> None:
    (tmp_path / "telecom_fraud_texts").mkdir()
    frame = data.texts(60).rename({"text": "content", "kind": "label"})
    (tmp_path / "telecom_fraud_texts" / "texts.csv.gz").write_bytes(gzip.compress(frame.write_csv().encode()))
    found = run("bench", "models", "--data", tmp_path, "--folds", "3", "--json")
    assert found.exit_code == 0, found.output
    results = {each["set"]: each for each in json.loads(found.stdout)["sets"]}
    assert set(results) == {"phone_users", "messages", "fraud_texts", "dialogues", "ethereum"}
    assert "skipped" in results["ethereum"]
    for folds in ("copies_together", "plain"):
        assert results["fraud_texts"][folds]["metrics"]["macro_f1"][0] > 0.9
        assert results["fraud_texts"][folds]["baseline"]["macro_f1"] > 0.9
