"""Outcomes become labels: whatever happens to a warning, a report or an indicator, the labels say what is known, since when, and who had said what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from tests.desks.learning.learning_kit import (
    HOUR,
    NOON,
    SYSTEM,
    current,
    find,
    one,
    person_token,
    phone,
    phone_token,
    report,
    settle_report,
    staff,
    sweep,
    warn,
)

from fanzha.desks import warnings
from fanzha.desks.cases import ReportState
from fanzha.desks.detection import Target
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.desks.indicators import service as indicators
from fanzha.desks.learning import service
from fanzha.desks.learning.domain import Verdict, indicator_meaning, report_meaning, warning_meaning
from fanzha.desks.learning.errors import LabelNotFound
from fanzha.desks.warnings import CancelReason, Feedback, Reached
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.roles import Role

OFFICER = staff(OrgKind.POLICE_CITY, "3503", Role.DUTY_OFFICER)


def _answer(platform: Platform, warning: str, outcome: Outcome, at: object = NOON + HOUR, *, meet: bool = True) -> None:
    assert isinstance(at, type(NOON))
    with clock.frozen(at), platform.database.work(OFFICER) as work:
        warnings.service.sign(work, warning)
        if meet:
            warnings.service.record_meeting(work, warning, "测试派出所", identity_verified=True)
        warnings.service.give_feedback(work, warning, Feedback(outcome, Reached.SELF if meet else None))


def test_an_answer_becomes_a_label_with_its_delay_and_who_had_said_so(platform: Platform) -> None:
    token = person_token(platform, 1)
    first, second = find(platform, "f1", token, NOON), find(platform, "f2", token, NOON + timedelta(minutes=10), rule="victim_pay", version=3)
    warning = warn(platform, first, second)
    assert sweep(platform, NOON + HOUR)["warning"].fresh == 0, "an open warning says nothing"
    _answer(platform, warning, Outcome.DISSUADED, NOON + 2 * HOUR)
    assert sweep(platform, NOON + 3 * HOUR)["warning"].fresh == 1
    label = one(platform)
    assert (label.verdict, label.outcome, label.weight, label.subject_token) == ("positive", "dissuaded", 1.0, token)
    assert (label.happened_at, label.known_at, label.warned) == (NOON, NOON + 2 * HOUR, True)
    with platform.database.work(SYSTEM) as work:
        said = {(each.detector_id, each.version): each.said_at for each in service.label(work, label.id).said}
    assert said == {("victim_call", 1): NOON, ("victim_pay", 3): NOON + timedelta(minutes=10)}


def test_a_sweep_again_changes_nothing_and_a_correction_supersedes(platform: Platform) -> None:
    warning = warn(platform, find(platform, "f1", person_token(platform, 1), NOON))
    _answer(platform, warning, Outcome.MISMATCH)
    assert sweep(platform, NOON + 2 * HOUR)["warning"].fresh == 1
    again = sweep(platform, NOON + 2 * HOUR)["warning"]
    assert (again.read, again.fresh, again.corrected) == (1, 0, 0)
    assert one(platform).verdict == Verdict.NEGATIVE
    with clock.frozen(NOON + HOUR + timedelta(minutes=5)), platform.database.work(OFFICER) as work:
        warnings.service.undo_feedback(work, warning, "点错了")
    assert sweep(platform, NOON + 3 * HOUR)["warning"].corrected == 1
    assert (one(platform).verdict, one(platform).revision, one(platform).weight) == ("unknown", 2, 0.0)
    with platform.database.work(SYSTEM) as work:
        held = work.session.execute(text("SELECT verdict FROM labels ORDER BY revision")).scalars().all()
    assert held == ["negative", "unknown"], "what was known stays, beside what is known now"


def test_later_victims_reports_and_no_case(platform: Platform) -> None:
    token = person_token(platform, 1)
    warn(platform, find(platform, "f1", token, NOON))
    loss = NOON + timedelta(days=3)
    report(platform, "J1", 1, loss, after=5 * HOUR)
    report(platform, "J2", 2, loss, after=HOUR)
    sweep(platform, loss + timedelta(days=1))
    later = one(platform, source="later_victim")
    assert (later.verdict, later.outcome, later.happened_at, later.known_at) == ("positive", "received", loss, loss + 5 * HOUR)
    warned = {label.subject_token: label.warned for label in current(platform, source="report")}
    assert warned == {token: True, person_token(platform, 2): False}
    settle_report(platform, "J2", ReportState.NOT_A_CASE, loss + timedelta(days=2))
    sweep(platform, loss + timedelta(days=3))
    (cleared,) = current(platform, source="report", verdict=Verdict.NEGATIVE)
    assert (cleared.outcome, cleared.revision, cleared.known_at) == ("not_a_case", 2, loss + timedelta(days=2))


def test_cancelled_refused_and_lapsed_say_nothing_but_a_mismatch_does(platform: Platform) -> None:
    ids = [warn(platform, find(platform, f"f{number}", person_token(platform, number), NOON)) for number in range(1, 4)]
    with clock.frozen(NOON + HOUR), platform.database.work(OFFICER) as work:
        warnings.service.cancel(work, ids[0], CancelReason.MISMATCH, "与本人核实不符")
        warnings.service.cancel(work, ids[1], CancelReason.DUPLICATE, "重复")
        warnings.service.sign(work, ids[2])
        warnings.service.record_attempt(work, ids[2], ContactResult.REFUSED)
    sweep(platform, NOON + 2 * HOUR)
    assert {label.source_id: (label.verdict, label.outcome) for label in current(platform)} == {
        ids[0]: ("negative", "mismatch"), ids[1]: ("unknown", "duplicate"), ids[2]: ("unknown", "refused"),
    }  # fmt: skip


def test_numbers_that_victims_name_and_desks_judge(platform: Platform) -> None:
    number = phone_token(platform, 77)
    find(platform, "n1", number, NOON, rule="busy_number", target=Target.NUMBER)
    report(platform, "J1", 1, NOON + HOUR, suspects=(phone(77), "某某平台客服"))
    row = IndicatorRow(phone(77), source="名单甲", state=IndicatorState.SUSPECTED)
    vote = IndicatorRow(phone(77), source="运营商", state=IndicatorState.CLEARED, confidence=80)
    with clock.frozen(NOON + 3 * HOUR), platform.database.work(staff()) as work:
        entry = indicators.add_one(work, row, platform.tokens)
        indicators.add_many(work, [vote], platform.tokens)
        indicators.judge(work, entry.id, IndicatorState.CONFIRMED, "核实涉诈")
    sweep(platform, NOON + 4 * HOUR)
    found = {label.source: (label.subject_kind, label.subject_token, label.verdict, label.weight) for label in current(platform) if label.source != "report"}
    assert found == {
        "report_suspect": ("number", number, "positive", 0.5), "indicator": ("number", number, "positive", 1.0), "vote": ("number", number, "negative", 0.4),
    }  # fmt: skip
    assert [label.source for label in current(platform, detector="busy_number", verdict=Verdict.POSITIVE)] == ["indicator", "report_suspect"]
    with clock.frozen(NOON + 5 * HOUR), platform.database.work(staff()) as work:
        indicators.clear(work, entry.id, "机主申诉属实")
    sweep(platform, NOON + 6 * HOUR)
    assert (one(platform, source="indicator").verdict, one(platform, source="indicator").revision) == ("negative", 2)


def test_a_sweep_that_is_killed_leaves_nothing_and_the_next_one_finds_all(platform: Platform) -> None:
    report(platform, "J1", 1, NOON)

    def killed() -> None:
        with clock.frozen(NOON + 2 * HOUR), platform.database.work(SYSTEM) as work:
            service.gather(work, platform.tokens)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        killed()
    assert current(platform) == []
    assert sweep(platform, NOON + 3 * HOUR)["report"].fresh == 1


def test_labels_are_only_added_to_and_forgotten_in_time(platform: Platform) -> None:
    report(platform, "J1", 1, NOON)
    sweep(platform, NOON + 2 * HOUR)
    with pytest.raises(ProgrammingError, match="permission denied"), platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE labels SET verdict = 'negative'"))
    with clock.frozen(NOON + timedelta(days=729)), platform.database.work(SYSTEM) as work:
        assert service.forget(work) == 0
    with clock.frozen(NOON + timedelta(days=731)), platform.database.work(SYSTEM) as work:
        assert service.forget(work) == 1
        assert service.forget(work) == 0


def test_who_may_see_labels(platform: Platform) -> None:
    report(platform, "J1", 1, NOON)
    find(platform, "n1", phone_token(platform, 77), NOON - HOUR, target=Target.NUMBER)
    sweep(platform, NOON + 2 * HOUR)
    assert len(current(platform, staff(OrgKind.POLICE_COUNTY, "350302"))) == 1
    assert current(platform, staff(OrgKind.POLICE_COUNTY, "350304")) == []
    for kind in (OrgKind.CONGRESS, OrgKind.BANK, OrgKind.OPERATOR, OrgKind.MEMBER_UNIT, OrgKind.OFFICE, OrgKind.GRID):
        assert current(platform, staff(kind, "3503")) == []
    label = one(platform)
    elsewhere: Scope = staff(OrgKind.POLICE_COUNTY, "350304")
    with pytest.raises(LabelNotFound), platform.database.work(elsewhere) as work:
        service.label(work, label.id)


@given(
    st.none() | st.sampled_from([outcome.value for outcome in Outcome]), st.sampled_from([state.value for state in warnings.State]),
    st.none() | st.sampled_from([reason.value for reason in CancelReason]), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
def test_only_what_says_something_about_the_fraud_weighs(
    outcome: str | None, state: str, because: str | None, met: bool, reached: bool, refused: bool
) -> None:  # fmt: skip
    meaning = warning_meaning(outcome, state, because, met=met, reached=reached, refused=refused)
    assert 0 <= meaning.weight <= 1
    assert (meaning.weight > 0) == (meaning.verdict is not Verdict.UNKNOWN)
    assert (meaning.verdict is Verdict.POSITIVE) == (outcome == Outcome.DISSUADED)


def test_every_state_of_a_report_and_an_indicator_has_a_meaning() -> None:
    assert {state: report_meaning(state.value).verdict for state in ReportState}[ReportState.NOT_A_CASE] is Verdict.NEGATIVE
    assert indicator_meaning("suspected", 90, judged=True).verdict is Verdict.UNKNOWN
    assert indicator_meaning("confirmed", 90, judged=False).weight == 0.9
