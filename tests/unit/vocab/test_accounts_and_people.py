"""Accounts, cards, identity cards. All numbers are made up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.kit import clock
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean, guess, mask, mask_name, token_kind, validate
from fanzha.vocab.identifiers.base import luhn_digit
from fanzha.vocab.identifiers.people import check_character

FIRST17 = "35030219900101123"
CARD = "622000000000000" + luhn_digit("622000000000000")


def _id_card() -> str:
    return FIRST17 + check_character(FIRST17)


@pytest.mark.parametrize("raw", [CARD, f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}", f"'{CARD}", CARD.replace("0", "０")])
def test_spellings_of_one_card(raw: str) -> None:
    card = clean(Kind.CARD, raw)
    assert card.value == CARD
    assert card.warnings == ()
    assert mask(Kind.CARD, card.value) == f"622000******{CARD[-4:]}"
    assert guess(raw) is Kind.CARD


def test_a_wrong_check_digit_warns_and_never_rejects() -> None:
    wrong = CARD[:-1] + str((int(CARD[-1]) + 1) % 10)
    assert clean(Kind.CARD, wrong).warnings == ("luhn",)
    assert [problem.is_error for problem in validate(Kind.CARD, wrong)] == [False]
    assert clean(Kind.BANK_ACCOUNT, wrong).warnings == ()


def test_a_number_that_a_spreadsheet_rounded_is_doubted_or_refused() -> None:
    assert "maybe_rounded" in clean(Kind.CARD, "6220000000001230000").warnings
    with pytest.raises(InvalidIdentifier) as refused:
        clean(Kind.BANK_ACCOUNT, "6.2E+18")
    assert refused.value.reason == "excel_destroyed"
    assert "spreadsheet" in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0003-0128-470", "00030128470"),
        ("gb00test12345698765432", "GB00TEST12345698765432"),
        ("someone@example.com", "someone@example.com"),
        ("12345", "12345"),
    ],
)
def test_accounts(raw: str, value: str) -> None:
    assert clean(Kind.BANK_ACCOUNT, raw).value == value


@pytest.mark.parametrize("raw", ["1234", "ABCDEFG", "1" * 35, "6222****1234", "账号"])
def test_what_is_no_account(raw: str) -> None:
    with pytest.raises(InvalidIdentifier):
        clean(Kind.BANK_ACCOUNT, raw)


def test_a_card_and_an_account_are_one_subject_in_the_lake() -> None:
    assert token_kind(Kind.CARD) is Kind.BANK_ACCOUNT
    assert token_kind(Kind.PHONE) is Kind.PHONE


def test_an_identity_card_tells_county_birth_and_sex() -> None:
    card = clean(Kind.ID_CARD, f" {_id_card().lower()} ")
    assert card.value == _id_card()
    assert dict(card.facts) == {"region": "350302", "born": "1990-01-01", "sex": "male"}
    assert mask(Kind.ID_CARD, card.value) == f"350302********{card.value[-4:]}"
    assert guess(card.value) is Kind.ID_CARD


def test_an_old_card_becomes_its_successor() -> None:
    old = clean(Kind.ID_CARD, "350302900101123")
    assert old.value == _id_card()
    assert old.warnings == ("old_id_card",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (_id_card()[:-1] + ("0" if _id_card()[-1] != "0" else "1"), "bad_check_digit"),
        ("35030219901301123" + "0", "bad_birth_date"),
        ("35030220990101123" + "0", "bad_birth_date"),
        ("99030219900101123" + "0", "bad_region"),
        ("3503021990010112", "not_an_id_card"),
    ],
)
def test_what_is_no_identity_card(raw: str, reason: str) -> None:
    with clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)), pytest.raises(InvalidIdentifier) as refused:
        clean(Kind.ID_CARD, raw)
    assert refused.value.reason == reason


@settings(max_examples=100, deadline=None)
@given(first=st.from_regex(r"350302(19[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True), place=st.integers(0, 16), other=st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(first: str, place: int, other: int) -> None:
    """ISO 7064 MOD 11-2 detects every single substitution."""
    changed = first[:place] + str((int(first[place]) + other) % 10) + first[place + 1 :]
    assert check_character(changed) != check_character(first)


def test_names_are_masked() -> None:
    assert [mask_name(name) for name in ("张三", "张小三", "欧阳小三", "张", "", " 张三 ")] == ["张*", "张*三", "欧**三", "*", "", "张*"]
