"""What the network sees of a character, as rows of its tables: the character, its word, the word's class, kind, how often it is met, quotes, its place in its word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.looks import ALONE, OFTEN, OTHER, Look, codes_of
from fanzha.engine.reading.words import words_of

Ints = NDArray[np.int64]
LEAST_MET = 3
"""A character that fewer texts hold, or a word that fewer than two, is unknown."""
_KINDS = 6
"""Of what a character already belongs to (`narrative.kinds_of`), nothing included."""
_AGAIN = 6
_NO_NEXT = OFTEN + 1
_SIZES = (OTHER + 1, _KINDS, OFTEN + 2, OFTEN + 2, OFTEN + 1, 2, _AGAIN, ALONE + 1)


@dataclass(frozen=True)
class Known:
    """Sorted, each: codes of characters, hashes of the classes of words, hashes of words. Row 0 of each is for what is not among them."""

    codes: Ints
    classes: Ints
    words: Ints

    @property
    def rows(self) -> int:
        """How many rows the tables have, those of the words apart."""
        return int(self.starts[-1]) + _SIZES[-1]

    @cached_property
    def starts(self) -> Ints:
        """The first row of each table."""
        return np.cumsum([0, len(self.codes) + 1, len(self.classes) + 1, *_SIZES[:-1]])


def known_of(texts: Iterable[str], words: Ints) -> Known:
    """What stands in the texts; `words`: hashes of those that have a meaning."""
    codes, classes = Counter[int](), set[int]()
    for text in texts:
        codes.update(set(codes_of(text).tolist()))
        classes.update(words_of(text).classes.tolist())
    often = sorted(code for code, count in codes.items() if count >= LEAST_MET)
    return Known(np.array(often, np.int64), np.array(sorted(classes), np.int64), words)


@dataclass(frozen=True)
class Seen:
    """By character: the rows of the tables (which lie one after another), and the row of its word."""

    rows: Ints
    words: Ints

    def of(self, first: int, last: int) -> Seen:
        """What is seen of [first, last)."""
        return Seen(self.rows[first:last], self.words[first:last])


def sights(look: Look, known: Known) -> Seen:
    """What is seen of each character of a text."""
    words = look.words
    codes, classes = _found(known.codes, look.codes), _found(known.classes, words.classes)
    rows = _rows(codes, classes, words.of, look.shapes, look.taken, look.parts, look.opened, look.pairs, look.again, look.met, known.starts)
    return Seen(rows, _found(known.words, words.hashes)[words.of])


@compiled
def _rows(
    codes: Ints, classes: Ints, of: Ints, shapes: Ints, taken: Ints, parts: Ints, opened: Ints, pairs: Ints, again: Ints, met: Ints, starts: Ints,
) -> Ints:  # fmt: skip
    found = np.empty((len(codes), len(starts)), np.int64)
    for place in range(len(codes)):
        row = found[place]
        row[0], row[1], row[2], row[3] = codes[place], classes[of[place]], shapes[place], taken[place]
        row[4] = pairs[place - 1] if place > 0 else _NO_NEXT
        row[5] = pairs[place] if place < len(pairs) else _NO_NEXT
        row[6], row[7], row[8], row[9] = met[of[place]], opened[place] >= 0, again[place] if place < len(again) else 0, parts[place]
        for column in range(len(starts)):
            row[column] += starts[column]
    return found


@compiled
def _found(known: Ints, asked: Ints) -> Ints:
    """The row of each, 0 for what is not known."""
    found = np.zeros(len(asked), np.int64)
    for number in range(len(asked)):
        place = np.searchsorted(known, asked[number])
        if place < len(known) and known[place] == asked[number]:
            found[number] = place + 1
    return found
