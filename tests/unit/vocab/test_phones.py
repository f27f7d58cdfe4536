"""Telephone numbers as operators, banks and citizens write them. All numbers are made up."""

from __future__ import annotations

import pytest

from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean, guess, mask
from fanzha.vocab.identifiers.phones import PhoneKind, clean_fast, facts

MADE_UP = "13800000001"


@pytest.mark.parametrize(
    "raw",
    [
        MADE_UP,
        f"86{MADE_UP}",
        f"+86 {MADE_UP}",
        f"0086{MADE_UP}",
        f"0{MADE_UP}",
        "138-0000-0001",
        "138 0000 0001",
        "1380000-0001",
        "１３８００００００００１"[:3] + "００００００" + "０１",
        f"'{MADE_UP}",
        f"{MADE_UP}.0",
        f"17951{MADE_UP}",
        f"手机：{MADE_UP}",
        f"\u202a{MADE_UP}\u202c",
    ],
)
def test_spellings_of_one_mobile(raw: str) -> None:
    assert clean(Kind.PHONE, raw).value == f"+86{MADE_UP}"
    assert clean_fast(raw) == f"+86{MADE_UP}"


@pytest.mark.parametrize(
    ("raw", "value", "kind"),
    [
        ("0594-2000001", "+865942000001", PhoneKind.LANDLINE),
        ("(0594)2000001", "+865942000001", PhoneKind.LANDLINE),
        ("0594-2000001-801", "+865942000001", PhoneKind.LANDLINE),
        ("0594-2000001转801", "+865942000001", PhoneKind.LANDLINE),
        ("010-60000001", "+861060000001", PhoneKind.LANDLINE),
        ("+86 10 60000001", "+861060000001", PhoneKind.LANDLINE),
        ("110", "110", PhoneKind.SHORT),
        ("12381", "12381", PhoneKind.SHORT),
        ("10086", "10086", PhoneKind.SHORT),
        ("96110", "96110", PhoneKind.HOTLINE),
        ("95588", "95588", PhoneKind.HOTLINE),
        ("95013000000001", "95013000000001", PhoneKind.VOIP),
        ("4000000001", "4000000001", PhoneKind.TOLL_FREE),
        ("400-000-0001", "4000000001", PhoneKind.TOLL_FREE),
        ("10690000000001", "10690000000001", PhoneKind.SMS_PORT),
        ("1064800000001", "+861064800000001", PhoneKind.IOT),
        ("1440000000001", "+861440000000001", PhoneKind.IOT),
        ("17000000001", "+8617000000001", PhoneKind.VIRTUAL),
        ("16200000001", "+8616200000001", PhoneKind.VIRTUAL),
        ("13490000001", "+8613490000001", PhoneKind.SATELLITE),
        ("+87077000001", "+87077000001", PhoneKind.SATELLITE),
        ("+852 9000 0001", "+85290000001", PhoneKind.FOREIGN),
        ("00852-90000001", "+85290000001", PhoneKind.FOREIGN),
        ("+886900000001", "+886900000001", PhoneKind.FOREIGN),
        ("+0086100000001", "+0086100000001", PhoneKind.SPOOFED),
        ("+10200000001", "+10200000001", PhoneKind.SPOOFED),
        ("+110", "+110", PhoneKind.SPOOFED),
        ("+2100000001", "+2100000001", PhoneKind.SPOOFED),
    ],
)
def test_sorts_of_number(raw: str, value: str, kind: PhoneKind) -> None:
    identifier = clean(Kind.PHONE, raw)
    told = facts(identifier.value)
    assert (identifier.value, told.kind) == (value, kind)
    assert identifier.facts["phone_kind"] == kind.value
    assert told.foreign == (value.startswith("+") and not value.startswith("+86"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("1.38E+10", "excel_destroyed"),
        ("138****0001", "masked"),
        ("2000001", "no_area_code"),
        ("1380000000", "not_a_phone"),
        ("138000000011", "not_a_phone"),
        ("13800000001/13800000002", "not_a_phone"),
        ("unknown", "not_a_phone"),
        ("1" * 40, "not_a_phone"),
    ],
)
def test_what_is_refused(raw: str, reason: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        clean(Kind.PHONE, raw)
    assert refused.value.reason == reason
    assert clean_fast(raw) is None


def test_place_and_carrier() -> None:
    beijing = facts("+8613800130000")
    assert (beijing.carrier, beijing.region) == ("移动", "1101")
    assert facts("+865942000001").region == "3503"
    assert facts("+8617000000001").virtual_operator
    assert facts("110").region is None


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("+8613800000001", "138****0001"),
        ("+865942000001", "0594***0001"),
        ("+861060000001", "010****0001"),
        ("+85290000001", "+852*****001"),
        ("95588", "95588"),
    ],
)
def test_masks(value: str, masked: str) -> None:
    assert mask(Kind.PHONE, value) == masked


def test_a_number_of_digits_is_guessed() -> None:
    assert guess(MADE_UP) is Kind.PHONE
    assert guess("0594-2000001") is Kind.PHONE
    assert guess("000200000") is Kind.BANK_ACCOUNT
    assert guess("tel:13800000001") is Kind.PHONE
