"""What stands at each character of a text: its kind, how often it and what stands with it are met in told texts, the quotes around it, its place in its word.

`Seen` is a sketch of the told texts (Cormode, Muthukrishnan, 2005, one row): how many of them hold a pair of characters or a word, by hash. A stretch that is met
nowhere is rather a name. What is learned from must not count itself, hence `own`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.chains import mixed
from fanzha.engine.reading.words import Words, words_of

Ints = NDArray[np.int64]
Seen = NDArray[np.uint8]
CELLS = 1 << 17
LOWER, UPPER, DIGIT, HAN, STOP, OPENS, CLOSES, BLANK, BRACKET, END_BRACKET, OTHER = range(1, 12)
ALONE = 3
"""The greatest of what `_parts` gives."""
OFTEN = 5
"""The greatest of what `_how_often` gives."""
_APP_WORD = re.compile("软件|[Aa][Pp][Pp]|平台|小程序|网站|客户端")
_BEFORE_APP = 6
"""A name stands so near before the word for what it names."""
_LONGEST_QUOTE = 22
_STRAIGHT, _ZERO = ord('"'), ord("0")


@dataclass(frozen=True)
class Look:
    """By character: `codes` (figures are all one), `shapes`, `taken` (the kind of what it already belongs to, 0 for nothing), `parts` (where in its word it
    stands), `opened` and `closed` (the marks of quotation around it, -1 for none); with the next: `pairs` (how often they are met) and `again` (whether they
    stand together elsewhere in the text). By word: `met` (how often it is met)."""

    words: Words
    codes: Ints
    shapes: Ints
    taken: Ints
    parts: Ints
    opened: Ints
    closed: Ints
    pairs: Ints
    again: Ints
    met: Ints


def look_at(text: str, words: Words, taken: Ints, seen: Seen, own: int = 0) -> Look:
    """`own`: 1 where `text` is one of the told texts."""
    codes = codes_of(text)
    shapes = _shapes_of(text, codes)
    opened, closed = _quoted(shapes)
    pairs, met = _rarities(pair_cells(codes), seen, own), _rarities(_word_cells(words.hashes), seen, own)
    return Look(words, codes, shapes, taken, _parts(words.of, words.starts), opened, closed, pairs, _told_again(codes, _before_app_words(text)), met)


@cache
def _shape(char: str) -> int:
    if char in "“「『《【‘":
        return OPENS
    if char in "”」』》】’":
        return CLOSES
    if char in "（(":
        return BRACKET
    if char in "）)":
        return END_BRACKET
    if char.isdigit():
        return DIGIT
    if "\u4e00" <= char <= "\u9fff":
        return HAN
    if char.isascii() and char.isalpha():
        return LOWER if char.islower() else UPPER
    return BLANK if char.isspace() else STOP if char in "，,、。；;：:！!？?…" else OTHER


def _shapes_of(text: str, codes: Ints) -> Ints:
    """The kind of each character; straight quotation marks open and close by turns."""
    shapes = np.fromiter(map(_shape, text), np.int64, len(text))
    straight = np.flatnonzero(codes == _STRAIGHT)
    shapes[straight[::2]], shapes[straight[1::2]] = OPENS, CLOSES
    return shapes


def codes_of(text: str) -> Ints:
    """The characters as numbers; figures are all one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    codes[(codes >= _ZERO) & (codes <= _ZERO + 9)] = _ZERO
    return codes


def _before_app_words(text: str) -> Ints:
    """1 for each character that stands near before 软件, APP or the like."""
    near = np.zeros(len(text), np.int64)
    for match in _APP_WORD.finditer(text):
        near[max(0, match.start() - _BEFORE_APP) : match.start()] = 1
    return near


def sketched(texts: Iterable[str]) -> Seen:
    """How many texts hold each pair of characters and each word, 255 at most; what shares a cell is counted together."""
    counts = np.zeros(CELLS, np.int64)
    for text in texts:
        cells = np.concatenate((pair_cells(codes_of(text)), _word_cells(words_of(text).hashes)))
        counts[np.unique(cells)] += 1
    return np.minimum(counts, 255).astype(np.uint8)


@compiled
def pair_cells(codes: Ints) -> Ints:
    """The cell of each character with the next."""
    cells = np.empty(max(0, len(codes) - 1), np.int64)
    for place in range(len(cells)):
        cells[place] = mixed(mixed(2, codes[place]), codes[place + 1]) & (CELLS - 1)
    return cells


@compiled
def _word_cells(hashes: Ints) -> Ints:
    cells = np.empty(len(hashes), np.int64)
    for place in range(len(cells)):
        cells[place] = mixed(3, hashes[place]) & (CELLS - 1)
    return cells


@compiled
def _how_often(count: int) -> int:
    """Never, once, a few times, often: in six steps."""
    if count <= 1:
        return max(0, count)
    return 2 if count <= 3 else 3 if count <= 8 else 4 if count <= 25 else 5


@compiled
def _rarities(cells: Ints, seen: Seen, own: int) -> Ints:
    """How often each is met, the text itself left out."""
    found = np.empty(len(cells), np.int64)
    for place in range(len(cells)):
        found[place] = _how_often(seen[cells[place]] - own)
    return found


@compiled
def _told_again(codes: Ints, near: Ints) -> Ints:
    """For each character with the next: do they stand together elsewhere never (0), once (1), oftener (2), and 3 more where that is before 软件 or APP."""
    pairs = codes[:-1] * (1 << 21) + codes[1:]
    order = np.argsort(pairs, kind="mergesort")
    found = np.zeros(len(pairs), np.int64)
    begin = 0
    while begin < len(order):
        end = begin
        told = 0
        while end < len(order) and pairs[order[end]] == pairs[order[begin]]:
            told += near[order[end]]
            end += 1
        for at in range(begin, end):
            place = order[at]
            found[place] = min(2, end - begin - 1) + 3 * (told - near[place] > 0)
        begin = end
    return found


@compiled
def _parts(of: Ints, starts: Ints) -> Ints:
    """Where in its word each character stands: inside (0), last (1), first (2), alone (3)."""
    found = np.empty(len(of), np.int64)
    for place in range(len(of)):
        found[place] = 2 * (starts[of[place]] == place) + (place + 1 == len(of) or of[place + 1] != of[place])
    return found


@compiled
def _quoted(shapes: Ints) -> tuple[Ints, Ints]:
    """For each character the marks of quotation it stands between; -1 where there are none."""
    opened, closed = np.full(len(shapes), -1, np.int64), np.full(len(shapes), -1, np.int64)
    last = -1
    for place in range(len(shapes)):
        if shapes[place] == OPENS:
            last = place
        elif shapes[place] == CLOSES:
            if last >= 0 and place - last < _LONGEST_QUOTE:
                opened[last + 1 : place] = last
                closed[last + 1 : place] = place
            last = -1
    return opened, closed
