"""What can go wrong at the cases desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report_not_found"


class ReportNumberTaken(Conflict):
    """Another report is held under this number, with other content."""

    code = "report_number_taken"
    remedy = "Search for the number; if this is another report, leave the number empty."


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


class CaseNotFound(NotFound):
    """There is no such case, or it is not yours to see."""

    code = "case_not_found"


class StepNotOpen(Conflict):
    """This step is not possible in the case's present state."""

    code = "case_step_not_open"
    remedy = "Reload the case: it shows the steps that are open now."


class CaseChanged(Conflict):
    """Somebody else has changed the case since you opened it."""

    code = "case_changed"
    remedy = "Reload it, look at the newest history entry, and enter your change again."


class NumberTaken(Conflict):
    """Another case has this number."""

    code = "case_number_taken"
    remedy = "Search for the number; if both are one case, merge them."


class AlreadyFiled(Conflict):
    """This report is in a case already."""

    code = "report_in_case"
    remedy = "Open the report: it names the case."


class CannotMerge(Conflict):
    """These two cases cannot be merged: one of them is merged already, or they are one."""

    code = "cannot_merge"
    remedy = "Open both and merge the cases that they lead to."


class CannotSplit(Conflict):
    """These parts cannot be split off: none is chosen, or one is not of this case."""

    code = "cannot_split"
    remedy = "Reload the case and choose the parts again."


class CannotUndo(Conflict):
    """A later merge or split stands in the way."""

    code = "cannot_undo"
    remedy = "Undo the later one first."


class AboveYou(Forbidden):
    """The cases belong to different areas; only a unit above both can do this."""

    code = "case_above_you"
    remedy = "Ask the centre above, or hand one case over first."


class BadPart(InvalidInput):
    """Something in the form is missing or not valid."""

    code = "case_bad_part"


class PartNotFound(NotFound):
    """The case has no such entry."""

    code = "case_part_not_found"


class BadEvidence(InvalidInput):
    """The file cannot be taken as evidence."""

    code = "bad_evidence"
    remedy = "Allowed are pictures, sound, video, PDF, office documents, text, archives and app packages whose content fits the file's name."


class EvidenceTooLarge(InvalidInput):
    """The file is larger than allowed."""

    code = "evidence_too_large"
    status = 413
    remedy = "Split it, or have the limit cases.evidence_mb raised."


class BadAssignee(InvalidInput):
    """This person cannot be given a task of this case."""

    code = "bad_assignee"
    remedy = "Choose an active colleague of your unit, or of the unit that leads the case, who may work on cases and whose area holds it."


class EvidenceGone(NotFound):
    """The file of this evidence is not in the store."""

    code = "evidence_gone"
    remedy = "Restore the evidence folder from your backup; the custody log says what the file's SHA-256 must be."


class EvidenceDamaged(Conflict):
    """The file of this evidence was changed or damaged and does not open."""

    code = "evidence_damaged"
    remedy = "Report it, and restore the evidence folder from your backup; the custody log says what the file's SHA-256 must be."


class SearchTooShort(InvalidInput):
    """A single character is not searched for: it stands in nearly every narrative."""

    code = "search_too_short"
    remedy = "Type the word it stands in, two characters or more, or the last four digits of a number."


class BadNumberPattern(InvalidInput):
    """The pattern of case numbers that is set is not a regular expression."""

    code = "bad_number_pattern"
    remedy = "Correct cases.number_pattern with `fanzha settings set`."
