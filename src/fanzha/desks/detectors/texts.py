"""The texts of detectors: reading one, its number, and what it says apart from the number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from fanzha.desks.detectors.errors import ExamplesFail, WrongVersion
from fanzha.desks.models import ready
from fanzha.engine.rules.examples import KINDS, Outcome, run_tests
from fanzha.engine.rules.model import Fault, InvalidRule, Rule, read_rule

LARGEST = 64 * 1024
"""Characters of a text."""
MOST_EVENTS = 10_000
"""Events in all the examples of a text: they run while somebody waits for the page."""
_NUMBER = re.compile(r"^version:[ \t]*\d+(?=[ \t]*(?:#|$))", re.MULTILINE)


@lru_cache(maxsize=1024)
def rule_of(text: str) -> Rule:
    """The rule in the text; read once a process.

    Raises:
        InvalidRule.
    """
    if len(text) > LARGEST:
        raise InvalidRule("rule", [Fault(1, 1, f"The text is longer than {LARGEST:,} characters.")])
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


def run_examples(rule: Rule) -> list[Outcome]:
    """What comes of the examples in the text; of a rule with a model see that the model is there and scores such events.

    Raises:
        ModelNotFound, InvalidFolder: the model cannot be loaded.
        InvalidRule: examples that are not made of events or of too many, or a model of other events.
    """
    events = [event for test in rule.tests for kind in KINDS for event in _listed(test.get(kind.value))]
    if sum(repeat if isinstance(repeat := event.get("repeat", 1), int) else 1 for event in events) > MOST_EVENTS:
        raise InvalidRule(rule.id, [Fault(1, 1, f"The examples hold more than {MOST_EVENTS:,} events.")])
    return run_tests(ready(rule))


def _listed(events: object) -> list[dict[str, object]]:
    """The events of one kind in an example; what is not made of events, the examples' own reader refuses with the place."""
    return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []


def prove(rule: Rule) -> None:
    """See that every example comes out as it says.

    Raises:
        ExamplesFail: names each that did not. And as `run_examples`.
    """
    outcomes = run_examples(rule)
    failed = [each for each in outcomes if not each.passed]
    if failed:
        said = "; ".join(f"“{each.name}” expected {', '.join(each.expected) or 'none'}, found {', '.join(each.found) or 'none'}" for each in failed)
        raise ExamplesFail(f"An example does not come out as it says: {said}.", examples=[each.name for each in failed])
