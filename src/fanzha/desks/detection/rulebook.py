"""The rules that come with the product."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from fanzha.engine.rules.model import Rule, read_rule


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Every rule file of the package, by id.

    Raises:
        InvalidRule: a file that is not a rule.
    """
    files = (file for file in resources.files(__package__).joinpath("rules").iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted((read_rule(file.read_text("utf-8"), file.name) for file in files), key=lambda rule: rule.id))


def fingerprint(rules: Sequence[Rule]) -> str:
    """32 hex digits that change when any rule does."""
    texts = "\x1f".join(rule.text for rule in sorted(rules, key=lambda rule: rule.id))
    return hashlib.sha256(texts.encode()).hexdigest()[:32]
