from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.lake import InvalidToken, Tokens
from fanzha.lake.tokens import PREFIXES

KEY = bytes(range(64))
TOKENS = Tokens(KEY)

kinds = st.sampled_from(sorted(PREFIXES))
values = st.text(max_size=40)


@given(kinds, values)
@settings(max_examples=100)
def test_what_is_sealed_opens(kind: str, value: str) -> None:
    token = TOKENS.seal(kind, value)
    assert TOKENS.open(token) == (kind, value)
    assert token == Tokens(KEY).seal(kind, value)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@given(st.lists(st.none() | st.text(max_size=5), max_size=30), st.integers(1, 10))
@settings(max_examples=100)
def test_a_column_is_sealed_as_its_values_are(column: list[str | None], remember: int) -> None:
    sealed = Tokens(KEY, remember=remember).seal_many("bank_account", pl.Series("payer", column, dtype=pl.String))
    assert sealed.name == "payer"
    assert sealed.to_list() == [None if value is None else TOKENS.seal("bank_account", value) for value in column]


def test_a_value_under_two_kinds_has_two_tokens() -> None:
    assert TOKENS.seal("account", "1000200030004000").split(".")[1] != TOKENS.seal("phone", "1000200030004000").split(".")[1]


def test_a_card_and_an_account_are_one_kind() -> None:
    token = TOKENS.seal("card", "6200000000000000")
    assert token == TOKENS.seal("bank_account", "6200000000000000") == TOKENS.seal_many("account", pl.Series(["6200000000000000"]))[0]
    assert TOKENS.open(token) == ("bank_account", "6200000000000000")


def test_the_memory_stays_bounded() -> None:
    tokens = Tokens(KEY, remember=10)
    for number in range(100):
        tokens.seal("bank_account", str(number))
    assert len(tokens._known["bank_account"]) <= 10


@pytest.mark.parametrize("bad", ["", "ph", "ph.", "xx.AAAA", "ph.!!!!", "ph.AAAAAAAAAAAAAAAAAAAAAAAA", "\u4e2d"])
def test_what_is_no_token_is_refused(bad: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.open(bad)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(InvalidToken):
        Tokens(bytes(64)).open(TOKENS.seal("phone", "+8613900000000"))


def test_the_kind_cannot_be_changed() -> None:
    with pytest.raises(InvalidToken):
        TOKENS.open("ac" + TOKENS.seal("phone", "+8613900000000")[2:])
