"""What a window tells of the events in it: each `Measure` by its kernel.

A measure answers at every query; what it says of an empty window stands beside its name in `Measure`. Null stands for "no such number".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanzha.engine import kernels
from fanzha.engine.features.history import LONGEST_CALL
from fanzha.engine.features.model import Measure
from fanzha.engine.kernels import Ints
from fanzha.engine.windows import SECOND, Gaps, Line, Queries, counts_and_sums, distinct, elapsed, entropy, gaps, microseconds, share

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
CHINA = 8 * HOUR
"""Chinese clocks stand so far before UTC, the whole year."""

NIGHT_BEGINS, NIGHT_ENDS = 22, 6
"""Night, in hours of a Chinese clock: 22:00:00 belongs to it, 06:00:00 does not, as in 噪声污染防治法 (2022) art. 88 (2)."""

ROUND_FEN = 10_000
"""A sum of money is round where it is a positive multiple of so many fen (100 yuan)."""


def at_night(at: Ints) -> Ints:
    """1 for each instant (microseconds since 1970) that lies in a Chinese night, else 0."""
    hour = (at + CHINA) // HOUR % 24
    found: Ints = ((hour >= NIGHT_BEGINS) | (hour < NIGHT_ENDS)).astype(np.int64)
    return found


def is_round(fen: Ints) -> Ints:
    """1 for each round sum of money, else 0."""
    found: Ints = ((fen > 0) & (fen % ROUND_FEN == 0)).astype(np.int64)
    return found


class Measures:
    """All measures of one line's events at one set of queries. What several measures share is worked out once."""

    def __init__(self, queries: Queries, line: Line) -> None:
        self._queries = queries
        self._line = line
        self._sums: dict[timedelta, tuple[Ints, Ints]] = {}
        self._gaps: dict[timedelta, Gaps] = {}

    def find(self, measure: Measure, window: timedelta) -> pl.Series:
        """The measure at each query, in the order of the caller's rows."""
        found = self._queries.spread(_MEASURES[measure](self, window))
        return found.cast(pl.Boolean) if measure is Measure.ONGOING else found

    def count(self, window: timedelta) -> Ints:
        return self._counted(window)[0]

    def total(self, window: timedelta) -> Ints:
        return self._counted(window)[1]

    def distinct(self, window: timedelta) -> Ints:
        return distinct(self._queries, self._line, window)

    def entropy(self, window: timedelta) -> NDArray[Any]:
        return entropy(self._queries, self._line, window)

    def seconds(self, window: timedelta) -> Ints:
        """Whole seconds of the line's calls (value: when each ended) that lie in the window."""
        line, queries = self._line, self._queries
        ended = Line.of(line.key, line.value, line.order, line.party, line.value)
        found: Ints = kernels.overlap(queries.key, queries.at, (line.key, line.at), (ended.key, ended.at), microseconds(window)) // SECOND
        return found

    def ongoing(self, window: timedelta) -> Ints:
        return (self._since_end(window) >= 0).astype(np.int64)

    def minutes_since(self, window: timedelta) -> NDArray[Any]:
        since = self._since_end(window)
        return np.where(since >= 0, since / MINUTE, np.nan)

    def since_last(self, window: timedelta) -> NDArray[Any]:
        return elapsed(self._queries, self._gapped(window).last)

    def since_first(self, window: timedelta) -> NDArray[Any]:
        return elapsed(self._queries, self._gapped(window).first, DAY)

    def gap_mean(self, window: timedelta) -> NDArray[Any]:
        return self._gapped(window).mean()

    def gap_spread(self, window: timedelta) -> NDArray[Any]:
        return self._gapped(window).spread()

    def night_share(self, window: timedelta) -> NDArray[Any]:
        return self._share(at_night(self._line.at), window)

    def round_share(self, window: timedelta) -> NDArray[Any]:
        return self._share(is_round(self._line.value), window)

    def _share(self, flags: Ints, window: timedelta) -> NDArray[Any]:
        counts, sums = counts_and_sums(self._queries, replace(self._line, value=flags), window)
        return share(sums, counts)

    def _counted(self, window: timedelta) -> tuple[Ints, Ints]:
        if window not in self._sums:
            self._sums[window] = counts_and_sums(self._queries, self._line, window)
        return self._sums[window]

    def _gapped(self, window: timedelta) -> Gaps:
        if window not in self._gaps:
            self._gaps[window] = gaps(self._queries, self._line, window)
        return self._gaps[window]

    def _since_end(self, window: timedelta) -> Ints:
        """Microseconds since the latest end (value) of an event, 0 while one runs; -1 where none ended within the window or runs."""
        queries, line, span = self._queries, self._line, microseconds(window)
        reach = span + LONGEST_CALL * SECOND
        ended = kernels.latest_value(queries.key, queries.at, queries.order, line.key, line.at, line.order, line.value, reach)
        since = np.maximum(queries.at - np.maximum(ended, 0), 0)
        return np.where((ended != kernels.NEVER) & (since <= span), since, -1)


_MEASURES: dict[Measure, Callable[[Measures, timedelta], NDArray[Any]]] = {
    Measure.COUNT: Measures.count,
    Measure.SUM: Measures.total,
    Measure.DISTINCT: Measures.distinct,
    Measure.SECONDS: Measures.seconds,
    Measure.MINUTES_SINCE: Measures.minutes_since,
    Measure.ONGOING: Measures.ongoing,
    Measure.ENTROPY: Measures.entropy,
    Measure.SINCE_LAST: Measures.since_last,
    Measure.SINCE_FIRST: Measures.since_first,
    Measure.GAP_MEAN: Measures.gap_mean,
    Measure.GAP_SPREAD: Measures.gap_spread,
    Measure.NIGHT_SHARE: Measures.night_share,
    Measure.ROUND_SHARE: Measures.round_share,
}
