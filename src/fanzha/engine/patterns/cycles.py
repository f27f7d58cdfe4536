"""Cycles in time: money that comes back to where it left, closed by the event.

A cycle of length k closed by the event (u → v, t) is a simple path v → … → u of k - 1 edges whose (time, order) strictly rise, all strictly before the
event and at or after t - window. Definition after Kumar and Calders, "2SCENT: an efficient algorithm to enumerate all simple temporal cycles", VLDB
2018, limited to `LONGEST`; two cycles through the same accounts in the same order count once, as in Blanuša et al., "Graph Feature Preprocessor",
ICAIF 2024.

How: from v the earliest arrival and from u the latest departure after 0, 1, 2 … edges, growing the side that costs less, until the two meet: the
first meeting is the shortest cycle. Counting then walks from the side with fewer steps and turns back where the other side's times rule an end out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.patterns.graph import Events, Side, Window, advance, live, opened

LONGEST = 6
_STEPS = LONGEST - 1


class _Ball(NamedTuple):
    """What is reached from one end. Signed ranks: the rank on the way forth, minus the rank on the way back, so that less is always better.

    best[a * (_STEPS + 1) + h]: the least signed rank with which a is reached in at most h edges; valid where stamp[a] is the query. shell: the accounts
    improved by the last step, `grown[0]` of them; `grown[1]` steps are done.
    """

    stamp: Codes
    best: Codes
    shell: Codes
    spare: Codes
    grown: Ints


@compiled
def _ball(accounts: int) -> _Ball:
    return _Ball(
        np.full(accounts, -1, np.int32),
        np.empty(accounts * (_STEPS + 1), np.int32),
        np.empty(accounts, np.int32),
        np.empty(accounts, np.int32),
        np.zeros(2, np.int64),
    )


@compiled
def _begin(ball: _Ball, account: int, signed: int, query: int) -> None:
    ball.stamp[account] = query
    for h in range(_STEPS + 1):
        ball.best[account * (_STEPS + 1) + h] = signed
    ball.shell[0] = account
    ball.grown[0], ball.grown[1] = 1, 0


@compiled
def _improve(ball: _Ball, account: int, signed: int, step: int, query: int) -> bool:
    """Note that the account is reached; whether it is new to this step's shell."""
    base = account * (_STEPS + 1)
    if ball.stamp[account] != query:
        ball.stamp[account] = query
        for h in range(step):
            ball.best[base + h] = 2**31 - 1
        for h in range(step, _STEPS + 1):
            ball.best[base + h] = signed
        return True
    if signed >= ball.best[base + step]:
        return False
    fresh = ball.best[base + step] == ball.best[base + step - 1]
    for h in range(step, _STEPS + 1):
        ball.best[base + h] = signed
    return bool(fresh)


@compiled
def _cost(ball: _Ball, side: Side, tail: Ints, head: Ints, bottom: int) -> int:
    """Edges that the next step would look at."""
    cost = 0
    for i in range(ball.grown[0]):
        cost += head[ball.shell[i]] - live(side, tail, head, ball.shell[i], bottom)
    return cost


@compiled
def _step(ball: _Ball, side: Side, tail: Ints, head: Ints, sign: int, query: int) -> None:
    """Go one edge further; `_cost` has moved the tails."""
    step = ball.grown[1] + 1
    found = 0
    for i in range(ball.grown[0]):
        account = ball.shell[i]
        reached = ball.best[account * (_STEPS + 1) + step - 1]
        low, high = tail[account], head[account]
        for j in range(high - low):
            place = high - 1 - j if sign > 0 else low + j
            signed = sign * side.rank[place]
            if signed <= reached:
                break
            if _improve(ball, side.other[place], signed, step, query):
                ball.spare[found] = side.other[place]
                found += 1
    ball.shell[:found] = ball.spare[:found]
    ball.grown[0], ball.grown[1] = found, step


@compiled
def _meet(grown: _Ball, other: _Ball, query: int) -> bool:
    """Whether a newly reached account is left, on the other side, after it is reached on this one."""
    here, there = grown.grown[1], other.grown[1]
    for i in range(grown.grown[0]):
        base = grown.shell[i] * (_STEPS + 1)
        if other.stamp[grown.shell[i]] == query and grown.best[base + here] + other.best[base + there] < 0:
            return True
    return False


@compiled
def _search(events: Events, window: Window, row: int, bottom: int, forth: _Ball, back: _Ball, whole: bool) -> int:
    """Length of the shortest cycle that the row closes, 0 for none. `whole`: go on until the balls are as large as counting needs."""
    payer, payee = events.source[row], events.target[row]
    if live(events.out, window.out_tail, window.out_head, payee, bottom) == window.out_head[payee]:
        return 0
    if live(events.into, window.in_tail, window.in_head, payer, bottom) == window.in_head[payer]:
        return 0
    _begin(forth, payee, bottom - 1, row)
    _begin(back, payer, -events.rank[row], row)
    shortest = 0
    while forth.grown[1] + back.grown[1] < _STEPS:
        ahead = _cost(forth, events.out, window.out_tail, window.out_head, bottom)
        behind = _cost(back, events.into, window.in_tail, window.in_head, bottom)
        if ahead == 0 or behind == 0:  # nothing new is reached from that end: what it holds is true for any number of edges
            exhausted = forth if ahead == 0 else back
            exhausted.grown[1] = _STEPS
            break
        if forth.grown[1] == 0 or (ahead <= behind and back.grown[1] > 0):
            _step(forth, events.out, window.out_tail, window.out_head, 1, row)
            met = shortest == 0 and _meet(forth, back, row)
        else:
            _step(back, events.into, window.in_tail, window.in_head, -1, row)
            met = shortest == 0 and _meet(back, forth, row)
        if met:
            shortest = forth.grown[1] + back.grown[1] + 1
            if not whole:
                return int(shortest)
    return int(shortest)


