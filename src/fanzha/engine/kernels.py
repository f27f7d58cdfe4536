"""Numba kernels over time lines: arrays sorted by (key, time, order).

One invariant holds in all of them: a query sees the source events of its key that stand strictly before it by (time, order). Of two events with the
same time the one with the smaller order is visible to the other; equal time and order (the event itself, or its twin) are not visible. So nothing
leaks from the future, however many ties there are. A window of length w at time t holds the visible events with time >= t - w.

Times are int64 microseconds, keys and parties non-negative int32 codes, values int64. Compiled on first use and cached on disk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]

NEVER = np.iinfo(np.int64).min
MILLISECOND = 1000
PARTS = 2**30
WEIGHTS = 4096
"""How many weights are looked up rather than worked out."""

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile to machine code that needs no interpreter lock; kept on disk for the next process."""
    return cast("F", njit(cache=True, nogil=True)(function))


def summing(function: F) -> F:
    """As `compiled`, and sums may be added up in any order, many at a time: what comes out is the same up to rounding."""
    return cast("F", njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})(function))


@compiled
def _before(at: int, order: int, other_at: int, other_order: int) -> bool:
    """(at, order) stands strictly before (other_at, other_order)."""
    return at < other_at or (at == other_at and order < other_order)


@compiled
def in_time_order(at: Ints, order: Ints) -> bool:
    """Whether the events already stand by (time, order)."""
    for i in range(1, len(at)):  # noqa: SIM110 - the kernel compiler has no generators
        if _before(at[i], order[i], at[i - 1], order[i - 1]):
            return False
    return True


@compiled
def grouped(key: Codes, keys: int) -> Ints:
    """The places of the events with a key (>= 0) by key, equal keys in the order they stand in. A counting sort: O(events + keys)."""
    ends = np.zeros(keys + 1, np.int64)
    for code in key:
        if code >= 0:
            ends[code + 1] += 1
    for code in range(keys):
        ends[code + 1] += ends[code]
    places = np.empty(ends[keys], np.int64)
    for i in range(len(key)):
        if key[i] >= 0:
            places[ends[key[i]]] = i
            ends[key[i]] += 1
    return places


@compiled
def paired(one: Codes, other: Codes, keys: int) -> Codes:
    """A code for each different pair of codes, numbered by (one, other); -1 where either is below 0. O(events + keys): two counting sorts."""
    by_other = grouped(other, keys)
    both = np.empty(len(by_other), np.int32)
    for i in range(len(by_other)):
        both[i] = one[by_other[i]]
    found = np.full(len(one), -1, np.int32)
    code = -1
    last_one = last_other = -1
    for i in grouped(both, keys):
        place = by_other[i]
        if one[place] != last_one or other[place] != last_other:
            code += 1
            last_one, last_other = one[place], other[place]
        found[place] = code
    return found


@compiled
def _seek(s_key: Codes, s_at: Ints, start: int, key: int, since: int) -> int:
    """The first place from `start` on that does not stand before (key, since), by leaps that double: O(log of the way)."""
    low = high = start
    leap = 1
    while high < len(s_key) and (s_key[high] < key or (s_key[high] == key and s_at[high] < since)):
        low = high + 1
        high += leap
        leap *= 2
    high = min(high, len(s_key))
    while low < high:
        middle = (low + high) // 2
        if s_key[middle] < key or (s_key[middle] == key and s_at[middle] < since):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def window_sums(
    q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, s_value: Ints, window: int
) -> tuple[Ints, Ints]:
    """For each query the number of source events in its window and the sum of their values. O(queries + sources in the windows)."""
    queries, sources = len(q_key), len(s_key)
    counts = np.zeros(queries, np.int64)
    sums = np.zeros(queries, np.int64)
    tail = head = 0
    total = 0
    for i in range(queries):
        key, at, order = q_key[i], q_at[i], q_order[i]
        if i == 0 or key != q_key[i - 1]:
            tail = head = _seek(s_key, s_at, head, key, at - window)
            total = 0
        while head < sources and s_key[head] == key and _before(s_at[head], s_order[head], at, order):
            total += s_value[head]
            head += 1
        while tail < head and s_at[tail] < at - window:
            total -= s_value[tail]
            tail += 1
        counts[i] = head - tail
        sums[i] = total
    return counts, sums


