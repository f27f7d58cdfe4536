"""Texts as numbers: the mean of what the encoder holds of their pieces after some of its layers (Devlin et al. 2019; Wang et al. 2024).

The bound is arithmetic: 42 million operations a piece in matrix products, nothing else of weight; texts are read in batches that stay in the processor's cache.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fanzha.engine.encoder.pieces import END, PADDING, START, joined
from fanzha.engine.encoder.weights import HEADS, WIDTH, Layer, Linear, Matrix, Norm, Weights, shipped
from fanzha.kit.progress import Progress, Quiet

LAYERS = (4, 8, 12)
NUMBERS = WIDTH * len(LAYERS)
MOST_PIECES = 96
"""Of a longer text its beginning is read: who speaks and what he claims stands there."""
_ASKED = "query: "
_PIECES_AT_ONCE = 1024
_TINY = 1e-12
_HIDDEN = np.float32(-1e9)

Ints = NDArray[np.int64]


def encode(texts: Sequence[str], progress: Progress | None = None) -> Matrix:
    """The numbers of each text (texts, 1152): the mean over its pieces after layers 4, 8 and 12, the same up to rounding whatever stands beside it."""
    weights = shipped()
    told = [[START, *weights.pieces.numbers(_ASKED + joined(text), MOST_PIECES), END] for text in texts]
    found = np.zeros((len(texts), NUMBERS), np.float32)
    with (progress or Quiet()).step("read the texts", len(texts)) as step, threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        batches = list(_batches(told))
        for batch, means in zip(batches, pool.map(lambda batch: _means(weights, [told[place] for place in batch]), batches), strict=True):
            found[batch] = means
            step.advance(len(batch))
    return found


def _batches(told: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Places of texts of about the same length."""
    batch: list[int] = []
    for place in sorted(range(len(told)), key=lambda place: len(told[place])):
        if batch and (len(batch) + 1) * len(told[place]) > _PIECES_AT_ONCE:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _means(weights: Weights, told: Sequence[Sequence[int]]) -> Matrix:
    """Of texts of about the same length (texts, 1152)."""
    longest = max(map(len, told))
    numbers = np.array([[*one, *[PADDING] * (longest - len(one))] for one in told])
    there = (numbers != PADDING).astype(np.float32)
    state = _normed(weights.words.rows(numbers.ravel()).reshape(*numbers.shape, WIDTH) + weights.places[:longest], weights.start)
    hidden = ((1 - there) * _HIDDEN)[:, None, None, :]
    share = (there / there.sum(axis=1, keepdims=True))[:, None, :]
    means = []
    for number, layer in enumerate(weights.layers, 1):
        state = _through(state, layer, hidden)
        if number in LAYERS:
            means.append((share @ state)[:, 0])
    return cast("Matrix", np.hstack(means))


def _through(state: Matrix, layer: Layer, hidden: Matrix) -> Matrix:
    """What one layer makes of the state (texts, pieces, 384)."""
    state = _normed(state + _times(_attended(state, layer, hidden), layer.output), layer.attended)
    return _normed(state + _times(_bent(_times(state, layer.wide)), layer.narrow), layer.done)


def _attended(state: Matrix, layer: Layer, hidden: Matrix) -> Matrix:
    """Each piece as the others that it looks at; `hidden` is far below nil where there is no piece."""
    texts, pieces, _ = state.shape
    parts = _times(state, layer.attention).reshape(texts, pieces, 3, HEADS, -1)
    queries, keys, values = (parts[:, :, number].transpose(0, 2, 1, 3) for number in range(3))
    looks = queries @ keys.transpose(0, 1, 3, 2)
    looks *= np.float32(queries.shape[-1] ** -0.5)
    looks += hidden
    looks -= looks.max(axis=-1, keepdims=True)
    np.exp(looks, out=looks)
    looks /= looks.sum(axis=-1, keepdims=True)
    return np.asarray((looks @ values).transpose(0, 2, 1, 3), np.float32).reshape(state.shape)


def _times(state: Matrix, linear: Linear) -> Matrix:
    flat = state.reshape(-1, state.shape[-1]) @ linear.weights
    flat += linear.offset
    return cast("Matrix", flat.reshape(*state.shape[:-1], -1))


def _bent(state: Matrix) -> Matrix:
    """GELU in its form by the hyperbolic tangent (Hendrycks and Gimpel 2016), written as a logistic."""
    slope = state * state
    slope *= np.float32(-2 * 0.7978845608 * 0.044715)
    slope -= np.float32(2 * 0.7978845608)
    slope *= state
    np.minimum(slope, np.float32(80), out=slope)
    np.exp(slope, out=slope)
    slope += np.float32(1)
    return cast("Matrix", np.divide(state, slope, out=slope))


def _normed(state: Matrix, norm: Norm) -> Matrix:
    state -= state.mean(axis=-1, keepdims=True)
    spread = np.einsum("...i,...i->...", state, state)[..., None] / np.float32(WIDTH)
    state /= np.sqrt(spread + np.float32(_TINY))
    state *= norm.scale
    state += norm.offset
    return state
