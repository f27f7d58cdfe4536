"""Teaching the network of names (`nets`) from marked texts: the slope of the likelihood by going back through the layers, a few texts at a time.

Sources: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors" (Nature 1986); Loshchilov, Hutter, "Decoupled weight decay
regularization" (ICLR 2019); Srivastava et al., "Dropout" (JMLR 2014); Smith, Topin, "Super-convergence" (2019) for a rate that rises and falls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fanzha.engine.kernels import compiled
from fanzha.engine.reading.looks import Seen as Sketch
from fanzha.engine.reading.looks import look_at
from fanzha.engine.reading.nets import SPREADS, TAGS, Ints, Net, Singles, bend, looked_up, mixed_along, normed
from fanzha.engine.reading.sights import Known, Seen, sights
from fanzha.engine.reading.stretches import tags_of
from fanzha.engine.reading.teaching import Told, names_in, renamed
from fanzha.engine.reading.words import words_of

WIDTH = 128
TAPS = 5
ROUNDS = 10
RATE = 2e-3
DECAY = 1e-2
LEFT_OUT, UNKNOWN = 0.3, 0.15
"""Of the numbers of a place in each layer; of characters and words, which are then seen as unknown."""
TEXTS = 32
_RISES = 0.1
_APART = (TAPS // 2) * int(SPREADS.max())
"""So many empty places lie between two texts that neither hears of the other."""
_CODES = 0
_FIRST, _SECOND, _LEAST = 0.9, 0.999, 1e-8
_STEEPEST = 1.0

Parts: TypeAlias = dict[str, Singles]


@dataclass(frozen=True)
class Lesson:
    """What is seen of a text, and its tags."""

    seen: Seen
    tags: Ints


@dataclass(frozen=True)
class Batch:
    """Texts one after another; `there`: 1 where a text is, 0 between them (places, 1)."""

    seen: Seen
    tags: Ints
    there: Singles


@dataclass
class Layer:
    """What a layer was given and made, for the way back."""

    straight: Singles
    widths: Singles
    given: Singles
    mixed: Singles
    heard: Singles
    kept: Singles


def fresh_parts(rows: int, numbers: int, chance: np.random.Generator, width: int = WIDTH) -> Parts:
    """Weights that know nothing. `rows` of the tables, `numbers` of a word's vector."""

    def drawn(spread: float, *shape: int) -> Singles:
        return chance.normal(0, spread, shape).astype(np.float32)

    layers = len(SPREADS)
    return {
        "seen": drawn(0.1, rows, width), "meant": drawn(1 / math.sqrt(numbers), numbers, width), "start": np.zeros(width, np.float32),
        "scales": np.ones((layers, width), np.float32), "shifts": np.zeros((layers, width), np.float32), "along": drawn(1 / math.sqrt(TAPS), layers, TAPS, width),
        "across": drawn(1 / math.sqrt(width), layers, width, width), "biases": np.zeros((layers, width), np.float32),
        "told": drawn(1 / math.sqrt(width), width, TAGS), "whole": np.zeros(TAGS, np.float32),
    }  # fmt: skip


def teach_net(texts: Sequence[Told], sketch: Sketch, known: Known, vectors: Singles, seed: int) -> Net:
    """In each round every text stands as it is and once more with other names in their places."""
    chance = np.random.default_rng(seed)
    plain, names = [lesson_of(one, sketch, known) for one in texts], names_in(texts, 1)
    named = [one for one in texts if one.stretches]
    parts = fresh_parts(known.rows, vectors.shape[1], chance)
    moved = {name: (np.zeros_like(part), np.zeros_like(part)) for name, part in parts.items()}
    steps, step = ROUNDS * math.ceil((len(texts) + len(named)) / TEXTS), 0
    for _ in range(ROUNDS):
        for batch in _batches([*plain, *(lesson_of(renamed(one, names, chance), sketch, known) for one in named)], chance):
            step += 1
            _, slopes = slopes_of(parts, _with_unknown(batch, chance), vectors, chance)
            _move(parts, slopes, moved, step, rate_at(step / steps))
    return Net(known, vectors, parts)


