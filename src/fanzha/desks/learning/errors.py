"""What can go wrong at the learning desk."""

from __future__ import annotations

from fanzha.kit.errors import InvalidInput, NotFound


class LabelNotFound(NotFound):
    """There is no such label, or it is not yours to see."""

    code = "label_not_found"
    remedy = "Choose one from the list of labels."


class WrongWindow(InvalidInput):
    """A window needs at least one day, and its end after its beginning."""

    code = "wrong_window"
    remedy = "Give days of which the last is not before the first."
