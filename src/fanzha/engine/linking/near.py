"""Numbers that differ in one digit: one of them is probably the other, misheard or mistyped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanzha.engine.kernels import Ints, compiled

SHORTEST, LONGEST = 8, 24
_BASE = np.uint64(1_099_511_628_211)


@compiled
def _holes(digits: np.ndarray, lengths: Ints, hashes: np.ndarray, owner: Ints) -> int:
    """For each number and each of its digits: a hash of the number with that digit left open. Returns how many were written."""
    used = 0
    for i in range(len(lengths)):
        whole = np.uint64(lengths[i])
        for place in range(lengths[i]):
            whole = whole * _BASE + np.uint64(digits[i, place])
        power = np.uint64(1)
        for place in range(lengths[i] - 1, -1, -1):
            open_ = whole - power * np.uint64(digits[i, place]) + power * np.uint64(200)
            hashes[used] = open_ * np.uint64(31) + np.uint64(place)
            owner[used] = i
            used += 1
            power = power * _BASE
    return used


@dataclass(frozen=True)
class Holes:
    """Hashes of numbers with one digit left open: two numbers that share one differ in that digit alone. `owner`: whose each is."""

    hashes: NDArray[np.uint64]
    owner: Ints


def holes(numbers: pl.Series) -> Holes:
    """Of each number (a text of digits) its holes; of what is no number, is too short or too long, none. `owner` is the place in `numbers`."""
    places = (numbers.str.contains(r"^\d+$") & numbers.str.len_bytes().is_between(SHORTEST, LONGEST)).fill_null(value=False).arg_true().to_numpy()
    texts = numbers.gather(places)
    lengths = texts.str.len_bytes().cast(pl.Int64).to_numpy()
    padded = texts.str.pad_end(LONGEST, "0").to_list()
    digits = np.frombuffer("".join(padded).encode("ascii"), np.uint8).reshape(-1, LONGEST)
    hashes, owner = np.empty(int(lengths.sum()), np.uint64), np.empty(int(lengths.sum()), np.int64)
    _holes(digits, lengths, hashes, owner)
    return Holes(hashes, places[owner].astype(np.int64))


def near_pairs(numbers: pl.Series, most: int) -> Ints:
    """Pairs (n, 2) of places in `numbers` (distinct texts of digits) that differ in exactly one digit; see `close`."""
    return close(holes(numbers), most)


def close(given: Holes, most: int) -> Ints:
    """Pairs (n, 2) of owners that share a hole; owners near more than `most` others are left out: a run of numbers one digit apart is a range, not a slip."""
    if not len(given.owner):
        return np.empty((0, 2), np.int64)
    order = np.argsort(given.hashes, kind="stable")
    hashes, owner = given.hashes[order], given.owner[order]
    found = [np.empty((0, 2), np.int64)]
    for step in range(1, most):
        same = np.flatnonzero(hashes[step:] == hashes[:-step])
        if not len(same):
            break
        found.append(np.column_stack([owner[same], owner[same + step]]))
    pairs = np.concatenate(found)
    crowded = np.bincount(pairs.ravel(), minlength=int(owner.max()) + 1) > most
    return np.asarray(pairs[~(crowded[pairs[:, 0]] | crowded[pairs[:, 1]])], np.int64)
