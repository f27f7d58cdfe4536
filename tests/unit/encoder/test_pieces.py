"""Texts cut into pieces: the best cut of all, nothing left out."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.encoder.pieces import UNKNOWN, Pieces, joined
from fanzha.engine.encoder.weights import shipped

CHANCES = (0.2, 0.1, 0.1, 0.2, 0.1, 0.02, 0.1)
FEW = Pieces(["<s>", "<pad>", "</s>", "<unk>", "▁", "甲", "乙", "甲乙", "乙甲", "▁甲乙甲", "乙乙乙"], [0.0, 0.0, 0.0, 0.0, *map(log, CHANCES)])


def cuts(said: str) -> Iterator[tuple[list[int], float]]:
    """Every cut with its log chance, read off the definition."""
    if not said:
        yield [], 0.0
    for end in range(1, len(said) + 1):
        known = FEW.pieces.index(said[:end]) if said[:end] in FEW.pieces else None
        if known is None and end > 1:
            continue
        chance = min(FEW.chances) - 10 if known is None else FEW.chances[known]
        for rest, more in cuts(said[end:]):
            yield [UNKNOWN if known is None else known, *rest], chance + more


@given(st.text("甲乙丙", max_size=7))
@settings(max_examples=100, deadline=None)
def test_the_cut_is_the_likeliest_of_all(text: str) -> None:
    found = FEW.numbers(text, 99)
    likeliest = max(chance for _, chance in cuts("▁" + text))
    assert sum(min(FEW.chances) - 10 if number == UNKNOWN else FEW.chances[number] for number in found) == pytest.approx(likeliest)
    assert "".join(FEW.pieces[number] if number != UNKNOWN else "丙" for number in found) == "▁" + text


def test_of_a_long_text_the_beginning() -> None:
    assert FEW.numbers("甲乙" * 500, 4) == FEW.numbers("甲乙" * 50, 99)[:4]


def test_spaces_between_chinese_words_go_and_those_between_words_of_letters_stay() -> None:
    assert joined(" 您 的 iphone 16  pro 已 中奖 ，") == "您的iphone 16 pro已中奖，".replace("，", ",")


@pytest.mark.parametrize("text", ["", " ", "\ud83d", "🀄️", "\x00\n", "ཨ"])
def test_no_text_is_too_odd(text: str) -> None:
    assert all(0 <= number < len(shipped().pieces.pieces) for number in shipped().pieces.numbers(text, 9))


def test_the_pieces_that_are_shipped_know_the_words_of_fraud() -> None:
    pieces = shipped().pieces
    assert [pieces.pieces[number] for number in pieces.numbers("下载软件被诈骗", 99)] == ["▁", "下载", "软件", "被", "诈骗"]
