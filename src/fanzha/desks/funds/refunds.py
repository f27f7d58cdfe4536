"""Use cases of refunds (资金返还): drafted from a trace, in public notice where anything is shared, decided by a second person, paid by banks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError

from fanzha.desks import cases, controls
from fanzha.desks.funds import frozen, policy, repository, rounds, service
from fanzha.desks.funds import refund_repository as store
from fanzha.desks.funds.errors import (
    AnswerConflict,
    FundsReasonNeeded,
    NothingTraced,
    NoticeRunning,
    NotYetPayable,
    ObjectionsOpen,
    RoundNotFound,
    RoundOpen,
    RoundStepNotOpen,
    SamePerson,
    UnfitRound,
)
from fanzha.desks.funds.events import RefundDecided, RefundPaid
from fanzha.desks.funds.frozen import FrozenAccount, Pooled
from fanzha.desks.funds.numbers import Numbers
from fanzha.desks.funds.refund_model import (
    RefundAccount,
    RefundObjection,
    RefundPayment,
    RefundRound,
    RefundStep,
    RefundTraced,
    RefundVictim,
)
from fanzha.desks.funds.rounds import PaymentState, RoundState, RoundStep, Standing
from fanzha.engine.refunds import Claim, Denominator, Division, Policy, Traced, divide
from fanzha.kit import clock
from fanzha.kit.ids import new_id, stable_id
from fanzha.kit.money import Fen
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.roles import Permission


@dataclass(frozen=True)
class Claimant:
    """A victim who claims: `victim` as the trace names the person; the account that gets the refund, the original one or another of the victim's."""

    victim: str
    name: str
    loss: Fen
    refund_account: str
    refund_bank: str = ""
    id_card: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Draft:
    """A round as it is proposed. `traced` is read from the trace's newest version; `case_losses` is the denominator of `case`."""

    accounts: Sequence[FrozenAccount]
    claimants: Sequence[Claimant]
    denominator: Denominator | None = None
    case_losses: Fen | None = None


@dataclass(frozen=True)
class RoundView:
    """Everything on a round's page. `division` is what the decision would pay, or has decided."""

    round: RefundRound
    accounts: Sequence[RefundAccount]
    victims: Sequence[RefundVictim]
    objections: Sequence[RefundObjection]
    payments: Sequence[RefundPayment]
    steps: Sequence[RefundStep]
    division: Division
    open_steps: Sequence[RoundStep] = field(default=())


def draft(work: Work, trace_id: str, drafted: Draft, tokens: Tokens) -> RefundRound:
    """Draft the next round of a trace. What is frozen is read from the orders in force on its accounts; a typed sum is kept with its reason.

    Raises:
        Forbidden, TraceNotFound, NothingTraced, RoundOpen, UnfitRound, FrozenSumUnknown, FundsReasonNeeded, UnfitRefund.
    """
    service.require(work, policy.REFUND)
    trace = repository.trace(work, trace_id, lock=True)
    shown = service.view(work, trace_id)
    if shown.found is None or shown.result is None:
        raise NothingTraced
    earlier = store.of_trace(work, trace_id)
    if any(each.state not in rounds.OVER for each in earlier):
        raise RoundOpen
    pooled = frozen.pool(work, drafted.accounts, tokens)
    _check(drafted, pooled)
    denominator = drafted.denominator or Denominator(Numbers(work, trace.region).words("denominator"))
    number = max((each.number for each in earlier), default=0) + 1
    made = RefundRound(
        id=stable_id("refund round", trace_id, number), trace_id=trace_id, ref=trace.ref, region=trace.region, number=number, state=RoundState.DRAFTED.value,
        method=shown.result.method, trace_version=shown.result.version, denominator=denominator.value, case_losses_fen=drafted.case_losses, shared=True,
        drafter_id=work.actor, drafter_name=_name(work), drafted_at=clock.now(),
    )  # fmt: skip
    pool = {each.account for each in drafted.accounts}
    claimants = {each.victim for each in drafted.claimants}
    traced = [
        Traced(victim, each.account, fen)
        for each in shown.found.holdings if each.account in pool and each.kind in {"held", "unreported"}
        for victim, fen in each.shares.items() if victim in claimants
    ]  # fmt: skip
    _write(work, made, pooled, drafted, traced, store.returned(work, trace_id))
    made.shared = not all(each.direct for each in division_of(work, made).payments)
    _note(work, made, "drafted", "")
    return made


