"""Has what a detector reads, or what it says, moved away from what it was made on? Population stability index over bins.

PSI = Σ (aᵢ − eᵢ) · ln(aᵢ / eᵢ) over the shares eᵢ of the reference and aᵢ of the present in bin i (Siddiqi, Credit Risk Scorecards, 2006): symmetric, never
negative, 0 where both are equal. A share of nothing counts as half a row, so that an empty bin neither divides by zero nor hides.

Without any drift PSI is not 0 but about (B − 1)(1/n + 1/m) for B bins and n and m rows, and n·m/(n + m) · PSI is nearly chi-square with B − 1 degrees of
freedom (Yurdakul, Statistical Properties of Population Stability Index, 2018). `noise` is the 95 % point of that: an index below it says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

BINS = 10
"""Bins of a reference that has enough different values."""
MOST_CATEGORIES = 30
OTHERS = "…"
"""The bin of the categories that the reference does not name."""
MISSING = "null"
_HALF = 0.5
_NORMAL_95 = 1.6448536269514722
_CHI_SQUARE_95 = 3.841458820694124


class State(StrEnum):
    """What an index says, by the two thresholds. `FEW`: above one of them, and no more than chance makes of so few rows."""

    CALM = "calm"
    WATCH = "watch"
    ALARM = "alarm"
    FEW = "few"


@dataclass(frozen=True)
class Histogram:
    """Rows by bin. Of numbers: `edges` e₁ < … < eₖ make k + 1 bins (−∞, e₁), [e₁, e₂), …, [eₖ, ∞); of words: `categories` make one bin each and one
    for all others. `counts` has those bins in order and, last, the missing values.

    Raises:
        ValueError: edges that do not rise, or another number of counts than of bins.
    """

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        bins = (len(self.edges) if self.categories is None else len(self.categories)) + 2
        if len(self.counts) != bins or min(self.counts, default=0) < 0:
            msg = f"{bins} counts, none negative, are needed; there are {len(self.counts)}"
            raise ValueError(msg)
        if any(not first < second for first, second in pairwise(self.edges)):
            msg = "the edges of a histogram must rise"
            raise ValueError(msg)

    @property
    def rows(self) -> int:
        return sum(self.counts)

    @property
    def labels(self) -> tuple[str, ...]:
        """The bins' names, in the order of the counts."""
        if self.categories is not None:
            return (*self.categories, OTHERS, MISSING)
        shown = [f"{edge:.6g}" for edge in self.edges]
        between = [f"[{low}, {high})" for low, high in pairwise(shown)]
        return (f"< {shown[0]}", *between, f"≥ {shown[-1]}", MISSING) if shown else ("all", MISSING)

    def as_json(self) -> dict[str, Any]:
        return {"edges": list(self.edges), "categories": list(self.categories) if self.categories is not None else None, "counts": list(self.counts)}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Histogram:
        """Raises ValueError: no histogram."""
        categories = document.get("categories")
        return Histogram(
            tuple(int(count) for count in document["counts"]), tuple(float(edge) for edge in document.get("edges") or ()),
            tuple(str(name) for name in categories) if categories is not None else None,
        )  # fmt: skip


@dataclass(frozen=True)
class Bin:
    """One bin of a comparison: shares of the rows, and what it adds to the index."""

    label: str
    reference: float
    present: float
    part: float


@dataclass(frozen=True)
class Drift:
    """A comparison. `noise`: what chance alone exceeds once in twenty times with so many rows."""

    psi: float
    noise: float
    rows_reference: int
    rows_present: int
    bins: tuple[Bin, ...]

    def state(self, watch: float, alarm: float) -> State:
        """By the thresholds (customary: 0.1 and 0.25); an index within the noise is no alarm, however high."""
        if self.psi < watch:
            return State.CALM
        if self.psi <= self.noise:
            return State.FEW
        return State.ALARM if self.psi >= alarm else State.WATCH


def reference(values: pl.Series, bins: int = BINS) -> Histogram:
    """The histogram of the reference: numbers and truth values by quantiles of the values that are there, words by their frequency.

    A value that alone holds more than a bin's share gets its own edge, so a feature that is mostly 0 still shows when it no longer is.
    """
    if values.dtype in (pl.String, pl.Categorical, pl.Enum):
        found = values.cast(pl.String).drop_nulls().value_counts(sort=False, name="rows").sort(["rows", values.name or ""], descending=[True, False])
        return count(values, Histogram((0,) * (min(found.height, MOST_CATEGORIES) + 2), (), tuple(found.to_series(0).head(MOST_CATEGORIES))))
    return count(values, _empty(_edges(_numbers(values), bins)))


