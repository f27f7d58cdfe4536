"""The texts of detectors: reading one, its number, and what it says apart from the number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from fanzha.desks.detectors.errors import ExamplesFail, WrongVersion
from fanzha.desks.models import ready
from fanzha.engine.rules.examples import Outcome, run_tests
from fanzha.engine.rules.model import Rule, read_rule

_NUMBER = re.compile(r"^version:[ \t]*\d+(?=[ \t]*(?:#|$))", re.MULTILINE)


@lru_cache(maxsize=1024)
def rule_of(text: str) -> Rule:
    """The rule in the text; read once a process.

    Raises:
        InvalidRule.
    """
    return read_rule(text)


def tidy(text: str) -> str:
    """The text with one kind of line end and nothing behind it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n") + "\n"


def content_of(text: str) -> str:
    """32 hex digits that tell texts apart by what they say; the version's number does not count."""
    return hashlib.sha256(_NUMBER.sub("version: 0", tidy(text), count=1).encode()).hexdigest()[:32]


def numbered(text: str, version: int) -> str:
    """The text under this number.

    Raises:
        WrongVersion: the number does not stand on a line of its own.
    """
    written = _NUMBER.sub(f"version: {version}", text, count=1)
    if rule_of(written).version != version:
        raise WrongVersion(version=version)
    return written


def fingerprint(rules: Iterable[Rule]) -> str:
    """32 hex digits that change when any rule does."""
    texts = "\x1f".join(rule.text for rule in sorted(rules, key=lambda rule: (rule.id, rule.version)))
    return hashlib.sha256(texts.encode()).hexdigest()[:32]


def prove(rule: Rule) -> list[Outcome]:
    """Run the examples in the text; of a rule with a model see that the model is there and scores such events.

    Raises:
        ModelNotFound, InvalidFolder: the model cannot be loaded.
        InvalidRule: an example that is not made of events, or a model of other events.
        ExamplesFail: names each that did not come out as said.
    """
    outcomes = run_tests(ready(rule))
    failed = [each for each in outcomes if not each.passed]
    if failed:
        said = "; ".join(f"“{each.name}” expected {', '.join(each.expected) or 'none'}, found {', '.join(each.found) or 'none'}" for each in failed)
        raise ExamplesFail(f"An example does not come out as it says: {said}.", examples=[each.name for each in failed])
    return outcomes
