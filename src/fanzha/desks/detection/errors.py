"""What may go wrong at the detection desk."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound


class FindingNotFound(NotFound):
    """There is no such finding, or it is not in your region."""

    code = "finding_not_found"
    remedy = "Go back to the list of findings."


class RuleNotFound(NotFound):
    """There is no rule of this name."""

    code = "rule_not_found"
    remedy = "Choose one from the list of rules."


class BacktestNotFound(NotFound):
    """There is no such backtest."""

    code = "backtest_not_found"
    remedy = "Choose one from the list of backtests."


class BacktestEnded(Conflict):
    """This backtest has ended already."""

    code = "backtest_ended"


class NoSuchDays(InvalidInput):
    """The event lake holds nothing on these days."""

    code = "no_such_days"
    remedy = "Choose days for which events have been taken in."


class TooManyDays(InvalidInput):
    """A backtest covers 366 days at most."""

    code = "too_many_days"
    remedy = "Choose a shorter range."