def count(values: pl.Series, like: Histogram) -> Histogram:
    """The values in the bins of another histogram. What is not a finite number counts as missing."""
    if like.categories is not None:
        places = {name: place for place, name in enumerate(like.categories)}
        counts = [0] * len(like.counts)
        for name, rows in values.cast(pl.String).value_counts(sort=False, name="rows").iter_rows():
            counts[len(counts) - 1 if name is None else places.get(name, len(places))] += rows
        return Histogram(tuple(counts), (), like.categories)
    present = _numbers(values)
    placed = np.searchsorted(np.asarray(like.edges), present, side="right")
    counts = np.bincount(placed, minlength=len(like.edges) + 1).tolist()
    return Histogram((*counts, len(values) - len(present)), like.edges)


def compare(expected: Histogram, actual: Histogram) -> Drift:
    """How far the present (`actual`) lies from the reference (`expected`).

    Raises:
        ValueError: their bins differ, or one of them is empty.
    """
    if (expected.edges, expected.categories) != (actual.edges, actual.categories):
        msg = "the two histograms have different bins"
        raise ValueError(msg)
    if not expected.rows or not actual.rows:
        msg = "an empty histogram cannot be compared"
        raise ValueError(msg)
    used = [place for place, pair in enumerate(zip(expected.counts, actual.counts, strict=True)) if any(pair)]
    bins = tuple(_bin(expected.labels[place], expected.counts[place], expected.rows, actual.counts[place], actual.rows) for place in used)
    return Drift(math.fsum(each.part for each in bins), _noise(len(used), expected.rows, actual.rows), expected.rows, actual.rows, bins)


def compare_rates(expected: tuple[int, int], actual: tuple[int, int], label: str) -> Drift | None:
    """How far a rare event's rate moved: (hits, rows) of the reference and of the present; None where neither has a hit.

    The plain index of hit or no hit is Δ · ln(a/e) with Δ = a − e, which never reaches a threshold while a and e are thousandths. It is therefore told in
    parts of the mean rate, Δ / ((a + e) / 2) · ln(a/e): of the hits alone, whatever share of all rows they are. 0.1 is a rate that rose or fell by about a
    third, 0.25 by about two thirds. Near a = e it is ln²(a/e), whose variance for counts is 1/hits each, hence the noise: 3.84 (χ², one degree of freedom,
    95 %) times the sum of both. No hits count as half a hit.

    Raises:
        ValueError: no rows.
    """
    if not expected[1] or not actual[1]:
        msg = "a rate of nothing cannot be compared"
        raise ValueError(msg)
    if not expected[0] and not actual[0]:
        return None
    hits, hits_now = max(expected[0], _HALF), max(actual[0], _HALF)
    rate, rate_now = hits / expected[1], hits_now / actual[1]
    index = (rate_now - rate) / ((rate_now + rate) / 2) * math.log(rate_now / rate)
    part = Bin(label, expected[0] / expected[1], actual[0] / actual[1], index)
    return Drift(index, _CHI_SQUARE_95 * (1 / hits + 1 / hits_now), expected[1], actual[1], (part,))


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """The index of two rows of counts over the same bins. Raises ValueError as `compare`."""
    names = tuple(str(place) for place in range(len(expected) - 2))
    return compare(Histogram(tuple(expected), (), names), Histogram(tuple(actual), (), names)).psi


def _bin(label: str, expected: int, expected_rows: int, actual: int, actual_rows: int) -> Bin:
    share, other = max(expected, _HALF) / expected_rows, max(actual, _HALF) / actual_rows
    return Bin(label, expected / expected_rows, actual / actual_rows, (other - share) * math.log(other / share))


def _noise(bins: int, expected_rows: int, actual_rows: int) -> float:
    """The 95 % point of chi-square (Wilson and Hilferty, 1931) by the harmonic size of the two samples; 0 where there is one bin."""
    free = bins - 1
    if free < 1:
        return 0.0
    spread = 2 / (9 * free)
    return free * (1 - spread + _NORMAL_95 * math.sqrt(spread)) ** 3 * (1 / expected_rows + 1 / actual_rows)


def _empty(edges: tuple[float, ...]) -> Histogram:
    return Histogram((0,) * (len(edges) + 2), edges)


def _numbers(values: pl.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What is there, as numbers."""
    found: np.ndarray[Any, np.dtype[np.float64]] = values.cast(pl.Float64).drop_nulls().to_numpy()
    finite: np.ndarray[Any, np.dtype[np.float64]] = found[np.isfinite(found)]
    return finite


def _edges(present: np.ndarray[Any, np.dtype[np.float64]], bins: int) -> tuple[float, ...]:
    """Rising edges: the quantiles, and the value after each one that fills a whole bin, so that the two are told apart."""
    if not len(present):
        return ()
    quantiles = np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1], method="higher")
    repeated = {float(value) for value, times in zip(*np.unique(quantiles, return_counts=True), strict=True) if times > 1}
    after = {float(present[present > value].min()) for value in repeated if (present > value).any()}
    least = float(present.min())
    return tuple(sorted({float(value) for value in quantiles if value > least} | after))
