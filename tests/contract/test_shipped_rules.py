"""Every shipped rule proves itself by the tests in its file."""

from __future__ import annotations

import pytest

from fanzha.desks.detection.rulebook import fingerprint, shipped_rules
from fanzha.engine.rules.examples import Outcome, run_tests
from fanzha.engine.rules.model import Rule, Target
from fanzha.vocab.fraud_types import ENTRIES

RULES = shipped_rules()


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_its_examples_fire_and_do_not_fire_as_said(rule: Rule) -> None:
    outcomes = run_tests(rule)
    wrong = [outcome for outcome in outcomes if not outcome.passed]
    assert wrong == []
    assert any(outcome.expected for outcome in outcomes)
    assert any(not outcome.expected for outcome in outcomes)


def test_there_are_enough_and_every_one_of_the_ten_types_has_one_for_victims() -> None:
    assert len(RULES) >= 15
    types = {rule.fraud_type for rule in RULES if rule.target is Target.VICTIM}
    assert {kind for kind, entry in ENTRIES.items() if entry.mps_ten} <= types
    assert {rule.target for rule in RULES} == set(Target)


def test_ids_differ_and_the_file_is_named_for_the_rule() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.title_zh for rule in RULES}) == len(RULES)


def test_the_fingerprint_tells_rule_sets_apart() -> None:
    assert fingerprint(RULES) == fingerprint(RULES[::-1])
    assert fingerprint(RULES) != fingerprint(RULES[1:])


def test_an_outcome_passes_only_when_all_is_as_expected() -> None:
    assert Outcome("x", ("a",), ("a",)).passed
    assert not Outcome("x", ("a",), ()).passed
