"""Money that does not stay: what an account received goes out again soon, nearly to the fen (快进快出).

The sign that Chinese anti-money-laundering practice names first for through accounts (过渡账户): funds in and out within a short time, the sums close to
each other (Measures for the administration of large-value and suspicious transaction reports of financial institutions, PBC order 3 of 2016).
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Ints, compiled
from fanzha.engine.patterns.graph import Events, advance, live, opened

TOLERANCE_PERCENT = 10
MOST_LEGS = 1_000
NOT_PASSED = -1


@compiled
def _stretch(events: Events, receipts: tuple[int, int], payments: tuple[int, int], amount: int, percent: int) -> int:
    """The rank at which the shortest matching stretch begins, -1 for none. The pairs are places (low, high) in `into` and `out`."""
    incoming, outgoing = receipts[1] - 1, payments[1] - 1
    received, paid = 0, amount
    while incoming >= receipts[0]:
        rank = events.into.rank[incoming]
        while outgoing >= payments[0] and events.out.rank[outgoing] >= rank:
            paid += events.amount[events.out.row[outgoing]]
            outgoing -= 1
        while incoming >= receipts[0] and events.into.rank[incoming] == rank:
            received += events.amount[events.into.row[incoming]]
            incoming -= 1
        if received > 0 and abs(received - paid) * 100 <= percent * received:
            return int(rank)
    return -1


@compiled
def pass_through(events: Events, window: int, percent: int, most: int, first: int, last: int) -> Ints:
    """For the rows from `first` to before `last`, the event (u → v) as the last payment out of u: how long (microseconds) what u received stayed.

    A stretch begins with a receipt of u strictly before the event and at or after t - `window` (microseconds) and ends with the event; it holds all of
    u's receipts and payments between, by (time, order). It passes where what went out, the event included, is within `percent` of what came in. Told is
    t less the beginning of the shortest such stretch, `NOT_PASSED` for none. Looked through are u's latest `most` receipts and payments each.
    O(legs of u) an event.
    """
    found = np.full(last - first, NOT_PASSED, np.int64)
    moving = opened(events)
    begins = np.zeros(len(events.at) + 1, np.int64)
    for row in range(len(events.at)):
        begins[events.rank[row]] = events.at[row]
    shown = low = 0
    for row in range(last):
        shown, low = advance(events, moving, row, window, shown, low)
        if row < first or events.source[row] < 0:
            continue
        u, bottom = events.source[row], events.rank[low]
        in_low = max(live(events.into, moving.in_tail, moving.in_head, u, bottom), moving.in_head[u] - most)
        out_low = max(live(events.out, moving.out_tail, moving.out_head, u, bottom), moving.out_head[u] - most)
        receipts, payments = (in_low, moving.in_head[u]), (out_low, moving.out_head[u])
        rank = _stretch(events, receipts, payments, events.amount[row], percent)
        if rank >= 0:
            found[row - first] = events.at[row] - begins[rank]
    return found