@dataclass(frozen=True)
class PolicyInForce:
    """The settings that a new round follows, with the source and first day of the denominator. That nobody gets more than was lost is no setting."""

    denominator: Denominator
    notice_days: int
    pay_working_days: int
    source: str
    since: date


def policy_in_force(work: Work, region: str) -> PolicyInForce:
    numbers = Numbers(work, region)
    source, since = numbers.source("denominator")
    return PolicyInForce(Denominator(numbers.words("denominator")), numbers.whole("notice_days"), numbers.whole("pay_working_days"), source, since)


def division_of(work: Work, of: RefundRound) -> Division:
    """Who gets what, by the round's accounts, claims, traced amounts and policy. Raises UnfitRefund."""
    pool = {each.account: each.frozen_fen for each in store.accounts(work, of.id)}
    claims = [Claim(each.victim, each.loss_fen, each.returned_fen) for each in store.victims(work, of.id)]
    traced = [Traced(each.victim, each.account, each.fen) for each in store.traced(work, of.id)]
    return divide(pool, claims, traced, Policy(Denominator(of.denominator), of.case_losses_fen))


def give_notice(work: Work, round_id: str) -> RefundRound:
    """Put the round into public notice (公告). Raises Forbidden, RoundNotFound, RoundStepNotOpen."""
    of = _opened(work, round_id, RoundStep.NOTICE)
    days, now = max(1, Numbers(work, of.region).whole("notice_days")), clock.now()
    of.noticed_at, of.notice_ends_at = now, now + timedelta(days=days)
    return _step(work, of, RoundStep.NOTICE)


def object_(work: Work, round_id: str, objector: str, body: str) -> RefundObjection:
    """Keep an objection (异议). The same words of the same person again are one objection.

    Raises:
        Forbidden, RoundNotFound, RoundStepNotOpen: no notice is running; FundsReasonNeeded.
    """
    service.require(work, policy.REFUND)
    of = store.round_(work, round_id, lock=True)
    if of.state != RoundState.NOTICED.value:
        raise RoundStepNotOpen(state=of.state)
    who, said = objector.strip(), reason_of(body)
    held = [each for each in store.objections(work, round_id) if (each.objector, each.body) == (who, said)]
    if held:
        return held[0]
    made = RefundObjection(id=new_id(), round_id=round_id, objector=who, body=said, at=clock.now(), taken_by=work.actor)
    work.session.add(made)
    _note(work, of, "objected", "")
    return made


def answer(work: Work, objection_id: str, words: str) -> RefundObjection:
    """Answer an objection, once. Raises Forbidden, RoundNotFound, FundsReasonNeeded, RoundStepNotOpen: it is answered, or the round is decided."""
    service.require(work, policy.REFUND)
    held = store.objection(work, objection_id)
    of = store.round_(work, held.round_id, lock=True)
    if of.state != RoundState.NOTICED.value or held.answer is not None:
        raise RoundStepNotOpen(state=of.state)
    held.answer, held.answered_at, held.answered_by = reason_of(words), clock.now(), work.actor
    _note(work, of, "objection_answered", "")
    return held


def end_notice(work: Work, round_id: str) -> RefundRound:
    """The notice is over and every objection is answered. Raises Forbidden, RoundNotFound, RoundStepNotOpen, NoticeRunning, ObjectionsOpen."""
    of = _opened(work, round_id, RoundStep.END_NOTICE)
    of.answered_at = clock.now()
    return _step(work, of, RoundStep.END_NOTICE)


