"""What can go wrong at the sharing desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, NotFound


class BriefingNotFound(NotFound):
    """There is no such briefing, or it was not sent to your unit."""

    code = "briefing_not_found"
    remedy = "Choose one from your unit's inbox."


class NothingToSign(Conflict):
    """Your unit has signed for this briefing already, or was not sent it."""

    code = "briefing_nothing_to_sign"
    remedy = "Nothing is left to do."
