"""Kernels for the plainest case, each event over the earlier events of its own table: every window in one reading of the events.

The invariant of `engine.kernels` holds: an event sees those of its key that stand strictly before it by (time, order).
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled

BOTH = 1 << 31
"""A count and a smaller number share one whole number: count * BOTH + the other."""
AT, ORDER, PARTY, VALUE, ROW = range(5)
FIELDS = 5


def room(*shape: int) -> Ints:
    """Memory that is there: written once from end to end, since a first touch here and there costs ten times as much as the work on it."""
    found = np.empty(shape, np.int64)
    found.fill(0)
    return found


@compiled
def begins(key: Codes, keys: int) -> Ints:
    """Where each key's events begin when sorted by key, and where the last one's end; events without a key (below 0) are left out."""
    found = np.zeros(keys + 1, np.int64)
    for code in key:
        if code >= 0:
            found[code + 1] += 1
    for code in range(keys):
        found[code + 1] += found[code]
    return found


@compiled
def put_records(rows: Ints, key: Codes, at: Ints, order: Ints, party: Codes, value: Ints, start: Ints, records: Ints) -> None:
    """Fill `records` (one row an event with a key: time, order, party, value, row) sorted by key, equal keys in the order of `rows`.

    A record lies in one stretch of memory, so that an event costs one far write and not one a column. `start` is what `begins` found.
    """
    free = start.copy()
    for row in rows:
        if key[row] < 0:
            continue
        place = free[key[row]]
        free[key[row]] += 1
        records[place, AT] = at[row]
        records[place, ORDER] = order[row]
        records[place, PARTY] = party[row]
        records[place, VALUE] = value[row]
        records[place, ROW] = row


@compiled
def own_windows(records: Ints, start: Ints, first: int, last: int, parties: int, spans: Ints, found: Ints) -> None:
    """For the events of the keys from `first` to before `last`: over the earlier events of the key in each window their number and different parties
    (in one number, see `split`) and the sum of their values, as columns 2w and 2w + 1 of the event's row of `found`.
    """
    windows = len(spans)
    held = np.zeros((parties, windows), np.int32)
    tails = np.zeros(windows, np.int64)
    totals = np.zeros(windows, np.int64)
    different = np.zeros(windows, np.int64)
    for key in range(first, last):
        head = start[key]
        tails[:] = head
        totals[:] = 0
        different[:] = 0
        for i in range(start[key], start[key + 1]):
            at, order, row = records[i, AT], records[i, ORDER], records[i, ROW]
            while head < i and (records[head, AT] < at or records[head, ORDER] < order):
                for w in range(windows):
                    totals[w] += records[head, VALUE]
                    different[w] += _come(held, records[head, PARTY], w)
                head += 1
            for w in range(windows):
                tail = tails[w]
                while tail < head and records[tail, AT] < at - spans[w]:
                    totals[w] -= records[tail, VALUE]
                    different[w] -= _gone(held, records[tail, PARTY], w)
                    tail += 1
                tails[w] = tail
                found[row, 2 * w] = (head - tail) * BOTH + different[w]
                found[row, 2 * w + 1] = totals[w]
        for j in range(start[key], head):
            if records[j, PARTY] >= 0:
                held[records[j, PARTY]] = 0


@compiled
def _come(held: Codes, party: int, window: int) -> int:
    """Count the party in; 1 where it was not there."""
    if party < 0:
        return 0
    held[party, window] += 1
    return int(held[party, window] == 1)


@compiled
def _gone(held: Codes, party: int, window: int) -> int:
    """Count the party out; 1 where it is there no more."""
    if party < 0:
        return 0
    held[party, window] -= 1
    return int(held[party, window] == 0)


@compiled
def split(found: Ints, window: int, counts: Ints, sums: Ints, distinct: Ints) -> None:
    """One window's columns out of what `own_windows` found."""
    for row in range(len(found)):
        both = found[row, 2 * window]
        counts[row] = both // BOTH
        distinct[row] = both % BOTH
        sums[row] = found[row, 2 * window + 1]
