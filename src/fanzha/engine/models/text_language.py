"""Language models of characters, one for each class: how likely would this class have written the text?

A linear machine weighs which n-grams occur; a language model tells how well each character follows from those before it, so a script told in
other words but in the same turns is still recognised. Counts are discounted absolutely and interpolated over the orders (Ney, Essen and Kneser
1994); a class backs off to the model of all classes together, so that what it has never seen says nothing for or against it.
N-grams are kept as 64-bit hashes in plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from fanzha.engine.models.features import Matrix
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints

ABSENT = -5.0  # the margin of a class that the training rows do not hold
DISCOUNT = 0.75
_ANY_CHARACTER = 1e-4  # the chance of a character never seen; all classes share it
_LEAST_CHANCE = 1e-30
_CHARACTERS_AT_ONCE = 500_000
_START, _END = "\x02", "\x03"
_ODD, _SPREAD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Language:
    """A language model over whole texts or their openings: n-grams up to `longest` characters that stand `least` times in the training texts."""

    name: str
    longest: int
    least: int
    opening: bool = False


@dataclass(frozen=True)
class Order:
    """The n-grams of one length: the distinct ones, which of them ends at each position, and the same for what precedes that position's character."""

    grams: Hashes
    gram_at: Ints
    contexts: Hashes
    context_at: Ints
    context_of: Ints


class Sequences:
    """Texts as hashed n-grams, one at each character and at the end of the text. No label is seen, so folds share them without a leak."""

    def __init__(self, texts: Sequence[str], longest: int) -> None:
        before = longest - 1
        lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
        self.starts: Ints = np.r_[0, np.cumsum(lengths)]
        said = np.arange(self.starts[-1]) + np.repeat(before * np.arange(1, len(texts) + 1), lengths)
        characters = "".join(f"{_START * before}{text}{_END}" for text in texts)
        codes = np.frombuffer(characters.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
        self.orders: list[Order] = []
        shorter = np.zeros(len(codes), dtype=np.uint64)
        for _ in range(longest):
            previous = np.r_[np.uint64(0), shorter[:-1]]
            shorter = _mixed(previous * _ODD + codes + np.uint64(1))
            self.orders.append(_order(shorter[said], previous[said]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def positions(self, rows: Ints) -> tuple[Ints, Ints]:
        """The positions of some texts one after another, and where each of these texts begins among them."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        begins = np.cumsum(lengths) - lengths
        return np.arange(int(lengths.sum())) + np.repeat(self.starts[rows] - begins, lengths), begins


@dataclass(frozen=True)
class Level:
    """One order of the models: the discounted share of each n-gram after its context, and the share that a context leaves to the shorter order.

    `shares` (n-grams + 1, classes + 1) and `left` (contexts + 1, classes + 1): the last column is of all classes together, the last
    row of what was not seen. Hashes ascend.
    """

    grams: Hashes
    shares: Matrix
    contexts: Hashes
    left: Matrix

    @staticmethod
    def learn(order: Order, positions: Ints, labels: Ints, classes: int, least: int) -> Level:
        """From the n-grams at `positions`, written by the classes `labels`; n-grams seen less than `least` times are left to the shorter order."""
        at = order.gram_at[positions]
        kept = np.flatnonzero(np.bincount(at, minlength=len(order.grams)) >= least)
        number = np.full(len(order.grams), -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        here = number[at]
        counted = np.bincount((here * classes + labels)[here >= 0], minlength=len(kept) * classes).reshape(-1, classes)
        counts = np.column_stack([counted, counted.sum(axis=1)]).astype(np.float64)
        followed, context = np.unique(order.context_of[kept], return_inverse=True)
        seen, kinds = (_summed(context, values, len(followed)) for values in (counts, counts > 0))
        shares = np.maximum(counts - DISCOUNT, 0) / np.maximum(seen[context], 1)
        left = np.where(seen > 0, DISCOUNT * kinds / np.maximum(seen, 1), 1.0)
        return Level(order.grams[kept], _with_last(shares, 0.0), order.contexts[followed], _with_last(left, 1.0))

    def places(self, order: Order, positions: Ints) -> tuple[Ints, Ints]:
        """The rows of `shares` and of `left` at some positions of other texts."""
        return _find(self.grams, order.grams)[order.gram_at[positions]], _find(self.contexts, order.contexts)[order.context_at[positions]]


@dataclass(frozen=True)
class Languages:
    """The models of all classes; `present` tells the classes that the training rows hold."""

    language: Language
    levels: tuple[Level, ...]
    present: npt.NDArray[np.bool_]

    @staticmethod
    def fit(language: Language, texts: Sequences, rows: Ints, labels: Ints, classes: int) -> Languages:
        positions, begins = texts.positions(rows)
        of_position = np.repeat(labels, np.diff(np.r_[begins, len(positions)]))
        levels = tuple(Level.learn(order, positions, of_position, classes, language.least) for order in texts.orders)
        return Languages(language, levels, np.bincount(labels, minlength=classes) > 0)

    def margins(self, texts: Sequences, rows: Ints) -> Floats:
        """Mean log chance a character by each class, less the mean over the classes (rows, classes)."""
        found = np.zeros((len(rows), len(self.present)))
        for part in _parts(texts.starts[rows + 1] - texts.starts[rows]):
            positions, begins = texts.positions(rows[part])
            chances = np.log(np.maximum(self._chances(texts, positions), _LEAST_CHANCE))
            found[part] = np.add.reduceat(chances, begins, axis=0) / np.diff(np.r_[begins, len(positions)])[:, None]
        found -= found[:, self.present].mean(axis=1, keepdims=True)
        found[:, ~self.present] = ABSENT
        return found

    def _chances(self, texts: Sequences, positions: Ints) -> Floats:
        """The chance of each character after those before it (positions, classes)."""
        places = [level.places(order, positions) for level, order in zip(self.levels, texts.orders, strict=True)]
        together = np.full(len(positions), _ANY_CHARACTER)
        for level, (gram, context) in zip(self.levels, places, strict=True):
            together = level.shares[gram, -1] + level.left[context, -1] * together
        each: Floats = np.repeat(together[:, None], len(self.present), axis=1)
        for level, (gram, context) in zip(self.levels, places, strict=True):
            each = level.shares[gram, :-1] + level.left[context, :-1] * each
        return each

    def arrays(self) -> dict[str, Any]:
        """All that was learned, as plain arrays."""
        found: dict[str, Any] = {"present": self.present}
        for number, level in enumerate(self.levels, 1):
            found |= {f"{name}_{number}": values for name, values in vars(level).items()}
        return found

    @staticmethod
    def of_arrays(language: Language, arrays: Mapping[str, npt.NDArray[Any]]) -> Languages:
        """Read back what `arrays` gave."""
        numbers = range(1, language.longest + 1)
        levels = tuple(Level(*(arrays[f"{name}_{number}"] for name in ("grams", "shares", "contexts", "left"))) for number in numbers)
        return Languages(language, levels, arrays["present"])


def _parts(lengths: Ints) -> list[slice]:
    """Stretches of rows of about so many characters that their chances fit in memory."""
    cuts = np.flatnonzero(np.diff(np.cumsum(lengths) // _CHARACTERS_AT_ONCE)) + 1
    ends = [0, *cuts.tolist(), len(lengths)]
    return [slice(low, high) for low, high in pairwise(ends) if high > low]


def _mixed(hashes: Hashes) -> Hashes:
    """Spread the bits (the finisher of SplitMix64, shortened); arithmetic is modulo 2^64."""
    spread: Hashes = (hashes ^ (hashes >> np.uint64(31))) * _SPREAD
    return spread ^ (spread >> np.uint64(29))


def _order(grams: Hashes, contexts: Hashes) -> Order:
    distinct, first, gram_at = np.unique(grams, return_index=True, return_inverse=True)
    before, context_at = np.unique(contexts, return_inverse=True)
    return Order(distinct, gram_at.astype(np.int32), before, context_at.astype(np.int32), context_at[first].astype(np.int32))


def _summed(groups: Ints, values: npt.NDArray[Any], count: int) -> Floats:
    """Sums of the rows of each group (groups, columns)."""
    return np.column_stack([np.bincount(groups, column, minlength=count) for column in values.T])


def _with_last(values: Floats, last: float) -> Matrix:
    return np.vstack([values, np.full((1, values.shape[1]), last)]).astype(np.float32)


def _find(known: Hashes, asked: Hashes) -> Ints:
    """The place of each hash among the ascending known ones, -1 (the last row) where it is not known."""
    if not len(known):
        return np.full(len(asked), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[place] == asked, place, -1)
