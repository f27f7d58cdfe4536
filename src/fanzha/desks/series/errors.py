"""What can go wrong at the series desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, Forbidden, InvalidInput, NotFound


class SeriesNotFound(NotFound):
    """There is no such series, or none of its cases is in your area."""

    code = "series_not_found"
    remedy = "Choose one from the list of series."


class NotYoursAlone(Forbidden):
    """This series has cases outside your area, so you cannot decide about it."""

    code = "series_not_yours_alone"
    remedy = "Ask the centre whose area holds all of its cases."


class WrongStep(Conflict):
    """A series in this state cannot take this step."""

    code = "series_wrong_step"
    remedy = "Open the series again to see what may be done."


class CasesNeeded(InvalidInput):
    """Choose at least one case of the series, and leave at least one in it."""

    code = "series_cases_needed"
    remedy = "Choose the cases in the table; all of them belong to a rejection."


class OtherSeriesNeeded(InvalidInput):
    """Name another series that may be merged into this one."""

    code = "other_series_needed"
    remedy = "Give the number of a series that is proposed or accepted and whose cases you may all see."


class ReasonNeeded(InvalidInput):
    """This step needs a reason of at least four characters."""

    code = "series_reason_needed"
    remedy = "Say why."


class PurposeNeeded(InvalidInput):
    """Say for what purpose you read the common script."""

    code = "series_purpose_needed"
    remedy = "Write at least four characters; they go into the audit log."
