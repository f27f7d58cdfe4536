"""Money is an integer number of fen (1 yuan = 100 fen); no float ever touches it."""

from __future__ import annotations

import re
import unicodedata

from fanzha.kit.errors import InvalidInput

Fen = int

_YUAN = re.compile(r"^(?P<sign>-?)(?P<yuan>\d+)(?:\.(?P<cents>\d{1,2})0*)?$")


class InvalidAmount(InvalidInput):
    """The amount is not a number of yuan with at most two decimals."""

    code = "invalid_amount"
    remedy = "Write it as 1234.56 or 1,234.56."


def parse_yuan(text: str) -> Fen:
    """'¥1,234.5' → 123450. Full-width digits, thousands separators, blanks and a 元/¥/CNY/RMB mark are allowed.

    Raises:
        InvalidAmount: anything else, and more than two decimals.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for mark in ("人民币", "CNY", "RMB", "¥", "元", ",", " ", "\t"):
        plain = plain.replace(mark, "")
    found = _YUAN.match(plain)
    if found is None:
        raise InvalidAmount(text=text)
    fen = int(found["yuan"]) * 100 + int((found["cents"] or "0").ljust(2, "0"))
    return -fen if found["sign"] else fen


def format_yuan(fen: Fen) -> str:
    """123450 → '1,234.50'."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
