"""Chains learned from marked narratives and sentences. Run by `scripts/teach-reading`; reading itself needs only what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.reading.chains import SLOTS, Chain, Features, Tags, learn
from fanzha.engine.reading.letters import letters
from fanzha.engine.reading.looks import Seen, look_at
from fanzha.engine.reading.stretches import fresh_chain, tags_of
from fanzha.engine.reading.words import words_of

ROUNDS = 16
RATE = 0.1
DECAY = 3e-3
LEFT_OUT = 0.3
AGAIN = 4
LEAST_MET = 8
"""A feature that fewer texts hold is not learned from: it says more of its text than of names."""
QUOTES_LOST, QUOTES_GOT = 0.3, 0.15
_PAIRS = ("“”", '""', "「」", "『』", "《》", "【】", "‘’")
_FIRST_SQUARE = 1e-2
_LAST_ROUNDS = 4


@dataclass(frozen=True)
class Told:
    """A folded text, what each character belongs to before names are looked for, and the stretches that are marked: (start, end, kind)."""

    text: str
    taken: NDArray[np.int64]
    stretches: tuple[tuple[int, int, int], ...]


def teach_stretches(texts: Sequence[Told], kinds: int, seen: Seen, seed: int) -> Chain:
    """A chain of names: the mean of several that differ by chance alone, since each by itself hits and misses other names."""
    chains = [_teach_once(texts, kinds, seen, seed + number) for number in range(0, AGAIN * ROUNDS, ROUNDS)]
    weights = np.sum([one.weights / AGAIN for one in chains], axis=0)
    return replace(chains[0], weights=np.asarray(weights, np.float32), steps=np.asarray(np.mean([one.steps for one in chains], axis=0)))


def _teach_once(texts: Sequence[Told], kinds: int, seen: Seen, seed: int) -> Chain:
    """In each round every text stands as it is and once more with other names in their places, so that what is learned is where names stand and how they look and not
    which they are."""
    names = names_in(texts, kinds)
    chance = np.random.default_rng(seed)

    def round_of() -> tuple[list[Features], list[Tags]]:
        told = [*texts, *(renamed(one, names, chance) for one in texts if one.stretches)]
        told = [told[place] for place in chance.permutation(len(told))]
        return [letters(look_at(one.text, words_of(one.text), one.taken, seen, own=1)) for one in told], [tags_of(len(one.text), one.stretches) for one in told]

    return taught(fresh_chain(kinds), round_of, seed, LEAST_MET)


def names_in(texts: Sequence[Told], kinds: int) -> list[list[str]]:
    """The names of each kind, as often as they stand in the texts."""
    return [[one.text[start:end] for one in texts for start, end, kind in one.stretches if kind == wanted] for wanted in range(kinds)]


def taught(chain: Chain, round_of: Callable[[], tuple[list[Features], list[Tags]]], seed: int, least_met: int) -> Chain:
    """The chain after all rounds: the mean of what it was after each of the last. What fewer than `least_met` sequences of a round hold is left out."""
    rare = _met_in(round_of()[0]) < least_met
    weights, steps = np.array(chain.weights, np.float32), chain.steps.copy()
    squares, step_squares = np.full_like(weights, _FIRST_SQUARE), np.full_like(steps, _FIRST_SQUARE)
    kept = np.zeros_like(weights)
    for number in range(ROUNDS):
        features, tags = round_of()
        ends = np.cumsum([len(one) for one in tags])
        seen = np.concatenate(features)
        seen[(seen >= 0) & rare[seen]] = -1
        learn(seen, ends, np.concatenate(tags), weights, steps, chain.starts, squares, step_squares, RATE, DECAY, LEFT_OUT, seed + number)
        if number >= ROUNDS - _LAST_ROUNDS:
            kept += weights / _LAST_ROUNDS
    return replace(chain, weights=kept, steps=steps)


def _met_in(sequences: Iterable[Features]) -> NDArray[np.int64]:
    """How many of the sequences hold each slot."""
    met = np.zeros(SLOTS, np.int64)
    for one in sequences:
        met[np.unique(one[one >= 0])] += 1
    return met


def renamed(one: Told, names: Sequence[Sequence[str]], chance: np.random.Generator) -> Told:
    """The same text with other names; one name that stands twice gets the same other one."""
    others: dict[str, str] = {}
    text, taken, stretches, at = "", [], [], 0
    for start, end, kind in sorted(one.stretches):
        other = others.setdefault(one.text[start:end], names[kind][int(chance.integers(len(names[kind])))])
        opening, closing, begin, stop = _quotes(one.text, start, end, chance.random())
        text += one.text[at:begin] + opening + other + closing
        taken += [*one.taken[at:begin].tolist(), *([0] * (len(opening) + len(other) + len(closing)))]
        stretches.append((len(text) - len(other) - len(closing), len(text) - len(closing), kind))
        at = stop
    return Told(text + one.text[at:], np.array([*taken, *one.taken[at:].tolist()], np.int64), tuple(stretches))


def _quotes(text: str, start: int, end: int, chance: float) -> tuple[str, str, int, int]:
    """(opening, closing mark, from, to): which marks of quotation stand around the new name, and what they and it take the place of. Some lose theirs, some get some."""
    pair = text[start - 1 : start] + text[end : end + 1]
    if pair in _PAIRS:
        return ("", "", start - 1, end + 1) if chance < QUOTES_LOST else (pair[0], pair[1], start - 1, end + 1)
    return ("“", "”", start, end) if chance < QUOTES_GOT else ("", "", start, end)


def everywhere(text: str, stretches: Iterable[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """The stretches, and where the same words stand again further on: a text marks a name once."""
    found: list[tuple[int, int, int]] = []
    for start, end, kind in sorted(stretches):
        at = start
        while at >= 0:
            if not any(begin < at + end - start and at < stop for begin, stop, _ in found):
                found.append((at, at + end - start, kind))
            at = text.find(text[start:end], at + 1)
    return tuple(sorted(found))
