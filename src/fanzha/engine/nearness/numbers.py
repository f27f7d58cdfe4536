"""Numbers near a known one: one digit differs, two neighbours are swapped, or the number lies in a run of which several are known.

Gangs take numbers and accounts out of one batch: of 100 numbers in a row with `FEWEST` known ones, the others deserve a look.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from fanzha.engine.nearness.edits import difference
from fanzha.engine.nearness.forms import Form, Hit
from fanzha.engine.nearness.neighbours import Holes

SHORTEST = 7
"""Shorter numbers are each other's neighbours by chance."""
RUN = 100
FEWEST = 3


class Numbers:
    """Known numbers of one kind, digits with an optional plus; `owners` are their places in the caller's list."""

    def __init__(self, values: Sequence[str], owners: Sequence[int]) -> None:
        self._values, self._owners = list(values), list(owners)
        self._places = {value: place for place, value in enumerate(values)}
        self._holes = Holes([value if len(value) >= SHORTEST else "" for value in values])
        digits = [value.lstrip("+") for value in values]
        self._sorted = sorted((len(each), int(each), place) for place, each in enumerate(digits) if each.isdecimal() and len(each) >= SHORTEST)

    def near(self, value: str) -> list[Hit]:
        """Hits by form, then by place; the number itself is not near itself."""
        if len(value.lstrip("+")) < SHORTEST:
            return []
        found = {hit.owner: hit for hit in self._in_range(value)}
        found |= {hit.owner: hit for hit in self._swapped(value)}
        found |= {hit.owner: hit for hit in self._one_off(value)}
        return list(found.values())

    def _one_off(self, value: str) -> list[Hit]:
        hits = []
        for place in self._holes.near(value):
            known = self._values[place]
            if known != value and len(known) == len(value) and sum(map(str.__ne__, known, value)) == 1:
                hits.append(Hit(self._owners[place], Form.ONE_DIGIT, 1, *difference(known, value)))
        return hits

    def _swapped(self, value: str) -> list[Hit]:
        hits = []
        for left in range(len(value) - 1):
            if value[left] != value[left + 1]:
                known = value[:left] + value[left + 1] + value[left] + value[left + 2 :]
                place = self._places.get(known)
                if place is not None:
                    hits.append(Hit(self._owners[place], Form.SWAPPED_DIGITS, 1, *difference(known, value)))
        return hits

    def _in_range(self, value: str) -> list[Hit]:
        """The nearest known number of the run of 100 around the value, where `FEWEST` of the run are known."""
        digits = value.lstrip("+")
        if not digits.isdecimal():
            return []
        number, length = int(digits), len(digits)
        low = bisect_left(self._sorted, (length, number - RUN // 2, -1))
        high = bisect_right(self._sorted, (length, number + RUN // 2, len(self._values)))
        known = [(abs(other - number), place) for _, other, place in self._sorted[low:high] if other != number]
        if len(known) < FEWEST:
            return []
        distance, place = min(known)
        at, theirs, asked = difference(self._values[place], value)
        return [Hit(self._owners[place], Form.RANGE, distance, at, theirs, asked, len(known))]
