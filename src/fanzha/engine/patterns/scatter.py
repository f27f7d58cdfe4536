"""Money spread over several accounts and brought together again.

Scatter-gather: s pays m₁ … m_k, each of which pays v. Gather-scatter: a₁ … a_i pay m, which then pays b₁ … b_j. Patterns after Altman et al.,
"Realistic synthetic financial transactions for anti-money laundering models", NeurIPS 2023, and Blanuša et al., "Graph Feature Preprocessor",
ICAIF 2024; here the legs must also follow one another in time.
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.patterns.counts import add, count_of, new_table, with_room
from fanzha.engine.patterns.graph import Events, Pairs, Side, Window, advance, live, opened, show

MOST_LEGS = 1_000

@compiled
def _gathered(
    events: Events, pairs: Pairs, window: Window, row: int, bottom: int, latest: Codes, table: Ints, seen: Ints, used: Ints
) -> None:
    """The edge (m → v) becomes visible: each s that paid m before it gains m as an intermediary to v, unless it has it."""
    m, v, rank = events.source[row], events.target[row], events.rank[row]
    before = events.rank[latest[pairs.pair[row]]] if latest[pairs.pair[row]] >= 0 else -1
    accounts = len(events.into.start) - 1
    for place in range(live(events.into, window.in_tail, window.in_head, m, bottom), window.in_head[m]):
        s, paid = events.into.other[place], events.into.rank[place]
        if paid >= rank:
            break
        if s == v or seen[s] == row:
            continue
        seen[s] = row
        if paid >= before:
            add(table, np.int64(s) * accounts + v, 1, used)
    latest[pairs.pair[row]] = row


@compiled
def _expired(events: Events, pairs: Pairs, window: Window, row: int, shown: int, latest: Codes, table: Ints, used: Ints) -> None:
    """The edge (s → m) leaves the window: s loses m as an intermediary to each v that no later payment of s to m preceded."""
    s, m, rank = events.source[row], events.target[row], events.rank[row]
    accounts = len(events.out.start) - 1
    again = pairs.following[row]
    renewed = events.rank[again] if 0 <= again < shown else np.int32(2**31 - 1)
    for place in range(window.out_head[m] - 1, events.out.start[m] - 1, -1):
        paid, gather = events.out.rank[place], events.out.row[place]
        if paid <= rank:
            break
        v = events.out.other[place]
        if v != s and latest[pairs.pair[gather]] == gather and renewed >= paid:
            add(table, np.int64(s) * accounts + v, -1, used)


@compiled
def scatter_gather(events: Events, pairs: Pairs, window: int, first: int, last: int) -> tuple[Codes, Codes]:
    """For the rows from `first` to before `last`, the event (m → v) as the last leg of scatter-gathers: the width of the widest, and how many there are.

    An intermediary between s and v is an account m' that s paid and that afterwards, by (time, order), paid v; both strictly before the event and at
    or after t - `window` (microseconds); m counts itself, by the event, where s paid it. Width: the intermediaries of one s, m among them; a pattern has
    width >= 2, and s differs from v. 0 where there is none.

    Each payment adds its payer's sources and, when it is too old, takes off its payee's targets: O(sum of degrees within the window).
    """
    widest = np.zeros(last - first, np.int32)
    number = np.zeros(last - first, np.int32)
    accounts = len(events.out.start) - 1
    moving, latest = opened(events), np.full(len(pairs.reverse), -1, np.int32)
    table, used = new_table(), np.zeros(1, np.int64)
    seen, asked = np.full(accounts, -1, np.int64), np.full(accounts, -1, np.int64)
    shown = low = 0
    for row in range(last):
        while events.at[low] < events.at[row] - window:
            if low < shown and events.source[low] >= 0:
                _expired(events, pairs, moving, low, shown, latest, table, used)
            low += 1
        bottom = events.rank[low]
        while shown < row and events.rank[shown] < events.rank[row]:
            if events.source[shown] >= 0:
                payer = events.source[shown]
                table = with_room(table, moving.in_head[payer] - moving.in_tail[payer], used)
                _gathered(events, pairs, moving, shown, bottom, latest, table, seen, used)
                show(events, moving, shown)
            shown += 1
        if row < first or events.source[row] < 0:
            continue
        m, v, pair = events.source[row], events.target[row], pairs.pair[row]
        before = events.rank[latest[pair]] if latest[pair] >= 0 else -1
        for place in range(live(events.into, moving.in_tail, moving.in_head, m, bottom), moving.in_head[m]):
            s = events.into.other[place]
            if s == v or asked[s] == row:
                continue
            asked[s] = row
            width = count_of(table, np.int64(s) * accounts + v) + (events.into.rank[place] >= before)
            if width >= 2:
                number[row - first] += 1
                widest[row - first] = max(widest[row - first], width)
    return widest, number


# ---- gather-scatter


@compiled
def _distinct_after(side: Side, low: int, high: int, seen: Ints, mark: int, found: Codes, own: int) -> None:
    """found[i]: different accounts at places low + i and after, and `own`."""
    seen[own] = mark
    different = 1
    found[high - low] = different
    for place in range(high - 1, low - 1, -1):
        if seen[side.other[place]] != mark:
            seen[side.other[place]] = mark
            different += 1
        found[place - low] = different


@compiled
def gather_scatter(events: Events, window: int, most: int, first: int, last: int) -> Codes:
    """For the rows from `first` to before `last`, the event (m → b) as the last leg of a gather-scatter: its width.

    Over every moment of the window, the smaller of: the different accounts that paid m up to then, and the different accounts that m paid after then,
    the event included; the largest of these. All legs strictly before the event and at or after t - `window` (microseconds), and of m's receipts and of
    its payments the latest `most` each. 0 where m received nothing. O(legs of m) an event.
    """
    found = np.zeros(last - first, np.int32)
    accounts = len(events.out.start) - 1
    moving = opened(events)
    payers, payees = np.full(accounts, -1, np.int64), np.full(accounts, -1, np.int64)
    after = np.zeros(most + 1, np.int32)
    shown = low = 0
    for row in range(last):
        shown, low = advance(events, moving, row, window, shown, low)
        if row < first or events.source[row] < 0:
            continue
        m, bottom = events.source[row], events.rank[low]
        in_low = max(live(events.into, moving.in_tail, moving.in_head, m, bottom), moving.in_head[m] - most)
        out_low = max(live(events.out, moving.out_tail, moving.out_head, m, bottom), moving.out_head[m] - most)
        if in_low == moving.in_head[m]:
            continue
        out_high = moving.out_head[m]
        _distinct_after(events.out, out_low, out_high, payees, row, after, events.target[row])
        sources, width, next_out = 0, 0, out_low
        for place in range(in_low, moving.in_head[m]):
            sources += payers[events.into.other[place]] != row
            payers[events.into.other[place]] = row
            while next_out < out_high and events.out.rank[next_out] <= events.into.rank[place]:
                next_out += 1
            width = max(width, min(sources, after[next_out - out_low]))
            if after[next_out - out_low] <= width:
                break
        found[row - first] = width
    return found
