"""States of a warning and the steps between them. Pure.

Invariants: a closed, cancelled or lapsed warning never changes state again; `closed` is reached only after sign and feedback; `lapsed` only by
warnings for which nothing but a text message was planned. Being overdue or escalated is not a state but an attribute beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fanzha.desks.warnings import policy
from fanzha.desks.warnings.errors import RecordIncomplete, StepNotAllowed
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.roles import Permission


class State(StrEnum):
    ISSUED = "issued"  # 已生成
    INFORMED = "informed"  # 已短信提示: only a text message is planned at this level
    DISPATCHED = "dispatched"  # 已下发
    SIGNED = "signed"  # 已签收
    CONTACTING = "contacting"  # 联系中
    NOT_FOUND_YET = "not_found_yet"  # 暂时找不到
    MET = "met"  # 已见面
    FED_BACK = "fed_back"  # 已反馈
    REVISIT_DUE = "revisit_due"  # 待回访
    TRANSFER_REVIEW = "transfer_review"  # 移交待审核
    TRANSFERRED = "transferred"  # 移交待接收
    CLOSED = "closed"  # 已办结
    CANCELLED = "cancelled"  # 已撤销
    LAPSED = "lapsed"  # 短信提示到期


FINAL = frozenset({State.CLOSED, State.CANCELLED, State.LAPSED})
OPEN = frozenset(State) - FINAL
BEFORE_SIGN = frozenset({State.ISSUED, State.INFORMED, State.DISPATCHED})
IN_HAND = frozenset({State.SIGNED, State.CONTACTING, State.NOT_FOUND_YET, State.MET})
"""Signed and not yet answered: somebody is on it."""


class Action(StrEnum):
    DISPATCH = "dispatch"
    INFORM = "inform"
    SIGN = "sign"
    UNDO_SIGN = "undo_sign"
    ATTEMPT = "attempt"
    MEET = "meet"
    FEED_BACK = "feed_back"
    UNDO_FEEDBACK = "undo_feedback"
    FALL_DUE = "fall_due"
    REVISIT = "revisit"
    CLOSE = "close"
    REQUEST_TRANSFER = "request_transfer"
    APPROVE_TRANSFER = "approve_transfer"
    REFUSE_TRANSFER = "refuse_transfer"
    ACCEPT_TRANSFER = "accept_transfer"
    DECLINE_TRANSFER = "decline_transfer"
    CANCEL = "cancel"
    LAPSE = "lapse"


class CancelReason(StrEnum):
    DUPLICATE = "duplicate"  # 重复预警
    MISMATCH = "mismatch"  # 不符
    WITHDRAWN = "withdrawn"  # every finding behind it was withdrawn before anyone signed


class Reached(StrEnum):
    """Who was spoken to."""

    SELF = "self"  # 本人
    FAMILY = "family"  # 家属
    NOBODY = "nobody"


@dataclass(frozen=True)
class Step:
    """One row of the table: from where an action leads where, and who may take it. `permission` None: the pipeline alone."""

    action: Action
    sources: frozenset[State]
    targets: frozenset[State]
    permission: Permission | None
    by_pipeline: bool = False


def _step(action: Action, sources: frozenset[State], *targets: State, by: Permission | None, pipeline: bool = False) -> Step:
    return Step(action, sources, frozenset(targets), by, pipeline or by is None)


def _of(*states: State) -> frozenset[State]:
    return frozenset(states)


_STEPS = (
    _step(Action.DISPATCH, _of(State.ISSUED, State.INFORMED), State.DISPATCHED, by=policy.DIRECT, pipeline=True),
    _step(Action.INFORM, _of(State.ISSUED), State.INFORMED, by=None),
    _step(Action.SIGN, _of(State.DISPATCHED, State.INFORMED), State.SIGNED, by=policy.ACT),
    _step(Action.UNDO_SIGN, _of(State.SIGNED), State.DISPATCHED, State.INFORMED, by=policy.ACT),
    _step(Action.ATTEMPT, _of(State.SIGNED, State.CONTACTING, State.NOT_FOUND_YET), State.CONTACTING, by=policy.ACT),
    _step(Action.MEET, _of(State.SIGNED, State.CONTACTING, State.NOT_FOUND_YET), State.MET, by=policy.MEET),
    _step(Action.FEED_BACK, IN_HAND, State.FED_BACK, State.NOT_FOUND_YET, by=policy.ACT),
    _step(Action.UNDO_FEEDBACK, _of(State.FED_BACK), *IN_HAND, by=policy.ACT),
    _step(Action.FALL_DUE, _of(State.FED_BACK), State.REVISIT_DUE, by=None),
    _step(Action.REVISIT, _of(State.FED_BACK, State.REVISIT_DUE), State.CLOSED, by=policy.ACT),
    _step(Action.CLOSE, _of(State.FED_BACK), State.CLOSED, by=policy.DIRECT, pipeline=True),
    _step(Action.REQUEST_TRANSFER, IN_HAND | {State.DISPATCHED}, State.TRANSFER_REVIEW, by=policy.ACT),
    _step(Action.APPROVE_TRANSFER, _of(State.TRANSFER_REVIEW), State.TRANSFERRED, by=policy.DIRECT),
    _step(Action.REFUSE_TRANSFER, _of(State.TRANSFER_REVIEW), State.DISPATCHED, *IN_HAND, by=policy.DIRECT),
    _step(Action.ACCEPT_TRANSFER, _of(State.TRANSFERRED), State.DISPATCHED, by=policy.ACCEPT),
    _step(Action.DECLINE_TRANSFER, _of(State.TRANSFERRED), State.TRANSFER_REVIEW, by=policy.ACCEPT),
    _step(Action.CANCEL, BEFORE_SIGN | IN_HAND | {State.TRANSFER_REVIEW}, State.CANCELLED, by=policy.DIRECT, pipeline=True),
    _step(Action.LAPSE, _of(State.INFORMED), State.LAPSED, by=None),
)

STEPS: Mapping[Action, Step] = {step.action: step for step in _STEPS}

REASON_NEEDED = frozenset(
    {
        Action.UNDO_SIGN, Action.UNDO_FEEDBACK, Action.CANCEL, Action.REQUEST_TRANSFER, Action.REFUSE_TRANSFER, Action.DECLINE_TRANSFER,
    }
)  # fmt: skip
"""Steps that a person may take only with a reason in words."""


def move(state: State, action: Action, target: State | None = None) -> State:
    """The state after the action. `target` picks among several (feedback, undo, refused transfer).

    Raises:
        StepNotAllowed: the action does not start here, or does not lead there.
    """
    step = STEPS[action]
    if state not in step.sources:
        raise StepNotAllowed(state=state.value, action=action.value)
    if target is None and len(step.targets) == 1:
        return next(iter(step.targets))
    if target not in step.targets:
        raise StepNotAllowed(state=state.value, action=action.value, target=target and target.value)
    return target


@dataclass(frozen=True)
class Contact:
    """What has been done to reach the person so far."""

    attempts: int = 0
    reached: bool = False
    """Some attempt spoke with the person or the family."""
    met: bool = False
    must_meet: bool = False
    """At this level the person must be seen (channel plan)."""


REACHING = frozenset({ContactResult.REACHED, ContactResult.FAMILY, ContactResult.MET})


@dataclass(frozen=True)
class Feedback:
    """What came of it. None means not asked or not known; money is fen."""

    outcome: Outcome
    reached: Reached | None = None
    scam_type: str | None = None
    stage: str | None = None
    transferred: bool | None = None
    transferred_fen: int | None = None
    amount_protected_fen: int | None = None
    app_installed: bool | None = None
    evidence_note: str | None = None
    evidence_ref: str | None = None
    transfer_target: str | None = None
    """Region or organisation to which the person belongs, where the outcome says so."""
    revisit_on: date | None = None


def after_feedback(state: State, feedback: Feedback, contact: Contact, *, attempts_for_not_found: int) -> State:
    """The state that this feedback leads to.

    "Dissuaded" needs a meeting, or at a level where a call suffices, a conversation; "cannot be found" needs enough attempts; nobody can be
    "not found yet" without an attempt (DOMAIN §5: police must see the person).

    Raises:
        RecordIncomplete: names what is missing.
        StepNotAllowed: feedback is not open in this state.
    """
    after = move(state, Action.FEED_BACK, State.NOT_FOUND_YET if feedback.outcome is Outcome.NOT_FOUND_YET else State.FED_BACK)
    _check_money(feedback)
    match feedback.outcome:
        case Outcome.DISSUADED:
            _check_dissuaded(feedback, contact)
        case Outcome.NOT_FOUND if contact.attempts < attempts_for_not_found:
            msg = f"“Cannot be found” needs {attempts_for_not_found} attempts; there are {contact.attempts}."
            raise RecordIncomplete(msg, remedy="Try again, or answer “not found yet”.", needed=attempts_for_not_found, attempts=contact.attempts)
        case Outcome.NOT_FOUND_YET if contact.attempts == 0:
            raise RecordIncomplete("“Not found yet” needs at least one attempt.", remedy="Record the call or the visit first.")
        case _:
            pass
    return after


def _check_dissuaded(feedback: Feedback, contact: Contact) -> None:
    if contact.must_meet and not contact.met:
        raise RecordIncomplete("At this level the person must be seen before “dissuaded” can be answered.", remedy="Record the meeting first.")
    if not (contact.met or contact.reached):
        raise RecordIncomplete("“Dissuaded” needs a conversation.", remedy="Record the call or the meeting first.")
    if feedback.reached in {None, Reached.NOBODY}:
        raise RecordIncomplete("Say who was spoken to: the person or the family.")


def _check_money(feedback: Feedback) -> None:
    for amount in (feedback.transferred_fen, feedback.amount_protected_fen):
        if amount is not None and amount < 0:
            raise RecordIncomplete("An amount cannot be negative.")
    if feedback.transferred_fen and not feedback.transferred:
        raise RecordIncomplete("An amount was given, but no transfer.", remedy="Tick “transferred”, or leave the amount empty.")
