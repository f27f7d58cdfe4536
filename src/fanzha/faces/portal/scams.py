"""The ten fraud types in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fanzha.kit.shipped import load_yaml
from fanzha.vocab.fraud_types import FraudType


@dataclass(frozen=True)
class Told:
    """One fraud type as one would tell one's grandmother: the bait, how it goes, by what it is known, what to do."""

    line: str
    story: tuple[str, ...]
    sign: str
    instead: str


@cache
def scams() -> dict[FraudType, dict[str, Told]]:
    """Fraud type → language (`zh`, `en`) → words, in the order of the ministry's list."""
    content = load_yaml(Path(__file__).with_name("scams.yaml"))
    return {FraudType(code): {lang: _told(words) for lang, words in by_language.items()} for code, by_language in content.items()}


def _told(words: dict[str, str | list[str]]) -> Told:
    return Told(str(words["line"]), tuple(words["story"]), str(words["sign"]), str(words["instead"]))
