"""Reason templates: words with feature values in them, in Chinese and English.

`{name}` or `{name:format}`; formats: `count` (the default for numbers), `yuan` (from fen), `minutes` (from seconds), `percent` (from a share),
`times`, `type` (a fraud type's name).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from fanzha.engine.rules.expression import Scalar, Type
from fanzha.kit.money import format_yuan
from fanzha.vocab.fraud_types import ENTRIES, FraudType

MISSING = "—"

_PLACE = re.compile(r"\{(?P<name>[a-z0-9_]+)(?::(?P<format>[a-z]+))?\}")


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


def _type_name(code: str, language: Language) -> str:
    entry = ENTRIES.get(FraudType(code)) if code in set(FraudType) else None
    return code if entry is None else entry.zh if language is Language.ZH else entry.en


_FORMATS: dict[str, tuple[Type, Callable[[float], str]]] = {
    "count": (Type.NUMBER, lambda value: f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"),
    "yuan": (Type.NUMBER, lambda value: format_yuan(round(value))),
    "minutes": (Type.NUMBER, lambda value: f"{value / 60:,.0f}"),
    "percent": (Type.NUMBER, lambda value: f"{value:.0%}"),
    "times": (Type.NUMBER, lambda value: f"{value:,.1f}"),
}


def names_in(template: str) -> frozenset[str]:
    """The features whose values the template shows."""
    return frozenset(found["name"] for found in _PLACE.finditer(template))


def faults(template: str, features: Mapping[str, Type]) -> list[str]:
    """What is wrong with a template over these features; nothing where it is fine."""
    found: list[str] = []
    for place in _PLACE.finditer(template):
        name, form = place["name"], place["format"]
        if name not in features:
            found.append(f"There is no feature named {name} here.")
        elif form == "type":
            found += [] if features[name] is Type.TEXT else [f"{name} is not a fraud type."]
        elif form and form not in _FORMATS:
            found.append(f"There is no format named {form}.")
        elif form and features[name] is not Type.NUMBER:
            found.append(f"{name} is not a number.")
    if "{" in _PLACE.sub("", template) or "}" in _PLACE.sub("", template):
        found.append("A brace stands alone.")
    return found


def fill(template: str, values: Mapping[str, Scalar], language: Language) -> str:
    """The template with the values in words; a null value is a dash."""

    def show(place: re.Match[str]) -> str:
        value, form = values.get(place["name"]), place["format"]
        if value is None:
            return MISSING
        if isinstance(value, bool):
            return ("是" if value else "否") if language is Language.ZH else ("yes" if value else "no")
        if isinstance(value, str):
            return _type_name(value, language) if form == "type" else value
        return _FORMATS[form or "count"][1](value)

    return _PLACE.sub(show, template)