def rate_at(share: float) -> float:
    """How far a step goes when so much of all is done, 0..1."""
    if share < _RISES:
        return RATE * share / _RISES
    return RATE * 0.5 * (1 + math.cos(math.pi * (share - _RISES) / (1 - _RISES)))


def slopes_of(parts: Parts, batch: Batch, vectors: Singles, chance: np.random.Generator | None) -> tuple[float, Parts]:
    """(the mean loss in nats a character, its slope by each part). Without `chance` nothing is left out."""
    meaning = vectors[batch.seen.words]
    first = looked_up(batch.seen.rows, parts["seen"], meaning @ parts["meant"], parts["start"])
    state, kept = first.copy(), _kept(first, batch, chance)
    bend(state)
    state *= kept
    layers = []
    for number, spread in enumerate(SPREADS):
        layer = _through(state, parts, number, int(spread), _kept(state, batch, chance), batch.there)
        layers.append(layer)
        state = state + _bent(layer.heard) * layer.kept
    loss, back = _loss(state @ parts["told"] + parts["whole"], batch)
    slopes: Parts = {name: np.zeros_like(part) for name, part in parts.items()}
    slopes["told"], slopes["whole"] = state.T @ back, back.sum(axis=0)
    slope = back @ parts["told"].T
    for number in range(len(SPREADS) - 1, -1, -1):
        slope = slope + _back_through(slope, layers[number], parts, number, slopes, batch.there)
    slope = slope * kept * _steepness(first)
    slopes["start"], slopes["meant"] = slope.sum(axis=0), meaning.T @ slope
    _scatter(batch.seen.rows, slope, slopes["seen"])
    return loss, slopes


def _through(state: Singles, parts: Parts, number: int, spread: int, kept: Singles, there: Singles) -> Layer:
    ones, noughts = np.ones(state.shape[1], np.float32), np.zeros(state.shape[1], np.float32)
    straight, widths = normed(state, ones, noughts)
    given = np.asarray((straight * parts["scales"][number] + parts["shifts"][number]) * there, np.float32)
    mixed = mixed_along(given, parts["along"][number], spread)
    return Layer(straight, widths, given, mixed, mixed @ parts["across"][number] + parts["biases"][number], kept)


def _back_through(slope: Singles, layer: Layer, parts: Parts, number: int, slopes: Parts, there: Singles) -> Singles:
    """What the layer adds to the slope of its state; fills its own slopes."""
    heard = slope * layer.kept * _steepness(layer.heard)
    slopes["across"][number], slopes["biases"][number] = layer.mixed.T @ heard, heard.sum(axis=0)
    mixed = np.ascontiguousarray(heard @ parts["across"][number].T)
    given, slopes["along"][number] = _back_along(layer.given, mixed, parts["along"][number], int(SPREADS[number]))
    given = given * there
    slopes["scales"][number], slopes["shifts"][number] = (given * layer.straight).sum(axis=0), given.sum(axis=0)
    straight = given * parts["scales"][number]
    off = straight - straight.mean(axis=1, keepdims=True) - layer.straight * (straight * layer.straight).mean(axis=1, keepdims=True)
    return np.asarray(off * layer.widths[:, None], np.float32)


def _loss(fits: Singles, batch: Batch) -> tuple[float, Singles]:
    """(mean loss, slope of the fits)."""
    fits = fits - fits.max(axis=1, keepdims=True)
    shares = np.exp(fits) / np.exp(fits).sum(axis=1, keepdims=True)
    places, count = np.arange(len(fits)), float(batch.there.sum())
    loss = -float((np.log(shares[places, batch.tags] + 1e-30) * batch.there[:, 0]).sum()) / count
    shares[places, batch.tags] -= 1
    return loss, np.asarray(shares * batch.there / count, np.float32)


