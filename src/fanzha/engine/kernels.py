"""Numba kernels over time lines: arrays sorted by (key, time, order).

One invariant holds in all of them: a query sees the source events of its key that stand strictly before it by (time, order). Of two events with the
same time the one with the smaller order is visible to the other; equal time and order (the event itself, or its twin) are not visible. So nothing
leaks from the future, however many ties there are. A window of length w at time t holds the visible events with time >= t - w.

Times are int64 microseconds, keys and parties non-negative int32 codes, values int64. Compiled on first use and cached on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]

NEVER = np.iinfo(np.int64).min

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile to machine code that needs no interpreter lock; kept on disk for the next process."""
    return cast("F", njit(cache=True, nogil=True)(function))


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
def window_sums(
    q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, s_value: Ints, window: int
) -> tuple[Ints, Ints]:
    """For each query the number of source events in its window and the sum of their values. O(queries + sources)."""
    queries, sources = len(q_key), len(s_key)
    counts = np.zeros(queries, np.int64)
    sums = np.zeros(queries, np.int64)
    tail = head = 0
    total = 0
    for i in range(queries):
        key, at, order = q_key[i], q_at[i], q_order[i]
        if i == 0 or key != q_key[i - 1]:
            while head < sources and s_key[head] < key:
                head += 1
            tail, total = head, 0
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
            while head < sources and s_key[head] < key:
                head += 1
            tail, distinct = head, 0
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
def latest_value(q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, s_value: Ints) -> Ints:
    """For each query the largest value among the visible source events, `NEVER` where there is none."""
    queries, sources = len(q_key), len(s_key)
    found = np.full(queries, NEVER, np.int64)
    head = 0
    largest = NEVER
    for i in range(queries):
        key = q_key[i]
        if i == 0 or key != q_key[i - 1]:
            while head < sources and s_key[head] < key:
                head += 1
            largest = NEVER
        while head < sources and s_key[head] == key and _before(s_at[head], s_order[head], q_at[i], q_order[i]):
            largest = max(largest, s_value[head])
            head += 1
        found[i] = largest
    return found


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
            while head < points and p_key[head] < key:
                head += 1
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