@compiled
def window_distinct(
    q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, s_party: Codes, parties: int, window: int
) -> Ints:
    """For each query the number of different parties in its window; a party below 0 is not counted. `parties` is one more than the largest code."""
    queries, sources = len(q_key), len(s_key)
    found = np.zeros(queries, np.int64)
    held = np.zeros(parties, np.int32)
    tail = head = 0
    distinct = 0
    for i in range(queries):
        key, at, order = q_key[i], q_at[i], q_order[i]
        if i == 0 or key != q_key[i - 1]:
            for j in range(tail, head):
                if s_party[j] >= 0:
                    held[s_party[j]] = 0
            tail = head = _seek(s_key, s_at, head, key, at - window)
            distinct = 0
        while head < sources and s_key[head] == key and _before(s_at[head], s_order[head], at, order):
            party = s_party[head]
            if party >= 0:
                distinct += held[party] == 0
                held[party] += 1
            head += 1
        while tail < head and s_at[tail] < at - window:
            party = s_party[tail]
            if party >= 0:
                held[party] -= 1
                distinct -= held[party] == 0
            tail += 1
        found[i] = distinct
    return found


@compiled
def latest_value(q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, s_value: Ints, reach: int) -> Ints:
    """For each query the largest value among the visible source events, `NEVER` where there is none; one from before t - reach may be left out."""
    queries, sources = len(q_key), len(s_key)
    found = np.full(queries, NEVER, np.int64)
    head = 0
    largest = NEVER
    for i in range(queries):
        key = q_key[i]
        if i == 0 or key != q_key[i - 1]:
            head = _seek(s_key, s_at, head, key, q_at[i] - reach)
            largest = NEVER
        while head < sources and s_key[head] == key and _before(s_at[head], s_order[head], q_at[i], q_order[i]):
            largest = max(largest, s_value[head])
            head += 1
        found[i] = largest
    return found


