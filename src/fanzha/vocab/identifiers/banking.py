"""Bank accounts, cards and payment accounts. A failed check digit warns and never rejects: not every Chinese account number passes Luhn."""

from __future__ import annotations

import re
from functools import lru_cache

from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, cover, passes_luhn, require_number, tidy

_NOISE = re.compile(r"[\s\-]")
_ACCOUNT = re.compile(r"[0-9A-Z]{5,34}")
_PAYMENT_EMAIL = re.compile(r"[a-z0-9._%+\-]{1,64}@[a-z0-9.\-]{3,190}")
_CARD = re.compile(r"\d{13,19}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}")
_EXACT_DIGITS = 15  # a spreadsheet keeps no more


def clean_account(text: str) -> Cleaned:
    """5 to 34 letters or digits, upper case; a payment account may also be an e-mail address. Raises InvalidIdentifier."""
    joined = _NOISE.sub("", require_number(Kind.BANK_ACCOUNT, text))
    if _PAYMENT_EMAIL.fullmatch(text.lower()):
        return Cleaned(text.lower(), facts={"account_kind": "payment"})
    value = joined.upper()
    if not _ACCOUNT.fullmatch(value) or not any(char.isdigit() for char in value):
        raise InvalidIdentifier(Kind.BANK_ACCOUNT, "not_an_account")
    if _IBAN.fullmatch(value):
        return Cleaned(value, () if _passes_iban(value) else ("iban_check",), {"account_kind": "iban", "country": value[:2]})
    is_card = 16 <= len(value) <= 19 and value.isdigit() and value[0] in "34569" and passes_luhn(value)
    return Cleaned(value, _rounded(value), {"account_kind": "card" if is_card else "account"})


def clean_card(text: str) -> Cleaned:
    """13 to 19 digits. Raises InvalidIdentifier."""
    value = _NOISE.sub("", require_number(Kind.CARD, text))
    if not _CARD.fullmatch(value):
        raise InvalidIdentifier(Kind.CARD, "not_a_card")
    doubts = () if passes_luhn(value) else ("luhn",)
    return Cleaned(value, doubts + _rounded(value), {"issuer": value[:6], "union_pay": value.startswith("62")})


def clean_fast(raw: str) -> str | None:
    """The clean account, None where there is none. For the intake's hot path."""
    if 5 <= len(raw) <= 34 and raw.isdigit() and raw.isascii():
        return raw
    return _clean_slow(raw)


@lru_cache(maxsize=65_536)
def _clean_slow(raw: str) -> str | None:
    try:
        return clean_account(tidy(raw)).value
    except InvalidIdentifier:
        return None


def mask_account(value: str) -> str:
    """An e-mail as one; 16 to 19 digits first 6 and last 4; else first 2 and last 4, never more than half."""
    if "@" in value:
        local, _, host = value.partition("@")
        return f"{cover(local, 1, 0)}@{host}"
    return mask_card(value) if 16 <= len(value) <= 19 else cover(value, 2, 4)


def mask_card(value: str) -> str:
    """The issuer's first 6 digits and the last 4."""
    return f"{value[:6]}{'*' * max(1, len(value) - 10)}{value[-4:]}" if len(value) >= 13 else cover(value, 2, 2)


def _passes_iban(value: str) -> bool:
    """ISO 13616: the number with its first four characters moved to the end, letters as 10–35, is 1 modulo 97."""
    return int("".join(str(int(char, 36)) for char in value[4:] + value[:4])) % 97 == 1


def _rounded(value: str) -> tuple[str, ...]:
    beyond = value[_EXACT_DIGITS:]
    return ("maybe_rounded",) if value.isdigit() and len(beyond) >= 2 and not beyond.strip("0") else ()
