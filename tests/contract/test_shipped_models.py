"""The model detectors of the package: texts, recipes, and how their models are made from a simulated city and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fanzha.desks import models
from fanzha.desks.detection import default_models
from fanzha.desks.detection.rulebook import shipped_rules
from fanzha.desks.models import modelbook
from fanzha.engine.models.recipes import SHIPPED
from fanzha.engine.rules.model import Rule, Target
from fanzha.engine.rules.reasons import names_in

DETECTORS = models.shipped_detectors()
SMALL = replace(default_models.CITY, people=1_500, days=4, fraud_rate=500.0)


@pytest.mark.parametrize("rule", DETECTORS, ids=[rule.id for rule in DETECTORS])
def test_each_has_a_recipe_and_says_where_it_comes_from(rule: Rule) -> None:
    recipe = next(each for each in SHIPPED if f"{each.name}@{default_models.VERSION}" == rule.model)
    assert (recipe.on, recipe.subject, recipe.target) == (rule.on, rule.subject, rule.target)
    assert "模拟城市" in rule.reason_zh
    assert "simulated city" in rule.reason_en
    assert {"model_score", "model_reasons"} <= names_in(rule.reason_zh)
    assert {"model_score", "model_reasons"} <= names_in(rule.reason_en)


def test_ids_and_titles_differ_from_the_rules_and_every_recipe_has_a_detector() -> None:
    assert {rule.model for rule in DETECTORS} == {f"{recipe.name}@{default_models.VERSION}" for recipe in SHIPPED}
    assert not {rule.id for rule in DETECTORS} & {rule.id for rule in shipped_rules()}
    assert len({rule.title_zh for rule in (*DETECTORS, *shipped_rules())}) == len(DETECTORS) + len(shipped_rules())


def test_they_are_trained_once_from_the_simulator_alone_and_find_in_another_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default_models, "CITY", SMALL)
    monkeypatch.setattr(default_models, "PACKAGE", tmp_path)
    monkeypatch.setattr(modelbook, "PACKAGE", tmp_path)
    monkeypatch.setattr(modelbook, "_local", None)
    references = [f"{recipe.name}@1" for recipe in SHIPPED]
    assert default_models.ship() == references
    assert default_models.ship() == []
    assert [each.reference for each in models.all_models()] == sorted(references)
    for reference in references:
        card = models.card_of(reference)
        assert card.simulated
        assert card.facts["made_by"] == default_models.fingerprint()
        assert "模拟城市" in card.source_zh
        assert any("backtest" in limit for limit in card.limits_en)
        assert card.figures["auc"].value > 0.9
    told = default_models.evaluate(replace(SMALL, seed=5, start=date(2026, 6, 1)))
    by_name = {row["detector"]: row for row in told["detectors"]}
    assert set(by_name) == {*(rule.id for rule in DETECTORS), *(f"{who} ({target})" for who in ("rules", "both") for target in Target)}
    payees = by_name["model_payee_accounts"]
    assert payees["precision"]["value"] > 0.5
    assert payees["recall"]["value"] > 0.5
    assert by_name["both (account)"]["found"] >= payees["found"]
