"""A graph of events in time: who paid (or called) whom and when, as arrays that the pattern kernels walk.

Invariants: rows stand by (at, order); `rank` numbers the different (at, order) from 0, so that "strictly before" is one comparison of ranks and twins
(equal time and order) never see one another; an account's edges stand by (account, rank). An event of an account with itself, or with a side missing,
is no edge: its source and target are -1, and it is answered but never walked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fanzha.engine import kernels
from fanzha.engine.kernels import Codes, Ints, compiled

NOBODY = -1


class Side(NamedTuple):
    """The edges of each account in one direction: those of account a are places start[a] to start[a + 1] of the other arrays, by rank."""

    start: Ints
    """(accounts + 1)"""
    other: Codes
    """(edges) the account at the other end"""
    rank: Codes
    """(edges)"""
    row: Codes
    """(edges) the event"""


class Events(NamedTuple):
    """The events of the graph in the order of time, `rows` of them."""

    at: Ints
    """(rows) microseconds"""
    rank: Codes
    """(rows)"""
    source: Codes
    """(rows) account from which the edge goes, `NOBODY` for no edge"""
    target: Codes
    """(rows)"""
    amount: Ints
    """(rows) fen; 0 where there is none"""
    out: Side
    into: Side


class Pairs(NamedTuple):
    """The different (source, target) of a graph."""

    pair: Codes
    """(rows) number of the row's pair, -1 for no edge"""
    following: Codes
    """(rows) the next row of the same pair, -1 for the last"""
    reverse: Codes
    """(pairs) number of the pair with source and target exchanged, -1 where there is none"""


@dataclass(frozen=True)
class Graph:
    """The events and the number of each account: `number[code]` is the graph's number of a caller's code, -1 where it has no edge."""

    events: Events
    number: Codes
    accounts: int

    @staticmethod
    def of(at: Ints, order: Ints, source: Codes, target: Codes, amount: Ints | None = None) -> Graph:
        """From the columns of events that stand by (at, order); codes below 0 are missing. O(events + codes).

        Raises ValueError where the events are not in order. Copies what it keeps: a kernel is compiled once for arrays that may be written and again
        for those that may not.
        """
        at, order, source, target = at.copy(), order.copy(), source.copy(), target.copy()
        if not kernels.in_time_order(at, order):
            msg = "the events of a graph stand by (at, order)"
            raise ValueError(msg)
        codes = int(max(source.max(initial=NOBODY), target.max(initial=NOBODY))) + 1
        number, accounts, left, right = _numbered(source, target, codes)
        rank = _ranks(at, order)
        amounts = np.zeros(len(at), np.int64) if amount is None else amount.copy()
        events = Events(at, rank, left, right, amounts, _side(left, right, rank, accounts), _side(right, left, rank, accounts))
        return Graph(events, number, accounts)

    def pairs(self) -> Pairs:
        """The different pairs; made anew at each call."""
        pair, following, reverse = _pairs(self.events.source, self.events.target, self.accounts)
        return Pairs(pair, following, reverse)


@compiled
def _numbered(source: Codes, target: Codes, codes: int) -> tuple[Codes, int, Codes, Codes]:
    """Accounts numbered as they first appear, so that those of one time lie together in memory."""
    number = np.full(codes, -1, np.int32)
    left = np.full(len(source), -1, np.int32)
    right = np.full(len(source), -1, np.int32)
    accounts = 0
    for row in range(len(source)):
        a, b = source[row], target[row]
        if a < 0 or b < 0 or a == b:
            continue
        if number[a] < 0:
            number[a] = accounts
            accounts += 1
        if number[b] < 0:
            number[b] = accounts
            accounts += 1
        left[row], right[row] = number[a], number[b]
    return number, accounts, left, right


@compiled
def _ranks(at: Ints, order: Ints) -> Codes:
    rank = np.zeros(len(at), np.int32)
    for row in range(1, len(at)):
        rank[row] = rank[row - 1] + (at[row] != at[row - 1] or order[row] != order[row - 1])
    return rank


