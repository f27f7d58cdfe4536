"""Which outlets opened more flagged cards or accounts than their like (倒查), by rates with intervals and not by counts.

Outlets of one group (an operator, a bank) have rates that differ a little anyway: flagged openings are taken as beta-binomial, and the group's two parameters are
fitted by maximum likelihood (empirical Bayes; Casella, The American Statistician 39, 1985). Each outlet's rate is then the beta posterior: small outlets shrink
towards the group, and the 95 % credible interval says how sure it is. The test is against those of the group that do not stand out (else a few bad ones would make
each other look usual): the upper tail of the beta-binomial fitted to them alone, found by repeating fit and test until neither changes, with the share of false
accusations held by Benjamini and Hochberg's step-up procedure (J. R. Statist. Soc. B 57, 1995) over all outlets compared. Wilson's interval (1927) of the plain
rate stands beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_Z = 1.959963984540054
_FEWEST_PEERS = 3
"""A group with fewer outlets to compare with gives no comparison."""
_LOOSEST, _TIGHTEST = 2.0, 1e4
"""Bounds of a + b: how alike the rates of a group may be thought to be."""
_SUSPECT, _ODD = 0.001, 0.05
_ROUNDS = 10


@dataclass(frozen=True)
class Demand:
    """What it takes to be singled out: openings and flagged openings at least, how many times the group's rate the lower bound must exceed, false share."""

    least_opened: int
    least_flagged: int
    times: float
    false_share: float


@dataclass(frozen=True)
class Compared:
    """One value an outlet, in the order given. `rate`, `low`, `high`: posterior mean and 95 % bounds; `wilson_*`: of the plain rate; `usual`: the rate of its
    like; `p`, `q`: tail probability and adjusted; nan where an outlet is not compared."""

    rate: Floats
    low: Floats
    high: Floats
    wilson_low: Floats
    wilson_high: Floats
    usual: Floats
    p: Floats
    q: Floats
    singled_out: Flags


def wilson(flagged: Ints, opened: Ints) -> tuple[Floats, Floats]:
    """95 % bounds of a plain share; (0, 1) where nothing was opened."""
    n = np.maximum(opened, 1).astype(float)
    share = flagged / n
    middle = share + _Z * _Z / (2 * n)
    spread = _Z * np.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    scale = 1 + _Z * _Z / n
    low, high = np.maximum(0.0, (middle - spread) / scale), np.minimum(1.0, (middle + spread) / scale)
    return np.where(opened > 0, np.where(flagged == 0, 0.0, low), 0.0), np.where(opened > 0, np.where(flagged == opened, 1.0, high), 1.0)


def fit(flagged: Ints, opened: Ints) -> tuple[float, float]:
    """(a, b) of the beta distribution of rates, by maximum likelihood; nothing flagged anywhere still leaves a rate above nothing."""
    from scipy.optimize import minimize
    from scipy.special import betaln, expit

    total, found = float(opened.sum()), float(flagged.sum())
    start = (found + 0.5) / (total + 1.0)
    k, n = flagged.astype(float), opened.astype(float)

    def loss(at: Floats) -> float:
        m, s = float(expit(at[0])), math.exp(at[1])
        a, b = max(m * s, 1e-9), max((1 - m) * s, 1e-9)
        return -float(np.sum(betaln(k + a, n - k + b) - betaln(a, b)))

    bounds = [(math.log(start / (1 - start)) - 4, math.log(start / (1 - start)) + 4), (math.log(_LOOSEST), math.log(_TIGHTEST))]
    best = minimize(loss, np.array([math.log(start / (1 - start)), math.log(100.0)]), bounds=bounds, method="L-BFGS-B").x
    m, s = float(expit(best[0])), math.exp(float(best[1]))
    return m * s, (1 - m) * s