def decide(work: Work, round_id: str, decision_no: str) -> RefundRound:
    """Decide the refund (返还决定): plans its payments. Deciding is not undone; what banks cannot pay stays frozen.

    Raises:
        Forbidden, RoundNotFound, RoundStepNotOpen, NoticeRunning, ObjectionsOpen, SamePerson, FundsReasonNeeded: no decision number.
    """
    of = _opened(work, round_id, RoundStep.DECIDE, policy.DECIDE)
    if of.drafter_id == work.actor:
        raise SamePerson
    number = decision_no.strip()
    if not number:
        raise FundsReasonNeeded("The decision needs its number.")
    of.decider_id, of.decider_name, of.decided_at, of.decision_no = work.actor, _name(work), clock.now(), number[:100]
    _step(work, of, RoundStep.DECIDE, number)
    banks = {each.account: each.bank_org_id for each in store.accounts(work, round_id)}
    division = division_of(work, of)
    for each in division.payments:
        payment_id = stable_id("refund payment", round_id, each.victim, each.account, each.direct)
        work.session.add(
            RefundPayment(
                id=payment_id, round_id=round_id, victim=each.victim, account=each.account, fen=each.fen, direct=each.direct, state=PaymentState.PLANNED.value,
                bank_org_id=banks[each.account], attempts=0, serial="",
            )
        )  # fmt: skip
    work.session.flush()
    work.publish(RefundDecided(round_id, sum(each.fen for each in division.payments), len({each.victim for each in division.payments})))
    return of


def send(work: Work, round_id: str) -> list[RefundPayment]:
    """Ask the banks to pay what is planned, and again what they could not pay; each gets the term that stands in the settings.

    Raises:
        Forbidden, RoundNotFound, NotYetPayable, RoundStepNotOpen: nothing is left to send.
    """
    service.require(work, policy.REFUND)
    if store.round_(work, round_id).decided_at is None:
        raise NotYetPayable
    of = _opened(work, round_id, RoundStep.PAY)
    now, numbers = clock.now(), Numbers(work, of.region)
    due = rounds.due_after(now, max(1, numbers.whole("pay_working_days")), numbers.days("holidays"), numbers.days("extra_working_days"))
    sent = [each for each in store.payments(work, round_id) if each.state in {PaymentState.PLANNED.value, PaymentState.FAILED.value}]
    for each in sent:
        each.state, each.sent_at, each.due_at, each.attempts = PaymentState.SENT.value, now, due, each.attempts + 1
        each.answered_at = each.answered_by = each.cause = None
    _step(work, of, RoundStep.PAY, str(len(sent)))
    return sent


def acknowledge(work: Work, payment_id: str, *, paid: bool, serial: str = "", cause: str = "") -> RefundPayment:
    """A bank's answer, or an officer's note of it. The same answer again changes nothing.

    Raises:
        Forbidden, PaymentNotFound, AnswerConflict: it was answered otherwise; NotYetPayable: it was not sent; FundsReasonNeeded: a failure without its cause.
    """
    principal = work.scope.principal
    if principal is not None and not principal.may(policy.PAY):
        service.require(work, policy.REFUND)
    payment = store.payment(work, payment_id, lock=True)
    wanted = PaymentState.PAID if paid else PaymentState.FAILED
    if payment.state in {PaymentState.PAID.value, PaymentState.FAILED.value}:
        if payment.state != wanted.value or (paid and serial.strip() != payment.serial):
            raise AnswerConflict(state=payment.state)
        return payment
    if payment.state != PaymentState.SENT.value:
        raise NotYetPayable
    payment.cause = None if paid else reason_of(cause)
    payment.state, payment.answered_at, payment.answered_by = wanted.value, clock.now(), work.actor
    payment.serial = serial.strip()[:100] if paid else ""
    work.session.flush()
    work.audit("refund.payment_answered", f"refund:{payment.round_id}", {"payment": payment.id, "state": wanted, "fen": payment.fen})
    if paid:
        work.publish(RefundPaid(payment.round_id, payment.id, payment.fen, payment.answered_at))
    return payment


def close(work: Work, round_id: str) -> RefundRound:
    """Every bank has answered; what could not be paid and the residue stay frozen for the next round. Raises Forbidden, RoundNotFound, RoundStepNotOpen."""
    of = _opened(work, round_id, RoundStep.CLOSE)
    of.closed_at = clock.now()
    return _step(work, of, RoundStep.CLOSE)