def _side(mine: Codes, others: Codes, rank: Codes, accounts: int) -> Side:
    rows: Codes = kernels.grouped(mine, accounts).astype(np.int32)
    start = np.zeros(accounts + 1, np.int64)
    np.cumsum(np.bincount(mine[rows], minlength=accounts), out=start[1:])
    return Side(start, others[rows], rank[rows], rows)


@compiled
def spot(table: Ints, key: int) -> int:
    """Where a key stands, or the free place where it belongs, in an open table of a power of two (-1: free)."""
    mask = len(table) - 1
    mixed = (key ^ (key >> 29)) * 0x1E3779B97F4A7C15
    place = (mixed ^ (mixed >> 32)) & mask
    while table[place] != -1 and table[place] != key:
        place = (place + 1) & mask
    return int(place)


@compiled
def _pairs(source: Codes, target: Codes, accounts: int) -> tuple[Codes, Codes, Codes]:
    size = 16
    while size < 2 * len(source):
        size *= 2
    table = np.full(size, -1, np.int64)
    held = np.empty(size, np.int32)
    pair = np.full(len(source), -1, np.int32)
    last = np.full(len(source), -1, np.int32)
    following = np.full(len(source), -1, np.int32)
    reverse = np.full(len(source), -1, np.int32)
    pairs = 0
    for row in range(len(source)):
        if source[row] < 0:
            continue
        key = np.int64(source[row]) * accounts + target[row]
        place = spot(table, key)
        if table[place] == -1:
            table[place], held[place] = key, pairs
            back = spot(table, np.int64(target[row]) * accounts + source[row])
            if table[back] != -1:
                reverse[pairs], reverse[held[back]] = held[back], pairs
            pairs += 1
        found = held[place]
        pair[row] = found
        if last[found] >= 0:
            following[last[found]] = row
        last[found] = row
    return pair, following, reverse[:pairs]


# ---- the moving window: which of an account's edges are visible and recent enough


class Window(NamedTuple):
    """For each account which places of its `Side` have been seen (before head) and may be too old (before tail; moved on when looked at)."""

    out_tail: Ints
    out_head: Ints
    in_tail: Ints
    in_head: Ints


@compiled
def opened(events: Events) -> Window:
    """A window before the first event."""
    return Window(events.out.start[:-1].copy(), events.out.start[:-1].copy(), events.into.start[:-1].copy(), events.into.start[:-1].copy())


@compiled
def show(events: Events, window: Window, row: int) -> None:
    """The edge of this row becomes visible. Rows are shown in their order, each once."""
    if events.source[row] >= 0:
        window.out_head[events.source[row]] += 1
        window.in_head[events.target[row]] += 1


@compiled
def advance(events: Events, moving: Window, row: int, window: int, shown: int, low: int) -> tuple[int, int]:
    """Make visible what stands strictly before the row's event, and find where its window (microseconds) begins: the next row to show, the first row within."""
    while shown < row and events.rank[shown] < events.rank[row]:
        show(events, moving, shown)
        shown += 1
    while events.at[low] < events.at[row] - window:
        low += 1
    return shown, low


@compiled
def live(side: Side, tail: Ints, head: Ints, account: int, bottom: int) -> int:
    """The first place of the account's visible edges with rank >= bottom; bottoms never fall."""
    place = tail[account]
    while place < head[account] and side.rank[place] < bottom:
        place += 1
    tail[account] = place
    return int(place)


@compiled
def adjacent(events: Events, window: int) -> int:
    """How many edges meet the events in time: for each the payer's receipts and the payee's payments in its window, read once each.

    No exact way to find two-legged patterns one event at a time can read less; the benchmark takes it for its bound.
    """
    moving = opened(events)
    met = shown = low = 0
    for row in range(len(events.at)):
        while shown < row and events.rank[shown] < events.rank[row]:
            show(events, moving, shown)
            shown += 1
        if events.source[row] < 0:
            continue
        while events.at[low] < events.at[row] - window:
            low += 1
        payer, payee, bottom = events.source[row], events.target[row], events.rank[low]
        for place in range(live(events.into, moving.in_tail, moving.in_head, payer, bottom), moving.in_head[payer]):
            met += events.into.other[place] != payee
        for place in range(live(events.out, moving.out_tail, moving.out_head, payee, bottom), moving.out_head[payee]):
            met += events.out.other[place] != payer
    return int(met)
