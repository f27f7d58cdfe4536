"""Training the model of a detector: labels, sampling, time split, calibration, folder, scores, card. All accounts are made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.desks import models
from fanzha.desks.models import modelbook
from fanzha.engine import drift
from fanzha.engine.features.history import History
from fanzha.engine.models.card import ModelCard
from fanzha.engine.models.detectors import Provenance, TooFewDays, Training, train_detector
from fanzha.engine.models.errors import InvalidFolder, UnfitLabels
from fanzha.engine.models.folder import load
from fanzha.engine.models.metrics import share
from fanzha.engine.models.operating import points, subject_days
from fanzha.engine.models.recipes import CALLER_NUMBERS, SHIPPED, InvalidRecipe, Recipe
from fanzha.engine.models.scoring import ModelScorer, scorer_of
from fanzha.engine.models.training_sets import LABELS_SCHEMA, Labels, Rows, Stretch, sampled
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.rules.model import Target, bind, read_rule
from fanzha.engine.rules.scorer import ModelNotFound
from fanzha.lake.schemas import INSTANT, SCHEMAS, EventKind

FIRST, DAYS = date(2026, 3, 2), 4
RECIPE = Recipe(
    "test_payees", EventKind.TRANSFERS, "payee", Target.ACCOUNT,
    ("hour", "amount_fen", "channel", "same_bank", "payee_receipts_24h", "payee_payers_24h", "payee_received_24h_fen", "payee_paid_24h_fen"), "测试", "A test.",
)  # fmt: skip
FROM_HERE = Provenance("lake", "本地数据。", "Local data.", {"days": DAYS})


def _city() -> pl.DataFrame:
    """Shops take small sums all day; collectors take a few large ones from strangers and pass them on."""
    rng = np.random.default_rng(7)
    rows: list[tuple[int, str, str, int, str]] = []
    for day in range(DAYS):
        rows += [
            (day * 86_400 + int(rng.integers(0, 60_000)), f"p{rng.integers(0, 300)}", f"shop{rng.integers(0, 30)}", int(rng.integers(500, 60_000)), "card")
            for _ in range(700)
        ]
        for collector in range(8):
            start = day * 86_400 + int(rng.integers(0, 50_000))
            rows += [(start + 60 * each, f"v{rng.integers(0, 400)}", f"mule{collector}", int(rng.integers(100_000, 900_000)), "phone") for each in range(3)]
            rows.append((start + 400, f"mule{collector}", f"out{collector}", 500_000, "phone"))
    rows.sort()
    begin = datetime(2026, 3, 1, 16, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "event_key": range(len(rows)),
            "event_id": [f"t{place}" for place in range(len(rows))],
            "at": [begin + timedelta(seconds=row[0]) for row in rows],
            "payer": [row[1] for row in rows],
            "payee": [row[2] for row in rows],
            "amount_fen": [row[3] for row in rows],
            "channel": [row[4] for row in rows],
        },
        schema_overrides={"at": INSTANT},
    )
    return pl.concat([pl.DataFrame(schema=SCHEMAS[EventKind.TRANSFERS]), frame], how="diagonal")


@pytest.fixture(scope="module")
def stretch() -> Stretch:
    history = History({EventKind.TRANSFERS: _city()}, pl.DataFrame(schema=PERSONS_SCHEMA))
    return Stretch(history, FIRST, FIRST + timedelta(days=DAYS - 1), {})


def told(*rows: tuple[str | None, str | None, date | None, int, int]) -> pl.DataFrame:
    """(subject, event, day, label, day of March on which it became known)."""
    known = [(subject, event, day, label, datetime(2026, 3, at, tzinfo=UTC)) for subject, event, day, label, at in rows]
    return pl.DataFrame(known, schema=LABELS_SCHEMA, orient="row")


MULES = told(*((f"mule{each}", None, None, 1, 6) for each in range(8)))
PLAN = Training(rows=2_000, rounds=5, later=0.25, precision=0.8)


@pytest.fixture(scope="module")
def folder(stretch: Stretch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "test_payees" / "1"
    train_detector([stretch], Labels(MULES), RECIPE, 1, out, FROM_HERE, PLAN)
    return out


@pytest.fixture(scope="module")
def scorer(folder: Path) -> ModelScorer:
    return scorer_of(folder)


# ---- labels and rows


def test_the_narrower_label_wins_and_what_was_known_later_is_left_out() -> None:
    day = FIRST
    labels = told(("a", None, None, 1, 1), ("a", None, day, 0, 1), ("a", "e1", None, 1, 1), ("a", None, day + timedelta(days=1), 0, 1), ("b", None, None, 1, 9))
    events = pl.DataFrame({"event_id": ["e1", "e2", "e3", "e4", "e5"], "day": [day, day, day + timedelta(days=2), day, day],
                           "side": ["a", "a", "a", "b", "ph"], "person": [None, None, None, None, "a"]}, schema_overrides={"person": pl.String})  # fmt: skip
    assert Labels(labels).put(events).to_list() == [1, 0, 1, 1, 0]
    march_5 = datetime(2026, 3, 5, tzinfo=UTC)
    assert Labels(labels, as_of=march_5).put(events).to_list() == [1, 0, 1, 0, 0]
    assert Labels(labels, as_of=march_5, presume_honest=False).put(events).to_list() == [1, 0, 1, None, 0]


def test_labels_that_contradict_each_other_are_positive() -> None:
    events = pl.DataFrame({"event_id": ["e"], "day": [FIRST], "side": ["a"], "person": ["p"]})
    assert Labels(told(("a", None, None, 0, 1), ("p", None, None, 1, 1))).put(events).to_list() == [1]


def test_features_are_those_of_before_the_event(stretch: Stretch) -> None:
    rows = Rows(stretch, RECIPE, Labels(MULES)).of(FIRST)
    first = rows.filter(pl.col("subject") == "mule0").row(0, named=True)
    assert (first["label"], first["payee_receipts_24h"], first["payee_paid_24h_fen"]) == (1, 0, 0)
    third = rows.filter(pl.col("subject") == "mule0").row(2, named=True)
    assert third["payee_receipts_24h"] == 2
    assert rows.height == 700 + 8 * 4


def test_a_sample_keeps_every_positive_and_says_which_rows_any_label_would_keep(stretch: Stretch) -> None:
    rows = Rows(stretch, RECIPE, Labels(MULES)).of(FIRST)
    some = sampled(rows, 0.25, 3)
    assert some["label"].sum() == rows["label"].sum() == 24
    honest = some.filter(pl.col("label") == 0)
    assert honest["drawn"].all()
    assert 0.15 < honest.height / rows.filter(pl.col("label") == 0).height < 0.35
    assert 0 < some.filter((pl.col("label") == 1) & pl.col("drawn")).height < 24
    assert sampled(rows.sample(fraction=1.0, shuffle=True, seed=1), 0.25, 3)["event_id"].sort().to_list() == some["event_id"].sort().to_list()
    assert sampled(rows, 1.0, 3).height == rows.height


# ---- training


def test_it_learns_to_tell_collectors_from_shops(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["metrics"]["average_precision"]["value"] > 0.9
    assert manifest["data"]["measured_from"] == "2026-03-05"
    assert manifest["params"]["negatives_kept"] == pytest.approx(2_000 / 2_928, abs=0.02)
    assert manifest["detector"]["name"] == "test_payees"
    assert sum(manifest["importances"].values()) == pytest.approx(1)
    assert (folder / "report.html").read_text("utf-8").count("later days by a model of the earlier days alone") == 1


def test_the_scores_speak_of_all_events_though_negatives_were_sampled(stretch: Stretch, scorer: ModelScorer) -> None:
    rows = pl.concat([Rows(stretch, RECIPE, Labels(MULES)).of(day) for day in stretch.days()])
    assert float(scorer.batch(rows).sum() or 0) == pytest.approx(float(rows["label"].sum()), rel=0.25)


def test_the_same_days_labels_and_seed_give_the_same_model(stretch: Stretch, folder: Path, tmp_path: Path) -> None:
    train_detector([stretch], Labels(MULES), RECIPE, 1, tmp_path / "again", FROM_HERE, PLAN)
    assert (tmp_path / "again" / "booster_0.txt").read_bytes() == (folder / "booster_0.txt").read_bytes()
    parts = replace(stretch, last=FIRST + timedelta(days=1)), replace(stretch, first=FIRST + timedelta(days=2))
    train_detector(parts, Labels(MULES), RECIPE, 1, tmp_path / "parts", FROM_HERE, PLAN)
    assert (tmp_path / "parts" / "booster_0.txt").read_bytes() == (folder / "booster_0.txt").read_bytes()


def test_too_little_is_refused_with_what_to_do(stretch: Stretch, tmp_path: Path) -> None:
    def attempt(days: Stretch, labels: pl.DataFrame) -> None:
        train_detector([days], Labels(labels), RECIPE, 1, tmp_path / "none", FROM_HERE, PLAN)

    with pytest.raises(TooFewDays, match="longer range"):
        attempt(replace(stretch, last=FIRST), MULES)
    with pytest.raises(UnfitLabels, match="of 2 subjects"):
        attempt(stretch, MULES[:2])
    early = told(*((f"mule{each}", None, FIRST, 1, 6) for each in range(8)))
    with pytest.raises(UnfitLabels, match="later days"):
        attempt(stretch, early)
    assert not (tmp_path / "none").exists()


def test_drift_has_its_reference(folder: Path, stretch: Stretch, scorer: ModelScorer) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    expected = drift.Histogram.from_json(manifest["baseline"]["score"])
    rows = Rows(stretch, RECIPE, Labels(MULES)).of(FIRST + timedelta(days=1))
    assert drift.compare(expected, drift.count(scorer.batch(rows), expected)).psi < 0.25
    assert set(manifest["baseline"]["features"]) == set(scorer.features)


# ---- scores


ROW = st.fixed_dictionaries(
    {
        "hour": st.none() | st.integers(0, 23),
        "amount_fen": st.none() | st.integers(0, 10**12),
        "channel": st.none() | st.sampled_from(["card", "phone", "never seen"]),
        "same_bank": st.none() | st.booleans(),
        "payee_receipts_24h": st.none() | st.integers(0, 10**6),
        "payee_payers_24h": st.none() | st.integers(0, 10**6),
        "payee_received_24h_fen": st.none() | st.integers(0, 2**53),
        "payee_paid_24h_fen": st.none() | st.integers(0, 2**53),
    }
)
TYPES = {"channel": pl.String, "same_bank": pl.Boolean}


@settings(max_examples=60)
@given(st.lists(ROW, min_size=1, max_size=6))
def test_one_event_scores_as_it_does_among_many(scorer: ModelScorer, rows: list[dict[str, object]]) -> None:
    table = pl.DataFrame(rows, schema={name: TYPES.get(name, pl.Int64) for name in RECIPE.features})
    batch = scorer.batch(table)
    assert batch.to_list() == [scorer.single(row) for row in rows]
    assert batch.is_between(0, 1).all()
    for row in rows:
        reasons = scorer.explain(row)  # type: ignore[arg-type]
        assert [each.weight for each in reasons] == sorted((each.weight for each in reasons), reverse=True)
        assert all(each.weight > 0 and row[each.feature] == each.value for each in reasons)


def test_no_events_score_nothing_and_a_feature_without_a_value_is_not_read(scorer: ModelScorer) -> None:
    assert "same_bank" not in scorer.features
    assert scorer.batch(pl.DataFrame(schema={name: TYPES.get(name, pl.Int64) for name in RECIPE.features})).len() == 0
    assert (scorer.reference, scorer.on, scorer.subject) == ("test_payees@1", EventKind.TRANSFERS, "payee")


def test_a_folder_of_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        scorer_of(tmp_path / "nothing")
    kept = load(folder)
    bare = tmp_path / "bare"
    bare.mkdir()
    for part in folder.iterdir():
        (bare / part.name).write_bytes(part.read_bytes())
    document = {**kept.manifest, "detector": {**kept.manifest["detector"], "features": ["no_such_feature"]}}
    (bare / "manifest.json").write_text(json.dumps(document), "utf-8")
    with pytest.raises(InvalidFolder, match="another version of the features"):
        scorer_of(bare)
    del document["detector"]
    (bare / "manifest.json").write_text(json.dumps(document), "utf-8")
    with pytest.raises(InvalidFolder, match="trained on files"):
        scorer_of(bare)


# ---- figures


def test_points_are_the_most_that_can_be_found_at_a_precision() -> None:
    truth = np.array([1, 1, 0, 1, 0, 0])
    score = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    by_asked = {point.asked: point for point in points(truth, score, 2)}
    assert (by_asked[0.95].threshold, by_asked[0.95].recall, by_asked[0.95].found_a_day) == (0.8, 2 / 3, 1.0)
    assert (by_asked[0.7].threshold, by_asked[0.7].precision) == (0.6, 0.75)
    assert points(np.array([0, 1]), np.array([0.9, 0.1]), 1)[-1].recall == 0


def test_a_subject_and_day_has_the_highest_score_of_its_events() -> None:
    rows = pl.DataFrame({"subject": ["a", "a", "b"], "day": [FIRST] * 3, "label": [0, 1, 0]})
    assert subject_days(rows, pl.Series([0.2, 0.1, 0.5])).rows() == [("a", FIRST, 1, 0.2), ("b", FIRST, 0, 0.5)]


def test_a_share_has_its_interval() -> None:
    assert share(0, 0) is None
    found = share(5, 10)
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (0.237, 0.763)


# ---- recipes, cards, the book


def test_a_recipe_reads_only_what_is_known_when_its_detector_runs() -> None:
    with pytest.raises(InvalidRecipe, match="no feature payee_payers_24h"):
        replace(CALLER_NUMBERS, features=("payee_payers_24h",))
    with pytest.raises(InvalidRecipe, match="not known yet"):
        replace(CALLER_NUMBERS, features=("other_flagged",))
    with pytest.raises(InvalidRecipe, match="no payer"):
        replace(CALLER_NUMBERS, subject="payer")
    for recipe in SHIPPED:
        assert Recipe.from_json(json.loads(json.dumps(recipe.as_json()))) == recipe


def test_the_card_says_what_there_is_to_know(folder: Path) -> None:
    card = ModelCard.of(json.loads((folder / "manifest.json").read_text("utf-8")))
    assert (card.reference, card.simulated, card.labels, card.first_day) == ("test_payees@1", False, 8, "2026-03-02")
    assert card.features[0].share >= card.features[-1].share
    assert card.features[0].zh
    assert card.figures["auc"].low <= card.figures["auc"].value <= card.figures["auc"].high
    assert len(card.limits_zh) == len(card.limits_en) == 3
    assert [point.asked for point in card.points] == [0.5, 0.7, 0.8, 0.9, 0.95]
    assert json.dumps(asdict(card))


@pytest.fixture
def book(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(modelbook, "PACKAGE", tmp_path / "package")
    monkeypatch.setattr(modelbook, "_local", folder.parent.parent)
    return


TEXT = """
id: payees_here
version: 1
model: test_payees@1
on: transfers
subject: payee
target: account
fraud_type: other
level: blue
owner: desk
title: {zh: 模型, en: Model}
when: model_score >= 0.5
reason: {zh: "{model_reasons}", en: "{model_reasons}"}
"""


@pytest.mark.usefixtures("book")
def test_the_book_finds_models_and_numbers_the_next(folder: Path) -> None:
    assert [each.reference for each in models.all_models()] == ["test_payees@1"]
    assert models.next_version("test_payees") == (2, folder.parent / "2")
    assert models.next_version("new_name")[0] == 1
    assert models.card_of("test_payees@1").reference == "test_payees@1"
    assert models.scorer("test_payees@1") is models.scorer("test_payees@1")
    with pytest.raises(ModelNotFound, match="test_payees@2"):
        models.folder_of("test_payees@2")


@pytest.mark.usefixtures("book")
def test_a_rule_whose_model_is_missing_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    here, missing = read_rule(TEXT), read_rule(TEXT.replace("@1", "@9"))
    (only,) = models.bound([missing, here])
    assert only == here
    assert only.scorer is not None
    (said,) = [each for each in caplog.records if "payees_here" in each.getMessage()]
    assert (said.levelname, "payees_here (test_payees@9)" in said.getMessage(), "make models" in said.getMessage()) == ("WARNING", True, True)
    caplog.clear()
    assert models.bound([missing, here]) == (only,)
    assert not caplog.records, "detection binds its rules every few minutes; it is told once"
    assert [models.readiness(each) for each in (None, "test_payees@1", "test_payees@9")] == ["ready", "ready", "not_built"]
    assert bind(here, modelbook._Book()).inputs >= {"amount_fen"}
