"""Which column of a file is which of our fields.

Headers are compared after folding (NFKC, lower case, letters and digits only), a unit in brackets apart: 交易金额（元） is 交易金额 in yuan.
The alias tables in `aliases/` hold what banks and operators really send; a mapping given with the file goes before them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from fanzha.desks.intake.errors import BadMapping, MissingColumns
from fanzha.kit.ids import stable_id


class IntakeKind(StrEnum):
    CALLS = "calls"
    MESSAGES = "messages"
    VISITS = "visits"
    TRANSFERS = "transfers"
    ACCOUNTS = "accounts"
    SIMS = "sims"
    REPORTS = "reports"
    INDICATORS = "indicators"
    CASES = "cases"


_TIME: Final = (frozenset({"at"}), frozenset({"date"}))

NEEDS: Final[dict[IntakeKind, tuple[tuple[frozenset[str], ...], ...]]] = {
    # Each line is a need; it is met by any one of its sets.
    IntakeKind.CALLS: (_TIME, (frozenset({"caller", "callee"}), frozenset({"own", "counterparty", "direction"}))),
    IntakeKind.MESSAGES: (_TIME, (frozenset({"sender"}),), (frozenset({"receiver"}),), (frozenset({"text"}),)),
    IntakeKind.VISITS: (_TIME, (frozenset({"visitor"}),), (frozenset({"host"}),)),
    IntakeKind.TRANSFERS: (
        _TIME,
        (frozenset({"payer", "payee"}), frozenset({"own", "counterparty"})),
        (frozenset({"amount"}), frozenset({"amount_fen"}), frozenset({"amount_out", "amount_in"})),
    ),
    IntakeKind.ACCOUNTS: (_TIME, (frozenset({"account"}),), (frozenset({"holder"}),)),
    IntakeKind.SIMS: (_TIME, (frozenset({"phone"}),)),
    IntakeKind.REPORTS: (_TIME, (frozenset({"narrative"}),)),
    IntakeKind.INDICATORS: ((frozenset({"value"}),),),
    IntakeKind.CASES: (_TIME, (frozenset({"number"}),), (frozenset({"narrative"}),)),
}

_UNITS: Final = {"元": "yuan", "人民币元": "yuan", "yuan": "yuan", "万元": "wan", "wan": "wan", "分": "fen", "fen": "fen"} | {
    "秒": "s",
    "s": "s",
    "sec": "s",
    "分钟": "min",
    "min": "min",
    "毫秒": "ms",
    "ms": "ms",
}
_BRACKETS: Final = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")


@dataclass(frozen=True)
class Column:
    """A column of the file, and the unit that its header names ('' where none)."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Given:
    """A mapping that came with the file: field → column name, field → unit, field → the same value for every row."""

    fields: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Empty for no mapping, else a stable hash: the same file under another mapping is another batch."""
        parts = [sorted(self.fields.items()), sorted(self.units.items()), sorted(self.constants.items())]
        return stable_id(parts) if any(parts) else ""


@dataclass(frozen=True)
class Columns:
    """The outcome for one header: where each field stands, what is the same for all rows, and which columns nobody asked for."""

    found: Mapping[str, Column]
    constants: Mapping[str, str]
    ignored: tuple[str, ...]

    def has(self, *fields: str) -> bool:
        return all(name in self.found or name in self.constants for name in fields)


def fold(header: str) -> tuple[str, str]:
    """('交易金额（元）') → ('交易金额', 'yuan'); brackets that hold no unit are dropped."""
    plain = unicodedata.normalize("NFKC", header).lower()
    units = [_UNITS[word.strip()] for word in _BRACKETS.findall(plain) if word.strip() in _UNITS]
    return re.sub(r"[\W_]+", "", _BRACKETS.sub("", plain)), units[0] if units else ""


@cache
def aliases(kind: IntakeKind) -> dict[str, tuple[str, ...]]:
    """Folded header names of each field, the preferred first; the kind's own names go before the common ones."""
    own, common = _table(kind.value), _table("_common")
    fields = dict.fromkeys((*own, *common))
    return {name: tuple(dict.fromkeys(fold(text)[0] for text in (*own.get(name, ()), *common.get(name, ())))) for name in fields}


