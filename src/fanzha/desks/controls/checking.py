"""Whether a request is complete and lawful, and what is worth a second look. A fault stops it, a doubt does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from fanzha.desks import identity
from fanzha.desks.controls import repository
from fanzha.desks.controls.domain import Effect, OrderKind, State, Subject, Term, amount_within
from fanzha.desks.controls.errors import AmountBeyondDispute, BadOrder, BasisNotInForce, OfficersMissing, TermTooLong, WrongReceiver
from fanzha.desks.controls.numbers import Numbers
from fanzha.kit import clock
from fanzha.kit.errors import NotFound
from fanzha.store import Work, crypto
from fanzha.vocab import identifiers, legal
from fanzha.vocab.identifiers import InvalidIdentifier, Kind

if TYPE_CHECKING:
    from fanzha.desks.controls.model import Order
    from fanzha.desks.controls.service import Request

_LONGEST_SUM: Final = 10**14
_KIND_OF = {Subject.ACCOUNT: Kind.BANK_ACCOUNT, Subject.NUMBER: Kind.PHONE}


class Watcher(Protocol):
    """Further rules for orders on one kind of subject, of the desk that knows it. Both run with the subject locked."""

    def faults(self, work: Work, kind: OrderKind, asked: Request) -> Mapping[str, str]:
        """Field → code of what is wrong with a request."""
        ...

    def before_approval(self, work: Work, order: Order) -> None:
        """Raises FanzhaError where the order may not be approved now."""
        ...


_watchers: dict[Subject, Watcher] = {}


def watch(subject: Subject, watcher: Watcher) -> None:
    """Let another desk hold its rules, on whatever path an order comes. One watcher a kind of subject."""
    _watchers[subject] = watcher


def before_approval(work: Work, order: Order) -> None:
    """Raises what the watcher of this subject raises."""
    watcher = _watchers.get(Subject(order.subject_kind))
    if watcher is not None:
        repository.lock_subject(work, order.subject_index)
        watcher.before_approval(work, order)


@dataclass(frozen=True)
class Doubt:
    """Something unusual that the requester should look at again: `code` has its words in the terms of the pages."""

    code: str


def clean_subject(subject: Subject, raw: str) -> str:
    """Raises InvalidIdentifier."""
    return identifiers.clean(_KIND_OF[subject], raw).value


def plain_account(raw: str) -> str | None:
    """The clean form where there is one, else as written: the victim's own account is not what is acted on."""
    try:
        return identifiers.clean(Kind.BANK_ACCOUNT, raw).value if raw.strip() else None
    except InvalidIdentifier:
        return raw.strip()


def basis_holds(kind: OrderKind, key: str) -> None:
    """Raises BasisNotInForce."""
    if key not in kind.bases or not legal.in_force(key, clock.local_day(clock.now())):
        raise BasisNotInForce(fields={"basis": "basis_not_in_force"}, basis=key)


def check(work: Work, kind: OrderKind, asked: Request, region: str) -> None:
    """All faults are found before one is raised: the first as the error, every one in its `fields` (field → code).

    Raises:
        BadOrder, AmountBeyondDispute, TermTooLong, BasisNotInForce, OfficersMissing, WrongReceiver.
    """
    faults: dict[str, tuple[str, type[BadOrder]]] = {}
    _check_words(asked, faults)
    _check_receiver(work, kind, asked, faults)
    _check_subject(kind, asked, faults)
    _check_money(kind, asked, faults)
    _check_officers(work, asked, faults)
    _check_term(kind, asked, Numbers(work, region).longest(kind, major=asked.major), faults)
    try:
        basis_holds(kind, asked.basis)
    except (BasisNotInForce, NotFound):
        faults["basis"] = ("basis_not_in_force", BasisNotInForce)
    _check_scope(kind, asked, faults)
    if not faults and kind.subject in _watchers:
        repository.lock_subject(work, crypto.blind_index(f"order:{kind.subject.value}", clean_subject(kind.subject, asked.account)))
        faults |= {field: (code, BadOrder) for field, code in _watchers[kind.subject].faults(work, kind, asked).items()}
    if faults:
        first = next(iter(faults.values()))[1]
        raise first(fields={field: code for field, (code, _) in faults.items()})


_Faults = dict[str, tuple[str, type[BadOrder]]]


def _check_words(asked: Request, faults: _Faults) -> None:
    if len(asked.reason.strip()) < 4:
        faults["reason"] = ("reason_missing", BadOrder)
    if asked.holder_type not in ("", "01", "02"):
        faults["holder_type"] = ("unknown", BadOrder)
    if len(asked.case_number) > 100 or len(asked.bank_id) > 40 or len(asked.reason) > 2000 or len(asked.holder_name) > 200:
        faults["case_number"] = ("too_long", BadOrder)