@compiled
def window_gaps(
    q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, window: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """For each query of the source events in its window: their number, when the first and the last was (`NEVER` where there is none), and the sum of
    the squared gaps from each to the next, in whole milliseconds of the clock. The gaps add up to the window at most, so the squares do not overflow
    in windows up to 35 days.
    """
    queries, sources = len(q_key), len(s_key)
    counts = np.zeros(queries, np.int64)
    first = np.full(queries, NEVER, np.int64)
    last = np.full(queries, NEVER, np.int64)
    squares = np.zeros(queries, np.int64)
    tail = head = 0
    total = 0
    for i in range(queries):
        key, at, order = q_key[i], q_at[i], q_order[i]
        if i == 0 or key != q_key[i - 1]:
            tail = head = _seek(s_key, s_at, head, key, at - window)
            total = 0
        while head < sources and s_key[head] == key and _before(s_at[head], s_order[head], at, order):
            if head > tail:
                total += _squared_gap(s_at[head - 1], s_at[head])
            head += 1
        while tail < head and s_at[tail] < at - window:
            if tail + 1 < head:
                total -= _squared_gap(s_at[tail], s_at[tail + 1])
            tail += 1
        counts[i] = head - tail
        squares[i] = total
        if tail < head:
            first[i] = s_at[tail]
            last[i] = s_at[head - 1]
    return counts, first, last, squares


@compiled
def _squared_gap(one: int, next_one: int) -> int:
    gap = next_one // MILLISECOND - one // MILLISECOND
    return gap * gap


@compiled
def spread_of_gaps(counts: Ints, first: Ints, last: Ints, squares: Ints) -> Floats:
    """The standard deviation (of all gaps, not of a sample; milliseconds) from what `window_gaps` found; not a number under three events.

    With n gaps of sum s = m n + r the squares about m are an exact whole number, so no digits cancel.
    """
    found = np.full(len(counts), np.nan, np.float64)
    for i in range(len(counts)):
        gaps = counts[i] - 1
        if gaps < 2:
            continue
        whole = last[i] // MILLISECOND - first[i] // MILLISECOND
        middle = whole // gaps
        about = squares[i] - middle * (2 * whole - gaps * middle)
        rest = (whole - middle * gaps) / gaps
        found[i] = math.sqrt(max(about / gaps - rest * rest, 0.0))
    return found


@compiled
def _weight(number: int) -> int:
    """number * log2(number) as a whole number of 2^-30 bits, so that sums do not depend on the order in which events come and go."""
    return round(number * math.log2(number) * PARTS) if number > 1 else 0


@compiled
def window_entropy(
    q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, s_party: Codes, parties: int, window: int
) -> Floats:
    """For each query Shannon's entropy (bits) of the parties of the events in its window; a party below 0 is not counted, not a number without any.

    With c events of each party and n in all it is log2 n - (sum of c log2 c) / n; the sum is kept in whole numbers (`_weight`), exact to 2^-31 bit a
    party. Source: C. E. Shannon, A Mathematical Theory of Communication, 1948.
    """
    queries, sources = len(q_key), len(s_key)
    found = np.full(queries, np.nan, np.float64)
    weights = np.array([_weight(number) for number in range(WEIGHTS)], np.int64)
    held = np.zeros(parties, np.int32)
    tail = head = 0
    known = total = 0
    for i in range(queries):
        key, at, order = q_key[i], q_at[i], q_order[i]
        if i == 0 or key != q_key[i - 1]:
            for j in range(tail, head):
                if s_party[j] >= 0:
                    held[s_party[j]] = 0
            tail = head = _seek(s_key, s_at, head, key, at - window)
            known = total = 0
        while head < sources and s_key[head] == key and _before(s_at[head], s_order[head], at, order):
            party = s_party[head]
            if party >= 0:
                held[party] += 1
                total += _step(weights, held[party])
                known += 1
            head += 1
        while tail < head and s_at[tail] < at - window:
            party = s_party[tail]
            if party >= 0:
                total -= _step(weights, held[party])
                held[party] -= 1
                known -= 1
            tail += 1
        if known > 0:
            found[i] = entropy(known, total)
    return found


@compiled
def _step(weights: Ints, number: int) -> int:
    """What the weights' sum grows by when a party is seen for the `number`-th time."""
    if number < len(weights):
        return int(weights[number] - weights[number - 1])
    return _weight(number) - _weight(number - 1)


@compiled
def entropy(known: int, total: int) -> float:
    """The entropy of `known` events whose parties' `_weight`s sum to `total`."""
    if total == _weight(known):  # all of one party: exactly nothing, whatever the rounding
        return 0.0
    return math.log2(known) - total / (known * PARTS)


@compiled
def elapsed_since(q_key: Codes, q_at: Ints, p_key: Codes, p_at: Ints, shift: int) -> Ints:
    """For each query the sum over its key's points p < t - shift of (t - shift - p). Points sorted by (key, at).

    The time that intervals [start, end] share with [t - w, t] is
    elapsed(starts, 0) - elapsed(ends, 0) - elapsed(starts, w) + elapsed(ends, w): a point at t itself adds nothing, so ties cannot leak.
    """
    queries, points = len(q_key), len(p_key)
    found = np.zeros(queries, np.int64)
    head = 0
    number = total = 0
    for i in range(queries):
        key, at = q_key[i], q_at[i] - shift
        if i == 0 or key != q_key[i - 1]:
            head = _seek(p_key, p_at, head, key, NEVER)
            number = total = 0
        while head < points and p_key[head] == key and p_at[head] < at:
            number += 1
            total += p_at[head] - at  # relative to this query; moved with `at` below
            head += 1
        found[i] = -total
        if i + 1 < queries and q_key[i + 1] == key:
            total -= number * (q_at[i + 1] - q_at[i])
    return found


def overlap(q_key: Codes, q_at: Ints, starts: tuple[Codes, Ints], ends: tuple[Codes, Ints], window: int) -> Ints:
    """For each query the time its key's intervals share with [t - window, t], overlapping intervals counted each. `ends` is sorted on its own."""
    now = elapsed_since(q_key, q_at, *starts, 0) - elapsed_since(q_key, q_at, *ends, 0)
    then = elapsed_since(q_key, q_at, *starts, window) - elapsed_since(q_key, q_at, *ends, window)
    return now - then
