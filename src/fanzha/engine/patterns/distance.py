"""How many transfers lie between an account and the nearest flagged one, along the way the money went.

A path is time-respecting: each edge strictly after the one before it by (time, order); all of it strictly before the event and at or after t - window.
Paths and their times after Wu et al., "Path problems in temporal graphs", VLDB 2014. Instead of a search an event, one pass over the edges keeps for
each account and number of steps the best time (the latest beginning, or the earliest end), so an edge and a question cost `FARTHEST` steps each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import Codes, compiled
from fanzha.engine.patterns.graph import Events

FARTHEST = 4
TOO_FAR = -1

Mask = NDArray[np.bool_]


@compiled
def _group_end(events: Events, row: int, stop: int) -> int:
    end = row + 1
    while end < stop and events.rank[end] == events.rank[row]:
        end += 1
    return int(end)


@compiled
def _pass_on(events: Events, row: int, end: int, begun: Any, flagged: Mask) -> None:
    """The edges of one rank at once: each payee is reached by what had reached its payer before."""
    before = begun[events.source[row] : events.source[row] + 1] if end == row + 1 else begun[events.source[row:end]]  # twins need a copy
    for each in range(row, end):
        source, target = events.source[each], events.target[each]
        if source < 0:
            continue
        if flagged[source]:
            begun[target, :] = events.rank[each]
            continue
        for steps in range(1, FARTHEST):
            begun[target, steps] = max(begun[target, steps], before[each - row, steps - 1])


@compiled
def hops_from_flagged(events: Events, flagged: Mask, window: int, since: int, first: int, last: int) -> Codes:
    """For the rows from `first` to before `last`: fewest edges on a path from a flagged account to the event's payer, at most `FARTHEST`.

    `flagged` (accounts); 0 where the payer is flagged; `TOO_FAR` where no path is short enough, or where the row is no edge. `window` in microseconds;
    edges before row `since` are not looked at.
    """
    found = np.full(last - first, TOO_FAR, np.int32)
    begun = np.full((len(flagged) + 1, FARTHEST), -1, np.int32)  # begun[a, h - 1]: latest rank at which a path of at most h edges to a begins
    shown, low = since, since
    for row in range(since, last):
        while shown < row and events.rank[shown] < events.rank[row]:
            end = _group_end(events, shown, row)
            _pass_on(events, shown, end, begun, flagged)
            shown = end
        while events.at[low] < events.at[row] - window:
            low += 1
        payer = events.source[row]
        if row < first or payer < 0:
            continue
        if flagged[payer]:
            found[row - first] = 0
            continue
        for steps in range(FARTHEST):
            if begun[payer, steps] >= events.rank[low]:
                found[row - first] = steps + 1
                break
    return found


@compiled
def _pass_back(events: Events, row: int, end: int, over: Any, flagged: Mask) -> None:
    """The edges of one rank at once, later ones done: each payer reaches what its payee reaches afterwards."""
    after = over[events.target[row] : events.target[row] + 1] if end == row + 1 else over[events.target[row:end]]  # twins need a copy
    for each in range(row, end):
        source, target = events.source[each], events.target[each]
        if source < 0:
            continue
        if flagged[target]:
            over[source, :] = np.minimum(over[source, :], events.rank[each])
            continue
        for steps in range(1, FARTHEST):
            over[source, steps] = min(over[source, steps], after[each - row, steps - 1])


@compiled
def hops_to_flagged(events: Events, flagged: Mask, window: int, since: int, first: int, last: int) -> Codes:
    """For the rows from `first` to before `last`: fewest edges on a path from the event's payee to a flagged account, at most `FARTHEST`.

    As `hops_from_flagged`, with 0 where the payee is flagged. One pass back in time: when it has come to the beginning of an event's window it knows for
    each account how early a path that begins within it can end.
    """
    found = np.full(last - first, TOO_FAR, np.int32)
    never = 2**31 - 1
    over = np.full((len(flagged) + 1, FARTHEST), never, np.int32)  # over[a, h - 1]: earliest rank at which a path of at most h edges from a ends
    taken = low = last
    for row in range(last - 1, first - 1, -1):
        while low > since and events.at[low - 1] >= events.at[row] - window:
            low -= 1
        while taken > low:
            begin = taken - 1
            while begin > low and events.rank[begin - 1] == events.rank[taken - 1]:
                begin -= 1
            _pass_back(events, begin, taken, over, flagged)
            taken = begin
        payee = events.target[row]
        if payee < 0:
            continue
        if flagged[payee]:
            found[row - first] = 0
            continue
        for steps in range(FARTHEST):
            if over[payee, steps] < events.rank[row]:
                found[row - first] = steps + 1
                break
    return found
