"""Candidates within one or two edits: every text is filed under its deletions, and two texts that are near share one (W. Garbe's symmetric deletion,
after T. Bocek, E. Hunt, B. Stiller, Fast similarity search in large dictionaries, 2007). Numbers are filed with one digit left open.

Hashes are 64 bits; a chance collision costs one comparison, never a wrong hit, since whoever asks compares the texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.kernels import Codes, Ints, compiled

Hashes = NDArray[np.uint64]
Letters = NDArray[np.uint8]

LONGEST = 64
_BASE = np.uint64(1_099_511_628_211)
_OPEN = np.uint64(255)


@compiled
def _hash_without(letters: Letters, length: int, first: int, second: int) -> np.uint64:
    """The text without the letters at two places; a place of -1 takes nothing away."""
    found = np.uint64(14_695_981_039_346_656_037)
    for place in range(length):
        if place != first and place != second:
            found = (found ^ np.uint64(letters[place])) * _BASE
    return found ^ (found >> np.uint64(29))


@compiled
def _hash_open(letters: Letters, length: int, hole: int) -> np.uint64:
    """The text with one letter left open."""
    found = np.uint64(14_695_981_039_346_656_037)
    for place in range(length):
        found = (found ^ (_OPEN if place == hole else np.uint64(letters[place]))) * _BASE
    return found ^ (found >> np.uint64(29))


@compiled
def _deletions(letters: Letters, lengths: Codes, depths: Codes, hashes: Hashes, owners: Codes) -> int:
    """For each text its hash, and those of all texts that up to `depths` deletions leave. Returns how many were written."""
    used = 0
    for i in range(len(lengths)):
        hashes[used], owners[used] = _hash_without(letters[i], lengths[i], -1, -1), i
        used += 1
        for first in range(lengths[i] if depths[i] > 0 else 0):
            hashes[used], owners[used] = _hash_without(letters[i], lengths[i], first, -1), i
            used += 1
            for second in range(first + 1, lengths[i] if depths[i] > 1 else 0):
                hashes[used], owners[used] = _hash_without(letters[i], lengths[i], first, second), i
                used += 1
    return used


@compiled
def _holes(letters: Letters, lengths: Codes, hashes: Hashes, owners: Codes) -> int:
    """For each text and each of its places the hash with that place left open. Returns how many were written."""
    used = 0
    for i in range(len(lengths)):
        for hole in range(lengths[i]):
            hashes[used], owners[used] = _hash_open(letters[i], lengths[i], hole), i
            used += 1
    return used


def _spread(texts: Sequence[str]) -> tuple[Letters, Codes]:
    """ASCII texts as a matrix of letters with their lengths; what is longer than `LONGEST` has length 0 and is never near anything."""
    raw = [text.encode("ascii", "replace") if len(text) <= LONGEST else b"" for text in texts]
    lengths = np.array([len(each) for each in raw], np.int32)
    letters = np.frombuffer(b"".join(each.ljust(LONGEST, b"\0") for each in raw), np.uint8).reshape(-1, LONGEST)
    return letters, lengths


def _filed(hashes: Hashes, owners: Codes) -> tuple[Hashes, Codes]:
    order = np.argsort(hashes, kind="stable")
    return hashes[order], owners[order]


class _Filed:
    """Hashes in order, each with its owner."""

    def __init__(self, hashes: Hashes, owners: Codes) -> None:
        self._hashes, self._owners = _filed(hashes, owners)

    def _owners_of(self, wanted: Hashes) -> list[int]:
        lows, highs = np.searchsorted(self._hashes, wanted, "left"), np.searchsorted(self._hashes, wanted, "right")
        found: set[int] = set()
        for low, high in zip(lows[highs > lows], highs[highs > lows], strict=True):
            found.update(self._owners[low:high].tolist())
        return sorted(found)


class Deletions(_Filed):
    """Which of some texts may stand within their own `depth` (0 to 2 edits) of another."""

    def __init__(self, texts: Sequence[str], depths: Sequence[int]) -> None:
        hashes, owners = _deleted(texts, depths)
        super().__init__(hashes, owners)

    def near(self, text: str, depth: int) -> list[int]:
        """Places of the texts to compare, a superset of those within `depth` edits."""
        hashes, _ = _deleted([text], [depth])
        return self._owners_of(np.unique(hashes))


class Holes(_Filed):
    """Which of some texts have another's length and differ from it in one place at most."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(*_opened(texts))

    def near(self, text: str) -> list[int]:
        hashes, _ = _opened([text])
        return self._owners_of(hashes)


def _deleted(texts: Sequence[str], depths: Sequence[int]) -> tuple[Hashes, Codes]:
    letters, lengths = _spread(texts)
    reach = np.asarray(depths, np.int32)
    many = lengths.astype(np.int64)
    sizes: Ints = 1 + many * (reach > 0) + many * (many - 1) // 2 * (reach > 1)
    total = int(sizes.sum())
    hashes, owners = np.empty(total, np.uint64), np.empty(total, np.int32)
    used = _deletions(letters, lengths, reach, hashes, owners)
    return hashes[:used], owners[:used]


def _opened(texts: Sequence[str]) -> tuple[Hashes, Codes]:
    letters, lengths = _spread(texts)
    total = int(lengths.sum())
    hashes, owners = np.empty(total, np.uint64), np.empty(total, np.int32)
    used = _holes(letters, lengths, hashes, owners)
    return hashes[:used], owners[:used]
