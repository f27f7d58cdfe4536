"""The series that a new report may belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.link import Linked

MOST_CASES = 4096  # cases of one value that are looked at


@dataclass(frozen=True)
class Reason:
    """One value that the report shares with a series: with how many of its cases, and the bits it carries."""

    kind: Shared
    value: str
    cases: int
    bits: float


@dataclass(frozen=True)
class Candidate:
    """A series (named by the case that stands for it) with the bits that speak for it; `likely` where they reach the threshold."""

    series: int
    bits: float
    likely: bool
    reasons: tuple[Reason, ...]


class Candidates:
    """Looks values up among linked cases. Built once after a linking, in O(values); a look-up costs what the values' cases cost."""

    def __init__(self, linked: Linked) -> None:
        self._linked = linked
        kinds = linked.cases.kinds.tolist()
        self._codes = {(kind, text): code for code, (kind, text) in enumerate(zip(kinds, linked.cases.texts, strict=True))}

    def find(self, values: Sequence[tuple[Shared, str]], most: int = 10) -> list[Candidate]:
        """Series that share one of the clean values, the likeliest first. A value that only one case knew so far counts with its kind's strength."""
        found: dict[int, list[Reason]] = defaultdict(list)
        for kind, text in dict.fromkeys(values):
            code = self._codes.get((int(kind), text))
            if code is not None:
                self._add(found, kind, text, code)
        told = [self._candidate(series, reasons) for series, reasons in found.items()]
        return sorted(told, key=lambda each: (-each.bits, each.series))[:most]

    def _add(self, found: dict[int, list[Reason]], kind: Shared, text: str, code: int) -> None:
        linked = self._linked
        known_by = linked.cases.known_by[linked.cases.start[code] : linked.cases.start[code + 1]][:MOST_CASES]
        bits = float(linked.bits[code]) if len(known_by) > 1 else linked.settings.strength[kind]
        if bits <= 0:
            return
        series, counts = np.unique(linked.series[known_by], return_counts=True)
        for one, count in zip(series.tolist(), counts.tolist(), strict=True):
            found[one].append(Reason(kind, text, count, round(bits, 1)))

    def _candidate(self, series: int, reasons: list[Reason]) -> Candidate:
        bits = sum(each.bits for each in reasons)
        return Candidate(series, round(bits, 1), bits >= self._linked.settings.threshold, tuple(sorted(reasons, key=lambda each: -each.bits)))
