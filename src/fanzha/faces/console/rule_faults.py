"""Faults of a rule's text in the reader's language, each with what to do about it.

The engine says what is wrong in English. The sentences and remedies stand in `templates/rule_editor/faults.yaml`, found by a pattern; one that no pattern
knows is shown as the engine said it. A test holds every sentence of the engine against the list.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.rules.model import Fault
from fanzha.faces.common.i18n import Locale
from fanzha.kit.shipped import load_yaml

_FILE = Path(__file__).parent / "templates" / "rule_editor" / "faults.yaml"


@dataclass(frozen=True)
class Shown:
    """A fault at its place (from 1) in words, and the remedy; '' where there is none beyond the sentence."""

    line: int
    column: int
    text: str
    remedy: str


@dataclass(frozen=True)
class Known:
    """One kind of fault: the pattern of the engine's sentence, the Chinese one, and the remedy in both languages. Named groups fill `{name}`."""

    pattern: re.Pattern[str]
    zh: str
    remedy: Mapping[str, str]


def shown(faults: Iterable[Fault], locale: Locale) -> list[Shown]:
    return [_shown(fault, locale) for fault in faults]


def kind_of(reason: str) -> tuple[Known, re.Match[str]] | None:
    """Which kind of fault a sentence of the engine is."""
    found = ((known, match) for known in known_faults() if (match := known.pattern.fullmatch(reason)))
    return next(found, None)


@cache
def known_faults() -> tuple[Known, ...]:
    entries = load_yaml(_FILE)
    return tuple(Known(re.compile(each["says"], re.DOTALL), each["zh"], each.get("remedy", {})) for each in entries)


def _shown(fault: Fault, locale: Locale) -> Shown:
    found = kind_of(fault.reason)
    if found is None:
        return Shown(fault.line, fault.column, fault.reason, "")
    known, match = found
    parts = match.groupdict()
    remedy = known.remedy.get(locale.value, "")
    if "{alike}" in remedy:
        alike = _alike(parts.get("name") or "")
        remedy = remedy.format_map(parts | {"alike": ", ".join(alike)}) if alike else known.remedy.get(f"none_{locale.value}", "")
    text = known.zh.format_map(parts) if locale is Locale.ZH else fault.reason
    return Shown(fault.line, fault.column, text, remedy)


def _alike(name: str) -> list[str]:
    """Features whose names look like it."""
    return difflib.get_close_matches(name, FEATURES.features, n=3, cutoff=0.6)
