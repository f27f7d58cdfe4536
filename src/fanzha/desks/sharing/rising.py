"""Whether reports of a fraud type have risen: the conditional test of two Poisson rates. Pure.

Under no change each of the reports of the period and its baseline falls into the period with probability 1 ÷ (1 + periods of the baseline), so their number is
binomial (Przyborowski and Wilenski, Biometrika 31, 1940). A percentage of tiny counts says nothing: three after one is a rise of 200 % and happens every week.
"""

from __future__ import annotations

from math import comb


def chance_of(reports: int, before: int, periods: int) -> float:
    """The probability of at least so many reports in a period, after `before` in the `periods` of the same length before it, if nothing has changed.

    1 where there is no baseline (`periods` 0): nothing can be said then.
    """
    if periods <= 0:
        return 1.0
    total, share = reports + before, 1 / (1 + periods)
    return min(1.0, sum(comb(total, count) * share**count * (1 - share) ** (total - count) for count in range(reports, total + 1)))


def is_rising(reports: int, before: int, periods: int, *, least: float, growth: float, error: float) -> bool:
    """At least so many reports, so much more than usual, and rarer than `error` if nothing had changed."""
    usual = before / periods if periods else 0.0
    return reports >= least and reports >= usual * (1 + growth) and chance_of(reports, before, periods) <= error
