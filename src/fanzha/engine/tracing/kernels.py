"""Numba kernels over transfers that stand in the order of (time, event order): the number of a transfer is its rank, so "before" is "smaller".

Accounts are int32 codes, amounts and positions int64 fen, times int64 microseconds. `out_start`/`out` list each account's outgoing transfers by rank.
Invariant of the ledger: with its opening balance no account ever goes below zero, so whatever leaves an account had come in before.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import Codes, Ints, compiled

Flags: TypeAlias = NDArray[np.int8]


@compiled
def wide(code: int) -> int:
    """A code of 32 bits as a number of 64, which is what the compiled queues hold."""
    return np.int64(code)  # type: ignore[return-value]  # compiled, an int is an int64


@compiled
def least_openings(payer: Codes, payee: Codes, amount: Ints, known: Ints) -> tuple[Ints, Flags]:
    """The smallest opening balances with which no account goes below zero; a known one (>= 0) stands unless it is too small.

    Returns the balances and, for each account, whether its opening is a guess (unknown, or contradicted by its own transfers).
    """
    balance = np.zeros(len(known), np.int64)
    least = np.zeros(len(known), np.int64)
    for i in range(len(amount)):
        left = balance[payer[i]] - amount[i]
        balance[payer[i]] = left
        least[payer[i]] = min(least[payer[i]], left)
        balance[payee[i]] += amount[i]
    opening = np.empty(len(known), np.int64)
    guessed = np.zeros(len(known), np.int8)
    for account in range(len(known)):
        opening[account] = max(known[account], -least[account])
        guessed[account] = 1 if known[account] < 0 or known[account] < -least[account] else 0
    return opening, guessed


@compiled
def walk(payer: Codes, payee: Codes, amount: Ints, opening: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """For each transfer: the payer's balance before it, the payee's balance before it, all that had left the payer before it, all that had come
    into the payee before it (its opening balance included). One pass."""
    balance = opening.copy()
    gone = np.zeros(len(opening), np.int64)
    come = opening.copy()
    payer_before, payee_before = np.empty_like(amount), np.empty_like(amount)
    gone_before, come_before = np.empty_like(amount), np.empty_like(amount)
    for i in range(len(amount)):
        source, target = payer[i], payee[i]
        payer_before[i], gone_before[i] = balance[source], gone[source]
        balance[source] -= amount[i]
        gone[source] += amount[i]
        payee_before[i], come_before[i] = balance[target], come[target]
        balance[target] += amount[i]
        come[target] += amount[i]
    return payer_before, payee_before, gone_before, come_before


@compiled
def outgoing(payer: Codes, accounts: int) -> tuple[Ints, Codes]:
    """Each account's outgoing transfers by rank: `out[out_start[a]:out_start[a + 1]]`. A counting sort."""
    start = np.zeros(accounts + 1, np.int64)
    for account in payer:
        start[account + 1] += 1
    for account in range(accounts):
        start[account + 1] += start[account]
    place = start[:-1].copy()
    out = np.empty(len(payer), np.int32)
    for i in range(len(payer)):
        out[place[payer[i]]] = i
        place[payer[i]] += 1
    return start, out


@compiled
def next_lower(out_start: Ints, out: Codes, payer_before: Ints, amount: Ints) -> Codes:
    """For each place in `out`: the place of the account's next outgoing transfer that leaves a smaller balance, -1 where none does."""
    found = np.full(len(out), -1, np.int32)
    for account in range(len(out_start) - 1):
        for place in range(out_start[account + 1] - 1, out_start[account] - 1, -1):
            left = payer_before[out[place]] - amount[out[place]]
            other = place + 1 if place + 1 < out_start[account + 1] else -1
            while other >= 0 and payer_before[out[other]] - amount[out[other]] >= left:
                other = found[other]
            found[place] = other
    return found


@compiled
def first_after(out: Codes, low: int, high: int, rank: int) -> int:
    """The first place in `out[low:high]` whose transfer comes after `rank`; `high` where none does."""
    while low < high:
        middle = (low + high) >> 1
        if out[middle] > rank:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def first_beyond(out: Codes, low: int, high: int, gone_before: Ints, amount: Ints, position: int) -> int:
    """The first place in `out[low:high]` whose transfer carries money beyond `position` of all that left the account."""
    while low < high:
        middle = (low + high) >> 1
        if gone_before[out[middle]] + amount[out[middle]] > position:
            high = middle
        else:
            low = middle + 1
    return low
