"""Language models of characters: equal to a plain recursion over strings, kept as arrays, silent about what no class ever wrote."""

from __future__ import annotations

from collections import Counter
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine_models import data

from fanzha.engine.models import text_language
from fanzha.engine.models.kinds import Asked, prepare, specify
from fanzha.engine.models.reading import read_labels
from fanzha.engine.models.text import TextModel
from fanzha.engine.models.text_language import ABSENT, DISCOUNT, Language, Languages, Sequences

TEXTS = st.lists(st.text("ab，", max_size=6), min_size=2, max_size=8)


def padded(text: str, longest: int) -> str:
    return "\x02" * (longest - 1) + text + "\x03"


def grams(texts: list[str], longest: int, order: int) -> Counter[str]:
    """The n-grams that end in a character or in the end of a text."""
    found: Counter[str] = Counter()
    for text in texts:
        whole = padded(text, longest)
        found.update(whole[end - order : end] for end in range(longest, len(whole) + 1))
    return found


def chance(gram: str, counts: list[Counter[str]], lowest: float) -> float:
    """Interpolated absolute discounting, read off the definition."""
    order = len(gram)
    if order == 0:
        return lowest
    followers = {each: count for each, count in counts[order - 1].items() if each[:-1] == gram[:-1]}
    below = chance(gram[1:], counts, lowest)
    if not followers:
        return below
    total = sum(followers.values())
    return max(followers.get(gram, 0) - DISCOUNT, 0) / total + DISCOUNT * len(followers) / total * below


def by_definition(text: str, mine: list[Counter[str]], all_of_them: list[Counter[str]], longest: int) -> float:
    """Mean log chance a character: every order of the class upon every order of all classes."""
    whole = padded(text, longest)
    ends = range(longest, len(whole) + 1)
    found = [log(chance(whole[end - longest : end], mine, chance(whole[end - longest : end], all_of_them, 1e-4))) for end in ends]
    return sum(found) / len(found)


@given(TEXTS, st.text("abc，", max_size=6), st.integers(1, 3), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_margins_follow_the_definition(texts: list[str], asked: str, longest: int, least: int) -> None:
    labels = np.arange(len(texts)) % 2
    kept = [{gram for gram, count in grams(texts, longest, order).items() if count >= least} for order in range(1, longest + 1)]

    def counted(chosen: list[str]) -> list[Counter[str]]:
        return [Counter({each: count for each, count in grams(chosen, longest, order + 1).items() if each in kept[order]}) for order in range(longest)]

    together = counted(texts)
    written = [[text for text, label in zip(texts, labels, strict=True) if label == number] for number in (0, 1)]
    expected = np.array([by_definition(asked, counted(mine), together, longest) for mine in written])
    model = Languages.fit(Language("any", longest, least), Sequences(texts, longest), np.arange(len(texts)), labels, 2)
    assert model.margins(Sequences([asked], longest), np.array([0]))[0] == pytest.approx(expected - expected.mean(), abs=1e-4)


def test_what_no_class_wrote_speaks_for_none() -> None:
    texts = Sequences(["甲甲甲", "乙乙乙", "甲甲", "乙乙"], 3)
    model = Languages.fit(Language("any", 3, 1), texts, np.arange(4), np.array([0, 1, 0, 1]), 3)
    margins = model.margins(Sequences(["丙丁", "甲甲甲甲", ""], 3), np.arange(3))
    assert margins[0, 0] == pytest.approx(margins[0, 1], abs=1e-6)
    assert margins[1, 0] > margins[1, 1] + 1
    assert (margins[:, 2] == ABSENT).all()
    assert np.isfinite(margins).all()


def test_rows_are_scored_alike_alone_in_any_order_and_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    said = data.texts(60)["text"].to_list()
    texts = Sequences(said, 4)
    model = Languages.fit(Language("any", 4, 2), texts, np.arange(40), np.arange(40) % 3, 3)
    rows = np.random.default_rng(1).permutation(60)
    whole = model.margins(texts, rows)
    monkeypatch.setattr(text_language, "_CHARACTERS_AT_ONCE", 50)
    assert (model.margins(texts, rows) == whole).all()
    assert (model.margins(Sequences([said[rows[7]]], 4), np.array([0])) == whole[7]).all()
    assert model.margins(texts, rows[:0]).shape == (0, 3)


def test_texts_that_are_not_learned_from_leave_nothing_behind() -> None:
    model = Languages.fit(Language("any", 2, 1), Sequences(["甲乙", "乙甲", "丙丁"], 2), np.arange(2), np.arange(2), 2)
    learned = Sequences(["甲乙", "乙甲"], 2)
    for level, order in zip(model.levels, learned.orders, strict=True):
        assert (level.grams == order.grams).all()


def test_language_models_are_kept_as_arrays_and_an_older_folder_has_none(tmp_path: Path) -> None:
    frame = data.texts(60)
    material = prepare(specify("text", frame, None, Asked("kind", text="text"), "salt"), frame, None)
    labels = read_labels(frame["kind"])
    model = TextModel.fit(material, labels.known, labels.numbers, 3, 1)
    document = model.save(tmp_path)
    assert [each["name"] for each in document["languages"]] == ["language", "language_of_opening"]
    loaded = TextModel.load(tmp_path, document)
    rows = np.arange(60)
    assert (loaded.margins(material, rows) == model.margins(material, rows)).all()
    older = TextModel.load(tmp_path, {"views": document["views"]})
    assert (older.margins(material, rows) == loaded.margins(material, rows)[:, : 3 * len(document["views"])]).all()
