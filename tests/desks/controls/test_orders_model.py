"""Whatever people, banks and time do in whatever order: no measure holds without approval by somebody else, and none outlives its term.

The machine drives the real desk on the real database and keeps its own, simpler idea of each order beside it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule, run_state_machine_as_test
from sqlalchemy import select, text
from tests.desks.controls.orders_kit import NOON, SYSTEM, Places, acknowledge, answer, approve, asking, request

from fanzha.desks import controls
from fanzha.desks.controls import Checks, Officer, Order, Result, State, tasks
from fanzha.desks.controls.domain import Term, Unit
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope

POLICE = ("asker", "second", "head", "city_head", "far_asker", "far_head")
IMPOSING = ("stop", "freeze", "receive_only", "total_block", "noncounter")
ACTING = {"stop": ("stop_extend", "stop_release"), "noncounter": ("noncounter_renew", "noncounter_release")}
SPANS = st.sampled_from([timedelta(minutes=1), timedelta(hours=1), timedelta(hours=23), timedelta(hours=48), timedelta(days=4), timedelta(days=95), timedelta(days=200)])


@dataclass
class Held:
    """The test's own idea: who may never approve, and when the measure must be over at the latest."""

    kind: str
    own: set[str]
    approved: bool = False
    latest: datetime | None = None


class Orders(RuleBasedStateMachine):
    platform: Platform
    places: Places

    orders = Bundle("orders")

    @initialize()
    def begin(self) -> None:
        with self.platform.database.work(SYSTEM) as work:  # every run begins with accounts of its own
            self.salt = f"{work.session.scalar(text('SELECT count(*) FROM orders')):06d}"
        self.now = NOON
        self.held: dict[str, Held] = {}

    def at_work(self) -> Any:
        return clock.frozen(self.now)

    @rule(target=orders, kind=st.sampled_from(IMPOSING), account=st.sampled_from("12"), far=st.booleans(), by_head=st.booleans())
    def ask(self, kind: str, account: str, far: bool, by_head: bool) -> Any:
        places = self.places
        one, two = (places.far_asker, places.far_second) if far else (places.asker, places.head if by_head else places.second)
        asked = asking(places, kind, account=f"62220000{self.salt}000{account}", officers=(Officer(one.user_id, "P1"), Officer(two.user_id, "P2")), transfer_at=self.now)
        with self.at_work():
            order = request(self.platform, one, asked)
        self.held[order.id] = Held(kind, {one.user_id, two.user_id})
        return order.id

    @rule(target=orders, base=orders, which=st.integers(0, 1))
    def act_on(self, base: str, which: int) -> Any:
        of = self.held[base].kind
        if of not in IMPOSING:
            return multiple()
        kind = ACTING.get(of, ("freeze_renew", "freeze_release"))[which]
        basis = {"noncounter_renew": "atfl:31", "noncounter_release": "atfl:32"}.get(kind, "procedure:243" if kind == "freeze_renew" else "atfl:20")
        with self.at_work(), suppress(FanzhaError):
            order = request(self.platform, self.places.asker, asking(self.places, kind, on_order_id=base, basis=basis))
            self.held[order.id] = Held(kind, {self.places.asker.user_id, self.places.second.user_id})
            return order.id
        return multiple()

    @rule(order=orders, who=st.sampled_from(POLICE))
    def approve(self, order: str, who: str) -> None:
        principal: Principal = getattr(self.places, who)
        before = self.state(order)
        with self.at_work():
            try:
                approve(self.platform, principal, order)
            except FanzhaError:
                return
        if before is State.REQUESTED:
            assert principal.user_id not in self.held[order].own, "approved by one of its own"
            self.held[order].approved = True

    @rule(order=orders)
    def acknowledge(self, order: str) -> None:
        with self.at_work(), suppress(FanzhaError):
            acknowledge(self.platform, self.places.bank, order)

    @rule(order=orders, result=st.sampled_from([*[Result.DONE] * 5, *Result]), agree=st.sampled_from([True, True, True, False]), ago=st.integers(-90, 90))
    def answer(self, order: str, result: Result, agree: bool, ago: int) -> None:
        fields: dict[str, Any] = {"checks": Checks(*[agree] * 4), "started_at": self.now - timedelta(minutes=ago)}
        if result is Result.QUEUED:
            fields["former_department"] = "外地公安"
        before = self.state(order)
        with self.at_work():
            try:
                done = answer(self.platform, self.places.bank, order, result, new_id(), **fields)
            except FanzhaError:
                return
        assert self.held[order].approved, "answered without approval"
        assert before in (State.SENT, State.ACKNOWLEDGED, State.QUEUED)
        if done.state == State.IN_FORCE.value:
            assert done.term is not None
            assert agree or self.held[order].kind != "stop"
            self.held[order].latest = done.term.after(self.now)
        if done.state == State.DONE.value and done.effect == "extend":
            base = self.held[str(done.on_order_id)]
            assert done.term is not None
            assert base.latest is not None
            base.latest = done.term.after(base.latest)

    @rule(order=consumes(orders), who=st.sampled_from(POLICE))
    def withdraw(self, order: str, who: str) -> None:
        before = self.state(order)
        with self.at_work(), suppress(FanzhaError), self.platform.database.work(Scope.of(getattr(self.places, who))) as work:
            controls.service.withdraw(work, order, "撤回测试")
            assert before is State.REQUESTED

    @rule(span=SPANS, run=st.booleans())
    def time_passes(self, span: timedelta, run: bool) -> None:
        self.now += span
        if run:
            with self.at_work():
                tasks.let_time_pass(self.platform)

    def state(self, order: str) -> State:
        with self.at_work(), self.platform.database.work(SYSTEM) as work:
            return controls.service.get(work, order).state_now

    @invariant()
    def what_holds_is_lawful(self) -> None:
        with self.at_work(), self.platform.database.work(SYSTEM) as work:
            rows = [order for order in work.session.scalars(select(Order).where(Order.id.in_(list(self.held)))) if order.state_now is State.IN_FORCE]
        slots = [(order.subject_index, order.slot) for order in rows]
        assert len(slots) == len(set(slots)), "two measures of one slot"
        for order in rows:
            held = self.held[order.id]
            assert held.approved
            assert order.approver_id is not None
            assert order.approver_id not in held.own
            assert order.ends_at is not None
            latest = held.latest or (order.term or Term(6, Unit.MONTHS)).after(order.starts_at or self.now)
            assert self.now < order.ends_at <= latest, "outlives its term"
        for index in {order.subject_index for order in rows}:
            assert self._rounds(index) <= 2

    def _rounds(self, index: str) -> int:
        with self.platform.database.work(SYSTEM) as work:
            found = work.session.scalar(text("SELECT count(*) FROM orders WHERE subject_index = :index AND counted = 'stop' AND round IS NOT NULL"), {"index": index})
        return int(found or 0)


@pytest.fixture
def machine(platform: Platform, places: Places) -> type[Orders]:
    return type("OrdersHere", (Orders,), {"platform": platform, "places": places})


@pytest.mark.slow
def test_no_path_skips_approval_or_outlives_its_term(machine: type[Orders]) -> None:
    run_state_machine_as_test(
        machine, settings=settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    )
