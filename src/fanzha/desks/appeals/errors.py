"""What can go wrong with an appeal."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany


class AppealNotFound(NotFound):
    """There is no such appeal."""

    code = "appeal_not_found"


class NothingToAppeal(NotFound):
    """There is no such measure, or it cannot be appealed against."""

    code = "nothing_to_appeal"
    remedy = "Check the number on the notice, or call 96110."


class AppealWrongState(Conflict):
    """An appeal in this state cannot take this step."""

    code = "appeal_wrong_state"
    remedy = "Open it again to see where it stands."


class AppealUnderWay(Conflict):
    """An appeal against this measure is already under way."""

    code = "appeal_under_way"
    remedy = "Add what is new to that one."


class Involved(Forbidden):
    """Whoever took part in the measure, or in the first answer, cannot review or decide this appeal."""

    code = "involved"
    remedy = "Ask a colleague who had no part in it, or the unit above."


class NotYourAppeal(Forbidden):
    """Another unit answers this appeal."""

    code = "not_your_appeal"


class NotYourProposal(Forbidden):
    """Whoever proposed an answer cannot decide on it."""

    code = "not_your_proposal"
    remedy = "Ask another leader."


class BadAppeal(InvalidInput):
    """The appeal is not complete."""

    code = "bad_appeal"
    remedy = "Fill in the fields named and send it again."


class ReasonsNeeded(InvalidInput):
    """This step on an appeal needs reasons of at least ten characters."""

    code = "appeal_reasons_needed"
    remedy = "Write what was found and why."


class BadDocument(InvalidInput):
    """The file was not taken."""

    code = "bad_document"
    remedy = "Send a photo (JPG, PNG) or a PDF of at most the size allowed."


class DocumentNotFound(NotFound):
    """There is no such document."""

    code = "document_not_found"


class PurposeMissing(InvalidInput):
    """State the purpose in at least four characters."""

    code = "purpose_missing"


class TooManyDocuments(InvalidInput):
    """The appeal holds as many files as it may."""

    code = "too_many_documents"
    remedy = "Bring further papers to the counter."


class PausedBefore(Conflict):
    """The clock of this appeal has been stopped before and does not stop again."""

    code = "paused_before"
    remedy = "Ask for the documents all the same; the answer stays due."


class NoReconsideration(Conflict):
    """This appeal cannot be reconsidered."""

    code = "no_reconsideration"
    remedy = "See the further remedy named in the answer."


class NoUnitAbove(Conflict):
    """There is no unit above that could reconsider it."""

    code = "no_unit_above"
    remedy = "See the further remedy named in the answer."


class InquiryNotFound(NotFound):
    """There is no such inquiry."""

    code = "inquiry_not_found"


class InquiryAnswered(Conflict):
    """This inquiry has been answered."""

    code = "inquiry_answered"


class CodeRefused(Forbidden):
    """The code is wrong or too old, or the numbers given do not belong together."""

    code = "code_refused"
    remedy = "Check the numbers on the notice and ask for a new code, or call 96110."


class TooManyCodes(TooMany):
    """Too many codes were asked for."""

    code = "too_many_codes"
    remedy = "Try again tomorrow, call 96110, or come to the counter."
