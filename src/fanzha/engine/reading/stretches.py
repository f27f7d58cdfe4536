"""Names and accounts as stretches of a text that a chain of tags marks: outside, first and further characters by kind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.chains import Chain, Floats, Tags, best_path, fresh, gathered


@dataclass(frozen=True)
class Stretch:
    """[start, end) of a text; `kind` counts from 0; `share`: how likely exactly this stretch is one of the kind, 0..1."""

    start: int
    end: int
    kind: int
    share: float


def fresh_chain(kinds: int) -> Chain:
    """A chain for stretches of so many kinds: nothing goes on that has not begun."""
    further = range(2, 2 * kinds + 1, 2)
    forbidden = tuple((before, tag) for tag in further for before in range(2 * kinds + 1) if before not in (tag - 1, tag))
    return fresh(2 * kinds + 1, forbidden, tuple(further))


def tags_of(length: int, stretches: Sequence[tuple[int, int, int]]) -> Tags:
    """The tags of a text with (start, end, kind); of two that overlap the first holds."""
    tags = np.zeros(length, np.int64)
    for start, end, kind in stretches:
        if not tags[start:end].any():
            tags[start] = 2 * kind + 1
            tags[start + 1 : end] = 2 * kind + 2
    return tags


def stretches_of(fits: Floats, chain: Chain) -> Iterator[Stretch]:
    """The stretches of the likeliest tags, in the order of the text; `fits`: how well each tag fits each place."""
    tags = best_path(fits, chain.steps, chain.starts)
    forward, backward, whole = gathered(fits, chain.steps, chain.starts)
    for start in np.flatnonzero(tags % 2 == 1).tolist():
        end = start + 1
        while end < len(tags) and tags[end] == tags[start] + 1:
            end += 1
        told = _logarithm(start, end, tags[start], fits, chain.steps, forward, backward)
        yield Stretch(start, end, int(tags[start]) // 2, math.exp(min(0.0, told - whole)))


@compiled
def _logarithm(start: int, end: int, tag: int, fits: NDArray[np.float64], steps: Floats, forward: Floats, backward: Floats) -> float:
    """Of the sum over all paths on which exactly [start, end) is a stretch that begins with `tag`."""
    total = forward[start, tag]
    for place in range(start + 1, end):
        total += steps[tag if place == start + 1 else tag + 1, tag + 1] + fits[place, tag + 1]
    if end == len(fits):
        return float(total)
    last = tag if end == start + 1 else tag + 1
    ways = 0.0
    most = -np.inf
    for after in range(fits.shape[1]):
        if after != tag + 1:
            most = max(most, steps[last, after] + fits[end, after] + backward[end, after])
    for after in range(fits.shape[1]):
        if after != tag + 1:
            ways += math.exp(steps[last, after] + fits[end, after] + backward[end, after] - most)
    return float(total + most + math.log(ways))
