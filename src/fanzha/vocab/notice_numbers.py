"""Numbers that people type in from a paper: of notices (告知书编号) and of receipts (回执号).

Twelve digits: what it is (1 an order, 2 a decision in flight, 3 a warning, 9 a receipt), ten digits, and a check digit (Luhn, ISO/IEC 7812-1), so that a
slip of the finger shows without asking anybody. A notice's ten digits follow from the record's id and cannot be guessed without it; migration 0026 holds
the same rule as an index.
"""

from __future__ import annotations

import hashlib
import secrets
from enum import StrEnum

_SPACE = 10**10
LENGTH = 12


class NoticeOf(StrEnum):
    """The first digit."""

    ORDER = "1"
    DECISION = "2"
    WARNING = "3"
    RECEIPT = "9"


def notice_stem(of: NoticeOf, record_id: str) -> str:
    """The first eleven digits of a record's notice number: by these it is found."""
    digest = hashlib.sha256(f"notice:{record_id}".encode()).hexdigest()
    return f"{of.value}{int(digest[:15], 16) % _SPACE:010d}"


def notice_number(of: NoticeOf, record_id: str) -> str:
    """The number printed on the notice of a record."""
    return with_check_digit(notice_stem(of, record_id))


def new_receipt() -> str:
    """A receipt number at random; whoever keeps it must see that it is new."""
    return with_check_digit(f"{NoticeOf.RECEIPT.value}{secrets.randbelow(_SPACE):010d}")


def grouped(number: str) -> str:
    """In fours, as it is printed: 1234 5678 9012."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def read_number(typed: str) -> str | None:
    """The twelve digits of what somebody typed (spaces and dashes are passed over, full-width digits read); None where it cannot be right."""
    digits = "".join(str(int(one)) if one.isdecimal() else one for one in typed if not one.isspace() and one not in "-－—·.")
    known = {of.value for of in NoticeOf}
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdecimal()) or digits[0] not in known:
        return None
    return digits if with_check_digit(digits[:-1]) == digits else None


def with_check_digit(stem: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(stem)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{stem}{-total % 10}"
