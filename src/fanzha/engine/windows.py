"""Exact window features: how many, how much and with how many different others in the last hour, day and week before each event.

A window ends strictly before the event it describes; events are ordered by (time, order) as `engine.kernels` states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanzha.engine import fused, kernels
from fanzha.engine.kernels import Codes, Floats, Ints
from fanzha.engine.numbers import Numbers

WINDOWS: dict[str, timedelta] = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}

SECOND = 1_000_000
NO_CODE = -1
SHARE = 250_000
"""Fewer queries than this are not worth a thread of their own."""


def microseconds(span: timedelta) -> int:
    """The span in whole microseconds."""
    return span // timedelta(microseconds=1)


def codes_of(values: pl.Series) -> Codes:
    """A number from 0 for each different value, -1 for null. The numbers mean nothing beyond equality within this call."""
    return Numbers().codes(values)


@dataclass(frozen=True)
class Line:
    """Source events of one kind as arrays sorted by (key, at, order); events without a key are left out."""

    key: Codes
    at: Ints
    order: Ints
    party: Codes
    value: Ints

    @staticmethod
    def of(key: Codes, at: Ints, order: Ints, party: Codes, value: Ints) -> Line:
        """Sort the arrays (one entry an event, any order) into a line."""
        place = sorted_places(key, at, order)
        sorted_key, sorted_at, sorted_order, sorted_party, sorted_value = taken(place, key, at, order, party, value)
        return Line(sorted_key, sorted_at, sorted_order, sorted_party, sorted_value)

    def where(self, mask: np.ndarray) -> Line:
        """The events for which the mask holds; still sorted."""
        return Line(self.key[mask], self.at[mask], self.order[mask], self.party[mask], self.value[mask])


@dataclass(frozen=True)
class Queries:
    """The events to describe, sorted by (key, at, order). `place` is where each stands in the caller's rows; rows without a key are left out."""

    key: Codes
    at: Ints
    order: Ints
    place: Ints
    rows: int

    @staticmethod
    def of(key: Codes, at: Ints, order: Ints) -> Queries:
        place = sorted_places(key, at, order)
        sorted_key, sorted_at, sorted_order = taken(place, key, at, order)
        return Queries(sorted_key, sorted_at, sorted_order, place, len(key))

    def spread(self, values: NDArray[Any]) -> pl.Series:
        """Values of the sorted queries back in the caller's order; null for rows without a key and where a value is not a number."""
        found = np.zeros(self.rows, values.dtype)
        found[self.place] = values
        if len(self.place) == self.rows:
            return pl.Series(values=found, nan_to_null=True)
        known = np.zeros(self.rows, np.bool_)
        known[self.place] = True
        frame = pl.DataFrame([pl.Series("found", found, nan_to_null=True), pl.Series("known", known)])
        return frame.select(pl.when("known").then("found").alias("found")).to_series()

    def shares(self) -> list[Queries]:
        """The queries cut into as many runs as there are threads to answer them; few queries stay together."""
        number = max(1, min(pl.thread_pool_size(), len(self.key) // SHARE))
        ends = [len(self.key) * each // number for each in range(number + 1)]
        cuts = [slice(low, high) for low, high in pairwise(ends)]
        return [Queries(self.key[cut], self.at[cut], self.order[cut], self.place[cut], self.rows) for cut in cuts]


def taken(place: Ints, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
    """The arrays in the order of `place`; large ones on every core."""
    if len(place) < SHARE:
        return [array[place] for array in arrays]
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        return list(threads.map(lambda array: np.take(array, place), arrays))


def answered(queries: Queries, answer: Callable[[Queries], tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    """The kernel's answers to all queries, worked out on every core: a kernel holds no interpreter lock and a query needs no other's answer."""
    shares = queries.shares()
    if len(shares) == 1:
        return answer(queries)
    with ThreadPoolExecutor(len(shares)) as threads:
        parts = list(threads.map(answer, shares))
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def sorted_places(key: Codes, at: Ints, order: Ints) -> Ints:
    """The places of the events that have a key, sorted by (key, at, order). Linear where the events already stand in the order of time."""
    keys = int(key.max(initial=NO_CODE)) + 1
    if kernels.in_time_order(at, order):
        return kernels.grouped(key, keys)
    by_time = _rows_in_time_order(at, order)
    found: Ints = by_time[kernels.grouped(key[by_time], keys)]
    return found


def counts_and_sums(queries: Queries, line: Line, window: timedelta) -> tuple[Ints, Ints]:
    """Events, and the sum of their values, in the window before each query."""
    span = microseconds(window)
    counts, sums = answered(
        queries, lambda asked: kernels.window_sums(asked.key, asked.at, asked.order, line.key, line.at, line.order, line.value, span)
    )
    return counts, sums


def distinct(queries: Queries, line: Line, window: timedelta) -> Ints:
    """Different parties in the window before each query."""
    parties, span = int(line.party.max(initial=NO_CODE)) + 1, microseconds(window)
    (found,) = answered(
        queries,
        lambda asked: (
            kernels.window_distinct(asked.key, asked.at, asked.order, line.key, line.at, line.order, line.party, parties, span),
        ),
    )
    return found


def entropy(queries: Queries, line: Line, window: timedelta) -> Floats:
    """Entropy (bits) of the parties in the window before each query; not a number where no event names its party."""
    parties, span = int(line.party.max(initial=NO_CODE)) + 1, microseconds(window)
    (found,) = answered(
        queries,
        lambda asked: (
            kernels.window_entropy(asked.key, asked.at, asked.order, line.key, line.at, line.order, line.party, parties, span),
        ),
    )
    return found


@dataclass(frozen=True)
class Gaps:
    """When the events in a window came. `first` and `last` are `NEVER` where there is none; `squares` as `kernels.window_gaps` says."""

    counts: Ints
    first: Ints
    last: Ints
    squares: Ints

    def mean(self) -> Floats:
        """Mean time from one event to the next (s); not a number under two events."""
        gaps = np.maximum(self.counts - 1, 1)
        return np.where(self.counts > 1, (self.last - self.first) / gaps / SECOND, np.nan)

    def spread(self) -> Floats:
        """Standard deviation of the times from one event to the next (s, to the millisecond); not a number under three events."""
        found: Floats = kernels.spread_of_gaps(self.counts, self.first, self.last, self.squares) / 1000
        return found


def gaps(queries: Queries, line: Line, window: timedelta) -> Gaps:
    """When the events in the window before each query came."""
    span = microseconds(window)
    return Gaps(
        *answered(queries, lambda asked: kernels.window_gaps(asked.key, asked.at, asked.order, line.key, line.at, line.order, span))
    )


def elapsed(queries: Queries, since: Ints, unit: int = SECOND) -> Floats:
    """Time from each instant to its query in units of so many microseconds; not a number where the instant is `NEVER`."""
    known = since != kernels.NEVER
    return np.where(known, (queries.at - np.where(known, since, 0)) / unit, np.nan)


def share(part: Ints, whole: Ints) -> Floats:
    """part / whole; not a number where the whole is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def window_features(
    events: pl.DataFrame,
    key: str,
    counterparty: str,
    at: str = "at",
    order: str = "event_key",
    amount: str | None = None,
    windows: Mapping[str, timedelta] = WINDOWS,
) -> pl.DataFrame:
    """For each event, over its key's earlier events: `count_<w>`, `sum_<w>` (of `amount`, where given) and `distinct_<w>` (counterparties).

    Rows answer in the order of `events`. `at` is an instant, `order` an integer that decides between equal instants. A null amount counts as 0, a
    null counterparty is not counted, and an event without a key has null features.
    """
    moments: Ints = events[at].cast(pl.Datetime("us", "UTC")).cast(pl.Int64).to_numpy()
    places: Ints = events[order].cast(pl.Int64).to_numpy()
    keys, parties = codes_of(events[key]), codes_of(events[counterparty])
    amounts: Ints = events[amount].cast(pl.Int64).fill_null(0).to_numpy() if amount else np.zeros(events.height, np.int64)
    found = _own_windows(keys, moments, places, parties, amounts, np.array([microseconds(span) for span in windows.values()], np.int64))
    known = pl.Series(values=keys >= 0)
    columns: dict[str, pl.Series] = {}
    for number, name in enumerate(windows):
        counts, sums, different = (fused.room(events.height) for _ in range(3))
        fused.split(found, number, counts, sums, different)
        columns |= {f"count_{name}": pl.Series(values=counts)} | ({f"sum_{name}": pl.Series(values=sums)} if amount else {})
        columns[f"distinct_{name}"] = pl.Series(values=different)
    frame = pl.DataFrame(columns)
    return frame if known.all() else frame.with_columns(pl.when(known).then(pl.all()))


def _own_windows(key: Codes, at: Ints, order: Ints, party: Codes, value: Ints, spans: Ints) -> Ints:
    """What `fused.own_windows` finds, one row an event; every core takes its share of the keys."""
    keys, parties = int(key.max(initial=NO_CODE)) + 1, int(party.max(initial=NO_CODE)) + 1
    start = fused.begins(key, keys)
    records = fused.room(int(start[-1]), fused.FIELDS)
    fused.put_records(_rows_in_time_order(at, order), key, at, order, party, value, start, records)
    found = fused.room(len(key), 2 * len(spans))
    number = max(1, min(pl.thread_pool_size(), len(key) // SHARE))
    ends = [int(end) for end in np.searchsorted(start, [start[-1] * each // number for each in range(1, number)])]
    cuts = list(pairwise([0, *ends, keys]))
    with ThreadPoolExecutor(number) as threads:
        list(threads.map(lambda cut: fused.own_windows(records, start, cut[0], cut[1], parties, spans, found), cuts))
    return found


def _rows_in_time_order(at: Ints, order: Ints) -> Ints:
    if kernels.in_time_order(at, order):
        return np.arange(len(at))
    frame = pl.DataFrame({"at": at, "order": order})
    found: Ints = frame.select(pl.arg_sort_by("at", "order").cast(pl.Int64)).to_series().to_numpy()
    return found
