"""What texts say, learned: exact on few rows, silent about classes not seen, kept as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fanzha.engine.encoder.weights import shipped
from fanzha.engine.models import text, text_meaning
from fanzha.engine.models.errors import InvalidFolder
from fanzha.engine.models.text import MEANING, TextModel, Texts
from fanzha.engine.models.text_language import ABSENT
from fanzha.engine.models.text_meaning import NARROWNESS, STIFFNESS, Meaning

CHANCE = np.random.default_rng(5)
NUMBERS = CHANCE.normal(size=(60, 8)).astype(np.float32)
LABELS = (NUMBERS[:, 0] * NUMBERS[:, 1] > 0).astype(np.int64)
ROWS = np.arange(40)


def test_with_every_row_a_landmark_it_is_weighted_kernel_ridge() -> None:
    learned = Meaning.fit(NUMBERS, "any", ROWS, LABELS[:40], 2, seed=1)
    scaled = (NUMBERS - NUMBERS[:40].mean(axis=0)) / NUMBERS[:40].std(axis=0)
    kernel = np.array([[np.exp(-NARROWNESS * np.mean((one - other) ** 2)) for other in scaled[:40]] for one in scaled])
    heed = np.bincount(LABELS[:40])[LABELS[:40]] ** -0.5
    heed *= 40 / heed.sum()
    aims = np.where(np.eye(2)[LABELS[:40]] > 0, 1.0, -1.0)
    exact = kernel @ np.linalg.solve(kernel[:40] + STIFFNESS * np.diag(1 / heed), aims)
    assert learned.margins(NUMBERS, np.arange(60)) == pytest.approx(exact, abs=0.02)


def test_a_border_that_is_not_straight_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_meaning, "LANDMARKS", 100)
    numbers = CHANCE.normal(size=(600, 2)).astype(np.float32)
    labels = (numbers[:, 0] * numbers[:, 1] > 0).astype(np.int64)
    learned = Meaning.fit(numbers, "any", np.arange(400), labels[:400], 2, seed=1)
    said = learned.margins(numbers, np.arange(400, 600)).argmax(axis=1)
    assert (said == labels[400:]).mean() > 0.9
    assert len(learned.landmarks) == 100


def test_a_class_that_was_not_seen_is_not_spoken_for() -> None:
    margins = Meaning.fit(NUMBERS, "any", ROWS, LABELS[:40], 3, seed=1).margins(NUMBERS, np.arange(60))
    assert (margins[:, 2] == ABSENT).all()
    assert (margins[:, :2] > ABSENT).all()


def test_texts_that_are_all_the_same_do_no_harm() -> None:
    still = np.ones((6, 8), np.float32)
    learned = Meaning.fit(still, "any", np.arange(4), np.array([0, 1, 0, 1]), 2, seed=1)
    assert np.isfinite(learned.margins(NUMBERS, ROWS)).all()


def test_read_back_as_it_was() -> None:
    learned = Meaning.fit(NUMBERS, "any", ROWS, LABELS[:40], 2, seed=1)
    again = Meaning.of_arrays("any", learned.arrays())
    assert (again.margins(NUMBERS, ROWS) == learned.margins(NUMBERS, ROWS)).all()


def test_a_folder_says_which_encoder_it_was_learned_with(tmp_path: Path) -> None:
    texts = Texts(["刷单返利日结", "会议改到明天", "兼职刷单加我", "明天上午开会"] * 3)
    rows, labels = np.arange(12), np.array([0, 1] * 6)
    model = TextModel.fit(texts, rows, labels, 2, seed=1)
    document = model.save(tmp_path)
    assert document["encoder"] == shipped().fingerprint
    assert TextModel.load(tmp_path, document).margins(texts, rows) == pytest.approx(model.margins(texts, rows), abs=1e-6)
    with pytest.raises(InvalidFolder, match="encoder"):
        TextModel.load(tmp_path, {**document, "encoder": "another"})
    (tmp_path / MEANING).unlink()
    older = TextModel.load(tmp_path, {name: value for name, value in document.items() if name != "encoder"})
    assert older.margins(texts, rows) == pytest.approx(model.margins(texts, rows)[:, :-2], abs=1e-6)


def test_long_texts_are_told_by_their_phrases_alone() -> None:
    texts = Texts(["对方自称客服" * 40, "会议改到明天" * 40, "兼职刷单加我" * 40, "明天上午开会" * 40] * 3)
    assert TextModel.fit(texts, np.arange(12), np.array([0, 1] * 6), 2, seed=1).meaning is None


def test_so_are_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "FEW", 3)
    assert not Texts(["刷单返利", "明天开会"] * 2).short
    assert Texts(["刷单返利", "明天开会", "中奖"]).short
