"""What can go wrong at the indicators desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound


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
