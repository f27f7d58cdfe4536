"""Answers to appeals become labels, and take back what the measure itself said of its subject."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.desks.appeals.appeals_kit import ACCOUNT, NOON, answered, build, filed
from tests.desks.learning.learning_kit import one, sweep

from fanzha.desks.appeals import Verdict
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("verdict", "label", "outcome", "measure"),
    [(Verdict.UPHELD, "negative", "appeal_upheld", "cleared_elsewhere"), (Verdict.REJECTED, "positive", "appeal_rejected", "in_force")],
)
def test_the_answer_to_an_appeal_is_a_label(platform: Platform, verdict: Verdict, label: str, outcome: str, measure: str) -> None:
    with clock.frozen(NOON):
        town = build(platform)
        order, appeal = filed(platform, town)
    sweep(platform, NOON + HOUR)
    assert one(platform, source="measure").outcome == "in_force"
    with clock.frozen(NOON + 2 * HOUR):
        answered(platform, town, appeal, verdict)
    sweep(platform, NOON + 3 * HOUR)
    found = one(platform, source="appeal")
    assert (found.verdict, found.outcome, found.subject_kind, found.region) == (label, outcome, "account", None)
    assert (found.subject_token, found.source_id) == (platform.tokens.seal("bank_account", ACCOUNT), appeal.id)
    assert (found.happened_at, found.known_at) == (NOON, NOON + 2 * HOUR)
    assert (one(platform, source="measure").outcome, one(platform, source="measure").source_id) == (measure, order.id)
