"""Whatever people, banks and time do in whatever order: nobody decides on what they took part in, terms are kept, and no appeal waits too long without an alarm.

The machine drives the real desk on the real database and keeps its own, simpler idea of each appeal beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text
from tests.desks.appeals.appeals_kit import NOON, REASONS, SYSTEM, Town, answer, asking, file, in_force, ordered

from fanzha.desks import appeals, controls
from fanzha.desks.appeals import Appeal, Filed, Origin, State, Verdict, tasks
from fanzha.desks.appeals.domain import FINAL, OPEN
from fanzha.desks.controls import Result
from fanzha.desks.controls import tasks as order_tasks
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope, Work

PEOPLE = ("clerk", "mate", "chief", "city_clerk", "city_chief", "far_chief")
INVOLVED = ("asker", "second", "head")
SPANS = st.sampled_from([timedelta(minutes=5), timedelta(hours=1), timedelta(hours=19), timedelta(hours=25), timedelta(days=11), timedelta(days=20)])


@dataclass
class Held:
    """The test's own idea: who may never decide, and by when the answer is due at the latest (the one pause included)."""

    involved: set[str]
    latest: datetime
    ran_at: datetime | None = None


class Appeals(RuleBasedStateMachine):
    platform: Platform
    town: Town

    filed = Bundle("filed")

    @initialize()
    def begin(self) -> None:
        with self.platform.database.work(SYSTEM) as work:  # every run begins with accounts of its own
            self.salt = f"{work.session.scalar(text('SELECT count(*) FROM orders')):06d}"
        self.now = NOON
        self.held: dict[str, Held] = {}
        self.orders = 0

    def who(self, name: str) -> Principal:
        found: Principal = getattr(self.town.places if name in INVOLVED else self.town, name)
        return found

    def attempt(self, name: str, act: Callable[[Work], Any]) -> Any:
        """What somebody tries; None where it is refused."""
        with clock.frozen(self.now), suppress(FanzhaError), self.platform.database.work(Scope.of(self.who(name))) as work:
            return act(work)
        return None

    @rule(target=filed)
    def hit(self) -> str:
        """A stop on a fresh account, and its holder appeals."""
        self.orders += 1
        with clock.frozen(self.now):
            order = in_force(self.platform, self.town.places, asking(self.town.places, account=f"62220000{self.salt}{self.orders:05d}", transfer_at=self.now))
            appeal = file(self.platform, None, order)
        took_part = {self.who(name).user_id for name in INVOLVED}
        self.held[appeal.id] = Held(took_part, appeal.answer_by)
        return appeal.id

    @rule(appeal=filed, name=st.sampled_from((*PEOPLE, *INVOLVED)))
    def accept_and_take(self, appeal: str, name: str) -> None:
        self.attempt(name, lambda work: appeals.handling.accept(work, appeal))
        taken = self.attempt(name, lambda work: appeals.handling.take(work, appeal))
        assert taken is None or self.who(name).user_id not in self.held[appeal].involved

    @rule(appeal=filed, name=st.sampled_from(PEOPLE))
    def ask_for_papers(self, appeal: str, name: str) -> None:
        if self.attempt(name, lambda work: appeals.handling.ask_documents(work, appeal, "请补充近三个月的工资单")) is not None:
            self.held[appeal].latest += timedelta(days=10)

    @rule(appeal=filed)
    def papers_come(self, appeal: str) -> None:
        with clock.frozen(self.now), suppress(FanzhaError), self.platform.database.work(SYSTEM) as work:
            appeals.filing.add_document(work, appeal, "x.pdf", b"%PDF-" + new_id().encode())

    @rule(appeal=filed, name=st.sampled_from((*PEOPLE, *INVOLVED)), verdict=st.sampled_from([Verdict.UPHELD, Verdict.UPHELD, Verdict.REJECTED]))
    def propose(self, appeal: str, name: str, verdict: Verdict) -> None:
        given = ordered(self.town) if verdict is Verdict.UPHELD else None
        done = self.attempt(name, lambda work: appeals.handling.propose(work, appeal, verdict, REASONS, given))
        assert done is None or self.who(name).user_id not in self.held[appeal].involved

    @rule(appeal=filed, name=st.sampled_from((*PEOPLE, *INVOLVED)), back=st.sampled_from([False, False, True]))
    def decide(self, appeal: str, name: str, back: bool) -> None:
        before = self.row(appeal)
        if back:
            done = self.attempt(name, lambda work: appeals.handling.send_back(work, appeal, REASONS))
        else:
            done = self.attempt(name, lambda work: appeals.handling.decide(work, appeal))
        if done is not None:
            assert before.state_now is State.PROPOSED
            assert self.who(name).user_id not in {*self.held[appeal].involved, before.proposed_by}

    @rule(target=filed, appeal=filed)
    def look_again(self, appeal: str) -> str:
        with clock.frozen(self.now), suppress(FanzhaError), self.platform.database.work(SYSTEM) as work:
            first = appeals.filing.get(work, appeal)
            second = appeals.filing.reconsider(work, appeal, Filed(Origin.ONLINE, "请再看一次", "", new_id()))
            gave = {one for one in (first.handler_id, first.proposed_by, first.decider_id) if one}
            self.held[second.id] = Held(self.held[appeal].involved | gave, second.answer_by)
            return second.id
        return appeal

    @rule(appeal=filed)
    def bank_releases(self, appeal: str) -> None:
        with clock.frozen(self.now):
            with self.platform.database.work(SYSTEM) as work:
                waiting = [one.release for one in appeals.relief.lifted(work, appeals.filing.get(work, appeal)) if one.release is not None]
            for release in waiting:
                if release.state_now is controls.State.SENT:
                    with suppress(FanzhaError):
                        answer(self.platform, self.town.places.bank, release.id, Result.DONE)

    @rule(span=SPANS, run=st.sampled_from([True, True, False]))
    def time_passes(self, span: timedelta, run: bool) -> None:
        self.now += span
        if run:
            with clock.frozen(self.now):
                order_tasks.let_time_pass(self.platform)
                tasks.let_time_pass(self.platform)
            for held in self.held.values():
                held.ran_at = self.now

    def row(self, appeal: str) -> Appeal:
        with self.platform.database.work(SYSTEM) as work:
            return appeals.filing.get(work, appeal)

    @invariant()
    def what_the_law_asks_holds(self) -> None:
        with clock.frozen(self.now), self.platform.database.work(SYSTEM) as work:
            rows = work.session.scalars(select(Appeal).where(Appeal.id.in_(list(self.held)))).all()
            alarms = {(row[0], row[1]) for row in work.session.execute(text("SELECT appeal_id, kind FROM appeal_alarms"))}
            for one in rows:
                self._lawful(one, alarms)
                if one.answer is Verdict.UPHELD and one.state_now in FINAL:
                    assert all(each.proven_at is not None for each in appeals.relief.lifted(work, one)), "closed without proof"

    def _lawful(self, one: Appeal, alarms: set[tuple[str, str]]) -> None:
        held = self.held[one.id]
        assert one.answer_by <= held.latest, "the clock stood still for longer than it may"
        assert one.decider_id is None or one.decider_id not in {*held.involved, one.proposed_by}
        if one.state_now in OPEN and held.ran_at is not None and held.ran_at >= held.latest:
            assert (one.id, "answer_late") in alarms, "late without an alarm"


@pytest.fixture
def machine(platform: Platform, town: Town) -> type[Appeals]:
    return type("AppealsHere", (Appeals,), {"platform": platform, "town": town})


@pytest.mark.slow
def test_no_appeal_is_forgotten_and_nobody_judges_their_own(machine: type[Appeals]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=3, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None, phases=(Phase.explicit, Phase.generate)
        ),
    )
