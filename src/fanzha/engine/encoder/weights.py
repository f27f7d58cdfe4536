"""The encoder as it is shipped: `encoder.npz`, written by `scripts/take-encoder`, each weight four bits, in blocks of 32 with one scale."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.encoder.pieces import Pieces

FILE = "encoder.npz"
WIDTH, HEADS = 384, 12
_BLOCK = 32
_MIDDLE = 8

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Packed:
    """A matrix of four-bit weights: `codes` (rows, columns / 2), the low halves of a block's bytes are its first sixteen; `scales` (rows, columns / 32)."""

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def rows(self, chosen: Any = slice(None)) -> Matrix:
        """Some rows as numbers."""
        codes, scales = self.codes[chosen], self.scales[chosen]
        blocks = codes.reshape(*scales.shape, _BLOCK // 2)
        halves = np.concatenate([blocks & 15, blocks >> 4], axis=-1).astype(np.float32) - _MIDDLE
        return np.asarray((halves * scales[..., None]).reshape(len(codes), -1), dtype=np.float32)


@dataclass(frozen=True)
class Norm:
    """Scale and offset of a layer norm."""

    scale: Matrix
    offset: Matrix


@dataclass(frozen=True)
class Linear:
    """`y = x · weights + offset`; weights (in, out)."""

    weights: Matrix
    offset: Matrix


@dataclass(frozen=True)
class Layer:
    """One layer: attention (queries, keys and values side by side), its output, and the two steps of the feed-forward network."""

    attention: Linear
    output: Linear
    attended: Norm
    wide: Linear
    narrow: Linear
    done: Norm


@dataclass(frozen=True)
class Weights:
    """Everything that the encoder is made of; `fingerprint` names it, for a model that was learned from its numbers."""

    pieces: Pieces
    words: Packed
    places: Matrix
    start: Norm
    layers: tuple[Layer, ...]
    fingerprint: str


@cache
def shipped() -> Weights:
    """What comes with the product; read once (0.3 s, 125 MB of memory)."""
    held = resources.files("fanzha.engine.encoder").joinpath(FILE).read_bytes()
    arrays = dict(np.load(io.BytesIO(held), allow_pickle=False))
    pieces = Pieces(bytes(arrays["pieces"]).decode("utf-8").split("\n"), arrays["chances"].tolist())
    layers = tuple(_layer(arrays, number) for number in range(len(arrays["wide_offset"])))
    words = Packed(arrays["words_codes"], arrays["words_scales"])
    return Weights(pieces, words, arrays["places"].astype(np.float32), Norm(*arrays["start"]), layers, hashlib.sha256(held).hexdigest())


def _layer(arrays: dict[str, NDArray[Any]], number: int) -> Layer:
    def linear(name: str) -> Linear:
        packed = Packed(arrays[f"{name}_codes"][number], arrays[f"{name}_scales"][number])
        return Linear(np.ascontiguousarray(packed.rows().T), arrays[f"{name}_offset"][number])

    attended, done = (Norm(*arrays[name][number]) for name in ("attended", "done"))
    return Layer(linear("attention"), linear("output"), attended, linear("wide"), linear("narrow"), done)
