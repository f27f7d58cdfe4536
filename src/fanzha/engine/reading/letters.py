"""What the chain of names sees of each character: what stands around it, in characters, kinds of characters and words, and how often that is met in told texts.

`Seen` is a sketch of the told texts (Cormode, Muthukrishnan, 2005, one row): how many of them hold a pair of characters or a word, by hash. A stretch that is met
nowhere is rather a name. What is learned from must not count itself, hence `own`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.chains import SLOTS, Features, mixed
from fanzha.engine.reading.words import Words, words_of

CELLS = 1 << 17
Seen = NDArray[np.uint8]
_LOWER, _UPPER, _DIGIT, _HAN, _STOP, _OPENS, _CLOSES, _BLANK, _BRACKET, _END_BRACKET, _OTHER = range(1, 12)
_STRETCHES = np.array(
    [*((first, 1) for first in range(-4, 5)), *((first, 2) for first in range(-4, 4)), *((first, 3) for first in range(-4, 3)), (-5, 4), (-4, 4), (-3, 4), (0, 4), (1, 4)]
)
"""Characters from the place's own on and how many: each is one feature."""
_SHAPES = np.array([(-1, 1), (0, 1), (1, 1), (-1, 2), (0, 2), (-1, 3), (-2, 3), (0, 3), (-2, 5), (-3, 4), (0, 4)])
_AROUND = 15
_SETS = np.array(
    [(3, 0, 0), (2, 0, 0), (4, 0, 0), (2, 3, 0), (3, 4, 0), (1, 2, 0), (4, 5, 0), (8, 0, 0), (7, 8, 0), (8, 9, 0), (7, 8, 9), (6, 7, 8), (8, 9, 10), (2, 8, 0),
     (8, 4, 0), (1, 8, 0), (2, 4, 0), (1, 4, 0), (12, 14, 0), (12, 11, 0), (12, 13, 0)]
)  # fmt: skip
"""What is seen together of the words around: 1–5 the second before to the second after, 6–10 their classes, 11–13 how often the one before, this and the one after are
met, 14 how long this one is, 0 nothing."""
_WORDS = len(_SETS)
_RARITIES = 5
_QUOTED = 9
_AGAIN = 4
_APP_WORD = re.compile("软件|[Aa][Pp][Pp]|平台|小程序|网站|客户端")
_BEFORE_APP = 6
"""A name stands so near before the word for what it names."""
_TAKEN = 2
_LONGEST_QUOTE = 22
_EDGE = 1
"""What stands before the beginning and after the end."""
_NOWHERE = 9
"""How often it is met."""
COLUMNS = len(_STRETCHES) + len(_SHAPES) + _RARITIES + _TAKEN + _QUOTED + _WORDS + _AGAIN


@cache
def _shape(char: str) -> int:
    if char in "“「『《【‘":
        return _OPENS
    if char in "”」』》】’":
        return _CLOSES
    if char in "（(":
        return _BRACKET
    if char in "）)":
        return _END_BRACKET
    if char.isdigit():
        return _DIGIT
    if "\u4e00" <= char <= "\u9fff":
        return _HAN
    if char.isascii() and char.isalpha():
        return _LOWER if char.islower() else _UPPER
    return _BLANK if char.isspace() else _STOP if char in "，,、。；;：:！!？?…" else _OTHER


def shapes_of(text: str) -> NDArray[np.int64]:
    """The kind of each character; straight quotation marks open and close by turns."""
    shapes = np.fromiter(map(_shape, text), np.int64, len(text))
    straight = np.fromiter((char == '"' for char in text), np.bool_, len(text)).nonzero()[0]
    shapes[straight[::2]], shapes[straight[1::2]] = _OPENS, _CLOSES
    return shapes


def codes_of(text: str) -> NDArray[np.int64]:
    """The characters as numbers; figures are all one."""
    return np.fromiter((48 if char.isdigit() else ord(char) for char in text), np.int64, len(text))


def letters(text: str, words: Words, taken: NDArray[np.int64], seen: Seen, own: int = 0) -> Features:
    """(characters, COLUMNS). `taken`: the kind of what the character already belongs to, 0 for nothing; `own`: 1 where `text` is one of the told texts."""
    return _letters(codes_of(text), shapes_of(text), _before_app_words(text), taken, words.of, words.starts, words.hashes, words.classes, seen, own)


