"""What every method's kernel is given and gives back.

A kernel fills two tables of int64. Flows: transfer, stolen fen in it, hop, origin. Rests: account, stolen fen, hop, `Rest`, origin. For every origin the
rests sum to what was stolen: money is conserved to the fen.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.tracing.kernels import Flags

Grid: TypeAlias = NDArray[np.int64]  # two dimensions

FLOW_WIDTH, REST_WIDTH, PIECE_WIDTH = 4, 5, 6
HELD, MOVED_ON, SMALL = 0, 5, 6  # of `Rest`, as the kernels write them


class Rest(IntEnum):
    """Where stolen money came to rest. 1 to 4 are also the kinds of end that an account can be."""

    HELD = 0  # still in the account when the window closed (未转出)
    CASH = 1  # at a cash-out: an ATM, a counter, a dealer (取现)
    MERCHANT = 2  # spent at a merchant (消费)
    PAYMENT = 3  # in a payment institution, whose statement is another request (第三方支付)
    UNREPORTED = 4  # at a bank whose statement is missing: an open end to be asked for (待调取)
    MOVED_ON = 5  # gone on beyond the last hop that was asked for
    SMALL = 6  # would have left in parts below the smallest amount that is followed


class Lines(NamedTuple):
    """A ledger's arrays; see `ledger.Ledger`."""

    payer: Codes
    payee: Codes
    at: Ints
    amount: Ints
    payer_before: Ints
    payee_before: Ints
    gone_before: Ints
    come_before: Ints
    out_start: Ints
    out: Codes
    next_lower: Codes
    ends: Flags  # Rest.CASH … Rest.UNREPORTED for accounts at which following stops, else 0


class Bounds(NamedTuple):
    """How far to follow: number of transfers with the victim's own as the first, microseconds after it, smallest part in fen."""

    hops: int
    within: int
    least: int


@compiled
def room(table: Grid, used: int) -> Grid:
    """The table itself, or one twice as long with the same rows where it is full."""
    if used < len(table):
        return table
    longer = np.empty((2 * len(table), table.shape[1]), np.int64)
    longer[:used] = table[:used]
    return longer


@compiled
def put_flow(flows: Grid, used: int, transfer: int, part: int, hop: int, origin: int) -> Grid:
    flows = room(flows, used)
    flows[used, 0], flows[used, 1], flows[used, 2], flows[used, 3] = transfer, part, hop, origin
    return flows


@compiled
def put_rest(rests: Grid, used: int, account: int, part: int, hop: int, kind: int, origin: int) -> Grid:
    rests = room(rests, used)
    rests[used, 0], rests[used, 1], rests[used, 2], rests[used, 3], rests[used, 4] = account, part, hop, kind, origin
    return rests


@compiled
def settle(rests: Grid, used: int, account: int, hop: int, origin: int, held: int, moved: int, small: int) -> tuple[Grid, int]:
    """Write down what of a piece stays, has moved on beyond the last hop, or left in parts too small."""
    if held > 0:
        rests = put_rest(rests, used, account, held, hop, HELD, origin)
        used += 1
    if moved > 0:
        rests = put_rest(rests, used, account, moved, hop, MOVED_ON, origin)
        used += 1
    if small > 0:
        rests = put_rest(rests, used, account, small, hop, SMALL, origin)
        used += 1
    return rests, used
