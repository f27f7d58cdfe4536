"""One key's past events in memory, measured as the batch kernels measure them.

The invariant of `engine.kernels` holds: a query at (at, order) sees the entries that stand strictly before it by (time, order), and a window of length w
holds those of them with time >= at - w. Entries may come in any order; those that come in the order of time cost least.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import islice

from fanzha.engine.features.history import LONGEST_CALL, SECOND

FEW = 48
"""Up to so many entries are counted afresh at each query; a longer window keeps its tally from one query to the next."""
_LOOK = 128
_LONGEST = LONGEST_CALL * SECOND


class Line:
    """Entries sorted by (at, order). `at` in microseconds since 1970; `party` a token or None; `value` a whole number."""

    __slots__ = ("_before", "_tallies", "_totals", "at", "order", "party", "value")

    def __init__(self) -> None:
        self.at: list[int] = []
        self.order: list[int] = []
        self.party: list[str | None] = []
        self.value: list[int] = []
        self._totals: list[int] | None = None  # sums of the values up to each entry, once a sum was asked for
        self._before = 0  # what stood in the total before the first entry
        self._tallies: dict[int, _Tally] | None = None

    def __len__(self) -> int:
        return len(self.at)

    def place(self, at: int, order: int) -> int:
        """How many entries stand strictly before (at, order)."""
        times = self.at
        if not times or times[-1] < at:
            return len(times)
        first = bisect_left(times, at)
        return bisect_left(self.order, order, first, bisect_right(times, at, first))

    def holds(self, at: int, order: int) -> bool:
        place = self.place(at, order)
        return place < len(self.at) and self.at[place] == at and self.order[place] == order

    def add(self, at: int, order: int, party: str | None, value: int) -> None:
        """Put in one entry. An equal (at, order) is another entry: one event may count twice, as in the batch."""
        place = self.place(at, order)
        self.at.insert(place, at)
        self.order.insert(place, order)
        self.party.insert(place, party)
        self.value.insert(place, value)
        if self._totals is not None:
            self._totals.insert(place, self._total(place) + value)
            for later in range(place + 1, len(self._totals)):
                self._totals[later] += value
        if self._tallies is not None:
            self._tallies = {window: tally for window, tally in self._tallies.items() if tally.high <= place} or None

    def remove(self, at: int, order: int) -> None:
        """Take out one entry of this event, which is there."""
        place = self.place(at, order)
        for column in (self.at, self.order, self.party, self.value):
            del column[place]
        self._totals, self._tallies, self._before = None, None, 0

    def trim(self, before: int) -> None:
        """Forget the entries with time < before."""
        cut = bisect_left(self.at, before)
        if not cut:
            return
        if self._totals is not None:
            self._before = self._totals[cut - 1]
            del self._totals[:cut]
        for column in (self.at, self.order, self.party, self.value):
            del column[:cut]
        self._tallies = None

    def trim_lazily(self, before: int) -> None:
        """`trim`, now and then: when it frees a quarter of a long line."""
        if len(self.at) >= _LOOK and self.at[len(self.at) // 4] < before:
            self.trim(before)

    # ---- measures

    def window(self, at: int, order: int, window: int) -> tuple[int, int]:
        """Where the entries of the window begin and end; equal where there are none."""
        high = self.place(at, order)
        return min(bisect_left(self.at, at - window), high), high

    def count(self, at: int, order: int, window: int) -> int:
        return max(self.place(at, order) - bisect_left(self.at, at - window), 0)

    def sum(self, at: int, order: int, window: int) -> int:
        """Sum of the values in the window."""
        if self._totals is None:
            self._totals, total = [], 0
            for value in self.value:
                total += value
                self._totals.append(total)
        high, low = self.place(at, order), bisect_left(self.at, at - window)
        return self._total(high) - self._total(low) if high > low else 0

    def distinct(self, at: int, order: int, window: int) -> int:
        """Different parties in the window; None is not counted."""
        high, low = self.place(at, order), bisect_left(self.at, at - window)
        if high - low <= FEW:
            found = set(self.party[low:high])
            found.discard(None)
            return len(found)
        if self._tallies is None:
            self._tallies = {}
        tally = self._tallies.get(window)
        if tally is None:
            tally = self._tallies[window] = _Tally()
        return tally.move(self.party, low, high)

    def seconds(self, at: int, window: int) -> int:
        """Whole seconds that the calls (value: when each ended) share with the window, overlapping calls counted each."""
        low, high = bisect_left(self.at, at - window - _LONGEST), bisect_left(self.at, at)
        since = at - window
        shared = 0
        for start, end in zip(islice(self.at, low, high), islice(self.value, low, high), strict=True):
            shared += max(min(end, at) - max(start, since), 0)
        return shared // SECOND

    def since_latest(self, at: int, order: int, window: int) -> int | None:
        """Microseconds since the latest end (value) among what is visible, 0 while it runs; None where that is longer ago than the window."""
        high = self.place(at, order)
        low = bisect_left(self.at, at - window - _LONGEST, 0, high)
        if low == high:
            return None
        since = max(at - max(islice(self.value, low, high)), 0)
        return since if since <= window else None

    def _total(self, place: int) -> int:
        assert self._totals is not None
        return self._totals[place - 1] if place else self._before


class _Tally:
    """How often each party stands between two places of a line; moved along as queries come in the order of time."""

    __slots__ = ("_counts", "_low", "high")

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._low = self.high = 0

    def move(self, parties: list[str | None], low: int, high: int) -> int:
        """The different parties between the places."""
        if low < self._low or high < self.high or low > self.high:
            self._counts.clear()
            self._low = self.high = low
        counts = self._counts
        for party in islice(parties, self.high, high):
            if party is not None:
                counts[party] += 1
        for party in islice(parties, self._low, low):
            if party is not None:
                counts[party] -= 1
                if not counts[party]:
                    del counts[party]
        self._low, self.high = low, high
        return len(counts)


