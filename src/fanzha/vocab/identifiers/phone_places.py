"""Where a mainland number belongs, and to which carrier: the offline table of the package `phone`, read on first use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from phone import Phone

from fanzha.vocab import regions

_HEAD = 8  # bytes before the records: version and the offset of the index
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


@dataclass(frozen=True)
class Place:
    carrier: str | None
    region: str | None


@cache
def _reader() -> Phone:
    return Phone()


def of_mobile(prefix: str) -> Place | None:
    """Of the first seven digits; None where the table does not hold them."""
    found = _reader().find(prefix)
    if found is None:
        return None
    return Place(found["phone_type"], _region(found["province"], found["city"]))


def region_of_area_code(number: str) -> str | None:
    """Of a landline without its leading 0."""
    length = 2 if number.startswith(("10", "2")) else 3
    return _area_codes().get(f"0{number[:length]}")


@cache
def _area_codes() -> dict[str, str]:
    """Area code → region, from the place records that the mobile ranges point to; where cities share a code the table's first stands."""
    reader = _reader()
    known: dict[str, str] = {}
    for record in re.split(b"\x00", reader.buf[_HEAD : reader.first_phone_record_offset]):
        province, _, rest = record.decode().partition("|")
        city, _, codes = rest.partition("|")
        area = codes.partition("|")[2]
        region = _region(province, city) if area else None
        if region is not None:
            known.setdefault(area, region)
    return known


def _region(province: str, city: str) -> str | None:
    above = regions.find(province)
    if above is None:
        return None
    if above in _MUNICIPALITIES:
        return f"{above}01"
    return regions.find(city, above)
