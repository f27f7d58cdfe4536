"""The table of steps, walked at random: no way around sign and feedback, no way back from the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fanzha.desks.warnings.domain import (
    FINAL,
    IN_HAND,
    OPEN,
    STEPS,
    Action,
    Contact,
    Feedback,
    Reached,
    State,
    after_feedback,
    move,
)
from fanzha.desks.warnings.errors import RecordIncomplete, StepNotAllowed
from fanzha.desks.warnings.plan import Channel, ChannelPlan, Deadlines, Due, deadlines_from, open_deadlines, revisit_deadline
from fanzha.vocab.outcomes import Outcome
from fanzha.vocab.risk import RiskLevel

START = datetime(2026, 3, 2, tzinfo=UTC)


class Walk(RuleBasedStateMachine):
    """Tries any action with any target; what the table refuses must change nothing. A refused hand-over goes back to where it was asked for,
    as the service keeps it with the hand-over."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.ISSUED
        self.asked_from = State.ISSUED
        self.path: list[Action] = []

    @rule(action=st.sampled_from(list(Action)), to=st.none() | st.sampled_from(list(State)))
    def attempt(self, action: Action, to: State | None) -> None:
        before = self.state
        if action is Action.REFUSE_TRANSFER:
            to = self.asked_from
        try:
            self.state = move(before, action, to)
        except StepNotAllowed:
            self.state = before
            return
        assert before in OPEN, "nothing leaves a final state"
        assert self.state in STEPS[action].targets
        if action is Action.REQUEST_TRANSFER:
            self.asked_from = before
        self.path.append(action)

    @invariant()
    def closed_only_after_sign_and_feedback(self) -> None:
        if self.state is State.CLOSED:
            assert Action.SIGN in self.path
            assert self.path.index(Action.SIGN) < len(self.path) - 1 - self.path[::-1].index(Action.FEED_BACK)
        if self.state in IN_HAND or self.state in {State.FED_BACK, State.REVISIT_DUE}:
            assert Action.SIGN in self.path
        if self.state is State.LAPSED:
            assert Action.DISPATCH not in self.path

    @invariant()
    def something_is_always_open_to_an_open_warning(self) -> None:
        leads_on = any(self.state in step.sources for step in STEPS.values())
        assert leads_on == (self.state in OPEN)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_every_open_state_can_reach_an_end_and_every_state_can_be_reached() -> None:
    reach = {state: {target for step in STEPS.values() if state in step.sources for target in step.targets} for state in State}

    def from_here(state: State) -> set[State]:
        seen, todo = {state}, [state]
        while todo:
            fresh = reach[todo.pop()] - seen
            seen |= fresh
            todo += fresh
        return seen

    assert from_here(State.ISSUED) == set(State)
    assert all(from_here(state) & FINAL for state in State)


def test_every_step_of_a_person_names_who_may_and_every_step_of_the_pipeline_says_so() -> None:
    for step in STEPS.values():
        assert step.permission is not None or step.by_pipeline
    assert set(STEPS) == set(Action)


FULL = Feedback(Outcome.DISSUADED, Reached.SELF)


@pytest.mark.parametrize(
    ("contact", "missing"),
    [
        (Contact(attempts=1, reached=True, must_meet=True), "must be seen"),
        (Contact(attempts=1), "needs a conversation"),
    ],
)
def test_dissuaded_needs_the_contact_that_the_level_asks_for(contact: Contact, missing: str) -> None:
    with pytest.raises(RecordIncomplete, match=missing):
        after_feedback(State.CONTACTING, FULL, contact, attempts_for_not_found=3)
    assert after_feedback(State.MET, FULL, replace(contact, met=True, reached=True), attempts_for_not_found=3) is State.FED_BACK


def test_a_call_suffices_where_no_meeting_is_asked_for() -> None:
    assert after_feedback(State.CONTACTING, FULL, Contact(attempts=1, reached=True), attempts_for_not_found=3) is State.FED_BACK


def test_dissuaded_says_who_was_spoken_to() -> None:
    for nobody in (None, Reached.NOBODY):
        with pytest.raises(RecordIncomplete, match="spoken to"):
            after_feedback(State.MET, replace(FULL, reached=nobody), Contact(1, True, True), attempts_for_not_found=3)


@given(attempts=st.integers(0, 6), needed=st.integers(1, 5))
def test_cannot_be_found_needs_enough_attempts(attempts: int, needed: int) -> None:
    answer = Feedback(Outcome.NOT_FOUND)
    if attempts < needed:
        with pytest.raises(RecordIncomplete, match="attempts"):
            after_feedback(State.CONTACTING, answer, Contact(attempts), attempts_for_not_found=needed)
    else:
        assert after_feedback(State.CONTACTING, answer, Contact(attempts), attempts_for_not_found=needed) is State.FED_BACK


def test_not_found_yet_keeps_the_warning_in_hand() -> None:
    with pytest.raises(RecordIncomplete):
        after_feedback(State.SIGNED, Feedback(Outcome.NOT_FOUND_YET), Contact(), attempts_for_not_found=3)
    assert after_feedback(State.CONTACTING, Feedback(Outcome.NOT_FOUND_YET), Contact(1), attempts_for_not_found=3) is State.NOT_FOUND_YET


@given(st.integers(-5, 5), st.sampled_from([True, False, None]))
def test_amounts_are_never_negative_and_never_without_a_transfer(fen: int, transferred: bool | None) -> None:
    answer = replace(FULL, transferred=transferred, transferred_fen=fen)
    if fen < 0 or (fen > 0 and not transferred):
        with pytest.raises(RecordIncomplete):
            after_feedback(State.MET, answer, Contact(1, True, True), attempts_for_not_found=3)
    else:
        assert after_feedback(State.MET, answer, Contact(1, True, True), attempts_for_not_found=3) is State.FED_BACK


plans = st.builds(
    lambda minutes: ChannelPlan(RiskLevel.RED, (Channel.CALL,), dict(zip([Due.SIGN, Due.CALL, Due.MEET, Due.FEEDBACK], minutes, strict=True)), 0),
    st.lists(st.integers(0, 500), min_size=4, max_size=4),
)


@given(plans, plans, st.integers(0, 300))
def test_raising_never_lengthens_a_deadline_nor_drops_one(first: ChannelPlan, second: ChannelPlan, later: int) -> None:
    before = deadlines_from(first, START)
    after = before.tightened(deadlines_from(second, START + timedelta(minutes=later)))
    for name in Deadlines.__dataclass_fields__:
        old, new = getattr(before, name), getattr(after, name)
        assert old is None or (new is not None and new <= old)


@given(plans, st.sampled_from(list(State)))
def test_what_is_due_is_in_order_and_nothing_is_due_after_the_end(plan: ChannelPlan, state: State) -> None:
    waiting = open_deadlines(state, deadlines_from(plan, START))
    assert waiting == sorted(waiting, key=lambda pair: (pair[0], list(Due).index(pair[1])))
    if state in FINAL or state is State.INFORMED:
        assert not waiting
    if state in IN_HAND:
        assert all(due is not Due.SIGN for _, due in waiting)


def test_a_revisit_is_due_by_the_end_of_its_day_in_china() -> None:
    assert revisit_deadline(date(2026, 3, 2)) == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
