"""Largest first (大额优先): stolen money leaves an account with the largest later outflows of the window, as much as each has room for.

Pieces are taken in the order in which they arrived, over all origins together; what one has taken of an outflow is no longer there for the next, so no
outflow ever carries more stolen money than its amount.
"""

from __future__ import annotations

import heapq
from typing import TypeAlias

import numpy as np

from fanzha.engine.kernels import Ints, compiled
from fanzha.engine.tracing.kernels import first_after, wide
from fanzha.engine.tracing.lines import Bounds, Grid, Lines, put_flow, put_rest, settle

Waiting: TypeAlias = list[tuple[int, int, int, int]]  # (transfer, hop, origin, fen)


@compiled
def _later_outflows(lines: Lines, account: int, transfer: int, until: int, taken: Ints) -> tuple[Ints, Ints]:
    """The account's outflows after `transfer` up to `until` that have room, the largest first (the earliest of equals), and the room of each."""
    place = first_after(lines.out, lines.out_start[account], lines.out_start[account + 1], transfer)
    end = place
    while end < lines.out_start[account + 1] and lines.at[lines.out[end]] <= until:
        end += 1
    outs = lines.out[place:end].astype(np.int64)
    space = lines.amount[outs] - taken[outs]
    order = np.argsort(-space, kind="mergesort")
    order = order[space[order] > 0]
    return outs[order], space[order]


@compiled
def largest(lines: Lines, starts: Ints, amounts: Ints, bounds: Bounds, flows: Grid, rests: Grid, taken: Ints) -> tuple[Grid, int, Grid, int]:
    """Follow `amounts[i]` fen from the transfers `starts[i]`. `taken` (one a transfer, all 0) comes back as it was."""
    flowed = rested = 0
    queue: Waiting = [(0, 0, 0, 0)]
    queue.clear()
    for origin in range(len(starts)):
        flows = put_flow(flows, flowed, starts[origin], amounts[origin], 1, origin)
        flowed += 1
        heapq.heappush(queue, (wide(starts[origin]), 1, origin, wide(amounts[origin])))
    while len(queue) > 0:
        transfer, hop, origin, left = heapq.heappop(queue)
        account = int(lines.payee[transfer])
        if lines.ends[account] != 0:
            rests = put_rest(rests, rested, account, left, hop, int(lines.ends[account]), origin)
            rested += 1
            continue
        small = moved = 0
        outs, space = _later_outflows(lines, account, transfer, int(lines.at[starts[origin]]) + bounds.within, taken)
        for i in range(len(outs)):
            part = min(left, int(space[i]))
            if part == 0:
                break
            left -= part
            if hop >= bounds.hops:
                moved += part
            elif part < bounds.least:
                small += part
            else:
                taken[outs[i]] += part
                flows = put_flow(flows, flowed, outs[i], part, hop + 1, origin)
                flowed += 1
                heapq.heappush(queue, (wide(outs[i]), hop + 1, origin, part))
        rests, rested = settle(rests, rested, account, hop, origin, left, moved, small)
    for i in range(flowed):
        taken[flows[i, 0]] = 0
    return flows, flowed, rests, rested
