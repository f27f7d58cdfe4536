"""Use cases of the requesting side: request, approve and send, decline, withdraw, extend, release, find unrelated. Each takes a unit of work first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from fanzha.desks import identity
from fanzha.desks.controls import checking, kinds, notices, policy, recording, repository
from fanzha.desks.controls.domain import Effect, OrderKind, State, Subject
from fanzha.desks.controls.errors import (
    ApproverTooLow,
    BadOrder,
    NothingToActOn,
    NotYourOwn,
    OrderLapsed,
    OrderNotFound,
    OrderWrongState,
    RoundsUsedUp,
)
from fanzha.desks.controls.events import OrderSent
from fanzha.desks.controls.messages import money, stamp
from fanzha.desks.controls.model import Order
from fanzha.desks.controls.numbers import Numbers
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.ids import new_id
from fanzha.kit.money import Fen
from fanzha.store import Principal, Work, crypto
from fanzha.vocab import identifiers, legal
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.notice_numbers import NoticeOf, notice_number


@dataclass(frozen=True)
class Officer:
    """One of the two officers of an order: a user of the platform, and the number of the warrant card (警官证)."""

    user_id: str
    card: str


@dataclass(frozen=True)
class Request:
    """What somebody asks for. Money is fen, times aware. `term` counts in the kind's unit; None asks for the longest. `key`: the same key of the same
    requester again gives the same order. Of an extension or release `on_order_id` names the measure; receiver, subject and case follow from it."""

    kind: str
    basis: str
    reason: str
    officers: tuple[Officer, Officer]
    key: str
    receiver_org_id: str = ""
    account: str = ""
    holder_name: str = ""
    holder_type: str = ""
    bank_id: str = ""
    tier: int | None = None
    report_id: str | None = None
    case_id: str | None = None
    case_number: str = ""
    fraud_type: str = ""
    major: bool = False
    disputed_fen: Fen | None = None
    amount_fen: Fen | None = None
    transfer_fen: Fen | None = None
    transfer_at: datetime | None = None
    payer_bank: str = ""
    payer_name: str = ""
    payer_account: str = ""
    term: int | None = None
    on_order_id: str | None = None
    scope: str = ""
    ground: str = ""


def subject_index(subject: Subject, value: str) -> str:
    """By which orders on the same account or number are found."""
    return crypto.blind_index(f"order:{subject.value}", value)


def request(work: Work, asked: Request) -> Order:
    """Ask for an order; it waits for approval. The same key again returns the order that is there and changes nothing.

    Raises:
        BadOrder and its kin, with `fields` naming every field at fault; Forbidden: the actor is no police officer.
    """
    me = _officer(work)
    there = repository.by_request_key(work, me.user_id, asked.key) if asked.key else None
    if there is not None:
        return there
    kind = kinds.by_key(asked.kind)
    base = _base(work, kind, asked.on_order_id)
    if base is not None:
        asked = _following(asked, base)
    checking.check(work, kind, asked, me.region)
    order = _made(work, kind, asked, base, me)
    repository.lock_subject(work, order.subject_index)
    if base is not None and any(other.effect == order.effect for other in repository.acting_on(work, base.id, open_only=True)):
        raise BadOrder("The same step on this measure is already under way.", fields={"kind": "under_way"})
    work.session.add(order)
    work.session.flush()
    recording.note(work, order, "requested", before=None, reason=order.reason, internal=True)
    recording.announce(work, order)
    return order


def _officer(work: Work) -> Principal:
    me = work.scope.principal
    if me is None or me.org_kind not in policy.POLICE:
        raise Forbidden("Only the police request and approve orders.")
    return me


def _base(work: Work, kind: OrderKind, on_order_id: str | None) -> Order | None:
    """The measure that an extension or release is for. Raises NothingToActOn."""
    if not kind.acts_on:
        return None
    base = repository.by_id(work, on_order_id or "")
    allowed = {State.IN_FORCE} if kind.effect is Effect.EXTEND else {State.IN_FORCE, State.QUEUED}
    if base is None or base.kind not in kind.acts_on or base.state_now not in allowed:
        raise NothingToActOn(fields={"on_order_id": "nothing_to_act_on"})
    return base


def _following(asked: Request, base: Order) -> Request:
    return replace(
        asked, receiver_org_id=base.receiver_org_id, account=base.subject_no, holder_name=base.holder_name or "", holder_type=base.holder_type,
        bank_id=base.bank_id, tier=base.tier, report_id=base.report_id, case_id=base.case_id,
        case_number=asked.case_number or base.case_number, fraud_type=base.fraud_type,
        major=asked.major and kinds.by_key(asked.kind).may_be_major, scope="", ground=asked.ground if _longer_on_a_number(asked, base) else "",
        disputed_fen=None, amount_fen=None, transfer_fen=None, transfer_at=None,
    )  # fmt: skip


def _longer_on_a_number(asked: Request, base: Order) -> bool:
    """Renewals on a number may name a ground, which the desk of numbers judges; nothing else that follows a measure has one."""
    return base.subject_kind == Subject.NUMBER.value and kinds.by_key(asked.kind).effect is Effect.EXTEND


def _made(work: Work, kind: OrderKind, asked: Request, base: Order | None, me: Principal) -> Order:
    now, order_id, basis = clock.now(), new_id(), legal.by_key(asked.basis)
    number = Numbers(work, me.region)
    longest = number.longest(kind, major=asked.major)
    receiver = identity.service.organisation(work, asked.receiver_org_id)
    one, two = asked.officers
    names = identity.service.names_of(work, [one.user_id, two.user_id])
    account = base.subject_no if base is not None else checking.clean_subject(kind.subject, asked.account)
    return Order(
        id=order_id, application_id=f"{kind.tx_code}{stamp(now)}{order_id[-16:]}", kind=kind.key, effect=kind.effect.value, slot=kind.slot,
        counted=kind.counted, round=None, state=State.REQUESTED.value, region=me.region, org_id=me.org_id, org_name=me.org_name,
        receiver_org_id=receiver.id, receiver_name=receiver.name, on_order_id=base.id if base is not None else None, subject_kind=kind.subject.value,
        subject_no=account, subject_index=subject_index(kind.subject, account), holder_name=asked.holder_name.strip() or None,
        holder_type=asked.holder_type, bank_id=asked.bank_id.strip(), tier=asked.tier, report_id=asked.report_id, case_id=asked.case_id,
        case_number=asked.case_number.strip(), fraud_type=asked.fraud_type, major=asked.major, disputed_fen=asked.disputed_fen,
        amount_fen=asked.amount_fen if kind.has_amount else None,
        transfer_fen=asked.transfer_fen, transfer_at=asked.transfer_at, payer_bank=asked.payer_bank.strip(), payer_name=asked.payer_name.strip() or None,
        payer_account=checking.plain_account(asked.payer_account), basis=basis.key, basis_version=basis.version, basis_from=basis.effective_from,
        reason=asked.reason.strip(), scope=" ".join(asked.scope.split()), ground=asked.ground.strip(),
        term_count=(asked.term or longest.count) if longest else None, term_unit=longest.unit.value if longest else None,
        requester_id=me.user_id, requester_name=me.name, requested_at=now, request_key=asked.key or order_id,
        officer_one_id=one.user_id, officer_one_name=names[one.user_id], officer_one_card=one.card.strip(),
        officer_two_id=two.user_id, officer_two_name=names[two.user_id], officer_two_card=two.card.strip(),
        valid_until=now + timedelta(hours=number.whole("request_hours")), former_department="",
    )  # fmt: skip


def approve(work: Work, order_id: str) -> Order:
    """Approve in one's own name, seal, and send at once. Twice is as good as once for the same approver.

    Raises:
        OrderNotFound, OrderWrongState, OrderLapsed, NotYourOwn, ApproverTooLow, BasisNotInForce, RoundsUsedUp, Forbidden.
    """
    me = _officer(work)
    order = _locked(work, order_id)
    if order.approver_id == me.user_id and order.state_now is not State.REQUESTED:
        return order
    if order.state_now is State.LAPSED:
        raise OrderLapsed(order=order_id)
    kind = order.of_kind
    if order.state_now is not State.REQUESTED:
        raise OrderWrongState(before=order.state, after=State.APPROVED)
    if me.user_id in (order.requester_id, order.officer_one_id, order.officer_two_id):
        raise NotYourOwn
    if me.org_kind not in kind.approvers(major=order.major):
        raise ApproverTooLow(needed=sorted(kind.approvers(major=order.major)))
    checking.basis_holds(kind, order.basis)
    checking.before_approval(work, order)
    base = _base(work, kind, order.on_order_id)
    number = Numbers(work, order.region)
    _take_round(work, order, number.rounds(kind) if kind.counted else 0)
    _sign(order, me, number)
    recording.move(work, order, State.APPROVED, "approved", detail={"basis": order.basis}, internal=True)
    _send(work, order, base, number)
    return order


def _sign(order: Order, me: Principal, number: Numbers) -> None:
    now = clock.now()
    told = notices.Told(
        order.of_kind, order.masked_subject, money(order.amount_fen), order.term, order.basis, order.org_name, number.words("remedy_phone"),
        notice_number(NoticeOf.ORDER, order.id) if order.has_effect is Effect.IMPOSE else "",
    )  # fmt: skip
    order.approver_id, order.approver_name, order.approver_org_kind, order.approved_at = me.user_id, me.name, me.org_kind.value, now
    order.notice_zh, order.notice_en = notices.notice_zh(told), notices.notice_en(told)
    order.seal = notices.seal(
        order.org_name, order.application_id, order.kind, order.subject_index, order.amount_fen, order.term_count, order.term_unit, order.basis,
        order.basis_version, order.requester_id, order.officer_one_id, order.officer_two_id, me.user_id, now.isoformat(),
        *filter(None, (order.scope, order.ground)),
    )  # fmt: skip
    order.valid_until = now + timedelta(hours=number.whole("approval_hours"))


def _take_round(work: Work, order: Order, rounds: int) -> None:
    """The lowest free round of the subject. The unique index also sees the orders of other regions, which row security hides from us.

    Raises:
        RoundsUsedUp.
    """
    if not order.counted:
        return
    repository.lock_subject(work, order.subject_index)
    for number in range(1, rounds + 1):
        try:
            with work.session.begin_nested():
                order.round = number
                work.session.flush()
        except IntegrityError as taken:
            if "uq_orders_round" not in str(taken.orig):
                raise
            continue
        return
    raise RoundsUsedUp(rounds=rounds)


def _send(work: Work, order: Order, base: Order | None, number: Numbers) -> None:
    order.sent_at = clock.now()
    order.answer_by = order.sent_at + number.answer_within(order.of_kind)
    recording.move(work, order, State.SENT, "sent")
    recording.send_message(work, order, order.of_kind.tx_code, base)
    work.publish(OrderSent(order.id, order.kind, order.report_id, order.receiver_org_id, order.amount_fen, order.sent_at))


def decline(work: Work, order_id: str, reason: str) -> Order:
    """The approver says no, and why. Raises OrderNotFound, OrderWrongState, NotYourOwn, ReasonNeededForOrder, Forbidden."""
    me, why = _officer(work), recording.reason_of(reason)
    order = _locked(work, order_id)
    if me.user_id == order.requester_id:
        raise NotYourOwn
    recording.move(work, order, State.DECLINED, "declined", reason=why, internal=True)
    return order


def withdraw(work: Work, order_id: str, reason: str) -> Order:
    """Take a request back before it is approved; whoever works in the requesting unit may. Raises OrderNotFound, OrderWrongState, Forbidden."""
    me, why = _officer(work), recording.reason_of(reason)
    order = _locked(work, order_id)
    if me.org_id != order.org_id:
        raise Forbidden("Only the unit that requested an order takes it back.")
    recording.move(work, order, State.WITHDRAWN, "withdrawn", reason=why, internal=True)
    return order


def find_unrelated(work: Work, order_id: str, reason: str) -> Order:
    """The money has nothing to do with the case: it must be released within the time that is set (§247, three days). Twice changes nothing.

    Raises:
        OrderNotFound, OrderWrongState, ReasonNeededForOrder, Forbidden.
    """
    _officer(work)
    why = recording.reason_of(reason)
    order = _locked(work, order_id)
    if order.state_now is not State.IN_FORCE:
        raise OrderWrongState(before=order.state_now, after=State.RELEASED)
    if order.unrelated_at is None:
        order.unrelated_at, order.unrelated_reason = clock.now(), why
        order.release_by = order.unrelated_at + timedelta(days=Numbers(work, order.region).whole("unrelated_days"))
        recording.note(work, order, "found_unrelated", before=State(order.state), reason=why, internal=True)
    return order


def see_alarms(work: Work, order_id: str) -> None:
    """Somebody looks after what the alarms say. Raises OrderNotFound."""
    order = get(work, order_id)
    if repository.see_alarms(work, order.id):
        recording.note(work, order, "alarms_seen", before=State(order.state), internal=True)


def get(work: Work, order_id: str) -> Order:
    """Raises OrderNotFound."""
    found = repository.by_id(work, order_id)
    if found is None:
        raise OrderNotFound(order=order_id)
    return found


def _locked(work: Work, order_id: str) -> Order:
    found = repository.by_id(work, order_id, lock=True)
    if found is None:
        raise OrderNotFound(order=order_id)
    return found


def reveal(work: Work, order_id: str, field: str, purpose: str) -> str:
    """One field in clear, for a stated purpose that goes into the audit log. Raises OrderNotFound, ReasonNeededForOrder, BadOrder."""
    why = recording.reason_of(purpose)
    if field not in REVEALED:
        raise BadOrder("There is no such field.", fields={field: "unknown"})
    value = getattr(get(work, order_id), field)
    work.audit("order.revealed", f"order:{order_id}", {"field": field, "purpose": why[:200]})
    return str(value or "—")


REVEALED: Mapping[str, str] = {name: name for name in ("subject_no", "holder_name", "payer_name", "payer_account", "officer_one_card", "officer_two_card", "reason")}


def index_of_account(raw: str) -> str:
    """The index of an account as somebody wrote it; '' where it is none."""
    try:
        return subject_index(Subject.ACCOUNT, identifiers.clean(Kind.BANK_ACCOUNT, raw).value)
    except identifiers.InvalidIdentifier:
        return ""
