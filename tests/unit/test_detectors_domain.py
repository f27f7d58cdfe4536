"""The life of a detector as a state machine: whatever people do, at most one version is live, and one person alone never turns detection on."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fanzha.desks.detectors.domain import (
    AFTER,
    MoveKind,
    MoveState,
    Standing,
    State,
    fallback,
    live_version,
    may_be_decided,
    may_become,
    moved,
    needs_second,
    possible,
)

KINDS = st.sampled_from(MoveKind)


class Life(RuleBasedStateMachine):
    """One detector: versions come, move by one person or by two, and are taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.line: dict[int, Standing] = {}
        self.confirmed: set[int] = set()
        """Versions that two people have let go live."""

    @initialize()
    def first(self) -> None:
        self.line = {1: Standing()}

    @rule()
    @precondition(lambda self: len(self.line) < 6)
    def submit(self) -> None:
        self.line[len(self.line) + 1] = Standing()

    @rule(number=st.integers(1, 6), kind=KINDS, second=st.booleans())
    def move(self, number: int, kind: MoveKind, second: bool) -> None:
        """Somebody asks; what needs a second person happens only with one."""
        if number not in self.line or not possible(self.line, number, kind):
            return
        if needs_second(self.line, number, kind):
            if not second:
                return
            self.confirmed |= {number} if AFTER[kind] is State.LIVE else set()
        before = dict(self.line)
        self.line = moved(self.line, number, kind)
        assert self.line[number].state is AFTER[kind]
        others = {each for each in before if each != number and before[each] != self.line[each]}
        assert others == ({live_version(before)} - {None, number} if AFTER[kind] is State.LIVE else set())

    @invariant()
    def at_most_one_is_live(self) -> None:
        assert sum(each.state is State.LIVE for each in self.line.values()) <= 1

    @invariant()
    def what_is_live_two_people_have_confirmed(self) -> None:
        live = live_version(self.line)
        assert live is None or live in self.confirmed

    @invariant()
    def one_goes_back_only_to_what_was_live_before(self) -> None:
        back = fallback(self.line)
        if back is not None:
            assert self.line[back].was_live
            assert back != live_version(self.line)
            assert possible(self.line, back, MoveKind.ROLLBACK)
            assert not needs_second(self.line, back, MoveKind.ROLLBACK)


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase


def test_taking_back_twice_leads_further_back_and_not_to_what_was_taken_back() -> None:
    line: dict[int, Standing] = {number: Standing() for number in (1, 2, 3)}
    for number in (1, 2, 3):
        line = moved(line, number, MoveKind.GO_LIVE)
    for expected in (2, 1):
        back = fallback(line)
        assert back == expected
        line = moved(line, back, MoveKind.ROLLBACK)
    assert fallback(line) is None
    assert needs_second(line, 3, MoveKind.ROLLBACK)


def test_what_is_not_possible_is_an_error() -> None:
    with pytest.raises(ValueError, match="not possible"):
        moved({1: Standing()}, 1, MoveKind.ROLLBACK)


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_no_state_leads_to_itself_or_back_to_a_draft(before: State, after: State) -> None:
    if before is after or after is State.DRAFT:
        assert not may_become(before, after)


def test_only_a_waiting_move_is_decided_and_only_an_approved_one_takes_effect() -> None:
    decided = {(before, after) for before, after in product(MoveState, MoveState) if may_be_decided(before, after)}
    assert {before for before, _ in decided} == {MoveState.WAITING, MoveState.APPROVED}
    assert {before for before, after in decided if after is MoveState.DONE} == {MoveState.APPROVED}
