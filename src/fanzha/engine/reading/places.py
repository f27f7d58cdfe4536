"""What a chain sees around a place: the words before and after a sum or an identifier, clause by clause, and how the sum compares with the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.chains import SLOTS, Features, mixed
from fanzha.engine.reading.words import Words, word_hash

_WORD, _COMMA, _END, _QUOTE, _PLACE = range(5)
_CLAUSES = (0, 1, 2, 0, 0)
"""How many clauses each sign parts: a sentence is as far as two."""
_BEFORE, _AFTER = 25, 18
_BY_ITSELF = 48
_AROUND = 7 * _BEFORE + 5 * _AFTER + _BY_ITSELF
_MOST_STORY = 32
COLUMNS = _AROUND + _MOST_STORY
"""As many for every text, so that they can be learned from together."""
_EDGE = 1
SUM, NAME, TIME = "＄", "＃", "〒"
_SIGNS: dict[str, int] = {
    **dict.fromkeys("，,、：: （()）", _COMMA), **dict.fromkeys("。；;！!？?\n…", _END), **dict.fromkeys("“”\"「」『』‘’'《》", _QUOTE), SUM: _PLACE,
}  # fmt: skip
_STORY = re.compile(
    r"未转|没转|没有转|没付|未付|没敢|未损失|无损失|没损失|损失|被骗|跑分|取现|卖|拦|冻结|贷款|兼职|任务|止付|幸好|劝|拒绝|解冻|保证金|提现|不属|纠纷|咨询|嫌疑人|供述|证人"
)
"""Words of which a story holds one or not: what happened in it at all."""


@dataclass(frozen=True)
class Marked:
    """What is known to stand in a text: [start, end), and what it is taken for between the words."""

    start: int
    end: int
    sign: str


@dataclass(frozen=True)
class Line:
    """A text as words and signs of what stands in it. `at`: where in it each asked place is."""

    hashes: NDArray[np.int64]
    signs: NDArray[np.int64]
    firsts: NDArray[np.int64]
    lasts: NDArray[np.int64]
    at: NDArray[np.int64]


def line_of(words: Words, marked: Iterable[Marked], asked: str) -> Line:
    """Words that touch something marked become its sign; places with the sign `asked` are those that features are wanted of. `marked` do not overlap and are in order."""
    told: list[str] = []
    at: list[int] = []
    word, count = 0, len(words.told)
    starts = words.starts.tolist()
    for one in marked:
        while word < count and starts[word] + len(words.told[word]) <= one.start:
            told.append(words.told[word])
            word += 1
        if one.sign == asked:
            at.append(len(told))
        told.append(one.sign)
        while word < count and starts[word] < one.end:
            word += 1
    told += words.told[word:]
    known = [_known(word) for word in told]
    hashes, signs, firsts, lasts = (np.array([one[number] for one in known], np.int64) for number in range(4))
    return Line(hashes, signs, firsts, lasts, np.array(at, np.int64))


@cache
def _known(word: str) -> tuple[int, int, int, int]:
    return word_hash(word), _SIGNS.get(word, _WORD), ord(word[0]), ord(word[-1])


def places(line: Line, kinds: Sequence[int], sizes: Sequence[float], text: str) -> Features:
    """(places, columns). `kinds`: what each place is besides; `sizes`: how much each sum is in yuan, empty for places that are none."""
    story = sorted({word_hash(found) for found in _STORY.findall(text)})
    amounts = np.array(sizes, np.float64)
    found = _places(line.hashes, line.signs, line.firsts, line.lasts, line.at, np.array(kinds, np.int64), amounts)
    for column, one in enumerate(story, _AROUND):
        found[:, column] = slot(90, one, 0, 0)
    return found


@compiled
def slot(kind: int, one: int, other: int, third: int) -> int:
    return mixed(mixed(mixed(mixed(29, kind), one), other), third) & (SLOTS - 1)


@compiled
def _places(
    hashes: NDArray[np.int64], signs: NDArray[np.int64], firsts: NDArray[np.int64], lasts: NDArray[np.int64], at: NDArray[np.int64], kinds: NDArray[np.int64],
    sizes: NDArray[np.float64],
) -> Features:  # fmt: skip
    found = np.full((len(at), COLUMNS), -1, np.int32)
    for number in range(len(at)):
        row = found[number]
        _see_before(row, at[number], hashes, signs, firsts, lasts)
        one, two, three = _three_nearest(at[number], hashes, signs)
        next_one, next_two = _see_after(row[7 * _BEFORE :], at[number], hashes, signs, firsts)
        alone = row[7 * _BEFORE + 5 * _AFTER :]
        alone[0] = slot(30, one, 0, 0)
        alone[1] = slot(31, one, two, 0)
        alone[2] = slot(32, one, two, three)
        alone[3] = slot(33, next_one, 0, 0)
        alone[4] = slot(34, next_one, next_two, 0)
        alone[5] = slot(35, one, next_one, 0)
        alone[6] = slot(36, kinds[number], 0, 0)
        alone[7] = slot(37, kinds[number], one, 0)
        alone[8] = slot(38, kinds[number], next_one, 0)
        alone[9] = slot(39, number == 0, len(at) == 1, 0)
        alone[10] = slot(40, number + 1 == len(at), 0, 0)
        if number > 0:
            gap = at[number] - at[number - 1] - 1
            alone[11] = slot(41, min(gap // 3, 6), 0, 0)
            if gap <= 3:
                alone[12] = slot(
                    42, hashes[at[number] - 1] if gap > 0 else 0, hashes[at[number] - 2] if gap > 1 else 0, hashes[at[number] - 3] if gap > 2 else 0
                )
        if len(sizes) > 0:
            _compare(alone[13:], number, sizes)
    return found


@compiled
def _see_before(
    row: NDArray[np.int32], at: int, hashes: NDArray[np.int64], signs: NDArray[np.int64], firsts: NDArray[np.int64], lasts: NDArray[np.int64],
) -> None:  # fmt: skip
    """Words before, by how many clauses and words lie between; up to the place before where that is far."""
    clauses = number = nearer_clause = 0
    nearer, second_nearer = _EDGE, _EDGE
    for step in range(1, min(_BEFORE, at) + 1):
        place = at - step
        columns = row[7 * (step - 1) : 7 * step]
        if signs[place] in (_COMMA, _END, _QUOTE):
            clauses += _CLAUSES[signs[place]]
            if step <= 3:
                columns[0] = slot(1, step, hashes[place], 0)
            continue
        clause = min(clauses, 4)
        if signs[place] == _PLACE:
            columns[0] = slot(2, clause, 0, 0)
            if step > 8:
                break
            continue
        far = step if step <= 2 else 3 if step <= 4 else 4 if step <= 8 else 5 if step <= 14 else 6
        columns[0] = slot(3, clause, hashes[place], 0)
        columns[1] = slot(4, far, hashes[place], 0)
        if step <= 8:
            columns[2] = slot(5, clause, lasts[place], 0)
            columns[3] = slot(6, clause, firsts[place], 0)
        if number > 0:
            columns[4] = slot(7, nearer_clause, hashes[place], nearer)
        if number > 1 and clause <= 1:
            columns[5] = slot(8, hashes[place], nearer, second_nearer)
        second_nearer, nearer, nearer_clause = nearer, hashes[place], clause
        number += 1


@compiled
def _three_nearest(at: int, hashes: NDArray[np.int64], signs: NDArray[np.int64]) -> tuple[int, int, int]:
    nearest = np.full(3, _EDGE, np.int64)
    number = 0
    for step in range(1, min(_BEFORE, at) + 1):
        if number < 3 and signs[at - step] == _WORD:
            nearest[number] = hashes[at - step]
            number += 1
    return nearest[0], nearest[1], nearest[2]


@compiled
def _see_after(row: NDArray[np.int32], at: int, hashes: NDArray[np.int64], signs: NDArray[np.int64], firsts: NDArray[np.int64]) -> tuple[int, int]:
    """Words after, up to the next place. Gives the two nearest."""
    clauses = number = 0
    last = _EDGE
    nearest = np.full(2, _EDGE, np.int64)
    for step in range(1, min(_AFTER, len(hashes) - 1 - at) + 1):
        place = at + step
        columns = row[5 * (step - 1) : 5 * step]
        if signs[place] in (_COMMA, _END, _QUOTE):
            clauses += _CLAUSES[signs[place]]
            if step <= 2:
                columns[0] = slot(11, step, hashes[place], 0)
            continue
        clause = min(clauses, 4)
        if signs[place] == _PLACE:
            columns[0] = slot(12, clause, 0, 0)
            break
        columns[0] = slot(13, clause, hashes[place], 0)
        if step <= 3:
            columns[1] = slot(14, step, hashes[place], 0)
        if step <= 6:
            columns[2] = slot(15, clause, firsts[place], 0)
        if number > 0:
            columns[3] = slot(16, clause, last, hashes[place])
        if number < 2:
            nearest[number] = hashes[place]
        last = hashes[place]
        number += 1
    return nearest[0], nearest[1]


@compiled
def _compare(row: NDArray[np.int32], number: int, sizes: NDArray[np.float64]) -> None:
    """How the sum compares: the greatest so far or of all, told before, the sum of those before, a multiple of the last."""
    size, most, most_before, sum_before, again, before = sizes[number], 0.0, 0.0, 0.0, 0, 0
    for place in range(len(sizes)):
        most = max(most, sizes[place])
        again += sizes[place] == size
        if place < number:
            most_before = max(most_before, sizes[place])
            sum_before += sizes[place]
            before += sizes[place] == size
    row[0] = slot(50, _doublings(size) // 2, 0, 0)
    row[1] = slot(51, size >= most, number == 0, 0)
    row[2] = slot(52, size < 300.0, number == 0, 0)
    row[7] = slot(57, again > 1, 0, 0)
    if number > 0:
        row[3] = slot(53, size > most_before, 0, 0)
        row[4] = slot(54, before > 0, 0, 0)
        row[5] = slot(55, abs(sum_before - size) < 0.01 * size + 1.0, number > 1, 0)
        row[6] = slot(56, _doublings(size * size) - _doublings(sizes[number - 1] * sizes[number - 1]), 0, 0)


@compiled
def _doublings(value: float) -> int:
    """How often 1 doubles to pass the value; of a square, half doublings."""
    number = 0
    while value >= 1.0:
        value *= 0.5
        number += 1
    return number
