"""Numbers that the law or a city may change: each has a source, a version, a unit and an effective date, by region.

A desk registers its defaults; a row in `dated_settings` overrides them from its effective date on, for its region and everything below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from fanzha.kit import clock
from fanzha.kit.errors import NotFound
from fanzha.store.work import Work


class UnknownNumber(NotFound):
    """No such dated setting is registered."""

    code = "unknown_number"


@dataclass(frozen=True)
class DatedNumber:
    """A default: `source` carries the tag of the domain reference (A, B, C, D, S, GK) or the article."""

    key: str
    value: int | float | str
    unit: str
    meaning: str
    source: str
    effective_from: date


_registered: dict[str, DatedNumber] = {}


def register(*numbers: DatedNumber) -> None:
    """Make defaults known; the same key twice must be the same number."""
    for number in numbers:
        if _registered.setdefault(number.key, number) != number:
            msg = f"two defaults for {number.key}"
            raise ValueError(msg)


def registered() -> Sequence[DatedNumber]:
    return sorted(_registered.values(), key=lambda number: number.key)


def value(work: Work, key: str, *, region: str = "", at: datetime | None = None) -> Any:
    """The value in force for the region at the time: the nearest region above wins, then the latest effective date, else the default.

    Raises:
        UnknownNumber: nobody registered the key.
    """
    if key not in _registered:
        raise UnknownNumber(f"No dated setting {key} is registered.", key=key)
    day = clock.local_day(at or clock.now())
    row = work.session.execute(
        text(
            "SELECT value FROM dated_settings WHERE key = :key AND starts_with(:region, region) AND effective_from <= :day"
            " ORDER BY length(region) DESC, effective_from DESC, version DESC LIMIT 1"
        ),
        {"key": key, "region": region, "day": day},
    ).one_or_none()
    return row.value if row is not None else _registered[key].value
