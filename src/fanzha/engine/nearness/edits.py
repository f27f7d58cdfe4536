"""Edit distance with neighbouring letters swapped (optimal string alignment; F. J. Damerau, A technique for computer detection and correction of
spelling errors, 1964), and where the first difference stands."""

from __future__ import annotations


def distance(one: str, other: str, most: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours that turn one into the other; `most + 1` where there are more. Symmetric."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    if one == other:
        return 0
    head, tail = _common(one, other)
    one, other = one[head : len(one) - tail], other[head : len(other) - tail]
    if not one or not other:
        return min(len(one) + len(other), most + 1)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, theirs in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != theirs))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most and (not before or min(before) > most):
            return most + 1
    return min(row[-1], most + 1)


def difference(known: str, asked: str) -> tuple[int, str, str]:
    """(place from 1, what the known text has there, what the asked one has): the stretch between the common beginning and the common end."""
    head, tail = _common(known, asked)
    return head + 1, known[head : len(known) - tail], asked[head : len(asked) - tail]


def _common(one: str, other: str) -> tuple[int, int]:
    """Lengths of the common beginning and, after it, the common end."""
    shorter = min(len(one), len(other))
    head = next((place for place in range(shorter) if one[place] != other[place]), shorter)
    rest = shorter - head
    tail = next((place for place in range(rest) if one[-1 - place] != other[-1 - place]), rest)
    return head, tail
