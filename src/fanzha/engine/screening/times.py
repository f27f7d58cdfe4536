"""When a key was seen, and nothing else: what tells who is new over thirty days, in 24 bytes an event where a line takes over a hundred.

A record is one flat array of (time, order), (time, order), … that ascends. An equal pair stands once: seeing an event twice changes nothing, since only the
first and the last before a moment are ever asked for. What was known at the start lies in three arrays for all keys together (`Archive`); a key's record is
taken out of them when it is asked for, and kept by itself from its next event on.

Keys are 64-bit hashes of a subject or of two: that any two of a city's ten million pairs share one has a chance of three in a million.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Record: TypeAlias = "array[int]"
TYPE = "q"
_LONG = 512  # numbers in a record from which on the front is looked at whenever one is added


_MASK: Final = 2**64 - 1
_FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F  # odd: each side alone decides the product; different: who stands first matters

Keys: TypeAlias = npt.NDArray[np.uint64]
Numbers: TypeAlias = npt.NDArray[np.int64]


def key_of(subject: str) -> int:
    """The key of one subject, in this process."""
    return hash(subject) & _MASK


def pair_of(first: str, second: str) -> int:
    """The key of two, in this order."""
    return (key_of(first) * _FIRST + key_of(second) * _SECOND) & _MASK


def pairs_of(first: Keys, second: Keys) -> Keys:
    """`pair_of`, of many; arithmetic is modulo 2^64."""
    return first * np.uint64(_FIRST) + second * np.uint64(_SECOND)


@dataclass(frozen=True)
class Archive:
    """Records of many keys: `keys` (rows) ascend, `moments` (rows, 2) have time and order of each row and ascend within a key."""

    keys: Keys
    moments: Numbers

    @staticmethod
    def empty() -> Archive:
        return Archive(np.empty(0, np.uint64), np.empty((0, 2), np.int64))

    @staticmethod
    def of(keys: Keys, at: Numbers, order: Numbers) -> Archive:
        """From rows that stand by (at, order)."""
        by_key = np.argsort(keys, kind="stable")
        return Archive(keys[by_key], np.column_stack([at[by_key], order[by_key]]))

    def record(self, key: int) -> Record | None:
        """None where the key is not known."""
        wanted = np.uint64(key)
        low = self.keys.searchsorted(wanted)
        if low == len(self.keys) or self.keys[low] != wanted:
            return None
        found = record()
        found.frombytes(self.moments[low : self.keys.searchsorted(wanted, side="right")].tobytes())
        return found


def record(moments: Iterable[int] = ()) -> Record:
    """From (time, order) after (time, order), ascending."""
    return array(TYPE, moments)


def before(times: Record, at: int, order: int) -> int:
    """How many entries stand strictly before (at, order)."""
    count = len(times) // 2
    if not count or (times[-2], times[-1]) < (at, order):
        return count
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if (times[2 * middle], times[2 * middle + 1]) < (at, order):
            low = middle + 1
        else:
            high = middle
    return low


def see(times: Record, at: int, order: int, horizon: int) -> None:
    """Add one entry; what is older than the horizon may go."""
    place = before(times, at, order)
    if 2 * place < len(times) and times[2 * place] == at and times[2 * place + 1] == order:
        return
    times[2 * place : 2 * place] = record((at, order))
    if len(times) >= _LONG and times[len(times) // 4 & ~1] < horizon:
        trim(times, horizon)


def trim(times: Record, horizon: int) -> None:
    """Forget the entries with time < horizon."""
    del times[: 2 * before(times, horizon, -(2**63))]


def first_since(times: Record, at: int, order: int, window: int) -> int | None:
    """The time of the earliest entry at or after at - window and strictly before (at, order)."""
    place = before(times, at - window, -(2**63))
    return times[2 * place] if place < before(times, at, order) else None


def last_before(times: Record, at: int, order: int) -> int | None:
    """The time of the latest entry strictly before (at, order)."""
    place = before(times, at, order)
    return times[2 * place - 2] if place else None