def withdraw(work: Work, round_id: str, why: str) -> RefundRound:
    """Give a round up before it is decided, as when an objection is right. Raises Forbidden, RoundNotFound, RoundStepNotOpen, FundsReasonNeeded."""
    said = reason_of(why)
    return _step(work, _opened(work, round_id, RoundStep.WITHDRAW), RoundStep.WITHDRAW, said)


def view(work: Work, round_id: str) -> RoundView:
    """Raises Forbidden, RoundNotFound."""
    service.require(work, policy.SEE)
    of = store.round_(work, round_id)
    objections, payments = store.objections(work, round_id), store.payments(work, round_id)
    steps = rounds.open_steps(_standing(of, objections, payments), clock.now())
    return RoundView(of, store.accounts(work, round_id), store.victims(work, round_id), objections, payments, store.steps(work, round_id), division_of(work, of), steps)


def reason_of(text: str) -> str:
    """Raises FundsReasonNeeded."""
    said = text.strip()[:2000]
    if len(said) < service.SHORTEST_REASON:
        raise FundsReasonNeeded
    return said


def _check(drafted: Draft, pooled: Sequence[Pooled]) -> None:
    names, pool = [each.victim for each in drafted.claimants], [each.account for each in drafted.accounts]
    amounts = [*(each.fen for each in pooled), *(each.loss - 1 for each in drafted.claimants)]
    if not names or not pool or min(amounts) < 0 or len(set(names)) < len(names) or len(set(pool)) < len(pool) or not all(names):
        raise UnfitRound
    for each in drafted.claimants:
        identifiers.clean(Kind.BANK_ACCOUNT, each.refund_account)
        if not each.name.strip():
            raise UnfitRound("A victim has no name.")


def _write(work: Work, made: RefundRound, pooled: Sequence[Pooled], drafted: Draft, traced: Sequence[Traced], returned: Mapping[str, Fen]) -> None:
    work.session.add(made)
    try:
        work.session.flush()
    except IntegrityError as error:  # another round of this trace was opened between our look and now
        raise RoundOpen from error
    work.session.add_all(
        RefundAccount(
            round_id=made.id, account=each.told.account, bank=each.bank.strip(), bank_org_id=each.bank_org_id, frozen_fen=each.fen, order_id=each.order_id,
            typed_reason=each.reason,
        )
        for each in pooled
    )  # fmt: skip
    work.session.add_all(
        RefundVictim(
            round_id=made.id, victim=each.victim, name=each.name.strip(), id_card=each.id_card.strip() or None, phone=each.phone.strip() or None,
            refund_account=identifiers.clean(Kind.BANK_ACCOUNT, each.refund_account).value, refund_bank=each.refund_bank.strip(), loss_fen=each.loss,
            returned_fen=returned.get(each.victim, 0),
        )
        for each in drafted.claimants
    )  # fmt: skip
    work.session.flush()
    work.session.add_all(RefundTraced(round_id=made.id, victim=each.victim, account=each.account, fen=each.fen) for each in _summed(traced))
    work.session.flush()


def _summed(traced: Sequence[Traced]) -> list[Traced]:
    sums: dict[tuple[str, str], Fen] = {}
    for each in traced:
        sums[each.victim, each.account] = sums.get((each.victim, each.account), 0) + each.fen
    return [Traced(victim, account, fen) for (victim, account), fen in sums.items()]


def _opened(work: Work, round_id: str, step: RoundStep, permission: Permission = policy.REFUND) -> RefundRound:
    service.require(work, permission)
    of = store.round_(work, round_id, lock=True)
    wrong = rounds.hindrance(_standing(of, store.objections(work, round_id), store.payments(work, round_id)), step, clock.now())
    if wrong == "notice":
        raise NoticeRunning(until=of.notice_ends_at)
    if wrong == "objections":
        raise ObjectionsOpen
    if wrong is not None:
        raise RoundStepNotOpen(state=of.state, step=step.value)
    return of


