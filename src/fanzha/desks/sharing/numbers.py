"""Numbers of the sharing desk that a city may change."""

from __future__ import annotations

from datetime import date

from fanzha.store import dated

_FROM = date(2022, 12, 1)


def _number(key: str, value: float, unit: str, meaning: str) -> dated.DatedNumber:
    return dated.DatedNumber(f"sharing.{key}", value, unit, meaning, "GK", _FROM)


dated.register(
    _number("rising_reports", 3, "reports", "A fraud type is rising from so many reports in the period on"),
    _number("rising_share", 0.5, "share", "and where it has grown by this share of what is usual"),
    _number("rising_error", 0.01, "probability", "and where so many would come with at most this probability if nothing had changed"),
    _number("remind_hours", 24, "hours", "A unit that has not signed for a briefing, or not read a notice of a withdrawal, is reminded after so many hours, each time"),
    _number("remind_most", 3, "times", "and so many times at most; then the office and the police see it as overdue"),
    _number("hot_reports", 2, "reports", "An identifier is hot from so many reports in the period on"),
    _number("hot_most", 30, "identifiers", "So many identifiers stand in a briefing at most"),
    _number("briefing_hour", 7, "hour", "The hour of the day in China from which on the briefing is made"),
)


class Numbers(dated.Numbers):
    prefix = "sharing"
