"""A model detector on a real lake and database: trained on past days, submitted, confirmed by a second person, finding with its reasons."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fanzha.desks import models
from fanzha.desks.detection import reading, service
from fanzha.desks.detection.domain import Cause
from fanzha.desks.detectors import live_rules
from fanzha.desks.detectors import service as detectors
from fanzha.engine.models.detectors import Provenance, Training, train_detector
from fanzha.engine.models.recipes import Recipe
from fanzha.engine.models.training_sets import LABELS_SCHEMA, Labels, Stretch
from fanzha.engine.rules.model import Target
from fanzha.engine.rules.scorer import ModelNotFound
from fanzha.faces.common.platform import Platform
from fanzha.lake.schemas import EventKind

from .detection_kit import SYSTEM, ZERO, World, standing
from .detectors.kit import live, submitted

DAYS, MULES = 3, range(100, 108)
FEATURES = ("amount_fen", "payee_receipts_24h", "payee_payers_24h", "payee_paid_24h_fen")
RECIPE = Recipe("small_payees", EventKind.TRANSFERS, "payee", Target.ACCOUNT, FEATURES, "试", "Trial.")
TEXT = """id: small_payees_model
version: 1
model: small_payees@{version}
on: transfers
subject: payee
target: account
fraud_type: other
level: blue
owner: 数据建模组
title: {{zh: 试验模型, en: Trial model}}
when: |
  model_score >= 0.5 AND amount_fen >= 100
reason:
  zh: 评分{{model_score:percent}}，因为：{{model_reasons}}
  en: "scored {{model_score:percent}} for: {{model_reasons}}"
"""


@pytest.fixture
def world(platform: Platform, tmp_path: Path) -> World:
    found, chance = World(tmp_path / "lake", platform.tokens), random.Random(3)
    events = []
    for day in range(DAYS):
        at = ZERO + timedelta(days=day)
        events += [found.pay(f"s{day}-{each}", at + timedelta(minutes=each), chance.randrange(50), 60 + each % 9, 3_000) for each in range(150)]
        for mule in MULES:
            events += [found.pay(f"m{day}-{mule}-{each}", at + timedelta(minutes=mule + each), 200 + chance.randrange(90), mule, 700_000) for each in range(3)]
    found.add(EventKind.TRANSFERS, events)
    return found


def trained(platform: Platform, world: World) -> int:
    """Train on the lake's days, as of a moment when every label was known; the new version."""
    first, last = date(2026, 3, 1), date(2026, 3, DAYS)
    history = reading.load_history(world.lake, reading.load_people(world.lake), (), (), first, last)
    known = datetime(2026, 3, 9, tzinfo=UTC)
    told = pl.DataFrame([(world.account(mule), None, None, 1, known) for mule in MULES], schema=LABELS_SCHEMA, orient="row")
    version, folder = models.next_version(RECIPE.name)
    train_detector([Stretch(history, first, last, {})], Labels(told), RECIPE, version, folder, Provenance("lake", "本地", "Local"), Training(rounds=2))
    return version


def test_it_is_trained_submitted_confirmed_and_finds_with_score_and_reasons(platform: Platform, world: World) -> None:
    with platform.database.work(SYSTEM) as work, pytest.raises(ModelNotFound):
        detectors.submit(work, TEXT.format(version=1))
    assert trained(platform, world) == 1
    version = submitted(platform, TEXT.format(version=1))
    assert version.model == "small_payees@1"
    live(platform, version)
    with platform.database.work(SYSTEM) as work:
        mine = [rule for rule in live_rules(work) if rule.id == "small_payees_model"]
        first = service.run(work, world.lake, world.tokens, {}, rules=mine)
        again = service.run(work, world.lake, world.tokens, {}, rules=mine)
    assert (first.found, again.cause) == (len(MULES) * DAYS, Cause.NOTHING)
    found = standing(platform).values()
    assert {each.subject_token for each in found} == {world.account(mule) for mule in MULES}
    for each in found:
        assert 0.5 <= each.score <= 1
        assert each.reason_zh.startswith(f"评分{each.score:.0%}，因为：")
        assert "转账金额：7,000.00 元" in each.reason_zh
        assert "amount of the transfer: 7,000.00 yuan" in each.reason_en
    assert models.card_of("small_payees@1").labels == len(MULES)
    assert trained(platform, world) == 2
