"""What can go wrong at the cases desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report_not_found"


class WrongState(Conflict):
    """A report in this state cannot take this step."""

    code = "report_wrong_state"
    remedy = "Open it again to see where it stands."


class ReasonNeeded(InvalidInput):
    """This step needs a reason of at least four characters."""

    code = "reason_needed"
    remedy = "Say why."


class PurposeNeeded(InvalidInput):
    """Say for what purpose you need the full data."""

    code = "purpose_needed"
    remedy = "Write at least four characters; they go into the audit log."


class NothingToReveal(NotFound):
    """The report does not hold this."""

    code = "nothing_to_reveal"
