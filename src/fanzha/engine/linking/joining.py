"""Join cases into series: one union-find over all links that carry enough bits."""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.linking.floats import Flags, Floats


@compiled
def root(parent: Codes, case: int) -> int:
    """The case that stands for the series of `case`; the way there is shortened."""
    while parent[case] != case:
        parent[case] = parent[parent[case]]
        case = parent[case]
    return case


@compiled
def unite(parent: Codes, one: int, other: int) -> None:
    """Join the series of two cases; the smaller number stands for both, so the outcome does not depend on the order."""
    one, other = root(parent, one), root(parent, other)
    if one < other:
        parent[other] = one
    elif other < one:
        parent[one] = other


@compiled
def join_by_values(parent: Codes, start: Ints, cases: Codes, bits: Floats, threshold: float) -> None:
    """Join all cases that share a value which alone carries enough."""
    for value in range(len(bits)):
        if bits[value] >= threshold:
            for place in range(start[value] + 1, start[value + 1]):
                unite(parent, cases[start[value]], cases[place])


@compiled
def join_by_pairs(parent: Codes, pairs: Ints, bits: Floats, cases: int, threshold: float) -> None:
    """Join the pairs (sorted; one case · `cases` + the other) whose bits add up to enough."""
    total = 0.0
    for i in range(len(pairs)):
        total = bits[i] if i == 0 or pairs[i] != pairs[i - 1] else total + bits[i]
        if total >= threshold:
            unite(parent, pairs[i] // cases, pairs[i] % cases)


@compiled
def count_pairs(start: Ints, bits: Floats, threshold: float, widest: int) -> int:
    """Pairs of cases that share a value which carries something, but alone not enough."""
    count = 0
    for value in range(len(bits)):
        known = start[value + 1] - start[value]
        if 0 < bits[value] < threshold and known <= widest:
            count += known * (known - 1) // 2
    return count


@compiled
def write_pairs(start: Ints, cases: Codes, bits: Floats, threshold: float, widest: int, total: int, pairs: Ints, weights: Floats) -> None:
    """Fill `pairs` (the smaller case · `total` + the larger) and the bits that each carries."""
    used = 0
    for value in range(len(bits)):
        low, high = start[value], start[value + 1]
        if 0 < bits[value] < threshold and high - low <= widest:
            for i in range(low, high):
                for j in range(i + 1, high):
                    one, other = min(cases[i], cases[j]), max(cases[i], cases[j])
                    pairs[used] = np.int64(one) * total + other
                    weights[used] = bits[value]
                    used += 1


@compiled
def share_any(start: Ints, values: Ints, pairs: Ints) -> Flags:
    """Whether the two cases of each pair have a value in common; case c has `values[start[c]:start[c + 1]]`, of which there are few."""
    found = np.zeros(len(pairs), np.bool_)
    for i in range(len(pairs)):
        one, other = pairs[i]
        for mine in values[start[one] : start[one + 1]]:
            for theirs in values[start[other] : start[other + 1]]:
                found[i] |= mine == theirs
    return found


@compiled
def roots(parent: Codes) -> Codes:
    """For each case the one that stands for its series."""
    found = np.empty_like(parent)
    for case in range(len(parent)):
        found[case] = root(parent, case)
    return found
