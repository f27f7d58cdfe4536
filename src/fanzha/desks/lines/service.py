"""Use cases of the desk of numbers: propose by hand, dismiss, ask for a step on many numbers, protect a victim's line, restore. Each takes a unit of work first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from fanzha.desks import controls
from fanzha.desks.controls import Officer, Order, Request, State
from fanzha.desks.controls.errors import BadOrder
from fanzha.desks.lines import numbers, proposing, repository
from fanzha.desks.lines.domain import MEASURES, PROTECT, RESTORE, Source, SuspectState
from fanzha.desks.lines.errors import LineElsewhere, LineNotFound, LineReasonNeeded, NoNumbersChosen, NothingInForce, TooManyNumbers
from fanzha.desks.lines.model import LineSuspect
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.risk import RiskLevel

SHORTEST_REASON = 4


@dataclass(frozen=True)
class Asked:
    """One step asked for on one or many numbers. `receiver_org_id`: where a number's operator is not known. `key`: the same key again asks nothing twice."""

    kind: str
    basis: str
    reason: str
    officers: tuple[Officer, Officer]
    key: str
    ground: str = ""
    scope: str = ""
    term: int | None = None
    receiver_org_id: str = ""
    case_number: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of one number of a request: the order, or the codes of what was wrong by field."""

    suspect: LineSuspect
    order: Order | None
    faults: tuple[tuple[str, str], ...] = ()


def reason_of(given: str) -> str:
    """Raises LineReasonNeeded."""
    why = given.strip()
    if len(why) < SHORTEST_REASON:
        raise LineReasonNeeded
    return why


def get(work: Work, suspect_id: str, *, lock: bool = False) -> LineSuspect:
    """Raises LineNotFound."""
    found = repository.by_id(work, suspect_id, lock=lock)
    if found is None:
        raise LineNotFound(line=suspect_id)
    return found


def propose(work: Work, proposer: proposing.Proposer, number: str, *, reference: str, name: str, reason: str, fraud_type: str = "other") -> LineSuspect:
    """A person proposes a number of a case. `reference` is the report or case, `name` its number; the same again adds nothing.

    Raises:
        InvalidIdentifier: it is no number; NumberProtected, NotALine, LineReasonNeeded; LineElsewhere: another area has it in its queue.
    """
    clean, why = identifiers.clean(Kind.PHONE, number).value, reason_of(reason)
    proposing.guard(clean)
    piece = proposing.Piece(clean, Source.CASE, reference, name, why, why, RiskLevel.YELLOW, fraud_type, clock.now())
    try:
        with work.session.begin_nested():
            proposer.take(work, [piece])
    except IntegrityError as taken:
        if "uq_line_suspects_number" not in str(taken.orig):
            raise
        raise LineElsewhere from taken
    found = repository.by_index(work, proposing.index_of(clean))
    if found is None:
        raise LineNotFound
    return found


def dismiss(work: Work, suspect_id: str, reason: str) -> LineSuspect:
    """It is no suspect; it comes back only with evidence of another kind. Twice changes nothing. Raises LineNotFound, LineReasonNeeded."""
    why, suspect = reason_of(reason), get(work, suspect_id, lock=True)
    if suspect.state != SuspectState.DISMISSED.value:
        me = work.scope.principal
        suspect.state, suspect.changed_at = SuspectState.DISMISSED.value, clock.now()
        suspect.decided_by, suspect.decided_name, suspect.decided_why = work.actor, me.name if me is not None else work.actor, why
        work.session.flush()
        repository.announce(work, [suspect])
        work.audit("line.dismissed", f"line:{suspect.id}", {"reason": why[:200]})
    return suspect


def request_many(work: Work, suspect_ids: Sequence[str], asked: Asked) -> list[Outcome]:
    """One order a number; what one number lacks does not keep the others. Each waits for its own approval.

    Raises:
        NoNumbersChosen, TooManyNumbers, LineNotFound, UnknownOrderKind.
    """
    chosen = list(dict.fromkeys(suspect_ids))
    if not chosen:
        raise NoNumbersChosen
    if len(chosen) > (most := numbers.Numbers(work, work.scope.region).whole("bulk_most")):
        raise TooManyNumbers(most=most)
    outcomes = [_request_one(work, get(work, suspect_id, lock=True), asked) for suspect_id in sorted(chosen)]
    repository.announce(work, [one.suspect for one in outcomes if one.order is not None])
    work.audit("lines.requested", "lines", {"kind": asked.kind, "asked": len(chosen), "requested": sum(one.order is not None for one in outcomes)})
    return outcomes


def _request_one(work: Work, suspect: LineSuspect, asked: Asked) -> Outcome:
    try:
        with work.session.begin_nested():
            order = controls.service.request(work, _request(work, asked, suspect.number, suspect.operator_org_id or asked.receiver_org_id, f"{asked.key}:{suspect.id}"))
            suspect.state, suspect.changed_at = SuspectState.ASKED.value, clock.now()
    except BadOrder as wrong:
        faults = wrong.params.get("fields", {})
        return Outcome(suspect, None, tuple(sorted((str(field), str(code)) for field, code in faults.items())) if isinstance(faults, dict) else ())
    return Outcome(suspect, order)


def _request(work: Work, asked: Asked, number: str, receiver: str, key: str) -> Request:
    """An order that city level must approve is asked for as such."""
    return Request(
        kind=asked.kind, basis=asked.basis, reason=asked.reason, officers=asked.officers, key=key, receiver_org_id=receiver, account=number,
        case_number=asked.case_number, major=asked.kind in numbers.ladder(work, work.scope.region).needs_city, term=asked.term, scope=asked.scope, ground=asked.ground,
    )  # fmt: skip


def protect(work: Work, number: str, asked: Asked) -> Order:
    """Suspend a potential victim's line for a short time, on its own basis; it waits for approval and ends by itself.

    Raises:
        BadOrder and its kin, with every field at fault.
    """
    return controls.service.request(work, _request(work, Asked(**vars(asked) | {"kind": PROTECT}), number, asked.receiver_org_id, asked.key))


def restore(work: Work, number_index: str, officers: tuple[Officer, Officer], reason: str, key: str) -> list[Order]:
    """Ask to lift everything in force and in sight on a number: one release a measure, each approved.

    Raises:
        NothingInForce, BadOrder and its kin.
    """
    held = [order for order in repository.history(work, [number_index]).get(number_index, ()) if order.kind in MEASURES and order.state_now is State.IN_FORCE]
    if not held:
        raise NothingInForce
    return [
        controls.service.request(work, Request(RESTORE, "atfl:32", reason, officers, f"{key}:{order.id}", on_order_id=order.id))
        for order in held
        if not _being_lifted(work, order)
    ]  # fmt: skip


def _being_lifted(work: Work, order: Order) -> bool:
    others = repository.history(work, [order.subject_index]).get(order.subject_index, ())
    return any(other.on_order_id == order.id and other.state_now not in controls.FINAL for other in others)


def approve_many(work: Work, order_ids: Sequence[str]) -> list[tuple[str, FanzhaError | None]]:
    """Approve orders in one's own name; what one order lacks does not keep the others. Gives each order's error, None where it was approved and sent.

    Raises:
        NoNumbersChosen, TooManyNumbers.
    """
    chosen = sorted(set(order_ids))
    if not chosen:
        raise NoNumbersChosen
    if len(chosen) > (most := numbers.Numbers(work, work.scope.region).whole("bulk_most")):
        raise TooManyNumbers(most=most)
    done: list[tuple[str, FanzhaError | None]] = []
    for order_id in chosen:
        try:
            with work.session.begin_nested():
                controls.service.approve(work, order_id)
            done.append((order_id, None))
        except FanzhaError as wrong:  # every refusal is told to the approver, with its order
            done.append((order_id, wrong))
    return done


def reveal(work: Work, suspect_id: str, purpose: str) -> str:
    """The number in clear, for a stated purpose that goes into the audit log. Raises LineNotFound, LineReasonNeeded."""
    why, suspect = reason_of(purpose), get(work, suspect_id)
    work.audit("line.revealed", f"line:{suspect.id}", {"purpose": why[:200]})
    return suspect.number
