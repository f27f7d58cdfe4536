"""Numbers of this desk that a city may change (`fanzha settings`)."""

from __future__ import annotations

import re
from datetime import date

from fanzha.desks.cases.errors import BadNumberPattern
from fanzha.store import Work, dated

_FROM = date(2022, 12, 1)  # the day the Anti-Telecom and Online Fraud Law came into force

dated.register(
    dated.DatedNumber(
        "cases.number_pattern", r"A\d{12}(19|20)\d{2}(0[1-9]|1[0-2])\d{4,6}", "pattern",
        "regular expression of a case number; a number that does not fit is warned of and kept",
        "GK: A + 12-digit unit + yyyymm + serial; GA 398.1-2002 covers economic crime (DOMAIN §8)", _FROM,
    ),
    dated.DatedNumber("cases.evidence_mb", 200, "MB", "largest evidence file", "GK: an editable default", _FROM),
)  # fmt: skip


def number_fits(work: Work, number: str, region: str) -> bool:
    """Raises BadNumberPattern: the setting is no regular expression."""
    pattern = str(dated.value(work, "cases.number_pattern", region=region))
    try:
        return re.fullmatch(pattern, number) is not None
    except re.error as wrong:
        raise BadNumberPattern(pattern=pattern) from wrong


def most_evidence_bytes(work: Work, region: str) -> int:
    return int(dated.value(work, "cases.evidence_mb", region=region)) * 1_000_000