@compiled
def shortest_cycle(events: Events, window: int, first: int, last: int) -> Codes:
    """For the rows from `first` to before `last`: accounts in the shortest cycle that the event closes (2 to `LONGEST`), 0 for none.

    `window` in microseconds. Time: the edges within two or three steps of the event's ends. Memory: 7 numbers an account.
    """
    found = np.zeros(last - first, np.int32)
    moving = opened(events)
    accounts = len(events.out.start) - 1
    forth, back = _ball(accounts), _ball(accounts)
    shown = low = 0
    for row in range(last):
        shown, low = advance(events, moving, row, window, shown, low)
        if row < first or events.source[row] < 0:
            continue
        found[row - first] = _search(events, moving, row, events.rank[low], forth, back, False)
    return found


class _Walk(NamedTuple):
    """A path being walked: accounts, signed ranks of arrival, the next place to look at, and which accounts each step has tried."""

    account: Codes
    signed: Ints
    place: Ints
    trial: Ints
    tried: Ints


@compiled
def _first_place(side: Side, low: int, high: int, sign: int, reached: int) -> int:
    """Where an account's edges with a signed rank above `reached` begin: going up for sign 1, going down for -1."""
    limit = sign * reached
    while low < high:
        middle = (low + high) // 2
        if side.rank[middle] <= limit if sign > 0 else side.rank[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low if sign > 0 else low - 1


@compiled
def _enter(walk: _Walk, depth: int, account: int, signed: int, side: Side, tail: Ints, head: Ints, bottom: int, sign: int) -> None:
    walk.account[depth] = account
    walk.signed[depth] = signed
    low = live(side, tail, head, account, bottom)
    walk.place[depth] = _first_place(side, low, head[account], sign, signed)
    walk.trial[depth] += 1


@compiled
def _on_path(walk: _Walk, depth: int, account: int) -> bool:
    for i in range(depth + 1):  # noqa: SIM110 - the kernel compiler has no generators
        if walk.account[i] == account:
            return True
    return False


@compiled
def _ends_within(other: _Ball, account: int, signed: int, steps: int, query: int) -> bool:
    """Whether the other end can be reached in at most so many further edges."""
    return bool(other.stamp[account] == query and signed + other.best[account * (_STEPS + 1) + steps] < 0)


@compiled
def _count(
    counts: Codes, walk: _Walk, side: Side, tail: Ints, head: Ints, bottom: int, sign: int, ends: tuple[int, int, int], other: _Ball, query: int
) -> None:
    """Add the cycles through paths from ends[0] (reached with ends[2]) to ends[1] by length. `other` is the ball around ends[1]."""
    start, goal, signed = ends
    accounts = len(side.start) - 1
    if _ends_within(other, start, signed, 1, query):
        counts[0] += 1
    depth = 0
    _enter(walk, 0, start, signed, side, tail, head, bottom, sign)
    while depth >= 0:
        account, place = walk.account[depth], walk.place[depth]
        if place < tail[account] or place >= head[account]:
            depth -= 1
            continue
        walk.place[depth] = place + sign
        to, now = side.other[place], sign * side.rank[place]
        if walk.tried[depth * accounts + to] == walk.trial[depth]:
            continue
        walk.tried[depth * accounts + to] = walk.trial[depth]
        if to == goal or _on_path(walk, depth, to):
            continue
        if _ends_within(other, to, now, 1, query):
            counts[depth + 1] += 1
        left = _STEPS - 1 - depth
        if left >= 2 and (left > other.grown[1] or _ends_within(other, to, now, left, query)):
            depth += 1
            _enter(walk, depth, to, now, side, tail, head, bottom, sign)


@compiled
def count_cycles(events: Events, window: int, first: int, last: int) -> Codes:
    """For the rows from `first` to before `last` the number of cycles that the event closes: (rows, LONGEST - 1), lengths 2 to `LONGEST`.

    `window` in microseconds. The number can grow with the fifth power of an account's partners; `shortest_cycle` has no such worst case.
    """
    counts = np.zeros((last - first, _STEPS), np.int32)
    moving = opened(events)
    accounts = len(events.out.start) - 1
    forth, back = _ball(accounts), _ball(accounts)
    walk = _Walk(
        np.empty(_STEPS, np.int32),
        np.empty(_STEPS, np.int64),
        np.empty(_STEPS, np.int64),
        np.zeros(_STEPS, np.int64),
        np.zeros(_STEPS * accounts, np.int64),
    )
    shown = low = 0
    for row in range(last):
        shown, low = advance(events, moving, row, window, shown, low)
        if row < first or events.source[row] < 0:
            continue
        bottom = events.rank[low]
        if _search(events, moving, row, bottom, forth, back, True) == 0:
            continue
        source, target = events.source[row], events.target[row]
        if forth.grown[1] <= back.grown[1]:
            ends = (target, source, bottom - 1)
            _count(counts[row - first], walk, events.out, moving.out_tail, moving.out_head, bottom, 1, ends, back, row)
        else:
            ends = (source, target, -events.rank[row])
            _count(counts[row - first], walk, events.into, moving.in_tail, moving.in_head, bottom, -1, ends, forth, row)
    return counts
