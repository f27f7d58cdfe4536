"""Which accounts money could have reached: paths on which each transfer comes after the one before it."""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.tracing.kernels import first_after, wide
from fanzha.engine.tracing.lines import Bounds, Grid, Lines, room

NEVER = np.iinfo(np.int64).max
TRANSFER, PARENT, SCANNED = 0, 1, 2  # columns of a step: the arrival, the step it came from, the arrival that fewer hops had found


@compiled
def _step(steps: Grid, used: int, transfer: int, parent: int, scanned: int) -> Grid:
    steps = room(steps, used)
    steps[used, TRANSFER], steps[used, PARENT], steps[used, SCANNED] = transfer, parent, scanned
    return steps


@compiled
def reach(lines: Lines, start: int, bounds: Bounds, arrived: Ints, first_step: Codes, hop_of: Codes, found: Codes, steps: Grid) -> tuple[int, Grid]:
    """The accounts reached from the transfer `start` (its payee by hop 1). A transfer below `least` is no path, and no path goes on from an end.

    `arrived` (all NEVER), `first_step`, `hop_of` and `found` have one place an account. Afterwards `found[:n]` are the accounts reached; for those `arrived` is the
    earliest transfer, `hop_of` the fewest hops and `first_step` the row of `steps` that ends such a path. The caller puts `arrived` back. Returns n and `steps`.
    An account is looked at again only where it was reached earlier than by fewer hops, and only for what fewer hops had not seen.
    """
    until = lines.at[start] + bounds.within
    payee = lines.payee[start]
    arrived[payee], hop_of[payee], first_step[payee], found[0] = start, 1, 0, payee
    steps = _step(steps, 0, start, -1, NEVER)
    count, low, high = 1, 0, 1
    for hop in range(2, bounds.hops + 1):
        used = high
        for step in range(low, high):
            account, arrival, scanned = lines.payee[steps[step, TRANSFER]], steps[step, TRANSFER], steps[step, SCANNED]
            if lines.ends[account] != 0:
                continue
            place = first_after(lines.out, lines.out_start[account], lines.out_start[account + 1], wide(arrival))
            while place < lines.out_start[account + 1] and lines.out[place] < scanned and lines.at[lines.out[place]] <= until:
                out = lines.out[place]
                place += 1
                other = lines.payee[out]
                if lines.amount[out] < bounds.least or arrived[other] <= out:
                    continue
                if arrived[other] == NEVER:
                    found[count], hop_of[other], first_step[other] = other, hop, used
                    count += 1
                steps = _step(steps, used, out, step, arrived[other])
                used += 1
                arrived[other] = out
        if used == high:
            break
        low, high = high, used
    return count, steps
