"""What can go wrong at the indicators desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound


class IndicatorNotFound(NotFound):
    """There is no such indicator."""

    code = "indicator_not_found"


class WrongState(Conflict):
    """An indicator in this state cannot take this step."""

    code = "indicator_wrong_state"
    remedy = "Open it again to see where it stands."


class ReasonNeeded(InvalidInput):
    """A judgement needs a reason of at least four characters."""

    code = "reason_needed"
    remedy = "Say what the judgement rests on."


class RowRefused(InvalidInput):
    """The identifier was not taken."""

    code = "indicator_refused"


class BadKnownGood(InvalidInput):
    """The list of known good identifiers is not valid."""

    code = "bad_known_good"


class OwnProposal(Forbidden):
    """Whoever proposed a judgement cannot decide on it."""

    code = "own_proposal"
    remedy = "A second person decides."


class AlreadyProposed(Conflict):
    """A judgement on this indicator waits for a second person."""

    code = "already_proposed"
    remedy = "Decide on it first."


class ProposalNotFound(NotFound):
    """There is no such proposal, or it is decided."""

    code = "proposal_not_found"


class NotKnownGood(Conflict):
    """The identifier is not on the known-good list."""

    code = "not_known_good"
    remedy = "Add it without an override."


class TooManyAtOnce(InvalidInput):
    """Too many identifiers for one check."""

    code = "too_many_identifiers"
    remedy = "Split the list."


class BadCheckList(InvalidInput):
    """The list of identifiers cannot be read."""

    code = "bad_check_list"
    remedy = "Send text with one identifier a line; save a workbook as CSV first."


class NoticeNotFound(NotFound):
    """There is no such notice to you or your unit."""

    code = "notice_not_found"
    remedy = "Choose one from your notices."


class AlreadyKnownGood(Conflict):
    """The identifier is on the known-good list already, or proposed for it."""

    code = "already_known_good"
    remedy = "Look for it in the list."


class LocalGoodNotFound(NotFound):
    """There is no such entry of the known-good list, or it is decided."""

    code = "local_good_not_found"
    remedy = "Choose one from the list."


class StillFlagged(Conflict):
    """The registry flags this identifier, so it cannot be known to be good."""

    code = "still_flagged"
    remedy = "Clear it in the registry first; the withdrawal then reaches every place where it was used."
