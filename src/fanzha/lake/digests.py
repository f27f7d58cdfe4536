"""BLAKE2b (RFC 7693) of every text of a column at once, as `hashlib.blake2b` gives it, compiled and without holding the interpreter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from fanzha.lake.compiled import compiled, inlined
from fanzha.lake.strings import Bytes, Offsets, from_bytes, to_bytes

Words = npt.NDArray[np.uint64]

_IV = np.array(
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ],
    dtype=np.uint64,
)  # fmt: skip
_SIGMA = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    dtype=np.int64,
)
_BLOCK = 128
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def keys(prefix: bytes, texts: pl.Series) -> pl.Series:
    """Of prefix and text, the 8-byte digest as a little-endian Int64. Null counts as empty."""
    return pl.Series(texts.name, _digests(prefix, texts, 8)[:, 0].copy().view(np.int64))


def hexadecimal(texts: pl.Series, size: int) -> pl.Series:
    """The digest of `size` bytes (16 at most) in hexadecimal. Null counts as empty."""
    content = np.ascontiguousarray(_digests(b"", texts, size)).view(np.uint8)[:, :size]
    digits = np.empty((len(content), 2 * size), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[content >> 4], _HEX[content & 15]
    return from_bytes(texts.name, digits.reshape(-1), np.arange(len(content) + 1, dtype=np.int64) * (2 * size))


def _digests(prefix: bytes, texts: pl.Series, size: int) -> Words:
    data, offsets = to_bytes(texts)
    found = np.empty((len(texts), 2), dtype=np.uint64)
    _hash_all(np.frombuffer(prefix, dtype=np.uint8), data, offsets, np.uint64(0x01010000 ^ size), found)
    return found


@compiled
def _hash_all(prefix: Bytes, data: Bytes, offsets: Offsets, parameters: np.uint64, found: Words) -> None:
    state, work, words = np.empty(8, np.uint64), np.empty(16, np.uint64), np.empty(16, np.uint64)
    block = words.view(np.uint8)
    for place in range(len(offsets) - 1):
        start = offsets[place]
        before = len(prefix)
        length = before + offsets[place + 1] - start
        state[:] = _IV
        state[0] ^= parameters
        done = 0
        while True:
            end = min(done + _BLOCK, length)
            for byte in range(done, end):
                block[byte - done] = prefix[byte] if byte < before else data[start + byte - before]
            block[end - done :] = 0
            last = end == length
            _compress(state, work, words, np.uint64(end), last)
            done = end
            if last:
                break
        found[place, 0], found[place, 1] = state[0], state[1]


@compiled
def _compress(state: Words, work: Words, words: Words, count: np.uint64, last: bool) -> None:
    work[:8] = state
    work[8:] = _IV
    work[12] ^= count
    if last:
        work[14] = ~work[14]
    for turn in range(12):
        order = _SIGMA[turn % 10]
        for lane in range(4):
            _mix(work, lane, 4 + lane, 8 + lane, 12 + lane, words[order[2 * lane]], words[order[2 * lane + 1]])
        for lane in range(4):
            _mix(work, lane, 4 + (lane + 1) % 4, 8 + (lane + 2) % 4, 12 + (lane + 3) % 4, words[order[8 + 2 * lane]], words[order[9 + 2 * lane]])
    for word in range(8):
        state[word] ^= work[word] ^ work[word + 8]


@inlined
def _mix(work: Words, a: int, b: int, c: int, d: int, x: np.uint64, y: np.uint64) -> None:
    work[a] = work[a] + work[b] + x
    work[d] = _turned(work[d] ^ work[a], np.uint64(32))
    work[c] = work[c] + work[d]
    work[b] = _turned(work[b] ^ work[c], np.uint64(24))
    work[a] = work[a] + work[b] + y
    work[d] = _turned(work[d] ^ work[a], np.uint64(16))
    work[c] = work[c] + work[d]
    work[b] = _turned(work[b] ^ work[c], np.uint64(63))


@inlined
def _turned(word: np.uint64, bits: np.uint64) -> np.uint64:
    return (word >> bits) | (word << (np.uint64(64) - bits))
