"""The steps of a warning as forms send them: shared by the console, the field pages and the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Form
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from fanzha.desks import warnings
from fanzha.desks.warnings import Action, CancelReason, Feedback, Reached
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.days import moment_in_china
from fanzha.kit.clock import day_of
from fanzha.kit.errors import FanzhaError, InvalidInput
from fanzha.kit.money import Fen, parse_yuan
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.stages import Stage

YesNo = Literal["yes", "no", ""]


class BadDay(InvalidInput):
    """This is not a day or time."""

    code = "bad_day"
    remedy = "Write it as 2026-03-02, a time as 2026-03-02T09:30."


class Incomplete(InvalidInput):
    """Something in the form is missing."""

    code = "form_incomplete"
    remedy = "Choose a result and send the form again."


class StepFields(BaseModel):
    """Everything a step may send; a step reads what it needs. Empty means not stated."""

    key: str = ""
    reason: str = ""
    result: ContactResult | Literal[""] = ""
    channel: Literal["call", "visit", "sms"] = "call"
    note: str = ""
    place: str = ""
    met_at: str = ""
    identity_verified: bool = False
    outcome: Outcome | Literal[""] = ""
    reached: Reached | Literal[""] = ""
    scam_type: FraudType | Literal[""] = ""
    stage: Stage | Literal[""] = ""
    transferred: YesNo = ""
    transferred_yuan: str = ""
    amount_protected_yuan: str = ""
    app_installed: YesNo = ""
    evidence_note: str = ""
    evidence_ref: str = ""
    transfer_target: str = ""
    revisit_on: str = ""
    still_convinced: bool = False
    because: CancelReason = CancelReason.MISMATCH
    to_region: str = ""

    def feedback(self) -> Feedback:
        """Raises Incomplete, BadDay, InvalidAmount."""
        if not self.outcome:
            raise Incomplete("Choose what came of it.")
        return Feedback(
            outcome=self.outcome,
            reached=self.reached or None,
            scam_type=self.scam_type or None,
            stage=self.stage or None,
            transferred=_known(self.transferred),
            transferred_fen=_fen(self.transferred_yuan),
            amount_protected_fen=_fen(self.amount_protected_yuan),
            app_installed=_known(self.app_installed),
            evidence_note=self.evidence_note.strip() or None,
            evidence_ref=self.evidence_ref.strip() or None,
            transfer_target=self.transfer_target.strip() or None,
            revisit_on=day_or_refused(self.revisit_on),
        )


StepForm = Annotated[StepFields, Form()]


def take_step(work: Work, warning_id: str, action: Action, fields: StepFields) -> None:
    """Carry out one step; what is not open now, or not to this person, raises the desk's error."""
    _STEPS[action](work, warning_id, fields)


def reveal_as_json(page: PageContext, warning_id: str, field: warnings.reveal.Field, purpose: str) -> Response:
    """One field in clear as JSON `{value}`, for the purpose given, or `{detail}` saying why not; the opening is counted and audited."""
    try:
        with page.work() as work:
            opened = warnings.reveal.reveal(work, warning_id, purpose, [field])
    except FanzhaError as error:
        return JSONResponse({"detail": page.say(error.message)}, error.status)
    return JSONResponse({"value": getattr(opened, field) or "—"})


def _attempt(work: Work, warning_id: str, fields: StepFields) -> None:
    if not fields.result:
        raise Incomplete("Choose the result of the call.")
    warnings.service.record_attempt(work, warning_id, fields.result, channel=fields.channel, note=fields.note, key=fields.key or None)


def _meet(work: Work, warning_id: str, fields: StepFields) -> None:
    met_at = _moment(fields.met_at)
    warnings.service.record_meeting(work, warning_id, fields.place, identity_verified=fields.identity_verified, met_at=met_at, key=fields.key or None)


def _revisit(work: Work, warning_id: str, fields: StepFields) -> None:
    warnings.service.record_revisit(work, warning_id, still_convinced=fields.still_convinced, note=fields.note, key=fields.key or None)


def _never(work: Work, warning_id: str, fields: StepFields) -> None:
    del work, fields
    raise warnings.StepNotAllowed("Only the pipeline takes this step.", id=warning_id)


_STEPS: Mapping[Action, Callable[[Work, str, StepFields], object]] = {
    Action.DISPATCH: lambda work, one, form: warnings.service.dispatch(work, [one], form.reason),
    Action.SIGN: lambda work, one, form: warnings.service.sign(work, one, key=form.key or None),
    Action.UNDO_SIGN: lambda work, one, form: warnings.service.undo_sign(work, one, form.reason),
    Action.ATTEMPT: _attempt,
    Action.MEET: _meet,
    Action.FEED_BACK: lambda work, one, form: warnings.service.give_feedback(work, one, form.feedback(), key=form.key or None),
    Action.UNDO_FEEDBACK: lambda work, one, form: warnings.service.undo_feedback(work, one, form.reason),
    Action.REVISIT: _revisit,
    Action.CLOSE: lambda work, one, form: warnings.service.close(work, one, form.reason),
    Action.CANCEL: lambda work, one, form: warnings.service.cancel(work, one, form.because, form.reason),
    Action.REQUEST_TRANSFER: lambda work, one, form: warnings.transfers.ask(work, one, form.to_region.strip(), form.reason),
    Action.APPROVE_TRANSFER: lambda work, one, form: warnings.transfers.review(work, one, approve=True, reason=form.reason),
    Action.REFUSE_TRANSFER: lambda work, one, form: warnings.transfers.review(work, one, approve=False, reason=form.reason),
    Action.ACCEPT_TRANSFER: lambda work, one, form: warnings.transfers.answer(work, one, accept=True, reason=form.reason),
    Action.DECLINE_TRANSFER: lambda work, one, form: warnings.transfers.answer(work, one, accept=False, reason=form.reason),
    Action.INFORM: _never,
    Action.FALL_DUE: _never,
    Action.LAPSE: _never,
}


def _known(answer: YesNo) -> bool | None:
    return {"yes": True, "no": False}.get(answer)


def _fen(yuan: str) -> Fen | None:
    return parse_yuan(yuan) if yuan.strip() else None


def day_or_refused(day: str) -> date | None:
    """None where nothing is given. Raises BadDay."""
    if not day:
        return None
    try:
        return day_of(day)
    except ValueError as error:
        raise BadDay(day=day) from error


def _moment(moment: str) -> datetime | None:
    if not moment:
        return None
    try:
        return moment_in_china(moment)
    except ValueError as error:
        raise BadDay(time=moment) from error
