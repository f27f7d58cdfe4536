"""Refund rounds on PostgreSQL. Every person and number here is made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.desks.controls.orders_kit import asking, build, in_force
from tests.desks.funds.funds_kit import FIRST, NOON, SECOND, STATEMENTS, TOLD, VICTIM, give, opened, report, staff

from fanzha.desks import identity
from fanzha.desks.funds import RefundDecided, RefundPaid, refunds, rounds, service
from fanzha.desks.funds import refund_repository as store
from fanzha.desks.funds.errors import (
    AnswerConflict,
    FrozenSumUnknown,
    FundsReasonNeeded,
    NoticeRunning,
    NotYetPayable,
    ObjectionsOpen,
    PaymentNotFound,
    RoundNotFound,
    RoundOpen,
    RoundStepNotOpen,
    SamePerson,
    UnfitRound,
)
from fanzha.desks.funds.frozen import FrozenAccount
from fanzha.desks.funds.refunds import Claimant, Draft
from fanzha.desks.funds.rounds import PaymentState, RoundState, RoundStep
from fanzha.engine.refunds import Denominator
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError, Forbidden
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

HEAD_OF_POLICE = staff(Role.LEADER, user="u9")
LATER = NOON + timedelta(days=40)


def pool(platform: Platform, *fen: int, org: str | None = None) -> list[FrozenAccount]:
    accounts = [platform.tokens.seal("bank_account", account) for account in (FIRST, SECOND)]
    return [FrozenAccount(account, amount, "示例行", org, "银行函告") for account, amount in zip(accounts, fen, strict=False)]


def claimant(victim: str, loss: int = 1_000_000) -> Claimant:
    return Claimant(victim, f"某{victim[-4:]}", loss, VICTIM, "示例受害行")


def traced_case(platform: Platform, folder: Path) -> tuple[str, str]:
    """A trace with all statements, and the name of its victim."""
    trace_id = opened(platform)
    for bank, told in STATEMENTS.items():
        give(platform, trace_id, folder, told, bank)
    with platform.database.work(staff()) as work:
        return trace_id, service.view(work, trace_id).victims[0].victim


def test_traced_money_goes_back_without_a_notice(platform: Platform, tmp_path: Path) -> None:
    heard: list[object] = []
    for kind in (RefundDecided, RefundPaid):
        platform.database.events.on(kind, lambda _, event: heard.append(event))
    trace_id, victim = traced_case(platform, tmp_path)
    with clock.frozen(LATER):
        with platform.database.work(staff()) as work:
            of = refunds.draft(work, trace_id, Draft(pool(platform, 100_000, 250_000), [claimant(victim)]), platform.tokens)
            assert not of.shared
            with pytest.raises(NotYetPayable):
                refunds.send(work, of.id)
            with pytest.raises(RoundOpen):
                refunds.draft(work, trace_id, Draft(pool(platform, 1), [claimant(victim)]), platform.tokens)
        with platform.database.work(HEAD_OF_POLICE) as work:
            refunds.decide(work, of.id, "示例返决字1号")
        with platform.database.work(staff()) as work:
            sent = refunds.send(work, of.id)
            assert sorted(each.fen for each in sent) == [100_000, 250_000]
            assert all(each.direct for each in sent)
            with pytest.raises(RoundStepNotOpen):
                refunds.close(work, of.id)
            first, second = sent
            for _ in range(2):
                assert refunds.acknowledge(work, first.id, paid=True, serial="R1").state == "paid"
            with pytest.raises(AnswerConflict):
                refunds.acknowledge(work, first.id, paid=False, cause="账户不符")
            with pytest.raises(FundsReasonNeeded):
                refunds.acknowledge(work, second.id, paid=False)
            refunds.acknowledge(work, second.id, paid=False, cause="收款账户已销户")
            assert refunds.send(work, of.id)[0].attempts == 2
            refunds.acknowledge(work, second.id, paid=True, serial="R2")
            assert refunds.close(work, of.id).state == "closed"
            assert store.returned(work, trace_id) == {victim: 350_000}
    assert [type(each).__name__ for each in heard] == ["RefundDecided", "RefundPaid", "RefundPaid"]


def test_what_is_shared_waits_for_the_notice_and_the_answers(platform: Platform, tmp_path: Path) -> None:
    trace_id, victim = traced_case(platform, tmp_path)
    with clock.frozen(LATER), platform.database.work(staff()) as work:
        of = refunds.draft(work, trace_id, Draft(pool(platform, 600_000), [claimant(victim), claimant("someone else", 500_000)]), platform.tokens)
        assert of.shared
        with pytest.raises(RoundStepNotOpen):
            refunds.object_(work, of.id, "李某", "我也是被害人")
        refunds.give_notice(work, of.id)
        objection = refunds.object_(work, of.id, "李某", "我也是被害人")
        assert refunds.object_(work, of.id, "李某", "我也是被害人").id == objection.id
        with pytest.raises(NoticeRunning):
            refunds.end_notice(work, of.id)
    with clock.frozen(LATER + timedelta(days=30, seconds=1)):
        with platform.database.work(staff()) as work:
            with pytest.raises(ObjectionsOpen):
                refunds.end_notice(work, of.id)
            refunds.answer(work, objection.id, "已并入下一轮")
            refunds.end_notice(work, of.id)
        for who, wrong in ((staff(), Forbidden), (staff(Role.LEADER, user="u1"), SamePerson)):
            with platform.database.work(who) as work, pytest.raises(wrong):
                refunds.decide(work, of.id, "1号")
        with platform.database.work(HEAD_OF_POLICE) as work:
            with pytest.raises(FundsReasonNeeded):
                refunds.decide(work, of.id, " ")
            refunds.decide(work, of.id, "1号")
            shown = refunds.view(work, of.id)
            assert sum(each.fen for each in shown.payments) + sum(shown.division.residue.values()) == 600_000
            assert [each.action for each in shown.steps][:2] == ["decide", "end_notice"]


def test_the_database_keeps_payments_behind_the_decision(platform: Platform, tmp_path: Path) -> None:
    trace_id, victim = traced_case(platform, tmp_path)
    with clock.frozen(LATER), platform.database.work(staff()) as work:
        of = refunds.draft(work, trace_id, Draft(pool(platform, 100), [claimant(victim)]), platform.tokens)
    planned = (
        "INSERT INTO refund_payments (id, round_id, victim, account, fen, direct, state, attempts, serial)"
        " SELECT 'p', round_id, :victim, account, 1, true, 'planned', 0, '' FROM refund_accounts"
    )
    with pytest.raises((DBAPIError, IntegrityError)), platform.database.work(Scope.system("test")) as work:
        work.session.execute(text(planned), {"victim": victim})
    with pytest.raises((DBAPIError, IntegrityError)), platform.database.work(Scope.system("test")) as work:
        work.session.execute(text("UPDATE refund_rounds SET state = 'decided'"))
    with clock.frozen(LATER):
        with platform.database.work(HEAD_OF_POLICE) as work:
            refunds.decide(work, of.id, "1号")
        with pytest.raises((DBAPIError, IntegrityError)), platform.database.work(Scope.system("test")) as work:
            work.session.execute(text("UPDATE refund_payments SET fen = fen + 1"))


def test_a_bank_sees_and_answers_its_own_payments_alone(platform: Platform, tmp_path: Path) -> None:
    trace_id, victim = traced_case(platform, tmp_path)
    with platform.database.work(Scope.system("test")) as work:
        banks = [identity.service.create_organisation(work, code=code, kind=OrgKind.BANK, name=code, region="3503").id for code in ("bank-a", "bank-b")]
    own, other = (
        Scope.of(replace(staff(Role.BANK_AGENT, kind=OrgKind.BANK, user=f"b{bank}").principal, org_id=bank)) for bank in banks  # type: ignore[type-var]
    )
    with clock.frozen(LATER):
        with platform.database.work(staff()) as work:
            of = refunds.draft(work, trace_id, Draft(pool(platform, 100_000, org=banks[0]), [claimant(victim)]), platform.tokens)
        with platform.database.work(HEAD_OF_POLICE) as work:
            refunds.decide(work, of.id, "1号")
        with platform.database.work(own) as work:
            assert store.sent_payments(work, PageRequest()).total == 0
        with platform.database.work(staff()) as work:
            payment = refunds.send(work, of.id)[0]
        with platform.database.work(other) as work:
            with pytest.raises(PaymentNotFound):
                refunds.acknowledge(work, payment.id, paid=True, serial="X")
            assert work.session.scalar(text("SELECT count(*) FROM refund_victims")) == 0
        with platform.database.work(own) as work:
            (listed, person, account) = store.sent_payments(work, PageRequest()).rows[0]
            assert (listed.id, person.refund_account, account.frozen_fen) == (payment.id, VICTIM, 100_000)
            with pytest.raises(RoundNotFound):
                store.round_(work, of.id)
            refunds.acknowledge(work, payment.id, paid=True, serial="X")


def test_what_cannot_be_drafted(platform: Platform, tmp_path: Path) -> None:
    trace_id, victim = traced_case(platform, tmp_path)
    good = Draft(pool(platform, 100), [claimant(victim)])
    twice = replace(good, claimants=[claimant(victim), claimant(victim)])
    with platform.database.work(staff()) as work:
        nothing, below, lost = replace(good, accounts=[]), replace(good, accounts=pool(platform, -1)), replace(good, claimants=[claimant(victim, 0)])
        for wrong in (nothing, below, lost, replace(good, claimants=[]), twice):
            with pytest.raises(UnfitRound):
                refunds.draft(work, trace_id, wrong, platform.tokens)


def test_working_days() -> None:
    friday = datetime(2026, 9, 25, 4, 0, tzinfo=UTC)
    assert rounds.due_after(friday, 3, (), ()) == clock.local_midnight(date(2026, 10, 1))
    assert rounds.due_after(friday, 3, [date(2026, 9, 28)], [date(2026, 9, 26)]) == clock.local_midnight(date(2026, 10, 1))
    assert rounds.due_after(friday, 1, [date(2026, 9, 28)], ()) == clock.local_midnight(date(2026, 9, 30))


class Refunding(RuleBasedStateMachine):
    """Tries every step at any time; whatever the order, the invariants hold."""

    platform: Platform
    count = 0

    def __init__(self) -> None:
        super().__init__()
        Refunding.count += 1
        self.now, self.round_id, self.frozen = LATER, "", 0
        report_id = report(self.platform, f"S{Refunding.count}")
        with self.platform.database.work(staff()) as work:
            self.trace_id = service.open_trace(work, self.platform.tokens, report_id=report_id).id
            self.victim = service.add_victim(work, self.trace_id, TOLD, self.platform.tokens).victim
        self.losses = {self.victim: 1_000_000, "b": 333_333, "c": 1}

    def attempt(self, step: str, *, leader: bool = False, **more: object) -> object:
        """Take a step; None where it is refused."""
        with clock.frozen(self.now):
            try:
                with self.platform.database.work(HEAD_OF_POLICE if leader else staff()) as work:
                    return getattr(refunds, step)(work, **more)  # the desk's own function by its name
            except FanzhaError:
                return None

    @rule(first=st.integers(0, 2_000_000), second=st.integers(0, 1000), who=st.sets(st.sampled_from([0, 1, 2]), min_size=1), policy=st.sampled_from(list(Denominator)))
    def draft(self, first: int, second: int, who: set[int], policy: Denominator) -> None:
        people = [claimant(name, loss) for place, (name, loss) in enumerate(self.losses.items()) if place in who]
        proposed = Draft(pool(self.platform, first, second), people, policy, sum(self.losses.values()))
        made = self.attempt("draft", trace_id=self.trace_id, drafted=proposed, tokens=self.platform.tokens)
        if made is not None:
            self.round_id, self.frozen = made.id, first + second  # type: ignore[attr-defined]

    @precondition(lambda self: self.round_id)
    @rule(step=st.sampled_from(["give_notice", "end_notice", "send", "close"]))
    def go_on(self, step: str) -> None:
        self.attempt(step, round_id=self.round_id)

    @precondition(lambda self: self.round_id)
    @rule()
    def decide(self) -> None:
        self.attempt("decide", leader=True, round_id=self.round_id, decision_no="1号")

    @precondition(lambda self: self.round_id)
    @rule()
    def withdraw(self) -> None:
        self.attempt("withdraw", round_id=self.round_id, why="异议成立")

    @precondition(lambda self: self.round_id)
    @rule(days=st.sampled_from([1, 29, 31]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.round_id)
    @rule(paid=st.booleans(), serial=st.sampled_from(["1", "2"]))
    def bank_answers(self, paid: bool, serial: str) -> None:
        with self.platform.database.work(Scope.system("test")) as work:
            ids = [each.id for each in store.payments(work, self.round_id)]
        for payment_id in ids:
            self.attempt("acknowledge", payment_id=payment_id, paid=paid, serial=serial, cause="账户不符")

    @invariant()
    def money_is_right(self) -> None:
        with self.platform.database.work(Scope.system("test")) as work:
            for victim, fen in store.returned(work, self.trace_id).items():
                assert fen <= self.losses[victim]
            for of in store.of_trace(work, self.trace_id):
                payments = store.payments(work, of.id)
                if payments:
                    assert of.decided_at is not None
                    assert of.decider_id != of.drafter_id
                    assert not of.shared or (of.notice_ends_at is not None and of.notice_ends_at <= of.decided_at)
                    frozen = sum(each.frozen_fen for each in store.accounts(work, of.id))
                    assert sum(each.fen for each in payments) + sum(refunds.division_of(work, of).residue.values()) == frozen
                if RoundState(of.state) is RoundState.CLOSED:
                    assert {each.state for each in payments} <= {PaymentState.PAID.value, PaymentState.FAILED.value}


def test_no_order_of_steps_pays_too_much_or_too_early(platform: Platform) -> None:
    Refunding.platform = platform
    run_state_machine_as_test(
        Refunding,
        settings=settings(max_examples=6, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)),
    )


def test_every_step_has_a_place() -> None:
    assert {step for step in RoundStep for state in RoundState if rounds.after(state, step)} == set(RoundStep)
    assert not [step for step in RoundStep for state in rounds.OVER if rounds.after(state, step)]


def test_what_is_frozen_is_read_from_the_order_in_force_and_a_typed_sum_says_why(platform: Platform, tmp_path: Path) -> None:
    places = build(platform)
    trace_id, victim = traced_case(platform, tmp_path)
    order = in_force(platform, places, asking(places, "freeze", account=FIRST, case_number="A1", amount_fen=200_000), held_fen=123_400)
    account = platform.tokens.seal("bank_account", FIRST)
    claims = [claimant(victim)]
    with platform.database.work(staff()) as work:
        for wrong, told in ((FrozenSumUnknown, FrozenAccount(platform.tokens.seal("bank_account", SECOND), None)), (FundsReasonNeeded, FrozenAccount(account, 5))):
            with pytest.raises(wrong):
                refunds.draft(work, trace_id, Draft([told], claims), platform.tokens)
        of = refunds.draft(work, trace_id, Draft([FrozenAccount(account, None)], claims), platform.tokens)
        (kept,) = store.accounts(work, of.id)
        assert (kept.frozen_fen, kept.order_id, kept.bank_org_id, kept.typed_reason) == (123_400, order.id, places.bank.org_id, None)
        assert refunds.orders_of(work, of.id)[account].application_id == order.application_id
        assert refunds.policy_in_force(work, of.region).notice_days == 30
        refunds.withdraw(work, of.id, "另行拟定")
        again = refunds.draft(work, trace_id, Draft([FrozenAccount(account, 5, reason="银行函告")], claims), platform.tokens)
        (kept,) = store.accounts(work, again.id)
        assert (kept.frozen_fen, kept.order_id, kept.typed_reason) == (5, None, "银行函告")
