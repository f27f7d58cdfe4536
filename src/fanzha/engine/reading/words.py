"""A text in words, as numbers that the learned chains read: which word each character belongs to, and hashes of words and their classes.

Words come from the dictionary of jieba (`rjieba`, 0241); nothing is guessed beyond it, so a name that no dictionary holds falls into pieces, which is a sign of a name.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import rjieba
from numpy.typing import NDArray

Hashes = NDArray[np.int64]
DIGITS = "0"


@dataclass(frozen=True)
class Words:
    """`of`: for each character the number of its word; by word: `starts` (its first character), `hashes`, `classes` (hashes of the parts of speech)."""

    told: tuple[str, ...]
    of: NDArray[np.int64]
    starts: NDArray[np.int64]
    hashes: Hashes
    classes: Hashes


def words_of(text: str) -> Words:
    """Every character belongs to one word, blanks and marks too. The text is not empty."""
    tagged = rjieba.tag(text, hmm=False)
    told = tuple(word for word, _ in tagged)
    lengths = np.fromiter(map(len, told), np.int64, len(told))
    starts = np.concatenate(([0], lengths.cumsum()[:-1]))
    hashes = np.fromiter((word_hash(word) for word in told), np.int64, len(told))
    classes = np.fromiter((word_hash(part) for _, part in tagged), np.int64, len(told))
    return Words(told, np.repeat(np.arange(len(told)), lengths), starts, hashes, classes)


@lru_cache(maxsize=1 << 16)
def word_hash(word: str) -> int:
    """Numbers are all one word."""
    return zlib.crc32((DIGITS if word.isdigit() else word).encode())
