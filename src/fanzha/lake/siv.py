"""AES-SIV (RFC 5297) of many short texts at once.

The cipher itself is the library's AES, asked for many blocks in one call; what stands around it (S2V, CMAC, counters, Base64) is laid out by compiled
loops. Invariant, held by a test over every length: the outcome is byte for byte that of the library's own AESSIV, which opens the tokens.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC

from fanzha.lake.compiled import compiled
from fanzha.lake.strings import Bytes, Offsets, from_bytes, to_bytes

LONGEST: Final = 64
"""Bytes of the longest text that `seal` takes; the shortest has one."""
_AT_ONCE: Final = 65_536
_BLOCK = 16
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)

Blocks = npt.NDArray[np.uint8]


class ManySiv:
    """Seals under one key (64 bytes: the first half authenticates, the second encrypts) and one piece of associated data."""

    def __init__(self, key: bytes, bound: bytes) -> None:
        half = len(key) // 2
        self._mac, self._encryption = AES(key[:half]), AES(key[half:])
        zero = bytes(_BLOCK)
        first = _doubled(_ecb(self._mac, zero))
        self._whole, self._padded = _array(first), _array(_doubled(first))
        above = bytes(a ^ b for a, b in zip(_doubled(self._cmac(zero)), self._cmac(bound), strict=True))
        self._above, self._above_doubled = _array(above), _array(_doubled(above))

    def seal(self, values: pl.Series, prefix: str) -> pl.Series:
        """For each text `prefix` and the unpadded Base64 (URL alphabet) of its sealed form. No value may be null, empty or longer than `LONGEST` bytes."""
        data, offsets = to_bytes(values)
        head = _array(prefix.encode())
        widths = len(head) + ((_BLOCK + np.diff(offsets)) * 8 + 5) // 6
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(widths)])
        out = np.empty(int(ends[-1]), dtype=np.uint8)
        counts = (np.diff(offsets) + _BLOCK - 1) // _BLOCK
        for count in np.unique(counts).tolist():
            alike = np.flatnonzero(counts == count)
            for start in range(0, len(alike), _AT_ONCE):
                self._seal(data, offsets, alike[start : start + _AT_ONCE], count, head, out, ends)
        return from_bytes(values.name, out, ends)

    def _seal(self, data: Bytes, offsets: Offsets, places: Offsets, count: int, head: Bytes, out: Bytes, ends: Offsets) -> None:
        """Texts of `count` blocks each."""
        blocks = np.zeros((count, len(places), _BLOCK), dtype=np.uint8)
        _lay_out(data, offsets, places, self._above, self._above_doubled, self._whole, self._padded, blocks)
        tags = np.zeros((len(places), _BLOCK), dtype=np.uint8)
        for block in blocks:
            tags = _array(_ecb(self._mac, np.bitwise_xor(tags, block).tobytes())).reshape(-1, _BLOCK)
        _count_up(tags, blocks)
        stream = _array(_ecb(self._encryption, blocks.tobytes())).reshape(blocks.shape)
        _write(data, offsets, places, tags, stream, head, out, ends)

    def _cmac(self, message: bytes) -> bytes:
        mac = CMAC(self._mac)
        mac.update(message)
        return mac.finalize()


def _ecb(algorithm: AES, blocks: bytes) -> bytes:
    # Single blocks, each the input of a MAC or a counter: no text is ever encrypted in this mode.
    return Cipher(algorithm, ECB()).encryptor().update(blocks)  # noqa: S305


def _doubled(block: bytes) -> bytes:
    """Multiplied by x in GF(2^128), RFC 5297 section 2.3."""
    number = int.from_bytes(block) << 1
    return ((number & ((1 << 128) - 1)) ^ (0x87 if number >> 128 else 0)).to_bytes(_BLOCK)


def _array(content: bytes) -> Bytes:
    return np.frombuffer(content, dtype=np.uint8)


@compiled
def _lay_out(
    data: Bytes, offsets: Offsets, places: Offsets, above: Bytes, above_doubled: Bytes, whole: Bytes, padded: Bytes, blocks: Blocks
) -> None:
    """The last input of S2V for each text, as the blocks that CMAC chains: padded, the last one with its subkey."""
    last = blocks.shape[0] - 1
    for row in range(len(places)):
        start = offsets[places[row]]
        length = offsets[places[row] + 1] - start
        for byte in range(length):
            blocks[byte // _BLOCK, row, byte % _BLOCK] = data[start + byte]
        if length % _BLOCK:
            blocks[last, row, length % _BLOCK] = 0x80
        for byte in range(_BLOCK):
            if length < _BLOCK:
                blocks[0, row, byte] ^= above_doubled[byte]
            else:
                at = length - _BLOCK + byte
                blocks[at // _BLOCK, row, at % _BLOCK] ^= above[byte]
            blocks[last, row, byte] ^= padded[byte] if length > _BLOCK and length % _BLOCK else whole[byte]


@compiled
def _count_up(tags: Blocks, counters: Blocks) -> None:
    """Counter blocks from the tag with bits 63 and 31 cleared; four of them at most, so nothing carries beyond the last 32 bits."""
    for row in range(tags.shape[0]):
        low = np.int64(tags[row, 12] & 0x7F) << 24 | np.int64(tags[row, 13]) << 16 | np.int64(tags[row, 14]) << 8 | np.int64(tags[row, 15])
        for step in range(counters.shape[0]):
            for byte in range(12):
                counters[step, row, byte] = tags[row, byte]
            counters[step, row, 8] &= 0x7F
            for byte in range(4):
                counters[step, row, 12 + byte] = ((low + step) >> (24 - 8 * byte)) & 0xFF


@compiled
def _write(data: Bytes, offsets: Offsets, places: Offsets, tags: Blocks, stream: Blocks, head: Bytes, out: Bytes, ends: Offsets) -> None:
    """Prefix, then tag and encrypted text in Base64, six bits a letter."""
    for row in range(len(places)):
        start = offsets[places[row]]
        length = offsets[places[row] + 1] - start
        to = ends[places[row]]
        for byte in range(len(head)):
            out[to + byte] = head[byte]
        to += len(head)
        held, bits = np.int64(0), 0
        for byte in range(_BLOCK + length):
            at = byte - _BLOCK
            value = tags[row, byte] if at < 0 else data[start + at] ^ stream[at // _BLOCK, row, at % _BLOCK]
            held = (held << 8 | np.int64(value)) & 0x3FFF
            bits += 8
            while bits >= 6:
                bits -= 6
                out[to] = _ALPHABET[(held >> bits) & 63]
                to += 1
        if bits:
            out[to] = _ALPHABET[(held << (6 - bits)) & 63]