def _kept(like: Singles, batch: Batch, chance: np.random.Generator | None) -> Singles:
    """What each number is multiplied by: nothing where it is left out or no text is."""
    if chance is None:
        return np.broadcast_to(batch.there, like.shape)
    left = chance.random(like.shape, np.float32) >= LEFT_OUT
    return np.asarray(left * (batch.there / (1 - LEFT_OUT)), np.float32)


def _bent(values: Singles) -> Singles:
    found = values.copy()
    bend(found)
    return found


def _steepness(values: Singles) -> Singles:
    """The slope of `nets.bend`."""
    return np.asarray(np.where(values <= -3, 0, np.where(values >= 3, 1, values / 3 + 0.5)), np.float32)


@compiled
def _back_along(values: Singles, slope: Singles, along: Singles, spread: int) -> tuple[Singles, Singles]:
    """The slopes of what `nets.mixed_along` was given, and of its weights."""
    given, weights = np.zeros_like(values), np.zeros_like(along)
    middle = len(along) // 2
    for place in range(len(values)):
        for tap in range(len(along)):
            other = place + (tap - middle) * spread
            if 0 <= other < len(values):
                for number in range(values.shape[1]):
                    given[other, number] += slope[place, number] * along[tap, number]
                    weights[tap, number] += slope[place, number] * values[other, number]
    return given, weights


@compiled
def _scatter(rows: Ints, slope: Singles, found: Singles) -> None:
    """Adds each place's slope to the rows that it was made of."""
    for place in range(len(rows)):
        for row in rows[place]:
            for number in range(slope.shape[1]):
                found[row, number] += slope[place, number]


def _move(parts: Parts, slopes: Parts, moved: dict[str, tuple[Singles, Singles]], step: int, rate: float) -> None:
    """One step downhill; the whole slope is no steeper than `_STEEPEST`."""
    steep = math.sqrt(sum(float(np.vdot(one, one)) for one in slopes.values()))
    less = min(1.0, _STEEPEST / max(steep, 1e-12))
    for name, part in parts.items():
        first, second = moved[name]
        slope = slopes[name] * np.float32(less)
        first += np.float32(1 - _FIRST) * (slope - first)
        second += np.float32(1 - _SECOND) * (slope * slope - second)
        down = np.float32(rate / (1 - _FIRST**step)) * first / (np.sqrt(second / np.float32(1 - _SECOND**step)) + np.float32(_LEAST))
        part[:] = np.float32(1 - rate * DECAY) * part - down


def lesson_of(one: Told, sketch: Sketch, known: Known) -> Lesson:
    """A told text as the network sees it."""
    return Lesson(sights(look_at(one.text, words_of(one.text), one.taken, sketch, own=1), known), tags_of(len(one.text), one.stretches))


def _batches(told: Sequence[Lesson], chance: np.random.Generator) -> Iterator[Batch]:
    order = chance.permutation(len(told))
    for begin in range(0, len(order), TEXTS):
        yield batch_of([told[place] for place in order[begin : begin + TEXTS]])


def batch_of(told: Sequence[Lesson]) -> Batch:
    """The texts with empty places between them."""
    wide = sum(len(one.tags) + _APART for one in told)
    rows, words = np.zeros((wide, told[0].seen.rows.shape[1]), np.int64), np.zeros(wide, np.int64)
    tags, there = np.zeros(wide, np.int64), np.zeros((wide, 1), np.float32)
    at = 0
    for one in told:
        end = at + len(one.tags)
        rows[at:end], words[at:end], tags[at:end], there[at:end] = one.seen.rows, one.seen.words, one.tags, 1
        at = end + _APART
    return Batch(Seen(rows, words), tags, there)


def _with_unknown(batch: Batch, chance: np.random.Generator) -> Batch:
    """The same, with some characters and words that nobody knows."""
    rows, words = batch.seen.rows.copy(), batch.seen.words.copy()
    rows[chance.random(len(rows)) < UNKNOWN, _CODES] = 0
    words[chance.random(len(words)) < UNKNOWN] = 0
    return Batch(Seen(rows, words), batch.tags, batch.there)
