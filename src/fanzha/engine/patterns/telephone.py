"""How a number calls: whether those it calls also call it, and whether its dropped calls come in bursts.

Reciprocity tells residents from callers for trade, whom few call back (compare Tseng et al., "FrauDetector", KDD 2015, on telephone graphs); bursts of
calls that drop at once are how lists of numbers are tried out (响一声).
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.patterns.graph import Events, Pairs


@compiled
def _change(events: Events, pairs: Pairs, row: int, by: int, alive: Codes, partners: Codes, mutual: Codes) -> None:
    pair = pairs.pair[row]
    alive[pair] += by
    if alive[pair] != (by > 0):  # neither the first call of its pair nor the last
        return
    source, target = events.source[row], events.target[row]
    partners[source] += by
    reverse = pairs.reverse[pair]
    if reverse >= 0 and alive[reverse] > 0:
        mutual[source] += by
        mutual[target] += by


@compiled
def reciprocity(events: Events, pairs: Pairs, window: int, first: int, last: int) -> tuple[Codes, Codes]:
    """For the rows from `first` to before `last`: how many different numbers the event's caller called in the window, and how many of them called it.

    Calls strictly before the event by (time, order) and at or after t - `window` (microseconds). O(events).
    """
    called, returned = np.zeros(last - first, np.int32), np.zeros(last - first, np.int32)
    accounts = len(events.out.start) - 1
    alive = np.zeros(len(pairs.reverse), np.int32)
    partners, mutual = np.zeros(accounts, np.int32), np.zeros(accounts, np.int32)
    shown = low = 0
    for row in range(last):
        while shown < row and events.rank[shown] < events.rank[row]:
            if events.source[shown] >= 0:
                _change(events, pairs, shown, 1, alive, partners, mutual)
            shown += 1
        while low < shown and events.at[low] < events.at[row] - window:
            if events.source[low] >= 0:
                _change(events, pairs, low, -1, alive, partners, mutual)
            low += 1
        if row >= first and events.source[row] >= 0:
            called[row - first] = partners[events.source[row]]
            returned[row - first] = mutual[events.source[row]]
    return called, returned


@compiled
def largest_burst(
    q_key: Codes, q_at: Ints, q_order: Ints, s_key: Codes, s_at: Ints, s_order: Ints, burst: int, window: int
) -> Ints:
    """For each query the most source events of its key within any `burst` microseconds that end with an event of the query's window.

    Queries and sources sorted by (key, at, order) as in `engine.kernels`; visible is what stands strictly before the query, at or after t - `window`.
    O(queries + sources): the sizes of bursts wait in a queue from which those that a later one outdoes are dropped.
    """
    found = np.zeros(len(q_key), np.int64)
    waiting, sizes = np.empty(len(s_key), np.int64), np.empty(len(s_key), np.int64)
    head = begin = front = back = 0
    for i in range(len(q_key)):
        if i == 0 or q_key[i] != q_key[i - 1]:
            while head < len(s_key) and s_key[head] < q_key[i]:
                head += 1
            begin, front, back = head, 0, 0
        while head < len(s_key) and s_key[head] == q_key[i] and (s_at[head], s_order[head]) < (q_at[i], q_order[i]):
            while s_at[begin] < s_at[head] - burst:
                begin += 1
            size = head - begin + 1
            while back > front and sizes[back - 1] <= size:
                back -= 1
            waiting[back], sizes[back] = head, size
            head, back = head + 1, back + 1
        while front < back and s_at[waiting[front]] < q_at[i] - window:
            front += 1
        found[i] = sizes[front] if front < back else 0
    return found