def _check_receiver(work: Work, kind: OrderKind, asked: Request, faults: _Faults) -> None:
    try:
        receiver = identity.service.organisation(work, asked.receiver_org_id)
    except NotFound:
        faults["receiver_org_id"] = ("receiver_missing", WrongReceiver)
        return
    if receiver.org_kind not in kind.receivers or receiver.state != "active":
        faults["receiver_org_id"] = ("wrong_receiver", WrongReceiver)


def _check_subject(kind: OrderKind, asked: Request, faults: _Faults) -> None:
    try:
        clean_subject(kind.subject, asked.account)
    except InvalidIdentifier:
        faults["account"] = ("not_an_account" if kind.subject is Subject.ACCOUNT else "not_a_phone", BadOrder)
    if kind.must_match and not asked.holder_name.strip():
        faults["holder_name"] = ("holder_missing", BadOrder)


def _check_scope(kind: OrderKind, asked: Request, faults: _Faults) -> None:
    """Of a kind with parts at least one must be named, and none that it has not."""
    named = asked.scope.split()
    if bool(named) != bool(kind.scopes) or not set(named) <= set(kind.scopes) or len(named) != len(set(named)):
        faults["scope"] = ("scope_missing" if kind.scopes and not named else "unknown", BadOrder)
    if len(asked.ground) > 40:
        faults["ground"] = ("too_long", BadOrder)


def _check_money(kind: OrderKind, asked: Request, faults: _Faults) -> None:
    if kind.must_match:
        if asked.transfer_fen is None or not 0 < asked.transfer_fen <= _LONGEST_SUM:
            faults["transfer_fen"] = ("amount_missing", BadOrder)
        if asked.transfer_at is None or asked.transfer_at > clock.now() + timedelta(minutes=10):
            faults["transfer_at"] = ("time_missing", BadOrder)
    if not kind.has_amount:
        return
    if asked.disputed_fen is None or not 0 < asked.disputed_fen <= _LONGEST_SUM:
        faults["disputed_fen"] = ("amount_missing", BadOrder)
    if asked.amount_fen is None or asked.amount_fen <= 0:
        faults["amount_fen"] = ("amount_missing", BadOrder)
    elif not amount_within(asked.amount_fen, asked.disputed_fen):
        faults["amount_fen"] = ("amount_beyond_dispute", AmountBeyondDispute)


def _check_officers(work: Work, asked: Request, faults: _Faults) -> None:
    one, two = asked.officers
    names = identity.service.names_of(work, [one.user_id, two.user_id])
    for field, officer in (("officer_one", one), ("officer_two", two)):
        if officer.user_id not in names or not officer.card.strip() or len(officer.card) > 40:
            faults[field] = ("officer_missing", OfficersMissing)
    if one.user_id == two.user_id or one.card.strip() == two.card.strip():
        faults["officer_two"] = ("same_officer", OfficersMissing)


def _check_term(kind: OrderKind, asked: Request, longest: Term | None, faults: _Faults) -> None:
    if asked.major and not kind.may_be_major:
        faults["major"] = ("not_for_this_kind", BadOrder)
    if longest is not None and asked.term is not None and not Term(asked.term, longest.unit).within(longest):
        faults["term"] = ("term_too_long", TermTooLong)


def doubts(work: Work, kind: OrderKind, asked: Request) -> list[Doubt]:
    """What a careful colleague would point out; nothing here stops a request."""
    found: list[Doubt] = []
    try:
        clean = identifiers.clean(_KIND_OF[kind.subject], asked.account)
    except InvalidIdentifier:
        return found
    if clean.warnings:
        found.append(Doubt("check_digits"))
    others = repository.on_subject(work, crypto.blind_index(f"order:{kind.subject.value}", clean.value))
    if kind.effect is Effect.IMPOSE and any(other.slot == kind.slot and other.state_now is State.IN_FORCE for other in others):
        found.append(Doubt("already_in_force"))
    if any(other.kind == kind.key and other.state_now is State.REQUESTED for other in others):
        found.append(Doubt("already_requested"))
    if kind.slot == "freeze" and not asked.case_number.strip():
        found.append(Doubt("no_case_number"))
    if kind.must_match and asked.transfer_at is not None and clock.now() - asked.transfer_at > timedelta(days=2):
        found.append(Doubt("transfer_long_ago"))
    if kind.has_amount and asked.report_id and asked.disputed_fen and _held(work, asked.report_id) + (asked.amount_fen or 0) > asked.disputed_fen:
        found.append(Doubt("more_than_lost"))
    return found


def _held(work: Work, report_id: str) -> int:
    alive = (State.IN_FORCE, State.SENT, State.ACKNOWLEDGED, State.REQUESTED)
    orders = [order for order in repository.held_for_report(work, report_id) if order.state_now in alive]
    slots: dict[str, int] = {}
    for order in orders:
        slots[order.slot] = slots.get(order.slot, 0) + (order.held_fen if order.held_fen is not None else order.amount_fen or 0)
    return max(slots.values(), default=0)
