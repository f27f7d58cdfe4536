"""What holds for every text: places, overlaps, clean values; and spelling a number otherwise does not change it."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.reading import MOST_CHARACTERS, Amount, Mention, Moment, NarrativeTooLong, PlatformMention, Reading, read_narrative
from fanzha.kit import clock
from fanzha.vocab.identifiers import Kind, validate

AT = datetime(2026, 3, 6, 10, tzinfo=clock.SHANGHAI)
_WORDS = [
    "对方", "报警人", "转账", "账号", "卡号：", "微信", "QQ", "身份证号", "电话", "17000000001", "6217000000000000003", "350302190001010016",
    "12万3千元", "幺七零", "零零",
    "http://a.example/x", "fake.example", "fake_agent01", "3月5日14时许", "昨天下午3点半", "“安信”APP", "，", "。", " ", "-", "\n",
    "（", "）", "1", "一", "两", "万", "元", "①",
    "\u200b", "０", "TNgLbFpL4HfQPufZeAFZqRw5ykH6LJqveH", "@", "+852", "50000001", "203.0.113.7", "共计", "没有转账",
]  # fmt: skip
TEXTS = st.one_of(st.lists(st.sampled_from(_WORDS), max_size=25).map("".join), st.text(max_size=120))


def _parts(reading: Reading) -> tuple[Mention | Amount | Moment | PlatformMention, ...]:
    return (*reading.mentions, *reading.amounts, *reading.times, *reading.platforms)


def _spans(reading: Reading) -> list[tuple[int, int]]:
    return sorted((part.start, part.end) for part in _parts(reading) if not isinstance(part, PlatformMention))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_spans_lie_in_the_text_and_apart_and_values_are_clean(text: str) -> None:
    reading = read_narrative(text, AT)
    for part in _parts(reading):
        assert 0 <= part.start < part.end <= len(text)
        assert part.raw == text[part.start : part.end]
        assert 0 <= part.confidence <= 1
    for mention in reading.mentions:
        assert not any(problem.is_error for problem in validate(mention.kind, mention.value)), mention
        assert 0 <= mention.role_confidence <= 1
    exclusive = _spans(reading)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(exclusive)), exclusive
    assert all(amount.fen > 0 for amount in reading.amounts)
    assert reading.loss_fen >= 0
    assert all(moment.at is None or moment.at.tzinfo for moment in reading.times)
    assert 0 <= reading.judgement.confidence <= 1


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_same_text_reads_the_same(text: str) -> None:
    assert read_narrative(text, AT) == read_narrative(text, AT)


MOBILES = st.integers(0, 10**8 - 1).map(lambda number: f"170{number:08d}")
CARDS = st.integers(0, 10**13 - 1).map(lambda number: f"621700{number:013d}")
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")


def _spellings(digits: str) -> list[str]:
    groups = [digits[place : place + 4] for place in range(0, len(digits), 4)]
    return [digits, " ".join(groups), "-".join(groups), " ".join(digits), digits.translate(_FULL), "　".join(groups).translate(_FULL), "\u200b".join(digits)]


@settings(max_examples=60, deadline=None)
@given(MOBILES)
def test_a_phone_is_the_same_however_it_is_written(digits: str) -> None:
    for spelled in (*_spellings(digits), digits.translate(_SPOKEN)):
        found = [mention.value for mention in read_narrative(f"对方电话{spelled}，打不通了。").mentions if mention.kind is Kind.PHONE]
        assert found == [f"+86{digits}"], spelled


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_a_card_is_the_same_however_it_is_written_and_holds_no_phone(digits: str) -> None:
    for spelled in (*_spellings(digits), digits.translate(_SPOKEN)):
        found = [(mention.kind, mention.value) for mention in read_narrative(f"转账到卡号{spelled}，后失联。").mentions]
        assert found == [(Kind.CARD, digits)], spelled


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(NarrativeTooLong):
        read_narrative("一" * (MOST_CHARACTERS + 1))


def test_a_long_text_of_figures_ends_soon() -> None:
    assert read_narrative("1 " * 3_000, AT).mentions is not None