def match(kind: IntakeKind, header: Sequence[str], given: Given | None = None) -> Columns:
    """Find the fields in a header. A header matches one field at most; what the mapping names is taken first.

    Raises:
        BadMapping: the mapping names a field that this kind does not have, or a column that the file does not have.
    """
    given = given or Given()
    found = _given_columns(kind, header, given)
    taken = {column.name for column in found.values()}
    folded: dict[str, tuple[str, str]] = {}
    for name in header:
        text, unit = fold(name)
        if name not in taken and text:
            folded.setdefault(text, (name, unit))
    for name, known in aliases(kind).items():
        if name in found or name in given.constants:
            continue
        hit = next((text for text in known if text in folded and folded[text][0] not in taken), None)
        if hit is not None:
            column, unit = folded[hit]
            found[name] = Column(column, given.units.get(name, unit))
            taken.add(column)
    return Columns(found, given.constants, tuple(name for name in header if name and name not in taken))


def missing(kind: IntakeKind, columns: Columns) -> list[str]:
    """The needs of a kind that a header leaves open, each as the fields of its first choice."""
    open_needs = [choices for choices in NEEDS[kind] if not any(columns.has(*choice) for choice in choices)]
    return [name for choices in open_needs for name in sorted(choices[0]) if not columns.has(name)]


def require(kind: IntakeKind, header: Sequence[str], given: Given | None = None, note: str = "") -> Columns:
    """`match`, and every need met.

    Raises:
        MissingColumns: names each missing field with a few headers that would be understood, and the headers that are there.
    """
    columns = match(kind, header, given)
    lacking = missing(kind, columns)
    if lacking:
        wanted = "; ".join(f"{name} ({', '.join(_examples(kind, name))})" for name in lacking)
        there = ", ".join(name for name in header if name)[:300] or "none"
        raise MissingColumns(f"No column was found for {wanted}. Columns found: {there}.{note}", missing=lacking, found=list(header))
    return columns


def find_header(kind: IntakeKind, rows: Sequence[Sequence[str]], given: Given | None = None) -> int:
    """The place of the header among the first rows of a sheet: the first that meets every need, else the one with the most known columns."""
    best, most = 0, -1
    for place, row in enumerate(rows):
        try:
            columns = match(kind, row, given)
        except BadMapping:
            continue
        if not missing(kind, columns):
            return place
        if len(columns.found) > most:
            best, most = place, len(columns.found)
    return best


def read_mapping(path: Path) -> Given:
    """Read a mapping file.

    Raises:
        BadMapping: it is not YAML of the expected form.
    """
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadMapping(path=str(path)) from error
    return parse_mapping(document)


def parse_mapping(document: Any) -> Given:
    """The mapping in a parsed YAML or JSON document.

    Raises:
        BadMapping: another form.
    """
    parts = {"fields", "units", "constants"}
    if not isinstance(document, dict) or not set(document) <= parts or not all(isinstance(part, dict) for part in document.values()):
        raise BadMapping
    texts = {part: {str(name): str(value) for name, value in document.get(part, {}).items()} for part in parts}
    unknown = sorted(set(texts["units"].values()) - set(_UNITS.values()))
    if unknown:
        raise BadMapping(f"The mapping names units that are not known: {', '.join(unknown)}.")
    return Given(texts["fields"], texts["units"], texts["constants"])


def _given_columns(kind: IntakeKind, header: Sequence[str], given: Given) -> dict[str, Column]:
    unknown = sorted({*given.fields, *given.units, *given.constants} - set(aliases(kind)))
    if unknown:
        raise BadMapping(f"The mapping names fields that {kind.value} do not have: {', '.join(unknown)}.", remedy=f"Known fields: {', '.join(sorted(aliases(kind)))}.")
    absent = sorted(set(given.fields.values()) - set(header))
    if absent:
        raise BadMapping(f"The mapping names columns that the file does not have: {', '.join(absent)}.")
    return {name: Column(column, given.units.get(name) or fold(column)[1]) for name, column in given.fields.items()}


def _examples(kind: IntakeKind, name: str) -> list[str]:
    return [*_table(kind.value).get(name, ()), *_table("_common").get(name, ())][:3]


@cache
def _table(name: str) -> dict[str, tuple[str, ...]]:
    text = resources.files("fanzha.desks.intake").joinpath(f"aliases/{name}.yaml").read_text("utf-8")
    return {key: tuple(str(value) for value in values) for key, values in yaml.safe_load(text).items()}
