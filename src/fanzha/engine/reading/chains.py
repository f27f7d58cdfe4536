"""Chains of tags learned from marked texts: linear-chain conditional random fields over hashed features.

A sequence (the characters of a text, the sums in it) gets one tag a place; how well a tag fits is the sum of the weights of the place's features and of the step
from the tag before. Learned by the gradient of the likelihood, one sequence at a time, steps by AdaGrad, features left out at random.
Sources: Lafferty, McCallum, Pereira, "Conditional random fields" (ICML 2001); Weinberger et al., "Feature hashing" (ICML 2009); Duchi, Hazan, Singer, "Adaptive
subgradient methods" (JMLR 2011); Wager, Wang, Liang, "Dropout training as adaptive regularization" (NeurIPS 2013).

Features are places in the table of weights, int32, below 0 where there is none: an array (places, most features a place).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled

BITS = 21
SLOTS = 1 << BITS
NEVER = -1e9
"""The weight of a step that is not allowed: no path takes it."""

Features: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]
Tags: TypeAlias = NDArray[np.int64]
Weights: TypeAlias = NDArray[np.float32] | NDArray[np.int8]
"""Floats while a chain is learned; one byte each as it is shipped, so that the table stays near."""


@dataclass(frozen=True)
class Chain:
    """`weights`: (SLOTS, tags), in parts of `part`; `steps`: (from, to); `starts`: of the first place."""

    weights: Weights
    steps: Floats
    starts: Floats
    part: float = 1.0

    def weighed(self, weight: float) -> Chain:
        """The same, all that it says taken so many times."""
        return Chain(self.weights, self.steps * weight, self.starts * weight, self.part * weight)

    def likeliest(self, features: Features) -> tuple[Tags, Floats]:
        """(the likeliest tag of each place, its share of all paths, 0..1)."""
        fits = self.fits(features)
        tags = best_path(fits, self.steps, self.starts)
        return tags, self.shares(fits)[np.arange(len(tags)), tags]

    def shares(self, fits: Floats) -> Floats:
        """(places, tags): the share of all paths on which the place has the tag; a row sums to 1."""
        forward, backward, whole = gathered(fits, self.steps, self.starts)
        return np.asarray(np.exp(np.minimum(0.0, forward + backward - whole)))

    def fits(self, features: Features) -> Floats:
        """(places, tags): how well each tag fits by the place's own features."""
        return fitting(features, self.weights) * self.part


def fresh(tags: int, forbidden: tuple[tuple[int, int], ...] = (), never_first: tuple[int, ...] = ()) -> Chain:
    """A chain that knows nothing but which steps are not allowed."""
    steps, starts = np.zeros((tags, tags)), np.zeros(tags)
    for one, other in forbidden:
        steps[one, other] = NEVER
    for tag in never_first:
        starts[tag] = NEVER
    return Chain(np.zeros((SLOTS, tags), np.float32), steps, starts)


