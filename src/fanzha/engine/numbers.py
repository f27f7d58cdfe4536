"""Tokens as whole numbers: the kernels group and count codes, not texts."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanzha.engine.kernels import Codes, Ints, compiled

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: multiplied by it, close numbers fall far apart
_EMPTY = -1
_SEEDS = (0x5EED, 0xBEAD)

Seen: TypeAlias = tuple[Codes, Ints, Ints]
"""What has been numbered: a table of codes (a power of 2 long, `_EMPTY` where free), and of each code the two halves of its value."""


def nothing_seen() -> Seen:
    """Room for the first values; `number_pairs` doubles it as needed."""
    return np.full(1 << 16, _EMPTY, np.int32), np.zeros(1 << 15, np.int64), np.zeros(1 << 15, np.int64)


@compiled
def number_pairs(one: Ints, other: Ints, known: NDArray[np.bool_], seen: Seen, used: int) -> tuple[Codes, Seen, int]:
    """A code for each different (one, other), counting on from `used` in the order of their first coming; -1 where not known. Returns the codes, and what
    has been seen up to now: pass both on to go on numbering. O(values): a table that doubles when half full, looked through from a value's own place.
    """
    codes = np.empty(len(one), np.int32)
    table, firsts, seconds = seen
    for i in range(len(one)):
        if not known[i]:
            codes[i] = _EMPTY
            continue
        if used == len(firsts):
            table, firsts, seconds = _doubled(firsts, seconds)
        place = _place(table, firsts, seconds, one[i], other[i])
        if table[place] == _EMPTY:
            table[place] = used
            firsts[used] = one[i]
            seconds[used] = other[i]
            used += 1
        codes[i] = table[place]
    return codes, (table, firsts, seconds), used


@compiled
def _place(table: Codes, firsts: Ints, seconds: Ints, one: int, other: int) -> int:
    """Where the value stands in the table, or would stand."""
    mask = len(table) - 1
    place = np.int64((np.uint64(one) * _SPREAD) >> np.uint64(32)) & mask
    while table[place] != _EMPTY and (firsts[table[place]] != one or seconds[table[place]] != other):
        place = (place + 1) & mask
    return int(place)


@compiled
def _doubled(firsts: Ints, seconds: Ints) -> tuple[Codes, Ints, Ints]:
    used = len(firsts)
    table = np.full(4 * used, _EMPTY, np.int32)
    more, others = np.zeros(2 * used, np.int64), np.zeros(2 * used, np.int64)
    for code in range(used):
        more[code] = firsts[code]
        others[code] = seconds[code]
        table[_place(table, more, others, firsts[code], seconds[code])] = code
    return table, more, others


class Numbers:
    """One code for each different text or whole number of a run, from 0 in the order of their first coming.

    A text is told by two hashes of 64 bits with different seeds. Among five million texts two share both with a probability of 10^-25: less than that a
    bit falls over in memory. (Tokens are the output of a cipher, so nobody can choose texts that share them.)
    """

    def __init__(self) -> None:
        self._seen = nothing_seen()
        self.size = 0

    def codes(self, values: pl.Series) -> Codes:
        """The codes of a column of texts or of whole numbers, -1 for null. Do not mix the two in one numbering."""
        if values.dtype == pl.String:
            halves = values.alias("each").to_frame().select(pl.col("each").hash(seed).reinterpret(signed=True).alias(str(seed)) for seed in _SEEDS)
            one, other = (half.to_numpy() for half in halves)
        else:
            one = values.cast(pl.Int64).fill_null(0).to_numpy()
            other = np.zeros(len(one), np.int64)
        found, self._seen, self.size = number_pairs(one, other, values.is_not_null().to_numpy(), self._seen, self.size)
        return found
