"""The ladder of measures on a number, in memory: whatever people, operators and time do, no level is reached out of turn without an allowed ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fanzha.desks import lines
from fanzha.desks.controls import kinds
from fanzha.desks.controls.domain import Result, State, Term, may_become
from fanzha.desks.lines.domain import (
    BAR,
    CANCEL,
    LEVELS,
    LIMIT,
    MEASURES,
    PROTECT,
    RENEWALS,
    RESTORE,
    SUSPEND,
    VERIFY,
    Check,
    Fault,
    Ground,
    Ladder,
    Past,
    fault_of,
    grounds_for,
    open_kinds,
    open_level,
    standing,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RENEW_LIMIT = "line_limit_renew"
LADDER = Ladder(
    LEVELS, {Check.NOT_PASSED: SUSPEND, Check.OVERDUE: SUSPEND, Check.NOT_REACHED: LIMIT},
    {LIMIT: frozenset({"sim_box", "case_confirmed"}), SUSPEND: frozenset({"case_confirmed"}), BAR: frozenset({"certified"})}, 30 * DAY,
    frozenset({"victim_request", "family_request", "imminent_danger"}), 3, 7 * DAY, frozenset({CANCEL, BAR}),
)  # fmt: skip


def checked(result: Result, at: datetime = NOON) -> Past:
    return Past(VERIFY, State.DONE, at - DAY, result.value, at - DAY, at, at)


def held(kind: str) -> Past:
    return Past(kind, State.IN_FORCE, NOON - DAY, "done", NOON - DAY, NOON, NOON - DAY)


def lifted(kind: str, state: State = State.DONE, at: datetime = NOON) -> Past:
    return Past(RESTORE, state, at, "", at, at + DAY, at if state is State.DONE else None, kind)


def renewed(hours: int) -> Past:
    at = NOON - timedelta(hours=hours)
    return Past(RENEW_LIMIT, State.DONE, at, "done", at, at, at, LIMIT)


@pytest.mark.parametrize(
    ("history", "kind", "ground", "fault"),
    [
        ([], VERIFY, "", None),
        ([], LIMIT, "", Fault.CHECK_FIRST),
        ([], LIMIT, "sim_box", None),
        ([], SUSPEND, "sim_box", Fault.GROUND_NOT_ALLOWED),
        ([], CANCEL, "case_confirmed", Fault.GROUND_NOT_ALLOWED),
        ([checked(Result.NOT_REACHED)], LIMIT, "", None),
        ([checked(Result.NOT_REACHED)], SUSPEND, "", Fault.LEVEL_SKIPPED),
        ([checked(Result.NOT_PASSED)], SUSPEND, "", None),
        ([checked(Result.NOT_PASSED)], CANCEL, "", Fault.LEVEL_SKIPPED),
        ([checked(Result.NOT_PASSED), held(SUSPEND)], CANCEL, "", None),
        ([checked(Result.NOT_PASSED), held(SUSPEND)], LIMIT, "", Fault.LEVEL_REACHED),
        ([checked(Result.NOT_PASSED), held(SUSPEND)], BAR, "", Fault.LEVEL_SKIPPED),
        ([checked(Result.NOT_PASSED), held(SUSPEND)], BAR, "certified", None),
        ([checked(Result.PASSED)], LIMIT, "sim_box", Fault.CHECK_PASSED),
        ([checked(Result.NOT_PASSED, NOON - 31 * DAY)], SUSPEND, "", Fault.CHECK_FIRST),
        ([Past(VERIFY, State.SENT, NOON - 2 * DAY, "", NOON - 2 * DAY, NOON - DAY)], SUSPEND, "", None),
        ([Past(VERIFY, State.SENT, NOON, "", NOON, NOON + DAY)], SUSPEND, "", Fault.CHECK_FIRST),
        ([Past(VERIFY, State.SENT, NOON, "", NOON, NOON + DAY)], VERIFY, "", Fault.CHECK_UNDER_WAY),
        ([checked(Result.NOT_PASSED), Past(SUSPEND, State.REQUESTED, NOON)], SUSPEND, "", Fault.UNDER_WAY),
        ([], PROTECT, "", Fault.GROUND_MISSING),
        ([], PROTECT, "case_confirmed", Fault.GROUND_MISSING),
        ([checked(Result.PASSED)], PROTECT, "victim_request", None),
        ([Past(PROTECT, State.EXPIRED, NOON - DAY, "done", NOON - DAY)] * 3, PROTECT, "victim_request", Fault.PROTECTED_TOO_OFTEN),
        ([], "freeze", "", Fault.NOT_A_LEVEL),
        ([checked(Result.NOT_PASSED), held(SUSPEND), lifted(SUSPEND, State.SENT)], CANCEL, "", Fault.LEVEL_SKIPPED),
        ([checked(Result.NOT_PASSED, NOON - 2 * DAY), lifted(SUSPEND)], SUSPEND, "", Fault.CHECK_FIRST),
        ([checked(Result.NOT_PASSED), lifted(SUSPEND, at=NOON - DAY)], SUSPEND, "", None),
        ([checked(Result.NOT_PASSED, NOON - 2 * DAY), lifted(PROTECT)], SUSPEND, "", None),
        ([], RENEW_LIMIT, "", Fault.NOTHING_TO_RENEW),
        ([held(SUSPEND)], RENEW_LIMIT, "sim_box", Fault.NOTHING_TO_RENEW),
        ([held(LIMIT)], RENEW_LIMIT, "", Fault.CHECK_FIRST),
        ([held(LIMIT)], RENEW_LIMIT, "sim_box", None),
        ([held(LIMIT)], RENEW_LIMIT, "certified", Fault.GROUND_NOT_ALLOWED),
        ([held(LIMIT), checked(Result.NOT_REACHED)], RENEW_LIMIT, "", None),
        ([held(LIMIT), checked(Result.NOT_REACHED, NOON - 31 * DAY)], RENEW_LIMIT, "", Fault.CHECK_FIRST),
        ([held(LIMIT), checked(Result.PASSED)], RENEW_LIMIT, "sim_box", Fault.CHECK_PASSED),
        ([held(LIMIT), checked(Result.NOT_REACHED), renewed(1), renewed(2)], RENEW_LIMIT, "", None),
        ([held(LIMIT), checked(Result.NOT_REACHED), renewed(1), renewed(2), renewed(3)], RENEW_LIMIT, "", Fault.RENEWED_TOO_OFTEN),
        ([held(LIMIT), checked(Result.NOT_REACHED), *[replace(renewed(1), requested_at=NOON - 9 * DAY)] * 3], RENEW_LIMIT, "", None),
        ([held(LIMIT), checked(Result.NOT_REACHED), replace(renewed(1), state=State.SENT)], RENEW_LIMIT, "", Fault.UNDER_WAY),
    ],
)  # fmt: skip
def test_what_is_open(history: list[Past], kind: str, ground: str, fault: Fault | None) -> None:
    assert fault_of(kind, ground, history, LADDER, NOON) is fault


def test_a_level_that_the_rule_no_longer_has_is_not_renewed() -> None:
    short = replace(LADDER, levels=(SUSPEND,))
    assert fault_of(RENEW_LIMIT, "", [held(LIMIT), checked(Result.NOT_PASSED)], short, NOON) is Fault.NOT_A_LEVEL
    assert grounds_for(RENEW_LIMIT, LADDER) == grounds_for(LIMIT, LADDER)


def test_a_shorter_ladder_has_no_further_level() -> None:
    short = replace(LADDER, levels=(LIMIT, SUSPEND))
    assert fault_of(CANCEL, "", [checked(Result.NOT_PASSED), held(SUSPEND)], short, NOON) is Fault.NOT_A_LEVEL
    assert open_kinds([checked(Result.NOT_PASSED), held(LIMIT)], short, NOON) == (VERIFY, SUSPEND)


def test_grounds_offered_are_those_that_open_the_level() -> None:
    for kind in LEVELS:
        assert kind in lines.LEVELS
        assert {ground for ground in Ground if fault_of(kind, ground, [], LADDER, NOON) is None} == set(grounds_for(kind, LADDER))


PASTS = st.builds(
    Past, st.sampled_from([VERIFY, *LEVELS, PROTECT]), st.sampled_from(list(State)), st.just(NOON - DAY), st.just("not_passed"),
    st.just(NOON - DAY) | st.none(), st.just(NOON), st.just(NOON - timedelta(hours=2)),
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(PASTS, max_size=6))
def test_without_a_ground_one_climbs_one_level_or_to_where_the_check_opens(history: list[Past]) -> None:
    here = standing(history, LADDER, NOON)
    for kind in LEVELS:
        if fault_of(kind, "", history, LADDER, NOON) is None:
            assert here.reached < LADDER.level(kind) <= max(here.reached + bool(here.reached), LADDER.level(LADDER.after.get(here.check, "")))
            assert LADDER.level(kind) <= open_level(here, LADDER)


@dataclass
class Order:
    """The test's own order, moved by the desk's table of states alone."""

    past: Past
    ground: str
    ends_at: datetime | None = None
    level_below: bool = False
    check_then: Check = Check.NONE
    on: Order | None = None
    renewals: int = 0


class Number(RuleBasedStateMachine):
    """One number, many orders: asked, approved (with the rule asked again), answered, renewed, expired, lifted, restored by a passed check."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.orders = NOON, list[Order]()

    def history(self) -> list[Past]:
        for order in self.orders:  # as the desk reads it: what has passed its end holds no more
            if order.past.state is State.IN_FORCE and order.ends_at is not None and order.ends_at <= self.now:
                order.past = replace(order.past, state=State.EXPIRED)
        return [order.past for order in self.orders]

    @rule(kind=st.sampled_from([VERIFY, *LEVELS, *LEVELS, PROTECT]), ground=st.sampled_from(["", "", "", *Ground]))
    def ask(self, kind: str, ground: str) -> None:
        if fault_of(kind, ground, self.history(), LADDER, self.now) is None:
            self.orders.append(Order(Past(kind, State.REQUESTED, self.now), ground))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), kind=st.sampled_from([*RENEWALS, RESTORE]), ground=st.sampled_from(["", "", *Ground]))
    def ask_on(self, data: st.DataObject, kind: str, ground: str) -> None:
        """A renewal or restoration of something in force."""
        base, history = data.draw(st.sampled_from(self.orders)), self.history()
        fits = base.past.kind in MEASURES if kind == RESTORE else base.past.kind == RENEWALS[kind]
        if fits and base.past.state is State.IN_FORCE and fault_of(kind, ground, history, LADDER, self.now) is None:
            self.orders.append(Order(Past(kind, State.REQUESTED, self.now, on=base.past.kind), ground, on=base))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.orders))
        history = self.history()
        if order.past.state is not State.REQUESTED or fault_of(order.past.kind, order.ground, history, LADDER, self.now, own=True) is not None:
            return
        here = standing(history, LADDER, self.now)
        if order.on is not None and order.on.past.state is not State.IN_FORCE:
            return
        level = LADDER.level(order.past.kind)
        order.level_below, order.check_then = bool(level and here.reached == level - 1 and here.reached), here.check
        hours = 24 if order.past.kind == VERIFY else 2
        order.past = replace(order.past, state=State.SENT, sent_at=self.now, answer_by=self.now + timedelta(hours=hours))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.orders))
        if order.past.state is not State.SENT:
            return
        if order.past.kind == VERIFY:
            result = data.draw(st.sampled_from([Result.PASSED, Result.NOT_PASSED, Result.NOT_REACHED]))
            order.past = replace(order.past, state=State.DONE, result=result.value, answered_at=self.now)
            if result is Result.PASSED:
                self.restore()
            return
        if order.on is not None:
            self.carry_out(order, order.on)
            return
        kind = kinds.by_key(order.past.kind)
        assert kind.unit is not None
        order.ends_at = Term(2, kind.unit).after(self.now)
        order.past = replace(order.past, state=State.IN_FORCE, result="done", answered_at=self.now)

    def carry_out(self, order: Order, base: Order) -> None:
        """What an answered renewal or restoration does to its measure; where that has ended the renewal lapsed with it."""
        self.history()
        if base.past.state is not State.IN_FORCE:
            order.past = replace(order.past, state=State.LAPSED)
            return
        order.past = replace(order.past, state=State.DONE, result="done", answered_at=self.now)
        if order.past.kind == RESTORE:
            base.past = replace(base.past, state=State.RELEASED)
        elif base.ends_at is not None:
            base.ends_at, base.renewals = base.ends_at + 2 * DAY, base.renewals + 1

    def restore(self) -> None:
        """As `restoring.restore` does it: what holds ends, levels under way lapse."""
        for order in self.orders:
            state = order.past.state
            if order.past.kind in MEASURES and state is State.IN_FORCE:
                order.past = replace(order.past, state=State.RELEASED)
            elif order.past.kind in LEVELS and may_become(state, State.LAPSED):
                order.past = replace(order.past, state=State.LAPSED)

    @rule(span=st.sampled_from([timedelta(hours=1), timedelta(hours=25), 10 * DAY, 40 * DAY]))
    def wait(self, span: timedelta) -> None:
        self.now += span

    @invariant()
    def nothing_holds_out_of_turn(self) -> None:
        history = self.history()
        for order in self.orders:
            level = LADDER.level(order.past.kind)
            if order.past.state is not State.IN_FORCE or not level:
                continue
            by_check = LADDER.level(LADDER.after.get(order.check_then, ""))
            assert order.level_below or level <= by_check or order.ground in LADDER.skips.get(order.past.kind, ()), "a level was skipped"
            assert order.check_then is not Check.PASSED
            assert order.renewals <= LADDER.renew_most, "renewed too often"
        for order in self.orders:
            if order.past.kind in RENEWALS and order.past.state is State.DONE:
                allowed = order.ground in LADDER.skips.get(RENEWALS[order.past.kind], ())
                assert allowed or order.check_then in {Check.NOT_PASSED, Check.OVERDUE, Check.NOT_REACHED}, "renewed while nothing stood against the holder"
        kinds = [past.kind for past in history if past.state is State.IN_FORCE]
        assert len(kinds) == len(set(kinds)), "the same measure twice"

    @invariant()
    def after_a_passed_check_nothing_holds_and_nothing_is_open(self) -> None:
        history = self.history()
        here = standing(history, LADDER, self.now)
        if here.check is Check.PASSED:
            assert not here.in_force & set(LEVELS)
            assert set(open_kinds(history, LADDER, self.now)) <= {VERIFY}
            assert all(fault_of(kind, ground, history, LADDER, self.now) is Fault.CHECK_PASSED for kind in LEVELS for ground in ("", *Ground)
                       if kind not in here.under_way)  # fmt: skip


Number.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestNoPathSkipsALevel = Number.TestCase
