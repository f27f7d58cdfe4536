"""How telling each shared value is, from who shares it.

Bits of a value = strength of its kind
  − ½ · log2(cases / 8) where more than eight know it (what is popular tells little)
  + 2, 1, 0, −4 by the share of its cases that are of one fraud type (≥ 90 %, ≥ 70 %, ≥ 50 %, less; only from four cases of known type on)
  + 2, 1, 0, −3, −6 by the time between its cases, the outer tenths left out (a month, a quarter, half a year, a year, more).
A hotline is shared by all types at all times, a gang's number by one trick for some weeks.
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Codes, Ints, compiled
from fanzha.engine.linking.floats import Floats

UNKNOWN = -1  # of a type or day
TYPES = 64  # fraud types that are told apart
ENOUGH_TYPES = 4
FREE = 8  # cases that may know a value before it counts as popular
SAMPLE = 4096  # cases of a value that are looked at


@compiled
def _purity_bits(types: Codes, cases: Codes) -> float:
    counts = np.zeros(TYPES, np.int64)
    known = 0
    for case in cases:
        if types[case] != UNKNOWN:
            counts[types[case]] += 1
            known += 1
    if known < ENOUGH_TYPES:
        return 0.0
    share = counts.max() / known
    if share >= 0.9:
        return 2.0
    if share >= 0.7:
        return 1.0
    return 0.0 if share >= 0.5 else -4.0


@compiled
def _span_bits(days: Codes, cases: Codes) -> float:
    told = days[cases]
    told = told[told != UNKNOWN]
    if len(told) < 2:
        return 0.0
    told = np.sort(told)
    edge = len(told) // 10
    span = told[len(told) - 1 - edge] - told[edge]
    if span <= 31:
        return 2.0
    if span <= 92:
        return 1.0
    if span <= 183:
        return 0.0
    return -3.0 if span <= 366 else -6.0


@compiled
def value_bits(start: Ints, cases: Codes, kind: Codes, strength: Floats, types: Codes, days: Codes) -> Floats:
    """Bits of each value; `cases[start[v]:start[v + 1]]` know value v. A value of one case links nothing and has -inf."""
    bits = np.full(len(kind), -np.inf)
    for value in range(len(kind)):
        mine = cases[start[value] : start[value + 1]]
        if len(mine) < 2:
            continue
        seen = mine if len(mine) <= SAMPLE else mine[:: len(mine) // SAMPLE + 1]
        popular = 0.5 * max(0.0, np.log2(len(mine) / FREE))
        bits[value] = strength[kind[value]] - popular + _purity_bits(types, seen) + _span_bits(days, seen)
    return bits
