"""The compiled loops of the lake give what the libraries give, byte for byte."""

from __future__ import annotations

import base64
from hashlib import blake2b

import polars as pl
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.lake import Tokens, digests, warm
from fanzha.lake.siv import LONGEST, ManySiv
from fanzha.lake.strings import from_bytes, to_bytes

KEY = bytes(range(64))
WORDS = st.text(st.characters(codec="utf-8"), max_size=90)


def _token(value: str, key: bytes = KEY, kind: bytes = b"bank_account") -> str:
    return "ac." + base64.urlsafe_b64encode(AESSIV(key).encrypt(value.encode(), [kind])).rstrip(b"=").decode()


@given(st.lists(WORDS, max_size=20), st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_keys_are_blake2b(texts: list[str], prefix: bytes) -> None:
    digest = [blake2b(prefix + text.encode(), digest_size=8).digest() for text in texts]
    assert digests.keys(prefix, pl.Series(texts, dtype=pl.String)).to_list() == [int.from_bytes(one, "little", signed=True) for one in digest]
    hexadecimal = [blake2b(text.encode(), digest_size=12).hexdigest() for text in texts]
    assert digests.hexadecimal(pl.Series(texts, dtype=pl.String), 12).to_list() == hexadecimal


def test_keys_of_texts_around_every_block_end() -> None:
    texts = ["7" * length for length in range(400)]
    expected = [int.from_bytes(blake2b(b"bank\x1f" + text.encode(), digest_size=8).digest(), "little", signed=True) for text in texts]
    assert digests.keys(b"bank\x1f", pl.Series(texts)).to_list() == expected


def test_tokens_of_every_length_are_those_of_the_library() -> None:
    texts = [f"{number:0{length}}" for length in range(1, LONGEST + 1) for number in range(10)]
    for key in (KEY, KEY[:48], KEY[:32]):
        assert ManySiv(key, b"bank_account").seal(pl.Series(texts), "ac.").to_list() == [_token(text, key) for text in texts]


@given(st.lists(st.none() | WORDS.filter(bool), min_size=20, max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_column_of_any_texts_is_sealed_in_order_and_opens(texts: list[str | None]) -> None:
    tokens = Tokens(KEY)
    sealed = tokens.seal_distinct("bank_account", pl.Series("payer", texts, dtype=pl.String))
    assert sealed.to_list() == [None if text is None else _token(text) for text in texts]
    assert [None if token is None else tokens.open(token)[1] for token in sealed.to_list()] == texts


def test_a_slice_of_a_column_is_read_from_its_own_place() -> None:
    column = pl.Series("x", [f"值{number}" for number in range(50)])[13:29]
    data, offsets = to_bytes(column)
    assert from_bytes("x", data, offsets).to_list() == column.to_list()
    assert digests.keys(b"", column).to_list() == [digests.keys(b"", pl.Series([text]))[0] for text in column]


def test_warming_runs_every_kernel() -> None:
    warm.main()
