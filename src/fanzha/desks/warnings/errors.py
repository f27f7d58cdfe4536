"""What can go wrong at the warnings desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound, TooMany


class StepNotAllowed(Conflict):
    """This step is not possible in the warning's present state."""

    code = "step_not_allowed"
    remedy = "Reload the warning: it shows the steps that are open now."


class WarningNotFound(NotFound):
    """There is no such warning, or it is not yours to see."""

    code = "warning_not_found"


class ReasonNeeded(InvalidInput):
    """A reason is needed for this step."""

    code = "reason_needed"
    remedy = "Say in a few words why."


class RecordIncomplete(InvalidInput):
    """The feedback record is incomplete or contradicts itself."""

    code = "record_incomplete"


class UndoTooLate(Conflict):
    """The time in which this could be undone has passed."""

    code = "undo_too_late"
    remedy = "Ask the duty room: a correction can still be added as a comment."


class TooManyReveals(TooMany):
    """You have opened as many people's data this hour as is allowed."""

    code = "too_many_reveals"
    remedy = "Wait, or ask the duty room to raise the hourly number for your region."


class KeyUsedOtherwise(Conflict):
    """This idempotency key was used for another request."""

    code = "idempotency_key_reused"
    remedy = "Send a fresh key with a new request."


class BadFilter(InvalidInput):
    """A filter of the warning list is not valid."""

    code = "bad_filter"