def _standing(of: RefundRound, objections: Sequence[RefundObjection], payments: Sequence[RefundPayment]) -> Standing:
    open_objections = sum(each.answer is None for each in objections)
    return Standing(RoundState(of.state), of.shared, of.notice_ends_at, open_objections, tuple(PaymentState(each.state) for each in payments))


def _step(work: Work, of: RefundRound, step: RoundStep, reason: str = "") -> RefundRound:
    state = rounds.after(RoundState(of.state), step)
    assert state is not None, "a step is opened before it is taken"
    of.state = state.value
    _note(work, of, step.value, reason)
    return of


def _note(work: Work, of: RefundRound, action: str, reason: str) -> None:
    step = RefundStep(
        id=new_id(), round_id=of.id, at=clock.now(), actor=work.actor, actor_name=_name(work), action=action, state_after=of.state, reason=reason
    )  # fmt: skip
    work.session.add(step)
    work.session.flush()
    work.audit(f"refund.{action}", f"refund:{of.id}", {"state": of.state, "number": of.number})


def _name(work: Work) -> str:
    return work.scope.principal.name if work.scope.principal else work.actor


def overdue(payment: RefundPayment, now: datetime) -> bool:
    """Whether the bank has let its term pass."""
    return payment.state == PaymentState.SENT.value and payment.due_at is not None and payment.due_at < now


def orders_of(work: Work, round_id: str) -> Mapping[str, controls.Order]:
    """Account (token) → the order in force from which its sum was read, where it was."""
    named = {each.account: each.order_id for each in store.accounts(work, round_id) if each.order_id}
    return {account: controls.service.get(work, order_id) for account, order_id in named.items()}


def filing_unit(work: Work, of: RefundRound) -> str:
    """The unit that handles the trace's case (办案单位); '' where the trace is of a report that is no case yet."""
    trace = repository.trace(work, of.trace_id)
    case_id = trace.case_id or (cases.filing.case_of(work, trace.report_id) if trace.report_id else None)
    case = work.session.get(cases.Case, case_id) if case_id else None
    return case.unit_name if case is not None else ""


def take_out(work: Work, round_id: str, purpose: str) -> tuple[RoundView, bool]:
    """The round for a paper, and whether names and numbers stand in full: they do for a purpose, which the audit log keeps.

    Raises:
        Forbidden, RoundNotFound, FundsPurposeNeeded.
    """
    service.require(work, policy.EXPORT)
    clear = bool(purpose.strip())
    if clear:
        service.require(work, policy.REVEAL)
    why = service.purpose_of(purpose) if clear else ""
    shown = view(work, round_id)
    work.audit("refund.exported", f"refund:{round_id}", {"number": shown.round.number, "masked": not clear, "purpose": why})
    return shown, clear


def reveal_victim(work: Work, round_id: str, victim: str, field: str, purpose: str) -> str:
    """One value of a victim in clear: `name`, `refund_account`, `id_card` or `phone`. Raises Forbidden, RoundNotFound, FundsPurposeNeeded."""
    service.require(work, policy.REVEAL)
    why = service.purpose_of(purpose)
    person = next((each for each in store.victims(work, round_id) if each.victim == victim), None)
    told = {"name": person.name, "refund_account": person.refund_account, "id_card": person.id_card, "phone": person.phone} if person else {}
    if not told.get(field):
        raise RoundNotFound(field=field)
    work.audit("refund.victim_revealed", f"refund:{round_id}", {"field": field, "purpose": why})
    return str(told[field])


def reveal_payment(work: Work, payment_id: str, field: str, purpose: str, tokens: Tokens) -> str:
    """What a bank needs to make its payment: the payee's `name` or `account`, or the frozen `case_account`. Raises Forbidden, PaymentNotFound, FundsPurposeNeeded."""
    service.require(work, policy.PAY)
    why = service.purpose_of(purpose)
    payment = store.payment(work, payment_id)
    person = next(each for each in store.victims(work, payment.round_id) if each.victim == payment.victim)
    told = {"name": person.name, "account": person.refund_account, "case_account": tokens.open(payment.account)[1]}
    work.audit("refund.payee_revealed", f"refund:{payment.round_id}", {"payment": payment_id, "field": field, "purpose": why})
    return told[field]
