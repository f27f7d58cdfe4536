"""What may go wrong at the detection desk."""

from __future__ import annotations

from fanzha.kit.errors import NotFound


class FindingNotFound(NotFound):
    """There is no such finding, or it is not in your region."""

    code = "finding_not_found"
    remedy = "Go back to the list of findings."


class RuleNotFound(NotFound):
    """There is no rule of this name."""

    code = "rule_not_found"
    remedy = "Choose one from the list of rules."
