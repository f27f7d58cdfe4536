"""What holds for every kind of identifier, whatever is thrown at it."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanzha.vocab.identifiers import Identifier, InvalidIdentifier, Kind, clean, guess, mask, recognise, validate
from fanzha.vocab.identifiers.banking import clean_fast as clean_account_fast
from fanzha.vocab.identifiers.base import REASONS
from fanzha.vocab.identifiers.phones import clean_fast

digits = st.text(string.digits, min_size=1, max_size=22)
likely = st.one_of(
    digits,
    st.from_regex(r"\+?(86|00|0|1|886|852)?[- ]?1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"0[1-9][0-9]{1,2}-?[2-8][0-9]{6,7}(-[0-9]{1,4}|转[0-9]{2})?", fullmatch=True),
    st.from_regex(r"(10|4|8|9[56])[0-9]{3,12}", fullmatch=True),
    st.from_regex(r"[1-8][0-9]{5}(19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx]", fullmatch=True),
    st.from_regex(r"(https?://)?([a-z0-9-]{1,8}\.){1,3}(com|cn|top|com\.cn|invalid)(:[0-9]{1,5})?(/[A-Za-z0-9?=#&%.]{0,12})?", fullmatch=True),
    st.from_regex(r"[a-z.]{1,8}@[a-z]{1,8}\.(com|cn)", fullmatch=True),
    st.from_regex(r"(telegram|抖音|qq|微信)[:：]@?[a-zA-Z0-9_]{3,12}", fullmatch=True),
    st.from_regex(r"(com|cn)\.[a-z]{2,6}\.[a-z]{2,6}", fullmatch=True),
    st.from_regex(r"0x[0-9a-fA-F]{40}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(:[0-9]{2})?", fullmatch=True),
    st.text(st.sampled_from("0123456789０１２abcX.-+ :/@*'е。一"), max_size=24),
    st.text(max_size=24),
)


def _cleaned(kind: Kind, raw: str) -> Identifier | None:
    try:
        return clean(kind, raw)
    except InvalidIdentifier:
        return None


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=120, deadline=None)
@given(raw=likely)
def test_a_clean_value_is_clean_for_good(kind: Kind, raw: str) -> None:
    identifier = _cleaned(kind, raw)
    if identifier is None:
        (problem,) = validate(kind, raw)
        assert problem.is_error
        assert (problem.zh, problem.en) == REASONS[problem.code]
        return
    again = clean(kind, identifier.value)
    assert again.value == identifier.value
    assert not [problem for problem in validate(kind, identifier.value) if problem.is_error]
    assert identifier.raw == raw
    assert set(identifier.warnings) <= set(REASONS)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.DOMAIN, Kind.APP)])
@settings(max_examples=80, deadline=None)
@given(raw=likely)
@example(raw="10.100.100.0")
@example(raw="100.100.100.100")
def test_a_mask_hides_something_that_is_personal(kind: Kind, raw: str) -> None:
    identifier = _cleaned(kind, raw)
    if identifier is None:
        return
    value, masked = identifier.value, mask(kind, identifier.value)
    if kind is Kind.PHONE and (not value.startswith("+") or len(value) <= 6):
        assert masked == value  # a service number is public
    elif kind is Kind.URL:
        assert masked.rstrip("*") == value[: value.index("/") + 1]
    else:
        assert masked != value
        assert "*" in masked
        assert not _shows_more_than(value, masked, most=14 if kind is Kind.EMAIL else 10)


def _shows_more_than(value: str, masked: str, *, most: int) -> bool:
    """Whether more than `most` digits or letters of the value stay readable; what stands after @ or before : is public."""
    shown = masked.partition("@")[0] if "@" in masked else masked.rpartition(":")[2]
    return sum(char.isalnum() for char in shown) > min(most, len(value))


@settings(max_examples=200, deadline=None)
@given(raw=likely)
def test_a_guess_can_be_cleaned(raw: str) -> None:
    kind, found = guess(raw), recognise(raw)
    if kind is None or found is None:
        assert kind is None
        assert found is None
        return
    assert found.kind is kind
    assert found.value == clean(kind, raw).value


@settings(max_examples=200, deadline=None)
@given(raw=likely)
def test_the_fast_paths_agree_with_the_slow_ones(raw: str) -> None:
    phone, account = _cleaned(Kind.PHONE, raw), _cleaned(Kind.BANK_ACCOUNT, raw)
    assert clean_fast(raw) == (phone.value if phone else None)
    assert clean_account_fast(raw) == (account.value if account else None)
