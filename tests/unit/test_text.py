"""The phrase lexicon and its matching."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.text import InvalidLexicon, Lexicon, Phrase, fold, match_phrases, shipped_lexicon
from fanzha.vocab.fraud_types import ENTRIES, FraudType

TEN = [code for code, entry in ENTRIES.items() if entry.mps_ten is not None]
STRONG = [phrase for phrase in shipped_lexicon().phrases if phrase.weight == 2]
SEPARATORS = st.sampled_from(["", " ", "-", "·", "\u3000", "*"])


def types(*texts: str | None) -> list[str | None]:
    return match_phrases(pl.Series(list(texts), dtype=pl.String))["type"].to_list()


def test_every_type_of_the_ten_has_enough_phrases_and_none_stands_twice() -> None:
    counted = Counter(phrase.kind for phrase in shipped_lexicon().phrases)
    assert set(counted) == {*TEN, FraudType.OTHER, None}
    assert min(counted[kind] for kind in TEN) >= 25
    folded = Counter(zip(fold(pl.Series([each.words for each in shipped_lexicon().phrases])), shipped_lexicon().phrases, strict=True))
    assert [words for words, times in Counter((text, phrase.kind) for text, phrase in folded).items() if times > 1] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("招聘手机刷单员,日结300元", "rebate_tasks"),
        ("兼 职 刷 - 单 , 佣 金 秒 结", "rebate_tasks"),
        ("您的账户涉嫌洗钱,请把钱转入安全账户", "authority"),
        ("无抵押贷款,当天放款", "loan"),
        ("ＥＴＣ认证失效请点击", "authority"),
        ("您的快递已到驿站,取件码1234", None),
        ("贷款", None),
        ("反诈提醒:凡是刷单都是诈骗", None),
        ("", None),
        (None, None),
    ],
)
def test_texts(text: str | None, expected: str | None) -> None:
    assert types(text) == [expected]


@given(st.sampled_from(STRONG), st.data())
@settings(max_examples=60)
def test_a_strong_phrase_is_found_whatever_stands_between_its_letters(phrase: Phrase, data: st.DataObject) -> None:
    broken = "".join(letter + data.draw(SEPARATORS) for letter in phrase.words)
    found = match_phrases(pl.Series([f"您好 {broken} 1380000"]))
    assert found["type"][0] is not None
    assert phrase.kind is None or found["type"][0] != phrase.kind or phrase.words in found["phrases"][0]


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.sampled_from([each.words for each in STRONG[:20]])), max_size=12))
@settings(max_examples=60)
def test_rows_answer_in_order_and_alone_as_together(texts: list[str | None]) -> None:
    together = match_phrases(pl.Series(texts, dtype=pl.String))
    assert together.height == len(texts)
    alone = [match_phrases(pl.Series([text], dtype=pl.String)).row(0) for text in texts]
    assert together.rows() == alone


def test_phrases_stand_in_the_order_of_the_text() -> None:
    found = match_phrases(pl.Series(["低息贷款,无抵押贷款"]))
    assert found.row(0)[0] == FraudType.LOAN
    assert found["phrases"][0].to_list()[-1] == "无抵押贷款"


def test_a_lexicon_with_an_unknown_type_is_refused() -> None:
    with pytest.raises(InvalidLexicon) as refused:
        Lexicon.parse({"types": {"no_such_type": {"strong": ["某"]}}, "warnings": []})
    assert refused.value.params["types"] == ["no_such_type"]


def test_a_phrase_without_letters_is_refused() -> None:
    with pytest.raises(InvalidLexicon):
        Lexicon([Phrase("……", FraudType.LOAN, 2)])
