"""Texts cut into the pieces that the encoder knows: the most probable cut under a unigram model (Kudo 2018)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

START, PADDING, END, UNKNOWN = 0, 1, 2, 3
LONGEST = 16
"""No piece has more characters."""
_GAP = "\u2581"
_UNKNOWN_COSTS = 10.0
_LAST_NARROW = "\u2e7f"


@dataclass(frozen=True)
class Pieces:
    """The pieces by number, and the log chance of each. The first four stand for start, padding, end and what is unknown."""

    pieces: Sequence[str]
    chances: Sequence[float]

    def numbers(self, text: str, most: int) -> list[int]:
        """The first `most` pieces of a text. Surrogates and characters that no piece holds are unknown, one each."""
        said = _GAP + text[: most * LONGEST].replace(" ", _GAP)
        piece, begin = self._cut(said)
        found: list[int] = []
        at = len(said)
        while at:
            found.append(piece[at])
            at = begin[at]
        return found[::-1][:most]

    def _cut(self, said: str) -> tuple[list[int], list[int]]:
        """For each place the last piece of the best cut of what stands before it, and where that begins (Viterbi)."""
        known, unknown = self._known, self._unknown
        best = [0.0] + [float("-inf")] * len(said)
        piece, begin = [UNKNOWN] * len(best), [0] * len(best)
        for start in range(len(said)):
            before = best[start]
            if before + unknown > best[start + 1]:
                best[start + 1], piece[start + 1], begin[start + 1] = before + unknown, UNKNOWN, start
            for end in range(start + 1, min(start + LONGEST, len(said)) + 1):
                found = known.get(said[start:end])
                if found is not None and before + found[1] > best[end]:
                    best[end], piece[end], begin[end] = before + found[1], found[0], start
        return piece, begin

    @cached_property
    def _known(self) -> Mapping[str, tuple[int, float]]:
        rest = zip(self.pieces[UNKNOWN + 1 :], self.chances[UNKNOWN + 1 :], strict=True)
        return {piece: (number, chance) for number, (piece, chance) in enumerate(rest, UNKNOWN + 1)}

    @cached_property
    def _unknown(self) -> float:
        return min(self.chances) - _UNKNOWN_COSTS


def joined(text: str) -> str:
    """Composed forms; one space between words of narrow letters, none beside Chinese: some texts come cut into words by spaces."""
    words = unicodedata.normalize("NFKC", text).split()
    parts: list[str] = []
    for word in words:
        if parts and parts[-1][-1] <= _LAST_NARROW and word[0] <= _LAST_NARROW:
            parts.append(" ")
        parts.append(word)
    return "".join(parts)
