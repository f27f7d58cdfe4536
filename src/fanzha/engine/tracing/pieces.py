"""FIFO and LIFO: stolen money as pieces with a place of their own, followed piece by piece.

FIFO (先进先出): a deposit occupies [come before, + amount) of all that ever came into the account, an outflow [gone before, + amount) of all that ever left;
the money that came first leaves first, so a piece of a deposit leaves with the outflows that cover the same positions.
LIFO (后进先出): a deposit occupies [balance before, + amount) of the balance's height; an outflow takes the top, so a piece leaves with the first later
outflow that brings the balance below it.

A piece that lies in an outflow lies at the same offset in the payee's deposit. All in integers; what other money does has no influence on a piece, so
any number of victims can be followed one after the other.
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Ints, compiled
from fanzha.engine.tracing.kernels import first_after, first_beyond
from fanzha.engine.tracing.lines import Bounds, Grid, Lines, put_flow, put_rest, room, settle

LOW, HIGH, TRANSFER, HOP, ORIGIN, UNTIL = 0, 1, 2, 3, 4, 5  # columns of a waiting piece
MOVED, ROUNDED = 0, 1  # columns of what a step could not pass on


@compiled
def _push(stack: Grid, used: int, low: int, high: int, transfer: int, hop: int, origin: int, until: int) -> Grid:
    stack = room(stack, used)
    row = stack[used]
    row[LOW], row[HIGH], row[TRANSFER], row[HOP], row[ORIGIN], row[UNTIL] = low, high, transfer, hop, origin, until
    return stack


@compiled
def _pass_on(
    bounds: Bounds, piece: Ints, out: int, part: int, into: int, lost: Ints, flows: Grid, flowed: int, stack: Grid, waiting: int
) -> tuple[Grid, int, Grid, int]:
    """`part` fen of the piece leave with `out` and come to lie at `into` with the payee, unless the bounds keep them from being followed."""
    if piece[HOP] >= bounds.hops:
        lost[MOVED] += part
    elif part < bounds.least:
        lost[ROUNDED] += part
    else:
        hop = piece[HOP] + 1
        flows = put_flow(flows, flowed, out, part, hop, piece[ORIGIN])
        stack = _push(stack, waiting, into, into + part, out, hop, piece[ORIGIN], piece[UNTIL])
        return flows, flowed + 1, stack, waiting + 1
    return flows, flowed, stack, waiting


@compiled
def _first_leaves(
    lines: Lines, bounds: Bounds, piece: Ints, lost: Ints, flows: Grid, flowed: int, stack: Grid, waiting: int
) -> tuple[Grid, int, Grid, int]:
    """FIFO: pass the piece on with the outflows that cover its positions; its LOW becomes the end of what left."""
    account = lines.payee[piece[TRANSFER]]
    end = lines.out_start[account + 1]
    place = first_beyond(lines.out, lines.out_start[account], end, lines.gone_before, lines.amount, piece[LOW])
    while place < end and piece[LOW] < piece[HIGH]:
        out = lines.out[place]
        if lines.at[out] > piece[UNTIL]:
            break
        top = min(piece[HIGH], lines.gone_before[out] + lines.amount[out])
        into = lines.come_before[out] + piece[LOW] - lines.gone_before[out]
        flows, flowed, stack, waiting = _pass_on(bounds, piece, out, top - piece[LOW], into, lost, flows, flowed, stack, waiting)
        piece[LOW] = top
        place += 1
    return flows, flowed, stack, waiting


@compiled
def _last_leaves(
    lines: Lines, bounds: Bounds, piece: Ints, lost: Ints, flows: Grid, flowed: int, stack: Grid, waiting: int
) -> tuple[Grid, int, Grid, int]:
    """LIFO: pass the piece on with the later outflows that bring the balance below it; its HIGH becomes the height of what stays."""
    account = lines.payee[piece[TRANSFER]]
    end = lines.out_start[account + 1]
    place = first_after(lines.out, lines.out_start[account], end, piece[TRANSFER])
    place = -1 if place == end else place
    while place >= 0 and piece[LOW] < piece[HIGH]:
        out = lines.out[place]
        if lines.at[out] > piece[UNTIL]:
            break
        left = lines.payer_before[out] - lines.amount[out]
        place = lines.next_lower[place]
        if left < piece[HIGH]:
            floor = max(piece[LOW], left)
            into = lines.payee_before[out] + floor - left
            flows, flowed, stack, waiting = _pass_on(bounds, piece, out, piece[HIGH] - floor, into, lost, flows, flowed, stack, waiting)
            piece[HIGH] = floor
    return flows, flowed, stack, waiting


@compiled
def pieces(
    lines: Lines, starts: Ints, amounts: Ints, bounds: Bounds, last_first: bool, flows: Grid, rests: Grid, stack: Grid
) -> tuple[Grid, int, Grid, int, Grid]:
    """Follow `amounts[i]` fen of the transfers `starts[i]`: the first of them, or with `last_first` the last. Returns the (possibly longer) tables with
    their used lengths."""
    flowed = rested = 0
    lost = np.zeros(2, np.int64)
    for origin in range(len(starts)):
        rank = starts[origin]
        low = lines.payee_before[rank] + lines.amount[rank] - amounts[origin] if last_first else lines.come_before[rank]
        flows = put_flow(flows, flowed, rank, amounts[origin], 1, origin)
        flowed += 1
        stack = _push(stack, 0, low, low + amounts[origin], rank, 1, origin, lines.at[rank] + bounds.within)
        waiting = 1
        while waiting:
            waiting -= 1
            piece = stack[waiting].copy()
            account, hop = lines.payee[piece[TRANSFER]], piece[HOP]
            if lines.ends[account] != 0:
                rests = put_rest(rests, rested, account, piece[HIGH] - piece[LOW], hop, lines.ends[account], origin)
                rested += 1
                continue
            lost[:] = 0
            if last_first:
                flows, flowed, stack, waiting = _last_leaves(lines, bounds, piece, lost, flows, flowed, stack, waiting)
            else:
                flows, flowed, stack, waiting = _first_leaves(lines, bounds, piece, lost, flows, flowed, stack, waiting)
            rests, rested = settle(rests, rested, account, hop, origin, piece[HIGH] - piece[LOW], lost[MOVED], lost[ROUNDED])
    return flows, flowed, rests, rested, stack
