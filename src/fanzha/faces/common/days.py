"""Days and times as forms and addresses say them."""

from __future__ import annotations

from datetime import date, datetime

from fanzha.kit import clock


def narrowing(text: str) -> date | None:
    """The day of a filter; None for what is no day: it does not narrow."""
    try:
        return clock.day_of(text)
    except ValueError:
        return None


def moment_in_china(text: str) -> datetime:
    """A time without a zone is China's: that is what a browser's field sends. Raises ValueError as `clock.moment_of` does."""
    at = clock.moment_of(text)
    return at if at.tzinfo else at.replace(tzinfo=clock.SHANGHAI)
