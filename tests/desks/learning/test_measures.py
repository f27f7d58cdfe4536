"""What came of measures on accounts, and of appeals against them, becomes labels: with the delay until it was known, and the other way round once overturned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desks.controls.orders_kit import ACCOUNT, NOON, OTHER_ACCOUNT, Places, answer, approve, asking, build, in_force, request
from tests.desks.learning.learning_kit import SYSTEM, current, find, one, staff, sweep

from fanzha.desks import controls
from fanzha.desks.controls import Checks, Result, State, tasks
from fanzha.desks.detection import Target
from fanzha.desks.detection.outcomes import all_fates
from fanzha.desks.learning import service
from fanzha.desks.learning.domain import Verdict, Window, appeal_meaning, measure_meaning
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind

DAY = timedelta(days=1)


@pytest.fixture
def places(platform: Platform) -> Places:
    return build(platform)


def _token(platform: Platform, account: str = ACCOUNT) -> str:
    return platform.tokens.seal("bank_account", account)


def test_a_measure_that_holds_supports_what_the_detector_said_and_its_end_more(platform: Platform, places: Places) -> None:
    find(platform, "a1", _token(platform), NOON - timedelta(hours=1), rule="mule_account", target=Target.ACCOUNT)
    with clock.frozen(NOON):
        order = in_force(platform, places)
    sweep(platform, NOON + timedelta(hours=1))
    label = one(platform, source="measure")
    assert (label.subject_token, label.subject_kind, label.verdict, label.outcome, label.weight) == (_token(platform), "account", "positive", "in_force", 0.4)
    assert (label.known_at, label.source_id, label.region) == (NOON, order.id, None)
    with platform.database.work(SYSTEM) as work:
        assert [each.detector_id for each in service.label(work, label.id).said] == ["mule_account"]
        assert _token(platform) not in all_fates(work), "that a measure holds does not teach"
    after = NOON + 4 * DAY
    with clock.frozen(after):
        tasks.let_time_pass(platform)
    sweep(platform, after)
    label = one(platform, source="measure")
    assert (label.verdict, label.outcome, label.weight, label.revision) == ("positive", "kept", 0.6, 2)
    with platform.database.work(SYSTEM) as work:
        (fate,) = all_fates(work)[_token(platform)]
    assert (fate.fraud, fate.source, fate.known_at) == (True, "measure", label.known_at)


def test_a_mismatch_and_an_unrelated_account_are_false_positives(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        failed = request(platform, places.asker, asking(places))
        approve(platform, places.head, failed.id)
        answer(platform, places.bank, failed.id, Result.MISMATCH, checks=Checks())
        held = in_force(platform, places, asking(places, account=OTHER_ACCOUNT))
        frozen = in_force(platform, places, asking(places, "freeze", account=OTHER_ACCOUNT))
    with clock.frozen(NOON + DAY), platform.database.work(Scope.of(places.asker)) as work:
        controls.service.find_unrelated(work, frozen.id, "经查系正常货款")
    sweep(platform, NOON + 2 * DAY)
    found = {label.source_id: (label.verdict, label.outcome, label.weight, label.known_at) for label in current(platform, source="measure")}
    assert found[failed.id] == ("negative", "mismatch", 0.5, NOON)
    assert found[frozen.id] == ("negative", "unrelated", 0.9, NOON + DAY)
    assert found[held.id] == ("unknown", "cleared_elsewhere", 0.0, NOON + DAY), "the stop before the freeze no longer speaks for a fraud"


def test_delay_and_bias_of_measures_stand_beside_the_figures(platform: Platform, places: Places) -> None:
    with clock.frozen(NOON):
        in_force(platform, places)
    sweep(platform, NOON + DAY)
    with clock.frozen(NOON + DAY), platform.database.work(SYSTEM) as work:
        quality = service.quality(work, Window(NOON - DAY, NOON + DAY))
    assert "measures: 1, half known within 0.3 h" in quality.caveat[1]
    assert "only that nobody has overturned it" in quality.caveat[1]
    with platform.database.work(staff(OrgKind.BANK, "3503")) as work:
        assert not service.counts(work), "a bank sees no label"


@given(
    st.sampled_from(["impose", "ask"]), st.sampled_from([state.value for state in State]), st.none() | st.sampled_from([each.value for each in Result]),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_every_outcome_of_an_order_has_a_meaning(effect: str, state: str, result: str | None, unrelated: bool, cleared: bool) -> None:
    meaning = measure_meaning(effect, state, result, unrelated=unrelated, cleared=cleared)
    assert (meaning.weight > 0) == (meaning.verdict is not Verdict.UNKNOWN)
    if effect == "impose" and unrelated:
        assert meaning.verdict is Verdict.NEGATIVE
    if cleared and not unrelated and effect == "impose":
        assert meaning.verdict is Verdict.UNKNOWN


def test_answers_to_appeals() -> None:
    said = {verdict: appeal_meaning(verdict) for verdict in ("upheld", "partly", "rejected", "inadmissible")}
    assert {verdict: meaning.verdict.value for verdict, meaning in said.items()} == {
        "upheld": "negative", "partly": "negative", "rejected": "positive", "inadmissible": "unknown",
    }  # fmt: skip
    assert said["upheld"].weight > said["partly"].weight > said["rejected"].weight