@compiled
def mixed(hashed: int, value: int) -> int:
    """The hash of a sequence that goes on by one value: multiply and fold, 64 bits."""
    turned = (np.uint64(hashed) ^ np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
    return int(turned ^ (turned >> np.uint64(29)))


@compiled
def fitting(features: Features, weights: Weights) -> Floats:
    """(places, tags): the sum of the weights of each place's features."""
    found = np.zeros((len(features), weights.shape[1]))
    for place in range(len(features)):
        for slot in features[place]:
            if slot >= 0:
                for tag in range(weights.shape[1]):
                    found[place, tag] += weights[slot, tag]
    return found


@compiled
def _log_of_sum(values: Floats) -> float:
    most = values[0]
    for value in values:
        most = max(most, value)
    total = 0.0
    for value in values:
        total += math.exp(value - most)
    return float(most + math.log(total))


@compiled
def gathered(fits: Floats, steps: Floats, starts: Floats) -> tuple[Floats, Floats, float]:
    """Forward and backward logarithms of the sums over all paths, and that of the whole: forward + backward − whole is a tag's logarithmic share."""
    places, tags = fits.shape
    forward = np.empty((places, tags))
    backward = np.zeros((places, tags))
    ways = np.empty(tags)
    for tag in range(tags):
        forward[0, tag] = fits[0, tag] + starts[tag]
    for place in range(1, places):
        for tag in range(tags):
            for before in range(tags):
                ways[before] = forward[place - 1, before] + steps[before, tag]
            forward[place, tag] = _log_of_sum(ways) + fits[place, tag]
    for place in range(places - 2, -1, -1):
        for tag in range(tags):
            for after in range(tags):
                ways[after] = steps[tag, after] + fits[place + 1, after] + backward[place + 1, after]
            backward[place, tag] = _log_of_sum(ways)
    return forward, backward, _log_of_sum(forward[places - 1])


@compiled
def best_path(fits: Floats, steps: Floats, starts: Floats) -> Tags:
    """The likeliest tags (Viterbi, 1967)."""
    places, tags = fits.shape
    best = fits[0] + starts
    came = np.zeros((places, tags), np.int64)
    for place in range(1, places):
        now = np.empty(tags)
        for tag in range(tags):
            from_tag = 0
            for before in range(1, tags):
                if best[before] + steps[before, tag] > best[from_tag] + steps[from_tag, tag]:
                    from_tag = before
            came[place, tag] = from_tag
            now[tag] = best[from_tag] + steps[from_tag, tag] + fits[place, tag]
        best = now
    path = np.empty(places, np.int64)
    path[places - 1] = best.argmax()
    for place in range(places - 1, 0, -1):
        path[place - 1] = came[place, path[place]]
    return path


@compiled
def learn(
    features: Features, ends: Tags, told: Tags, weights: NDArray[np.float32], steps: Floats, starts: Floats, squares: NDArray[np.float32], step_squares: Floats,
    rate: float, decay: float, left_out: float, seed: int,
) -> None:  # fmt: skip
    """One pass over all sequences in the order they lie: `ends` are the places after each one's last, `told` the tags. Changes weights, steps and both squares."""
    np.random.seed(seed)
    tags = weights.shape[1]
    begin = 0
    for end in ends:
        mine = features[begin:end].copy()
        for place in range(end - begin):
            for column in range(mine.shape[1]):
                if np.random.random() < left_out:
                    mine[place, column] = -1
        fits = fitting(mine, weights)
        forward, backward, whole = gathered(fits, steps, starts)
        for place in range(end - begin):
            for tag in range(tags):
                slope = math.exp(forward[place, tag] + backward[place, tag] - whole) - (told[begin + place] == tag)
                if abs(slope) > 1e-4:
                    _pull(mine[place], tag, slope, weights, squares, rate, decay)
            if place > 0:
                _pull_steps(place, told[begin + place - 1], told[begin + place], fits, forward, backward, whole, steps, step_squares, rate)
        begin = end


@compiled
def _pull(slots: NDArray[np.int32], tag: int, slope: float, weights: NDArray[np.float32], squares: NDArray[np.float32], rate: float, decay: float) -> None:
    for slot in slots:
        if slot >= 0:
            down = slope + decay * weights[slot, tag]
            squares[slot, tag] += down * down
            weights[slot, tag] -= rate * down / math.sqrt(squares[slot, tag])


@compiled
def _pull_steps(
    place: int, was: int, now: int, fits: Floats, forward: Floats, backward: Floats, whole: float, steps: Floats, squares: Floats, rate: float,
) -> None:  # fmt: skip
    for before in range(steps.shape[0]):
        for tag in range(steps.shape[0]):
            if steps[before, tag] > NEVER:
                share = math.exp(forward[place - 1, before] + steps[before, tag] + fits[place, tag] + backward[place, tag] - whole)
                slope = share - (was == before and now == tag)
                squares[before, tag] += slope * slope
                steps[before, tag] -= rate * slope / math.sqrt(squares[before, tag])
