"""The model detectors of the package: texts beside the rules, one for each shipped model. They start as shadows (decision 0097)."""

from __future__ import annotations

from functools import cache
from importlib import resources

from fanzha.engine.rules.model import Rule, read_rule


@cache
def shipped_detectors() -> tuple[Rule, ...]:
    """Every model detector of the package, by id, not yet bound to its model.

    Raises:
        InvalidRule: a file that is not a rule.
    """
    files = (file for file in resources.files(__package__).joinpath("detectors").iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted((read_rule(file.read_text("utf-8"), file.name) for file in files), key=lambda rule: rule.id))
