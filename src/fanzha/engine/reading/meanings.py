"""What words mean, as numbers: what the encoder (0244) holds of each word by itself, in its broadest directions.

Words that mean alike lie side by side: 下载, 安装, 注册.

Only teaching comes here; what is learned keeps the numbers of its words.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.encoder.encoding import NUMBERS as ENCODED
from fanzha.engine.encoder.encoding import encode
from fanzha.engine.encoder.weights import WIDTH, shipped
from fanzha.engine.reading.words import word_hash, words_of

NUMBERS = 96
_BLANK = "\u2581"


def meanings_of(texts: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of the words of the texts and of those that the encoder knows as one piece: (sorted hashes, (words + 1, NUMBERS): the vectors of them after one of nothing)."""
    words = {word for text in texts for word in words_of(text).told if not word.isspace() and not word.isdigit()} | _whole_pieces()
    by_hash = {word_hash(word): word for word in sorted(words)}
    hashes = np.array(sorted(by_hash), np.int64)
    vectors = encode([by_hash[one] for one in hashes.tolist()])[:, ENCODED - WIDTH :]
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    broadest = np.linalg.svd(vectors, full_matrices=False)[2][:NUMBERS]
    found = vectors @ broadest.T
    return hashes, np.concatenate((np.zeros((1, NUMBERS), np.float32), found / found.std())).astype(np.float32)


def _whole_pieces() -> set[str]:
    """The encoder's pieces that are one Chinese word."""
    pieces = (piece.strip(_BLANK) for piece in shipped().pieces.pieces)
    return {piece for piece in pieces if any("\u4e00" <= char <= "\u9fff" for char in piece) and len(words_of(piece).told) == 1}
