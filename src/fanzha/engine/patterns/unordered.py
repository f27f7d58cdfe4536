"""Scatter-gather without regard to the order of its legs, as Blanuša et al. define it ("Graph Feature Preprocessor", ICAIF 2024).

For comparison with other tools; the product's features ask that the legs follow one another (`scatter.scatter_gather`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.patterns.counts import add, count_of, new_table, with_room
from fanzha.engine.patterns.graph import Events, Pairs, Window, live, opened, show

WIDEST = 7


class _Partners(NamedTuple):
    """Which places of the two sides tell a living pair: the newest edge of each. `alive`, `out_at` and `in_at` are by pair."""

    out_on: NDArray[np.bool_]
    in_on: NDArray[np.bool_]
    alive: Codes
    out_at: Ints
    in_at: Ints


@compiled
def _retire(pairs: Pairs, row: int, partners: _Partners) -> bool:
    """The edge of the row is too old; whether it was the last of its pair."""
    pair = pairs.pair[row]
    partners.alive[pair] -= 1
    if partners.alive[pair] > 0:
        return False
    partners.out_on[partners.out_at[pair]] = False
    partners.in_on[partners.in_at[pair]] = False
    return True


@compiled
def _enter(events: Events, pairs: Pairs, window: Window, row: int, partners: _Partners) -> bool:
    """The edge of the row is there; whether it is the first of its pair."""
    pair = pairs.pair[row]
    first = partners.alive[pair] == 0
    if not first:
        partners.out_on[partners.out_at[pair]] = False
        partners.in_on[partners.in_at[pair]] = False
    partners.alive[pair] += 1
    partners.out_at[pair] = window.out_head[events.source[row]]
    partners.in_at[pair] = window.in_head[events.target[row]]
    partners.out_on[partners.out_at[pair]] = True
    partners.in_on[partners.in_at[pair]] = True
    show(events, window, row)
    return bool(first)


@compiled
def _change(events: Events, window: Window, row: int, by: int, partners: _Partners, table: Ints, used: Ints, counts: Codes) -> None:
    """By 1 or -1 the pair (a, b) comes to life or dies: a gains or loses b as an intermediary to whom b pays, and who pays a gains or loses a as one to b.

    By 0 nothing changes. The widths from 2 on are added to `counts`.
    """
    a, b = events.source[row], events.target[row]
    accounts = len(events.out.start) - 1
    for place in range(window.in_tail[a], window.in_head[a]):
        s = events.into.other[place]
        if partners.in_on[place] and s != b:
            key = s * accounts + b
            _note(counts, add(table, key, by, used) if by else count_of(table, key))
    for place in range(window.out_tail[b], window.out_head[b]):
        v = events.out.other[place]
        if partners.out_on[place] and v != a:
            key = a * accounts + v
            _note(counts, add(table, key, by, used) if by else count_of(table, key))


@compiled
def _note(counts: Codes, width: int) -> None:
    if width >= 2:
        counts[min(width, WIDEST) - 2] += 1


@compiled
def scatter_gather_any_order(events: Events, pairs: Pairs, window: int) -> Codes:
    """(rows, WIDEST - 1): for each event (a → b) the scatter-gathers of width 2, 3, … and at least `WIDEST` of which it is a leg, first or last.

    Between s and v stand the accounts m with an edge s → m and an edge m → v among the rows so far, this one included, at or after t - `window`
    (microseconds). O(sum of degrees within the window).
    """
    found = np.zeros((len(events.at), WIDEST - 1), np.int32)
    edges, number = len(events.out.other), len(pairs.reverse)
    on = np.zeros((2, edges), np.bool_)
    partners = _Partners(on[0], on[1], np.zeros(number, np.int32), np.zeros(number, np.int64), np.zeros(number, np.int64))
    moving, table, used, nowhere = opened(events), new_table(), np.zeros(1, np.int64), np.zeros(WIDEST - 1, np.int32)
    low = 0
    for row in range(len(events.at)):
        while events.at[low] < events.at[row] - window:
            if events.source[low] >= 0 and _retire(pairs, low, partners):
                _change(events, moving, low, -1, partners, table, used, nowhere)
            low += 1
        if events.source[row] < 0:
            continue
        a, b, bottom = events.source[row], events.target[row], events.rank[low]
        into, out = live(events.into, moving.in_tail, moving.in_head, a, bottom), live(events.out, moving.out_tail, moving.out_head, b, bottom)
        table = with_room(table, moving.in_head[a] - into + moving.out_head[b] - out, used)
        first = _enter(events, pairs, moving, row, partners)
        _change(events, moving, row, 1 if first else 0, partners, table, used, found[row])
    return found
