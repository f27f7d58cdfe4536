"""What may go wrong at the detectors desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound


class DetectorNotFound(NotFound):
    """There is no such detector, or no such version of it."""

    code = "detector_not_found"
    remedy = "Choose one from the list of detectors."


class MoveNotFound(NotFound):
    """There is no such move of a detector."""

    code = "detector_move_not_found"
    remedy = "Choose one from the list of what waits for approval."


class MoveNotPossible(Conflict):
    """A version in this state cannot take this step."""

    code = "detector_move_not_possible"
    remedy = "Open the detector again to see where its versions stand."


class MoveDecided(Conflict):
    """This move has been decided already."""

    code = "detector_move_decided"
    remedy = "Open the detector again to see what was decided."


class MoveOpen(Conflict):
    """Another move of this version is waiting."""

    code = "detector_move_open"
    remedy = "Have it approved, refused or withdrawn first."


class NothingToRollBack(Conflict):
    """No other version was live before this one."""

    code = "nothing_to_roll_back"
    remedy = "Ask for the live version to be retired instead."


class SecondPersonNeeded(Forbidden):
    """Whoever wrote a version or asked for a move may not approve it."""

    code = "second_person_needed"
    remedy = "Have somebody else with the right to approve detectors look at it."


class NotYours(Forbidden):
    """Only whoever asked for a move may withdraw it."""

    code = "move_not_yours"
    remedy = "Whoever may approve it can refuse it instead."


class NotYourArea(Forbidden):
    """Detectors of this platform are kept by a centre that covers its whole area."""

    code = "detectors_not_your_area"
    remedy = "Ask the analysts of the centre that runs the platform."


class NotAllowed(Forbidden):
    """Your role does not allow this step with a detector."""

    code = "detector_step_not_allowed"
    remedy = "Ask an administrator for the role."


class ExamplesFail(InvalidInput):
    """An example in the text does not come out as it says."""

    code = "examples_fail"
    remedy = "Mend the condition or the example named."


class WrongVersion(InvalidInput):
    """The version in the text is not the next one, and does not stand on a line of its own where it could be set."""

    code = "wrong_detector_version"
    remedy = "Write `version:` on a line of its own; the number is set when the text is taken."


class WrongTime(InvalidInput):
    """The time at which a move takes effect must not lie in the past."""

    code = "wrong_effective_time"
    remedy = "Leave it empty for at once."


class ReasonNeeded(InvalidInput):
    """A move of a detector needs a reason of at least four characters."""

    code = "detector_reason_needed"
    remedy = "Say why."
