"""Haircut and poison: stolen money as a balance of its own in every account, followed in the order of time.

Haircut (按比例, pro rata): every outflow carries the share of stolen money that the whole balance has at that moment, in whole fen, rounded down; an
outflow that empties the account takes all of it. Poison (污染优先): an account that holds stolen money sends the stolen first, so an outflow carries as much
as it can. Each origin is followed for itself: two origins' parts of one outflow may add up to more than it under poison, never under haircut.

Invariant: the stolen money in an account is never more than its balance.
"""

from __future__ import annotations

import heapq
from typing import TypeAlias

from fanzha.engine.kernels import Ints, compiled
from fanzha.engine.tracing.kernels import first_after, wide
from fanzha.engine.tracing.lines import Bounds, Grid, Lines, put_flow, put_rest, room, settle

ACCOUNT, STOLEN, HOP, PLACE, MOVED, ROUNDED = 0, 1, 2, 3, 4, 5  # columns of a seat: an account that stolen money has reached; MOVED, ROUNDED: see Rest
IDLE = -1  # the PLACE of a seat that waits for no outflow

Queue: TypeAlias = list[tuple[int, int]]  # the next outflow of each waiting seat: (transfer, seat)


@compiled
def share_of(poison: bool, stolen: int, amount: int, balance: int) -> int:
    """How much of the stolen goes with an outflow of `amount` from `balance`.

    The share, ⌊stolen · amount ÷ balance⌋, is guessed by floating point and put right by the remainder: the product overflows, but its difference from a near
    multiple of the balance does not.
    """
    if poison or amount >= balance:
        return min(stolen, amount)
    share = int(stolen * (amount / balance))
    left = stolen * amount - share * balance
    while left < 0:
        share, left = share - 1, left + balance
    while left >= balance:
        share, left = share + 1, left - balance
    return min(stolen, max(share, stolen - (balance - amount)))


@compiled
def _wait(lines: Lines, seats: Grid, seat: int, place: int, until: int, queue: Queue) -> None:
    """Queue the seat for the outflow at `place` of its account, if there is one in time and something to take."""
    end = lines.out_start[seats[seat, ACCOUNT] + 1]
    if seats[seat, STOLEN] > 0 and place < end and lines.at[lines.out[place]] <= until:
        seats[seat, PLACE] = place
        heapq.heappush(queue, (wide(lines.out[place]), wide(seat)))
    else:
        seats[seat, PLACE] = IDLE


@compiled
def _arrive(lines: Lines, seats: Grid, seat: int, transfer: int, part: int, hop: int, until: int, queue: Queue) -> None:
    """Stolen money comes into the seat's account with a transfer."""
    account = seats[seat, ACCOUNT]
    seats[seat, STOLEN] += part
    seats[seat, HOP] = min(seats[seat, HOP], hop)
    if seats[seat, PLACE] == IDLE and lines.ends[account] == 0:
        first = first_after(lines.out, lines.out_start[account], lines.out_start[account + 1], transfer)
        _wait(lines, seats, seat, first, until, queue)


@compiled
def _seated(seats: Grid, taken: int, seat_of: Ints, account: int, hop: int) -> tuple[Grid, int, int]:
    """The seat of an account, a new one if it has none: the table, the number of seats taken, the seat."""
    if seat_of[account] >= 0:
        return seats, taken, seat_of[account]
    seats = room(seats, taken)
    row = seats[taken]
    row[0], row[1], row[2], row[3], row[4], row[5] = account, 0, hop, IDLE, 0, 0
    seat_of[account] = taken
    return seats, taken + 1, taken


@compiled
def _leave(seats: Grid, rests: Grid, rested: int, seat_of: Ints, taken: int, lines: Lines, origin: int) -> tuple[Grid, int]:
    """Write down what rests in each seat, and give the seats back."""
    for seat in range(taken):
        account, hop = seats[seat, ACCOUNT], seats[seat, HOP]
        seat_of[account] = IDLE
        stolen, moved, rounded = seats[seat, STOLEN], seats[seat, MOVED], seats[seat, ROUNDED]
        if lines.ends[account] == 0:
            rests, rested = settle(rests, rested, account, hop, origin, stolen, moved, rounded)
        elif stolen > 0:
            rests = put_rest(rests, rested, account, stolen, hop, lines.ends[account], origin)
            rested += 1
    return rests, rested


@compiled
def shares(
    lines: Lines, starts: Ints, amounts: Ints, bounds: Bounds, poison: bool, flows: Grid, rests: Grid, seats: Grid, seat_of: Ints
) -> tuple[Grid, int, Grid, int, Grid]:
    """Follow `amounts[i]` fen from the transfers `starts[i]`. `seat_of` (one an account, all -1) comes back as it was."""
    flowed = rested = 0
    queue: Queue = [(0, 0)]
    for origin in range(len(starts)):
        rank = int(starts[origin])
        until = int(lines.at[rank]) + bounds.within
        queue.clear()
        flows = put_flow(flows, flowed, rank, amounts[origin], 1, origin)
        flowed += 1
        seats, taken, seat = _seated(seats, 0, seat_of, lines.payee[rank], 1)
        _arrive(lines, seats, seat, rank, int(amounts[origin]), 1, until, queue)
        while len(queue) > 0:
            out, seat = heapq.heappop(queue)
            part = share_of(poison, seats[seat, STOLEN], lines.amount[out], lines.payer_before[out])
            seats[seat, STOLEN] -= part
            hop = seats[seat, HOP] + 1
            _wait(lines, seats, seat, seats[seat, PLACE] + 1, until, queue)
            if hop > bounds.hops:
                seats[seat, MOVED] += part
            elif part < bounds.least:
                seats[seat, ROUNDED] += part
            else:
                flows = put_flow(flows, flowed, out, part, hop, origin)
                flowed += 1
                seats, taken, other = _seated(seats, taken, seat_of, lines.payee[out], hop)
                _arrive(lines, seats, other, out, part, hop, until, queue)
        rests, rested = _leave(seats, rests, rested, seat_of, taken, lines, origin)
    return flows, flowed, rests, rested, seats
