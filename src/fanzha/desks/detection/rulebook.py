"""The rules that come with the product."""

from __future__ import annotations

from functools import cache
from importlib import resources

from fanzha.desks import detectors
from fanzha.desks.detectors import fingerprint
from fanzha.desks.models import shipped_detectors
from fanzha.engine.rules.model import Rule, read_rule
from fanzha.store import Work

__all__ = ["fingerprint", "install", "shipped_rules"]


@cache
def _files() -> dict[str, str]:
    """Name → text of every rule file of the package."""
    found = (file for file in resources.files(__package__).joinpath("rules").iterdir() if file.name.endswith(".yaml"))
    return {file.name: file.read_text("utf-8") for file in found}


def install(work: Work, region: str) -> int:
    """Make the package's rules detectors where they are not yet, its model detectors shadows; returns how many versions are new.

    `region` is the platform's own.
    """
    return detectors.register_shipped(work, list(_files().values()), region, [each.text for each in shipped_detectors()])


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Every rule file of the package, by id.

    Raises:
        InvalidRule: a file that is not a rule.
    """
    return tuple(sorted((read_rule(text, name) for name, text in _files().items()), key=lambda rule: rule.id))
