"""The script that the narratives of a series share: passages that several of them tell in the same words.

What one narrative alone says (names, numbers, sums) is never a passage. Digits and Latin letters are hidden all the same, since a number that two victims name is
somebody's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SHORTEST = 8
"""Characters of a passage."""
PIECE = 6
MOST_TEXTS = 200
LONGEST_TEXT = 20_000
_HIDDEN = re.compile(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ@._%+\-]{2,}")
_BREAK = re.compile(r"[\s。；;!！?？\n]+")


@dataclass(frozen=True)
class Passage:
    """Words that `cases` of the narratives share."""

    text: str
    cases: int


def common(narratives: Sequence[str], most: int = 12) -> list[Passage]:
    """Passages of at least eight characters that at least two narratives share, those of most cases first, then the longest.

    O(characters): a passage is a longest run of a narrative whose six-character pieces all stand in at least as many narratives as its rarest piece.
    """
    texts = [_HIDDEN.sub("＊", text[:LONGEST_TEXT]) for text in narratives[:MOST_TEXTS]]
    known: Counter[str] = Counter()
    for text in texts:
        known.update({text[place : place + PIECE] for place in range(len(text) - PIECE + 1)})
    found: dict[str, int] = {}
    for text in dict.fromkeys(texts):
        for sentence in _BREAK.split(text):
            for run in _runs(sentence, known):
                for part in _told_together(run, texts, known):
                    found[part] = sum(part in text for text in texts)
    ordered = sorted(((cases, run) for run, cases in found.items() if cases > 1), key=lambda each: (-each[0], -len(each[1]), each[1]))
    return [Passage(run, cases) for cases, run in _without_parts(ordered)[:most]]


def _runs(sentence: str, known: Counter[str]) -> list[str]:
    """Longest runs of pieces that at least two narratives have."""
    runs, start = [], None
    for place in range(len(sentence) - PIECE + 2):
        shared = place <= len(sentence) - PIECE and known[sentence[place : place + PIECE]] > 1
        if shared and start is None:
            start = place
        elif not shared and start is not None:
            runs.append(sentence[start : place + PIECE - 1].strip("，,、：: ＊"))
            start = None
    return [run for run in runs if len(run) >= SHORTEST]


def _told_together(run: str, texts: Sequence[str], known: Counter[str]) -> list[str]:
    """The run where a second narrative has it whole; or else its parts, cut where the number of narratives changes."""
    if sum(run in text for text in texts) > 1:
        return [run]
    parts, start = [], 0
    counts = [known[run[place : place + PIECE]] for place in range(len(run) - PIECE + 1)]
    for place in range(1, len(counts) + 1):
        if place == len(counts) or counts[place] != counts[start]:
            parts.append(run[start : place + PIECE - 1])
            start = place
    return [part for part in parts if len(part) >= SHORTEST]


def _without_parts(ordered: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without what stands inside a passage that as many cases share."""
    kept: list[tuple[int, str]] = []
    for cases, run in ordered:
        if not any(run in other and cases <= count for count, other in kept):
            kept.append((cases, run))
    return kept
