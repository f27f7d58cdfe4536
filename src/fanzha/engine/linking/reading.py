"""Read cases from JSON lines.

A line is one case. `case_id` (or `id`, `case_no`), and whatever it has of: `identifiers` (objects with `kind` and `value`, or an object from kind to values), or
the kinds as keys of their own (`phones`, `account`, …); `reported_at` (or `time`, `date`, `day`); `fraud_type` (or `type`); `narrative` (or `text`). Other keys are
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from fanzha.engine.linking.cases import MENTIONS, Cases, clean, type_codes
from fanzha.engine.linking.errors import UnreadableCases
from fanzha.engine.linking.kinds import NAMES, Shared
from fanzha.engine.linking.meaning import samples
from fanzha.engine.linking.script import script_places
from fanzha.engine.linking.weights import UNKNOWN

_IDS, _TIMES, _TYPES, _TEXTS = ("case_id", "id", "case_no"), ("reported_at", "time", "date", "day"), ("fraud_type", "type"), ("narrative", "text")


@dataclass
class _Rows:
    """What has been read so far, a column a list."""

    ids: list[str] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    types: list[str | None] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    case: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    value: list[str] = field(default_factory=list)


def read_cases(path: Path) -> Cases:
    """All cases of a file, their narratives' scripts among the shared values.

    Raises:
        UnreadableCases: no such file, a line that is no JSON object or has no id, or an id that comes twice; the line is named.
    """
    rows = _Rows()
    for number, line in _lines(path):
        _add(rows, _object(path, number, line), f"{path.name}, line {number}")
    if not rows.ids:
        raise UnreadableCases(f"{path.name} holds no case.")
    ids = pl.Series(rows.ids)
    if ids.n_unique() < len(ids):
        twice = ids.filter(ids.is_duplicated())[0]
        raise UnreadableCases(f"{path.name}: the case {twice!r} comes more than once.", remedy="Give every case an id of its own.")
    mentions = clean(pl.DataFrame({"case": rows.case, "kind": rows.kind, "value": rows.value}, schema=MENTIONS))
    scripts = script_places(rows.texts).select("case", pl.lit(int(Shared.SCRIPT), pl.Int8).alias("kind"), "value")
    cases = Cases.build(ids, type_codes(rows.types), np.array(rows.days, np.int32), pl.concat([mentions, scripts]))
    return replace(cases, told=samples(rows.texts), narratives=rows.texts)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except OSError as error:
        raise UnreadableCases(f"{path} cannot be read: {error.strerror}.") from error


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnreadableCases(f"{path.name}, line {number} is no JSON: {error}.", line=number) from error
    if not isinstance(found, dict):
        raise UnreadableCases(f"{path.name}, line {number} is no JSON object.", line=number)
    return found


def _add(rows: _Rows, case: dict[str, Any], place: str) -> None:
    identity = _first(case, _IDS)
    if identity is None:
        raise UnreadableCases(f"{place} has no case_id.")
    number = len(rows.ids)
    rows.ids.append(str(identity))
    rows.days.append(_day(_first(case, _TIMES), place))
    kind = _first(case, _TYPES)
    rows.types.append(None if kind is None else str(kind))
    narrative = _first(case, _TEXTS)
    rows.texts.append(narrative if isinstance(narrative, str) else None)
    for shared, value in _values(case, place):
        rows.case.append(number)
        rows.kind.append(int(shared))
        rows.value.append(value)


def _first(case: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((case[name] for name in names if case.get(name) not in (None, "")), None)


def _day(told: Any, place: str) -> int:
    if told is None:
        return UNKNOWN
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    try:
        return date.fromisoformat(str(told)[:10]).toordinal()
    except ValueError as error:
        raise UnreadableCases(f"{place}: {str(told)[:40]!r} is no date.", remedy="Write it as 2026-03-01, or as a number of days.") from error


def _values(case: dict[str, Any], place: str) -> Iterator[tuple[Shared, str]]:
    told = case.get("identifiers") or ()
    groups = list(told.items()) if isinstance(told, dict) else [_pair(each, place) for each in told]
    for name, value in (*groups, *case.items()):
        shared = NAMES.get(str(name).lower())
        if shared is not None and value is not None:
            yield from ((shared, str(each)) for each in (value if isinstance(value, list) else [value]) if each is not None)


def _pair(told: Any, place: str) -> tuple[str, Any]:
    if not isinstance(told, dict) or "kind" not in told or "value" not in told:
        raise UnreadableCases(f"{place}: an identifier is no object with kind and value.")
    return str(told["kind"]), told["value"]
