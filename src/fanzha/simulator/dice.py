"""Seeded chance. Every part of the city draws from a stream of its own name, so a change in one part leaves the others as they were."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY = 86_400
HOUR = 3_600

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def dice(seed: int, part: str) -> np.random.Generator:
    """The stream of one part of the city."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def pick(rng: np.random.Generator, weights: Sequence[float] | NDArray[Any], count: int) -> Ints:
    """`count` indices drawn with these weights, shape (count,)."""
    steps = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn: Ints = np.searchsorted(steps, rng.random(count) * steps[-1], side="right").astype(np.int64).clip(0, len(steps) - 1)
    return drawn


def around(rng: np.random.Generator, count: int, median: float, spread: float, low: float, high: float) -> Ints:
    """Log-normal whole numbers with this median, cut at both ends, shape (count,)."""
    return np.exp(rng.normal(np.log(median), spread, count)).clip(low, high).astype(np.int64)


def whole_yuan(fen: Ints, step: int = 100) -> Ints:
    """Amounts rounded down to a multiple of `step` fen, at least one step."""
    return np.maximum(fen // step, 1) * step


def moments(rng: np.random.Generator, count: int, weekdays: NDArray[Any], hours: Sequence[float], weekend: float = 1.0) -> Ints:
    """`count` moments in seconds from the first midnight, by an hour-of-day profile and a weight for Saturday and Sunday, shape (count,)."""
    day = pick(rng, np.where(weekdays >= 5, weekend, 1.0), count)
    hour = pick(rng, hours, count)
    return day * DAY + hour * HOUR + rng.integers(0, HOUR, count)


def shares(rng: np.random.Generator, totals: Ints, parts: int) -> Ints:
    """Each total cut into `parts` whole numbers that sum to it exactly, shape (len(totals), parts)."""
    weights = rng.uniform(0.5, 1.5, (len(totals), parts))
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    upto = np.floor(edges * totals[:, None]).astype(np.int64)
    upto[:, -1] = totals
    parted: Ints = np.diff(upto, axis=1, prepend=0)
    return parted


def apportion(total: int, weights: Sequence[float]) -> Ints:
    """`total` things dealt out by weight with the largest remainders, shape (len(weights),)."""
    exact = np.asarray(weights) / np.sum(weights) * total
    whole: Ints = np.floor(exact).astype(np.int64)
    for index in np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]:
        whole[index] += 1
    return whole
