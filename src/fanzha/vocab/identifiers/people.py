"""The resident identity card number: GB 11643-1999, check character by ISO 7064 MOD 11-2."""

from __future__ import annotations

import re
from datetime import date

from fanzha.kit import clock
from fanzha.vocab import regions
from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, require_number

_NEW = re.compile(r"\d{17}[0-9X]")
_OLD = re.compile(r"\d{15}")
_NOISE = re.compile(r"[\s\-]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
"""GB/T 2260 provinces; 81–83 also residence permits of Hong Kong, Macao and Taiwan residents; 91 foreign permanent residents."""
_WITHOUT_COUNTIES = frozenset({"71", "81", "82", "83", "91"})
_CENTENARIANS = ("996", "997", "998", "999")  # sequence numbers that 15-digit cards kept for people born before 1900
_LONGEST_LIFE = 150


def check_character(first17: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    return _CHECKS[sum(int(char) * weight for char, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def clean_id_card(text: str) -> Cleaned:
    """18 characters; a 15-digit number of an old card becomes its 18-digit successor. Raises InvalidIdentifier."""
    joined = _NOISE.sub("", require_number(Kind.ID_CARD, text)).upper()
    warnings: tuple[str, ...] = ()
    if _OLD.fullmatch(joined):
        joined, warnings = _upgrade(joined), ("old_id_card",)
    if not _NEW.fullmatch(joined):
        raise InvalidIdentifier(Kind.ID_CARD, "not_an_id_card")
    if not _PROVINCES.match(joined):
        raise InvalidIdentifier(Kind.ID_CARD, "bad_region")
    born = _birth_date(joined[6:14])
    if check_character(joined[:17]) != joined[17]:
        raise InvalidIdentifier(Kind.ID_CARD, "bad_check_digit")
    county = joined[:6]
    if joined[:2] not in _WITHOUT_COUNTIES and not regions.exists(county):
        warnings += ("unknown_county",)  # codes change over the decades; a card keeps the one it was issued with
    return Cleaned(joined, warnings, {"region": county, "born": born.isoformat(), "sex": "male" if int(joined[16]) % 2 else "female"})


def _upgrade(old: str) -> str:
    century = "18" if old[12:] in _CENTENARIANS else "19"
    first17 = f"{old[:6]}{century}{old[6:]}"
    return first17 + check_character(first17)


def _birth_date(digits: str) -> date:
    today = clock.local_day(clock.now())
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise InvalidIdentifier(Kind.ID_CARD, "bad_birth_date") from error
    if not today.year - _LONGEST_LIFE <= born.year or born > today:
        raise InvalidIdentifier(Kind.ID_CARD, "bad_birth_date")
    return born


def mask_id_card(value: str) -> str:
    """The county's 6 digits and the last 4: 350302********1234."""
    return f"{value[:6]}{'*' * max(1, len(value) - 10)}{value[-4:]}" if len(value) >= 15 else "*" * max(1, len(value))


def mask_name(name: str) -> str:
    """A Chinese name keeps its first character, a longer one its last too: 张*, 张*丰; a name of one character is hidden."""
    plain = name.strip()
    if len(plain) <= 1:
        return "*" * len(plain)
    return f"{plain[0]}*" if len(plain) == 2 else f"{plain[0]}{'*' * (len(plain) - 2)}{plain[-1]}"
