"""What the chain of names sees of each character: what stands around it, in characters, their kinds and words, and how often that is met in told texts (`looks`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.chains import SLOTS, Features, mixed
from fanzha.engine.reading.looks import Look

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
_TAKEN = 2
_EDGE = 1
"""What stands before the beginning and after the end."""
_NOWHERE = 9
"""How often it is met."""
COLUMNS = len(_STRETCHES) + len(_SHAPES) + _RARITIES + _TAKEN + _QUOTED + _WORDS + _AGAIN


def letters(look: Look) -> Features:
    """(characters, COLUMNS)."""
    words = look.words
    return _letters(
        look.codes, look.shapes, look.taken, look.parts, look.opened, look.closed, look.pairs, look.again, look.met, words.of, words.starts, words.hashes, words.classes
    )


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
    codes: NDArray[np.int64], shapes: NDArray[np.int64], taken: NDArray[np.int64], parts: NDArray[np.int64], opened: NDArray[np.int64], closed: NDArray[np.int64],
    pairs: NDArray[np.int64], again: NDArray[np.int64], met: NDArray[np.int64], of: NDArray[np.int64], starts: NDArray[np.int64], hashes: NDArray[np.int64],
    classes: NDArray[np.int64],
) -> Features:  # fmt: skip
    found = np.full((len(codes), COLUMNS), -1, np.int32)
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
        part = parts[place]
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
