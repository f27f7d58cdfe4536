"""What can go wrong with a suspect number."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound


class LineNotFound(NotFound):
    """There is no such number here."""

    code = "line_not_found"


class LevelNotOpen(Conflict):
    """This level is not open on the number now."""

    code = "level_not_open"
    remedy = "Open the number's page: it shows which levels are open and why."


class NumberProtected(InvalidInput):
    """A public service number or a number known to be good is never proposed."""

    code = "number_protected"
    remedy = "Look at the number again; service numbers and hotlines stand on the list of known-good identifiers."


class NotALine(InvalidInput):
    """This is no number that a domestic operator serves."""

    code = "not_a_line"
    remedy = "Give a mainland mobile, machine or fixed number; numbers abroad are blocked by other means (art. 13)."


class NothingInForce(Conflict):
    """Nothing is in force on this number."""

    code = "nothing_in_force"


class LineElsewhere(Conflict):
    """Another area has this number in its queue."""

    code = "line_elsewhere"
    remedy = "Ask the city's centre, which sees both."


class TooManyNumbers(InvalidInput):
    """More numbers than one request takes."""

    code = "too_many_numbers"
    remedy = "Choose fewer numbers."


class NoNumbersChosen(InvalidInput):
    """No number was chosen."""

    code = "no_numbers_chosen"
    remedy = "Tick at least one number."


class LineReasonNeeded(InvalidInput):
    """This step needs a reason of at least four characters."""

    code = "line_reason_needed"
    remedy = "Say why."
