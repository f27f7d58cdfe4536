"""What to say, look at, ask and protect at the door: 四查看 三询问 一保护, for each fraud type (DOMAIN §5, Gansu; C). The words stand in advice.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fanzha.kit.shipped import load_yaml
from fanzha.vocab.fraud_types import FraudType


@dataclass(frozen=True)
class Words:
    """One sentence in two languages."""

    zh: str
    en: str

    def said(self, locale: str) -> str:
        return self.en if locale == "en" else self.zh


@dataclass(frozen=True)
class Advice:
    """For one fraud type: an opening sentence, four things to look at, three questions, one protective step."""

    say: Words
    look: tuple[Words, ...]
    ask: tuple[Words, ...]
    protect: Words


@cache
def advice(fraud_type: str) -> Advice:
    """The advice for a type; that of `other` for a type without its own."""
    content = _content()
    entry = content["types"].get(fraud_type) or content["types"][FraudType.OTHER.value]
    return Advice(
        say=Words(**entry["say"]),
        look=tuple(Words(**words) for words in content["look"]),
        ask=tuple(Words(**words) for words in entry["ask"]),
        protect=Words(**entry["protect"]),
    )


@cache
def _content() -> dict[str, Any]:
    return dict(load_yaml(resources.files("fanzha.desks.warnings").joinpath("advice.yaml")))
