"""A small network that says of each character how likely it begins a name, goes on with one, or is none: it sees farther than the chain and knows words that mean alike.

What a character is seen as (`sights`) is looked up in tables and added up; then each layer lets a character hear of its neighbours, near ones and farther ones
by turns, and adds what comes of it. Sources: Strubell et al., "Fast and accurate entity recognition with iterated dilated convolutions" (EMNLP 2017); Chollet,
"Xception" (CVPR 2017) for mixing along the text and across the numbers of a place apart; Ba, Kiros, Hinton, "Layer normalization" (2016); Howard et al.,
"Searching for MobileNetV3" (ICCV 2019) for the bend (`bend`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import summing
from fanzha.engine.reading.sights import Known, Seen

Ints: TypeAlias = NDArray[np.int64]
Singles: TypeAlias = NDArray[np.float32]
TAGS = 3
"""None, first, further: as `stretches` numbers them for one kind."""
SPREADS = np.array([1, 2, 4, 1, 2, 4])
"""How far apart the characters stand that a layer mixes."""
PARTS = ("seen", "meant", "start", "scales", "shifts", "along", "across", "biases", "told", "whole")
"""What is learned: the tables, what the numbers of a word add, what every place begins with; by layer how a place is scaled and shifted, mixed along the text and
across its numbers, and what is added; how well each tag fits, and what is added to that."""
_AT_ONCE = 48
"""A product of more rows is cut up between threads, which takes longer than the product."""
_SMALL = np.float32(1e-5)


@dataclass(frozen=True)
class Net:
    """`known`: what has a row; `vectors`: what the known words mean (rows, numbers), the first of none; `parts`: the weights, named as in `PARTS`."""

    known: Known
    vectors: Singles
    parts: Mapping[str, Singles]

    @cached_property
    def meant(self) -> Singles:
        """(known words, width): what a word adds."""
        return self.vectors @ self.parts["meant"]

    def shares(self, seen: Seen) -> Singles:
        """(places, TAGS): the logarithms of the shares of the tags; nothing stands beyond what is seen."""
        parts = self.parts
        state = looked_up(seen.rows, parts["seen"], self.meant[seen.words], parts["start"])
        _through(state, parts["scales"], parts["shifts"], parts["along"], parts["across"], parts["biases"])
        fits = state @ parts["told"] + parts["whole"]
        fits -= fits.max(axis=1, keepdims=True)
        return np.asarray(fits - np.log(np.exp(fits).sum(axis=1, keepdims=True)), np.float32)


@summing
def looked_up(rows: Ints, tables: Singles, words: Singles, start: Singles) -> Singles:
    """The sum of the rows of each place, of what its word adds and of `start`."""
    found = np.empty(words.shape, np.float32)
    for place in range(len(rows)):
        for number in range(words.shape[1]):
            found[place, number] = words[place, number] + start[number]
        for row in rows[place]:
            for number in range(words.shape[1]):
                found[place, number] += tables[row, number]
    return found


@summing
def bend(values: Singles) -> None:
    """x · min(1, max(0, x/6 + 1/2)), in place."""
    for place in range(len(values)):
        for number in range(values.shape[1]):
            value = values[place, number]
            values[place, number] = value * min(np.float32(1), max(np.float32(0), value / np.float32(6) + np.float32(0.5)))


@summing
def _add_bent(state: Singles, heard: Singles, bias: Singles) -> None:
    """Adds the bent sum of `heard` and `bias` to `state`."""
    for place in range(len(state)):
        for number in range(state.shape[1]):
            value = heard[place, number] + bias[number]
            state[place, number] += value * min(np.float32(1), max(np.float32(0), value / np.float32(6) + np.float32(0.5)))


@summing
def normed(state: Singles, scale: Singles, shift: Singles) -> tuple[Singles, Singles]:
    """(each place with mean 0 and spread 1, scaled and shifted; one over the spread of each place)."""
    found, widths = np.empty_like(state), np.empty(len(state), np.float32)
    wide = state.shape[1]
    for place in range(len(state)):
        total = np.float32(0)
        for number in range(wide):
            total += state[place, number]
        mean = total / np.float32(wide)
        squares = np.float32(0)
        for number in range(wide):
            off = state[place, number] - mean
            squares += off * off
        widths[place] = np.float32(1) / np.sqrt(squares / np.float32(wide) + _SMALL)
        for number in range(wide):
            found[place, number] = (state[place, number] - mean) * widths[place] * scale[number] + shift[number]
    return found, widths


@summing
def mixed_along(values: Singles, along: Singles, spread: int) -> Singles:
    """Each channel of each place, mixed with the same channel of the places `spread` apart: `along` (places, channels); nothing stands beyond the ends."""
    found = np.zeros_like(values)
    middle = len(along) // 2
    for place in range(len(values)):
        for tap in range(len(along)):
            other = place + (tap - middle) * spread
            if 0 <= other < len(values):
                for number in range(values.shape[1]):
                    found[place, number] += values[other, number] * along[tap, number]
    return found


@summing
def _through(state: Singles, scales: Singles, shifts: Singles, along: Singles, across: Singles, biases: Singles) -> None:
    """All layers, in place."""
    bend(state)
    heard = np.empty_like(state)
    for layer in range(len(SPREADS)):
        mixed = mixed_along(normed(state, scales[layer], shifts[layer])[0], along[layer], SPREADS[layer])
        for first in range(0, len(state), _AT_ONCE):
            np.dot(mixed[first : first + _AT_ONCE], across[layer], heard[first : first + _AT_ONCE])
        _add_bent(state, heard, biases[layer])
