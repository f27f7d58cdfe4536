"""A count for each pair of accounts: an open table that drops what has come to 0 when it grows.

One array holds key and count side by side, so that a look costs one line of memory: table[2 i] is a key (-1: free), table[2 i + 1] its count. The number of
places is a power of two, at most half of them taken.
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Ints, compiled


@compiled
def new_table() -> Ints:
    return _free(1024)


@compiled
def _free(places: int) -> Ints:
    table = np.zeros(2 * places, np.int64)
    table[::2] = -1
    return table


@compiled
def _cell(table: Ints, key: int) -> int:
    """Where a key stands, or the free cell where it belongs."""
    mask = len(table) // 2 - 1
    mixed = (key ^ (key >> 29)) * 0x1E3779B97F4A7C15
    place = (mixed ^ (mixed >> 32)) & mask
    while table[2 * place] != -1 and table[2 * place] != key:
        place = (place + 1) & mask
    return int(2 * place)


@compiled
def add(table: Ints, key: int, change: int, used: Ints) -> int:
    """Change a key's count; the count now. `used[0]` counts the places taken; `with_room` has made room."""
    cell = _cell(table, key)
    if table[cell] == -1:
        table[cell] = key
        used[0] += 1
    table[cell + 1] += change
    return int(table[cell + 1])


@compiled
def count_of(table: Ints, key: int) -> int:
    return int(table[_cell(table, key) + 1])


@compiled
def with_room(table: Ints, more: int, used: Ints) -> Ints:
    """The table with room for so many further keys."""
    if 4 * (used[0] + more) <= len(table):
        return table
    alive = np.count_nonzero(table[1::2])
    places = len(table) // 2
    while places < 4 * (alive + more):
        places *= 2
    fresh = _free(places)
    for cell in range(0, len(table), 2):
        if table[cell] != -1 and table[cell + 1] != 0:
            new = _cell(fresh, table[cell])
            fresh[new], fresh[new + 1] = table[cell], table[cell + 1]
    used[0] = alive
    return fresh
