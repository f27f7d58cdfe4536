"""Merging and splitting, as pure operations: nothing is lost, whatever the order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from fanzha.desks.cases.domain import Action, CaseState, CaseStep, Standing, after, allowed, open_steps
from fanzha.desks.cases.errors import CannotMerge, CannotSplit, CannotUndo, StepNotOpen
from fanzha.desks.cases.lineage import Lineage, Operation


class Joining(RuleBasedStateMachine):
    """Merges, splits and undos in any order; a part may be added to any live case at any time."""

    cases = Bundle("cases")
    done = Bundle("done")

    def __init__(self) -> None:
        super().__init__()
        self.lineage = Lineage()
        self.known: list[str] = []
        self.parts = 0

    @initialize(target=cases)
    def first(self) -> str:
        return self.another()

    @rule(target=cases)
    def another(self) -> str:
        case = f"c{len(self.known)}"
        self.known.append(case)
        self.add_part(case)
        self.add_part(case)
        return case

    @rule(case=cases)
    def add_part(self, case: str) -> None:
        self.lineage.homes[f"p{self.parts}"] = self.lineage.root(case)
        self.parts += 1

    @rule(target=done, source=cases, into=cases)
    def merge(self, source: str, into: str) -> Operation | None:
        seen = self._seen(source), self._seen(into)
        possible = source != into and self.lineage.root(source) == source and self.lineage.root(into) == into
        try:
            operation = self.lineage.merge(source, into)
        except CannotMerge:
            assert not possible
            return None
        assert possible
        assert self._seen(into) == seen[0] | seen[1]
        return operation

    @rule(target=done, source=cases, places=st.sets(st.integers(0, 5), min_size=1))
    def split(self, source: str, places: set[int]) -> Operation | None:
        seen = self._seen(source)
        chosen = {part for place, part in enumerate(sorted(seen)) if place in places}
        target = f"c{len(self.known)}"
        try:
            operation = self.lineage.split(source, target, chosen)
        except CannotSplit:
            return None
        self.known.append(target)
        assert (self._seen(source), self._seen(target)) == (seen - chosen, chosen)
        return operation

    @rule(operation=consumes(done))
    def undo(self, operation: Operation | None) -> None:
        if operation is None:
            return
        before = {case: self._seen(case) for case in self.known}
        try:
            self.lineage.undo(operation)
        except CannotUndo:
            assert before == {case: self._seen(case) for case in self.known}

    @rule(source=cases, into=cases)
    def undone_at_once_is_as_before(self, source: str, into: str) -> None:
        before = (dict(self.lineage.into), dict(self.lineage.homes))
        try:
            operation = self.lineage.merge(source, into)
        except CannotMerge:
            return
        self.lineage.undo(operation)
        assert (self.lineage.into, self.lineage.homes) == before

    @invariant()
    def every_part_is_seen_under_one_live_case(self) -> None:
        live = [case for case in self.known if case not in self.lineage.into]
        seen = [part for case in live for part in self._seen(case)]
        assert sorted(seen) == sorted(f"p{number}" for number in range(self.parts))

    @invariant()
    def every_id_leads_to_a_live_case(self) -> None:
        assert all(self.lineage.root(case) not in self.lineage.into for case in self.known)

    def _seen(self, case: str) -> set[str]:
        return {part for part, home in self.lineage.homes.items() if self.lineage.root(home) == case}


TestJoining = Joining.TestCase
TestJoining.settings = settings(max_examples=60, stateful_step_count=30)


class Life(RuleBasedStateMachine):
    """The states of a case: only the steps that are offered succeed, and an end is left by reopening alone."""

    def __init__(self) -> None:
        super().__init__()
        self.state = CaseState.FILED
        self.was_solved = False

    @rule(step=st.sampled_from(CaseStep))
    def take(self, step: CaseStep) -> None:
        offered = Action(step.value) in allowed(Standing(self.state, is_merged=False, is_lead=True))
        assert offered == (step in open_steps(self.state))
        before = self.state
        try:
            self.state = after(self.state, step)
        except StepNotOpen:
            assert not offered
            return
        assert offered
        if before in (CaseState.CLOSED, CaseState.WITHDRAWN):
            assert step is CaseStep.REOPEN
        self.was_solved = self.state is CaseState.SOLVED or (self.was_solved and self.state is CaseState.CLOSED)

    @invariant()
    def closed_only_after_solved(self) -> None:
        assert self.state is not CaseState.CLOSED or self.was_solved


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=20)


def test_what_stands_in_the_way_of_an_undo() -> None:
    lineage = Lineage(homes={"p1": "a", "p2": "a", "p3": "b"})
    split = lineage.split("a", "c", ["p1"])
    merge = lineage.merge("c", "b")
    with pytest.raises(CannotUndo):
        lineage.undo(split)
    lineage.undo(merge)
    lineage.undo(split)
    assert lineage.homes == {"p1": "a", "p2": "a", "p3": "b"}
    assert lineage.root("c") == "a"
    with pytest.raises(CannotSplit):
        lineage.split("a", "d", ["p3"])


@pytest.mark.parametrize("state", list(CaseState))
def test_who_only_sees_a_case_changes_nothing(state: CaseState) -> None:
    assert allowed(Standing(state, is_merged=False, is_lead=False)) == frozenset()
    assert allowed(Standing(state, is_merged=False, is_lead=False, is_offered=True, is_offered_to_me=True)) == {Action.ANSWER_HAND_OVER}
    assert Action.EDIT not in allowed(Standing(state, is_merged=True, is_lead=True))
    assert Action.MERGE not in allowed(Standing(state, is_merged=False, is_lead=True, is_offered=True))