def adjusted(p: Floats) -> Floats:
    """Benjamini and Hochberg's q of each p; nan stays nan."""
    q = np.full(len(p), np.nan)
    there = np.flatnonzero(~np.isnan(p))
    order = there[np.argsort(p[there], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1]) if len(order) else scaled
    return q


def compare(group: Ints, opened: Ints, flagged: Ints, demand: Demand) -> Compared:
    """Compare outlets within their groups. `group` numbers the like; 0 ≤ flagged ≤ opened. Outlets with few openings are not compared, but tell of their like."""
    groups = [np.flatnonzero((opened > 0) & (group == one)) for one in np.unique(group)]
    groups = [rows for rows in groups if len(rows) > _FEWEST_PEERS]
    tested = opened >= demand.least_opened
    apart, odd = np.zeros(len(group), dtype=bool), np.zeros(len(group), dtype=bool)
    for rows in groups:
        tail = _plain_tail(flagged[rows], opened[rows])
        odd[rows] = (tail < _ODD) & ~tested[rows]
        apart[rows] = (tail < _SUSPECT) | odd[rows]
    for _ in range(_ROUNDS):
        usual, p = _tails(groups, opened, flagged, apart)
        now = (adjusted(p) <= demand.false_share) | odd
        if (now == apart).all():
            break
        apart = now
    a, b = _priors(groups, opened, flagged)
    a[~tested], b[~tested], usual[~tested], p[~tested] = np.nan, np.nan, np.nan, np.nan
    return _judged(a, b, usual, p, opened, flagged, demand)


def _plain_tail(flagged: Ints, opened: Ints) -> Floats:
    """By a plain binomial against all others: only where to begin, so that the first fit is not spoilt, and which small outlets tell nothing of their like."""
    from scipy.stats import binom

    rest = (flagged.sum() - flagged + 0.5) / (opened.sum() - opened + 1.0)
    return np.asarray(binom.sf(flagged - 1, opened, rest), dtype=np.float64)


def _tails(groups: list[Ints], opened: Ints, flagged: Ints, apart: Flags) -> tuple[Floats, Floats]:
    """The rate of each outlet's like and the upper tail. At least half of a group, those with the lowest rates, always counts as its like."""
    from scipy.stats import betabinom

    usual, p = np.full(len(opened), np.nan), np.full(len(opened), np.nan)
    for rows in groups:
        order = rows[np.argsort(flagged[rows] / opened[rows], kind="stable")]
        like = np.union1d(rows[~apart[rows]], order[: math.ceil(len(order) / 2)])
        a, b = fit(flagged[like], opened[like])
        usual[rows] = a / (a + b)
        p[rows] = betabinom.sf(flagged[rows] - 1, opened[rows], a, b)
    return usual, p


def _priors(groups: list[Ints], opened: Ints, flagged: Ints) -> tuple[Floats, Floats]:
    """What is believed of an outlet's rate before it is looked at: fitted to its whole group, those that stand out included. It weighs no more than the group's
    own openings: from so many nobody knows its rate better, however alike its outlets look."""
    a, b = np.full(len(opened), np.nan), np.full(len(opened), np.nan)
    for rows in groups:
        alpha, beta = fit(flagged[rows], opened[rows])
        weight = min(1.0, float(opened[rows].sum()) / (alpha + beta))
        a[rows], b[rows] = alpha * weight, beta * weight
    return a, b


def _judged(a: Floats, b: Floats, usual: Floats, p: Floats, opened: Ints, flagged: Ints, demand: Demand) -> Compared:
    from scipy.stats import beta

    alpha, rest, q = a + flagged, b + opened - flagged, adjusted(p)
    low, high = beta.ppf(0.025, alpha, rest), beta.ppf(0.975, alpha, rest)
    with np.errstate(invalid="ignore"):
        out = (q <= demand.false_share) & (flagged >= demand.least_flagged) & (low > demand.times * usual)
    return Compared(alpha / (alpha + rest), low, high, *wilson(flagged, opened), usual, p, q, out)
