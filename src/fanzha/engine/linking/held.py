"""What analysts have decided outlasts every new linking: cases that belong together stay together, cases that were told apart stay apart.

A linking that breaks no decision stands as it is. Where one would be broken, the cases of that component alone are joined anew, link by link, the strongest
first, and a link that would break a decision is refused (constrained agglomeration; Wagstaff et al. 2001 call them must-link and cannot-link). Of several
groups that a value would join against a decision, the larger ones come first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from fanzha.engine.kernels import Codes, Floats, Ints

ALONE = -1


@dataclass(frozen=True)
class Held:
    """`pinned[i]`: the settled series of case i (a code of the caller's), ALONE where it has none; cases of one are joined, of different ones never.
    `apart`: one array of (case, side) rows for each decision; cases on different sides of it are never joined."""

    pinned: Codes
    apart: tuple[Ints, ...] = ()

    def sides(self) -> Ints:
        """(n, 3) rows of decision, case, side; decision 0 are the settled series."""
        settled = np.flatnonzero(self.pinned != ALONE)
        rows = [np.column_stack([np.zeros(len(settled), np.int64), settled, self.pinned[settled]])]
        rows += [np.column_stack([np.full(len(each), number), each]) for number, each in enumerate(self.apart, 1) if len(each)]
        return np.concatenate(rows).astype(np.int64)


@dataclass(frozen=True)
class Links:
    """What joins: value v (`bits[v]`) all of `known_by[start[v]:start[v + 1]]`; pair p the cases `pairs[p] // cases` and `pairs[p] % cases` by `pair_bits[p]`."""

    start: Ints
    known_by: Codes
    bits: Floats
    pairs: Ints
    pair_bits: Floats
    threshold: float


@dataclass
class _Groups:
    """A union-find that knows, of each root, its size and the side it stands on in each decision."""

    parent: dict[int, int]
    size: dict[int, int]
    sides: dict[int, dict[int, int]]
    refused: set[tuple[int, int]] = field(default_factory=set)
    """Settled series (the smaller code first) that a link would have joined."""

    def root(self, case: int) -> int:
        while self.parent[case] != case:
            self.parent[case] = self.parent[self.parent[case]]
            case = self.parent[case]
        return case

    def join(self, cases: Iterable[int]) -> None:
        """All whose groups stand against no other; the larger first, then the smaller number."""
        roots = sorted({self.root(case) for case in cases}, key=lambda root: (-self.size[root], root))
        kept: list[int] = []
        for root in roots:
            friend = next((place for place, other in enumerate(kept) if not self._against(other, root)), None)
            if friend is None:
                kept.append(root)
            else:
                kept[friend] = self._unite(kept[friend], root)

    def _against(self, one: int, other: int) -> bool:
        mine, theirs = self.sides[one], self.sides[other]
        broken = [decision for decision in mine.keys() & theirs.keys() if mine[decision] != theirs[decision]]
        if broken == [0]:
            self.refused.add((min(mine[0], theirs[0]), max(mine[0], theirs[0])))
        return bool(broken)

    def _unite(self, one: int, other: int) -> int:
        low, high = min(one, other), max(one, other)
        self.parent[high] = low
        self.size[low] += self.size.pop(high)
        self.sides[low] = self.sides[low] | self.sides.pop(high)
        return low


def hold(roots: Codes, links: Links, held: Held) -> tuple[Codes, list[tuple[int, int]]]:
    """The roots with every decision kept, and the pairs of settled series that a link would have joined: what a person may want to look at.

    `roots[i]` is the smallest case of the series of case i, as linking found it without decisions.
    """
    sides = held.sides()
    if not len(sides):
        return roots, []
    fixed = _pinned_together(roots, held.pinned)
    broken = _broken(fixed, sides)
    if not len(broken):
        return fixed, []
    touched = np.isin(fixed, broken)
    groups = _start(np.flatnonzero(touched), sides, held.pinned)
    for cases in _strongest_first(links, touched):
        groups.join(cases)
    found = fixed.copy()
    for case in np.flatnonzero(touched).tolist():
        found[case] = groups.root(case)
    return found, sorted(groups.refused)


def _pinned_together(roots: Codes, pinned: Codes) -> Codes:
    """Join the components that hold cases of one settled series."""
    settled = np.flatnonzero(pinned != ALONE)
    parent = {int(root): int(root) for root in np.unique(roots[settled])}
    first: dict[int, int] = {}

    def top(root: int) -> int:
        while parent[root] != root:
            root = parent[root]
        return root

    for case in settled.tolist():
        root = top(int(roots[case]))
        other = top(first.setdefault(int(pinned[case]), root))
        parent[max(root, other)] = min(root, other)
    moved = {root: top(root) for root in parent}
    found = roots.copy()
    for old, new in moved.items():
        if old != new:
            found[roots == old] = new
    return found


def _broken(roots: Codes, sides: Ints) -> Ints:
    """Components that hold two sides of one decision."""
    rows = np.unique(np.column_stack([roots[sides[:, 1]], sides[:, 0], sides[:, 2]]), axis=0)
    same = (rows[1:, 0] == rows[:-1, 0]) & (rows[1:, 1] == rows[:-1, 1])
    return np.unique(rows[1:, 0][same])


def _start(cases: Ints, sides: Ints, pinned: Codes) -> _Groups:
    mine: dict[int, dict[int, int]] = {case: {} for case in cases.tolist()}
    for decision, case, side in sides.tolist():
        if case in mine:
            mine[case][decision] = side
    groups = _Groups({case: case for case in mine}, dict.fromkeys(mine, 1), mine)
    together: dict[int, list[int]] = defaultdict(list)
    for case in mine:
        if pinned[case] != ALONE:
            together[int(pinned[case])].append(case)
    for members in together.values():
        groups.join(members)
    return groups


def _strongest_first(links: Links, touched: np.ndarray) -> Iterator[list[int]]:
    """Cases that a value or a pair joins, among those touched; equal ones in their order."""
    count = len(touched)
    owners = np.repeat(np.arange(len(links.bits)), np.diff(links.start))
    telling = np.unique(owners[touched[links.known_by] & (links.bits[owners] >= links.threshold)]).tolist()
    wanted = [(float(links.bits[value]), links.known_by[links.start[value] : links.start[value + 1]].tolist()) for value in telling]
    if len(links.pairs):
        pairs, places = np.unique(links.pairs, return_index=True)
        total = np.add.reduceat(links.pair_bits, places)
        enough = np.flatnonzero((total >= links.threshold) & touched[pairs // count]).tolist()
        wanted += [(float(total[place]), [int(pairs[place]) // count, int(pairs[place]) % count]) for place in enough]
    return (cases for _, cases in sorted(wanted, key=lambda each: (-each[0], each[1])))
