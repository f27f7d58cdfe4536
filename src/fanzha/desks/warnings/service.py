"""What people do with a warning. Each use case takes a unit of work first, locks the warning, and is safe to repeat under the same key.

`key` is an idempotency key of the caller's choosing: the same key from the same person again changes nothing and returns the warning as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select

from fanzha.desks.warnings import domain, policy, repository, steps
from fanzha.desks.warnings.dispatching import Dispatcher
from fanzha.desks.warnings.domain import Action, CancelReason, Contact, Feedback, State
from fanzha.desks.warnings.errors import ReasonNeeded, RecordIncomplete, StepNotAllowed, UndoTooLate
from fanzha.desks.warnings.model import Attempt, Comment, FeedbackEntry, History, Meeting, Revisit, WarningOrder
from fanzha.desks.warnings.plan import Plans, revisit_deadline
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Work, dated
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.roles import Permission

_PLACE_LENGTH = 200
_TEXT_LENGTH = 2000
_NO_REVISIT = frozenset({Outcome.MISMATCH, Outcome.DUPLICATE, Outcome.NOT_FOUND})
_CLOCKS_DIFFER = timedelta(minutes=5)


def sign(work: Work, warning_id: str, *, key: str | None = None) -> WarningOrder:
    """签收: the actor takes the warning on."""
    warning = repository.locked(work, warning_id)
    if not _is_new(work, key, Action.SIGN, warning):
        return warning
    before = warning.state
    warning.signed_at, warning.signed_by = clock.now(), work.actor
    steps.take(work, warning, Action.SIGN, detail={"in_time": _in_time(warning.sign_by)})
    repository.name_assignee(work, warning.id, work.actor)
    return _done(work, warning, "warning.signed", {"from": before})


def undo_sign(work: Work, warning_id: str, reason: str) -> WarningOrder:
    """Take back a mistaken sign, shortly after, by the one who made it, before anybody was called. The history keeps both.

    Raises:
        UndoTooLate, ReasonNeeded, StepNotAllowed.
    """
    warning = repository.locked(work, warning_id)
    entry = _latest(work, warning, Action.SIGN)
    _check_undo(work, warning, entry)
    if warning.attempts:
        raise StepNotAllowed("The person has been called since; the sign stands.")
    warning.signed_at = warning.signed_by = None
    steps.take(work, warning, Action.UNDO_SIGN, to=State(str(entry.state_before)), reason=reason)
    repository.name_assignee(work, warning.id, None)
    return _done(work, warning, "warning.sign_undone")


def record_attempt(
    work: Work, warning_id: str, result: ContactResult, *, channel: str = "call", note: str | None = None, key: str | None = None
) -> WarningOrder:  # fmt: skip
    """One try to reach the person, with its result. A meeting has a record of its own (`record_meeting`)."""
    if result is ContactResult.MET:
        raise RecordIncomplete("A meeting needs its time and place.", remedy="Record it as a meeting.")
    warning = repository.locked(work, warning_id)
    if not _is_new(work, key, Action.ATTEMPT, warning):
        return warning
    now = clock.now()
    warning.attempts += 1
    warning.first_call_at = warning.first_call_at or now
    warning.reached = warning.reached or result in domain.REACHING
    steps.take(work, warning, Action.ATTEMPT, detail={"result": result.value, "channel": channel})
    work.session.add(Attempt(warning_id=warning.id, channel=channel, result=result.value, note=_text(note), **steps.signature(work)))
    return _done(work, warning, "warning.attempted", {"result": result.value})


def record_meeting(
    work: Work, warning_id: str, place: str, *, identity_verified: bool, met_at: datetime | None = None, officer: str | None = None, key: str | None = None
) -> WarningOrder:  # fmt: skip
    """见面: when, where, by whom, and whether the identity was checked.

    Raises:
        RecordIncomplete: no place, or a time in the future or before the warning.
    """
    warning = repository.locked(work, warning_id)
    if not _is_new(work, key, Action.MEET, warning):
        return warning
    now = clock.now()
    met_at = met_at or now
    if not place.strip():
        raise RecordIncomplete("Say where the person was met.")
    if not warning.issued_at <= met_at <= now + _CLOCKS_DIFFER:
        raise RecordIncomplete("The meeting cannot lie in the future or before the warning.")
    sign = steps.signature(work)
    warning.met_at, warning.reached = met_at, True
    warning.first_call_at = warning.first_call_at or met_at
    steps.take(work, warning, Action.MEET, detail={"identity_verified": identity_verified, "in_time": _in_time(warning.meet_by, met_at)})
    meeting = Meeting(
        warning_id=warning.id, met_at=met_at, place=place.strip()[:_PLACE_LENGTH], officer=officer or sign["actor"], identity_verified=identity_verified, **sign
    )  # fmt: skip
    work.session.add(meeting)
    return _done(work, warning, "warning.met", {"identity_verified": identity_verified})


def give_feedback(work: Work, warning_id: str, feedback: Feedback, *, key: str | None = None) -> WarningOrder:
    """反馈: the result code and the whole record of the dissuasion.

    A red or yellow "dissuaded" gets a revisit date from the channel plan where none is given.

    Raises:
        RecordIncomplete: says what is missing; StepNotAllowed.
    """
    warning = repository.locked(work, warning_id)
    if not _is_new(work, key, Action.FEED_BACK, warning):
        return warning
    before, needed = warning.state_now, int(dated.value(work, "warnings.not_found_attempts", region=warning.region))
    after = domain.after_feedback(before, feedback, _contact(warning), attempts_for_not_found=needed)
    revisit_on = feedback.revisit_on
    if after is State.FED_BACK:
        warning.fed_back_at = clock.now()
        revisit_on = revisit_on or _planned_revisit(work, warning, feedback.outcome)
        _set_revisit(warning, revisit_on)
    warning.outcome, warning.amount_protected_fen = feedback.outcome.value, feedback.amount_protected_fen
    steps.take(work, warning, Action.FEED_BACK, to=after, detail={"outcome": feedback.outcome.value, "in_time": _in_time(warning.feedback_by)})
    work.session.add(_entry(work, warning, feedback, before, revisit_on))
    return _done(work, warning, "warning.fed_back", {"outcome": feedback.outcome.value})


def undo_feedback(work: Work, warning_id: str, reason: str) -> WarningOrder:
    """Take back a mistaken answer, shortly after, by the one who gave it. The answer stays in the record, marked as void.

    Raises:
        UndoTooLate, ReasonNeeded, StepNotAllowed.
    """
    warning = repository.locked(work, warning_id)
    entry = _latest(work, warning, Action.FEED_BACK)
    _check_undo(work, warning, entry)
    answer = repository.standing_feedback(work, warning_id)
    if answer is None:
        raise StepNotAllowed(state=warning.state, action=Action.UNDO_FEEDBACK.value)
    steps.take(work, warning, Action.UNDO_FEEDBACK, to=State(answer.state_before), reason=reason)
    answer.void_at = clock.now()
    warning.fed_back_at = warning.outcome = warning.amount_protected_fen = None
    _set_revisit(warning, None)
    steps.refresh_due(warning)
    return _done(work, warning, "warning.feedback_undone")


def record_revisit(work: Work, warning_id: str, *, still_convinced: bool, note: str | None = None, key: str | None = None) -> WarningOrder:
    """回访: the follow-up; it closes the warning."""
    warning = repository.locked(work, warning_id)
    if not _is_new(work, key, Action.REVISIT, warning):
        return warning
    steps.take(work, warning, Action.REVISIT, detail={"still_convinced": still_convinced, "in_time": _in_time(warning.revisit_by)})
    work.session.add(Revisit(warning_id=warning.id, still_convinced=still_convinced, note=_text(note), **steps.signature(work)))
    return _done(work, warning, "warning.revisited", {"still_convinced": still_convinced})


def close(work: Work, warning_id: str, reason: str = "") -> WarningOrder:
    """办结: end an answered warning for which no revisit is planned.

    Raises:
        StepNotAllowed: a revisit is planned.
    """
    warning = repository.locked(work, warning_id)
    if warning.revisit_on is not None:
        raise StepNotAllowed("A revisit is planned.", remedy="Record the revisit: it closes the warning.")
    steps.take(work, warning, Action.CLOSE, reason=reason)
    return _done(work, warning, "warning.closed")


def cancel(work: Work, warning_id: str, because: CancelReason, reason: str) -> WarningOrder:
    """撤销: the warning is a duplicate or does not fit the person; says why."""
    if not reason.strip():
        raise ReasonNeeded(action=Action.CANCEL.value)
    warning = repository.locked(work, warning_id)
    steps.take(work, warning, Action.CANCEL, reason=reason, detail={"because": because.value})
    return _done(work, warning, "warning.cancelled", {"because": because.value})


def dispatch(work: Work, warning_ids: Collection[str], reason: str = "") -> int:
    """下发: send several warnings to the bodies responsible for their regions; those already sent are left alone. Returns how many were sent."""
    _require(work, policy.DIRECT)
    dispatcher, sent = Dispatcher(work), 0
    for warning in repository.lock(work, warning_ids):
        if warning.state_now in {State.ISSUED, State.INFORMED}:
            dispatcher.dispatch(warning, reason=reason)
            sent += warning.state == State.DISPATCHED.value
    work.session.flush()
    if sent:
        work.audit("warnings.dispatched", "warnings", {"count": sent, "ids": sorted(warning_ids)})
    return sent


def comment(work: Work, warning_id: str, body: str) -> None:
    """A remark beside the warning; it changes nothing else."""
    _require(work, policy.COMMENT)
    if not body.strip():
        raise ReasonNeeded("The remark is empty.", remedy="Write something.")
    warning = repository.by_id(work, warning_id)
    work.session.add(Comment(warning_id=warning.id, body=body.strip()[:_TEXT_LENGTH], **steps.signature(work)))
    steps.announce(work, warning, "comment")


def _contact(warning: WarningOrder) -> Contact:
    return Contact(warning.attempts, warning.reached, warning.met_at is not None, warning.must_meet)


def _planned_revisit(work: Work, warning: WarningOrder, outcome: Outcome) -> date | None:
    days = Plans(work).of(warning.risk, warning.region).revisit_days
    if days == 0 or outcome in _NO_REVISIT:
        return None
    return clock.local_day(clock.now()) + timedelta(days=days)


def _set_revisit(warning: WarningOrder, day: date | None) -> None:
    warning.revisit_on = day
    warning.revisit_by = revisit_deadline(day) if day else None


def _entry(work: Work, warning: WarningOrder, feedback: Feedback, before: State, revisit_on: date | None) -> FeedbackEntry:
    replaced = _voided(work, warning.id)
    return FeedbackEntry(
        warning_id=warning.id, outcome=feedback.outcome.value, reached=feedback.reached.value if feedback.reached else None,
        scam_type=feedback.scam_type, stage=feedback.stage, transferred=feedback.transferred, transferred_fen=feedback.transferred_fen,
        amount_protected_fen=feedback.amount_protected_fen, app_installed=feedback.app_installed, evidence_note=_text(feedback.evidence_note),
        evidence_ref=feedback.evidence_ref, transfer_target=feedback.transfer_target, revisit_on=revisit_on, state_before=before.value,
        corrects_id=replaced, **steps.signature(work),
    )  # fmt: skip


def _voided(work: Work, warning_id: str) -> str | None:
    """The newest answer, where it was taken back: the next one replaces it."""
    query = select(FeedbackEntry).where(FeedbackEntry.warning_id == warning_id).order_by(FeedbackEntry.at.desc(), FeedbackEntry.id.desc()).limit(1)
    newest = work.session.scalar(query)
    return newest.id if newest is not None and newest.void_at is not None else None


def _latest(work: Work, warning: WarningOrder, action: Action) -> History:
    query = select(History).where(History.warning_id == warning.id, History.action == action.value)
    entry = work.session.scalar(query.order_by(History.seq.desc()).limit(1))
    if entry is None:
        raise StepNotAllowed(state=warning.state, action=action.value)
    return entry


def _check_undo(work: Work, warning: WarningOrder, entry: History) -> None:
    if entry.actor != work.actor:
        raise Forbidden("Only the one who did this can take it back.")
    if clock.now() > undo_until(work, warning.region, entry.at):
        raise UndoTooLate
    if warning.state != entry.state_after:
        raise StepNotAllowed(state=warning.state)


def undo_until(work: Work, region: str, at: datetime) -> datetime:
    """Until when a step taken at `at` can be undone."""
    return at + timedelta(minutes=int(dated.value(work, "warnings.undo_minutes", region=region)))


def _is_new(work: Work, key: str | None, action: Action, warning: WarningOrder) -> bool:
    return key is None or repository.claim_key(work, key, action.value, warning.id)


def _in_time(deadline: datetime | None, at: datetime | None = None) -> bool | None:
    return None if deadline is None else (at or clock.now()) <= deadline


def _text(text: str | None) -> str | None:
    return text.strip()[:_TEXT_LENGTH] or None if text else None


def _require(work: Work, permission: Permission) -> None:
    principal = work.scope.principal
    if principal is None or not principal.may(permission):
        raise Forbidden(permission=permission.name)


def _done(work: Work, warning: WarningOrder, action: str, detail: dict[str, object] | None = None) -> WarningOrder:
    work.session.flush()
    work.audit(action, f"warning:{warning.id}", detail or {})
    return warning