def _before_app_words(text: str) -> NDArray[np.int64]:
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
def pair_cells(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cell of each character with the next."""
    cells = np.empty(max(0, len(codes) - 1), np.int64)
    for place in range(len(cells)):
        cells[place] = mixed(mixed(2, codes[place]), codes[place + 1]) & (CELLS - 1)
    return cells


@compiled
def _word_cells(hashes: NDArray[np.int64]) -> NDArray[np.int64]:
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
def _rarities(cells: NDArray[np.int64], seen: Seen, own: int) -> NDArray[np.int64]:
    """How often each is met, the text itself left out."""
    found = np.empty(len(cells), np.int64)
    for place in range(len(cells)):
        found[place] = _how_often(seen[cells[place]] - own)
    return found


@compiled
def _rare_at(rarities: NDArray[np.int64], place: int) -> int:
    return int(rarities[place]) if 0 <= place < len(rarities) else _NOWHERE


@compiled
def _hashed(kind: int, values: NDArray[np.int64], first: int, number: int) -> int:
    """The slot of a stretch of values from place `first` on."""
    told = mixed(17, kind)
    for place in range(first, first + number):
        told = mixed(told, values[place] if 0 <= place < len(values) else _EDGE)
    return told & (SLOTS - 1)


@compiled
def _slot(kind: int, one: int, other: int, third: int) -> int:
    return mixed(mixed(mixed(mixed(23, kind), one), other), third) & (SLOTS - 1)


@compiled
def _at(values: NDArray[np.int64], place: int) -> int:
    return int(values[place]) if 0 <= place < len(values) else _EDGE


@compiled
def _letters(
    codes: NDArray[np.int64], shapes: NDArray[np.int64], near: NDArray[np.int64], taken: NDArray[np.int64], of: NDArray[np.int64], starts: NDArray[np.int64],
    hashes: NDArray[np.int64], classes: NDArray[np.int64], seen: Seen, own: int,
) -> Features:  # fmt: skip
    found = np.full((len(codes), COLUMNS), -1, np.int32)
    pairs, met = _rarities(pair_cells(codes), seen, own), _rarities(_word_cells(hashes), seen, own)
    opened, closed = _quoted(shapes)
    again = _told_again(codes, near)
    for place in range(len(codes)):
        column = 0
        for kind in range(len(_STRETCHES)):
            found[place, column] = _hashed(kind, codes, place + _STRETCHES[kind, 0], _STRETCHES[kind, 1])
            column += 1
        for kind in range(len(_SHAPES)):
            found[place, column] = _hashed(100 + kind, shapes, place + _SHAPES[kind, 0], _SHAPES[kind, 1])
            column += 1
        before, here, after = _rare_at(pairs, place - 1), _rare_at(pairs, place), _rare_at(pairs, place + 1)
        found[place, column] = _slot(200, before, here, after)
        found[place, column + 1] = _slot(201, before, here, 0)
        found[place, column + 2] = _slot(202, here, shapes[place], _at(codes, place - 1))
        found[place, column + 3] = _slot(203, before, shapes[place], _at(codes, place + 1))
        found[place, column + 4] = _slot(204, met[of[place]], min(4, _length(starts, of[place], len(codes))), 0)
        found[place, column + 5] = _slot(210, _at(taken, place - 1), taken[place], 0)
        found[place, column + 6] = _slot(211, _at(taken, place + 1), taken[place], 0)
        column += _RARITIES + _TAKEN
        if opened[place] >= 0:
            _see_quote(found[place, column : column + _QUOTED], codes, place, opened[place], closed[place])
        part = _part(place, of[place], starts, len(codes))
        _see_words(found[place, column + _QUOTED :], of[place], part, starts, hashes, classes, met, len(codes))
        _see_again(found[place, column + _QUOTED + _WORDS :], place, part, again, pairs)
    return found


@compiled
def _see_again(row: Features, place: int, part: int, again: NDArray[np.int64], pairs: NDArray[np.int64]) -> None:
    """What is told again of the character with the next, and with the one before."""
    for side in range(2):
        pair = place - side
        if 0 <= pair < len(again):
            row[2 * side] = _slot(240 + 2 * side, again[pair], part, 0)
            row[2 * side + 1] = _slot(241 + 2 * side, again[pair], pairs[pair], 0)


@compiled
def _told_again(codes: NDArray[np.int64], near: NDArray[np.int64]) -> NDArray[np.int64]:
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
def _part(place: int, word: int, starts: NDArray[np.int64], end: int) -> int:
    """Where in its word a character stands: inside (0), last (1), first (2), alone (3)."""
    return int(2 * (starts[word] == place) + (place + 1 == starts[word] + _length(starts, word, end)))


@compiled
def _quoted(shapes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each character the marks of quotation it stands between; -1 where there are none."""
    opened, closed = np.full(len(shapes), -1, np.int64), np.full(len(shapes), -1, np.int64)
    last = -1
    for place in range(len(shapes)):
        if shapes[place] == _OPENS:
            last = place
        elif shapes[place] == _CLOSES:
            if last >= 0 and place - last < _LONGEST_QUOTE:
                opened[last + 1 : place] = last
                closed[last + 1 : place] = place
            last = -1
    return opened, closed


@compiled
def _see_quote(row: Features, codes: NDArray[np.int64], place: int, opened: int, closed: int) -> None:
    for length in range(1, 4):
        row[length - 1] = _hashed(220 + length, codes, opened - length, length)
        row[length + 2] = _hashed(224 + length, codes, closed + 1, length)
    row[6] = _slot(228, min(9, closed - opened), 0, 0)
    row[7] = _slot(229, place - opened == 1, closed - place == 1, 0)
    row[8] = _slot(230, _at(codes, opened - 1), _at(codes, closed + 1), 0)


@compiled
def _length(starts: NDArray[np.int64], word: int, end: int) -> int:
    return int((starts[word + 1] if word + 1 < len(starts) else end) - starts[word])


@compiled
def _see_words(
    row: Features, word: int, part: int, starts: NDArray[np.int64], hashes: NDArray[np.int64], classes: NDArray[np.int64],
    met: NDArray[np.int64], end: int,
) -> None:  # fmt: skip
    """The words around, each with where in its own word the character stands (`_part`)."""
    around = np.zeros(_AROUND, np.int64)
    for step in range(5):
        around[1 + step] = _at(hashes, word - 2 + step)
        around[6 + step] = _at(classes, word - 2 + step)
        if 1 <= step <= 3:
            around[10 + step] = _rare_at(met, word - 2 + step)
    around[14] = min(4, _length(starts, word, end))
    for kind in range(_WORDS):
        row[kind] = _slot(300 + kind, mixed(part, around[_SETS[kind, 0]]), around[_SETS[kind, 1]], around[_SETS[kind, 2]])
