"""Types by the characters of sentences and narratives that tell tricks (`told.yaml`, `told_records.txt`): complement naive Bayes over characters, pairs, triples.

Complement naive Bayes (Rennie et al., 2003, "Tackling the poor assumptions of naive Bayes text classifiers") weighs a gram for a type by how rare it is in all
other types, which suits few texts of uneven number. It is solved by counting: the weights are made from the sentences when they are first needed, in a quarter
of a second, so there is no model file that could differ from its sentences.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from fanzha.kit.shipped import load_yaml
from fanzha.vocab.fraud_types import FraudType

TYPES = tuple(FraudType)
RECORDS = "told_records.txt"
_LONGEST = 3
_SMOOTHING = 0.3
_RECORD = 0.5
"""A whole narrative weighs half of a sentence: it tells of banks and numbers besides the trick."""
_NOT_TOLD = re.compile(r"[^\u4e00-\u9fff]")
_MOST_GRAMS = 10
_LONGEST_WORDS = 6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Weighed:
    """A text's grams by number and weight (their vector has length 1), and the text of Chinese characters alone that they come from."""

    text: str
    numbers: npt.NDArray[np.int64]
    values: Floats


@dataclass(frozen=True)
class Learned:
    """`grams`: gram → number; `rarity`: inverse document frequency by number; `weights`: number × type."""

    grams: dict[str, int]
    rarity: Floats
    weights: Floats

    def weigh(self, text: str) -> Weighed:
        """TF-IDF with logarithmic counts, as the sentences were weighed."""
        told = _NOT_TOLD.sub("", text)
        counts = Counter(map(self.grams.get, grams_of(told)))
        counts.pop(None, None)
        numbers = np.fromiter(counts, dtype=np.int64, count=len(counts))
        values = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float64, count=len(counts)))) * self.rarity[numbers]
        length = float(np.sqrt((values**2).sum()))
        return Weighed(told, numbers, values / length if length else values)

    def logs(self, weighed: Weighed) -> Floats:
        """One number a type, in the order of `TYPES`: the greater the likelier. A text without a known gram gives zeros."""
        return np.asarray(weighed.values @ self.weights[weighed.numbers], dtype=np.float64)

    def reasons(self, weighed: Weighed, kind: FraudType) -> tuple[str, ...]:
        """The words that speak most for a type against the average of all, grown together from the heaviest grams, the heaviest first."""
        weights = self.weights[weighed.numbers]
        pulls = (weights[:, TYPES.index(kind)] - weights.mean(axis=1)) * weighed.values
        by_gram = {int(number): float(pull) for number, pull in zip(weighed.numbers, pulls, strict=True) if pull > 0}
        known = {gram: by_gram[number] for gram in set(grams_of(weighed.text, shortest=2)) if (number := self.grams.get(gram, -1)) in by_gram}
        heaviest = sorted(known, key=lambda gram: (-known[gram], gram))[:_MOST_GRAMS]
        spans = [(place := weighed.text.index(gram), place + len(gram)) for gram in heaviest]
        return tuple(weighed.text[start:end] for start, end in _grown(spans))


def grams_of(text: str, shortest: int = 1) -> list[str]:
    """All grams of `shortest` to three characters, as often as they occur."""
    return [text[place : place + length] for length in range(shortest, _LONGEST + 1) for place in range(len(text) - length + 1)]


def learn(told: Iterable[tuple[FraudType, str, float]]) -> Learned:
    """Count texts of (type, text, weight). Every type of `TYPES` needs at least one."""
    rows = [(TYPES.index(kind), Counter(grams_of(_NOT_TOLD.sub("", text))), weight) for kind, text, weight in told]
    seen = Counter(gram for _, row, _ in rows for gram in row)
    grams = {gram: number for number, gram in enumerate(sorted(seen))}
    rarity = np.array([math.log((1 + len(rows)) / (1 + seen[gram])) + 1.0 for gram in grams])
    mass = np.zeros((len(grams), len(TYPES)))
    for place, row, weight in rows:
        numbers = np.fromiter((grams[gram] for gram in row), dtype=np.int64, count=len(row))
        values = (1.0 + np.log(np.fromiter(row.values(), dtype=np.float64, count=len(row)))) * rarity[numbers]
        mass[numbers, place] += weight * values / max(float(np.sqrt((values**2).sum())), 1e-12)
    others = mass.sum(axis=1, keepdims=True) - mass + _SMOOTHING
    return Learned(grams, rarity, -np.log(others / others.sum(axis=0, keepdims=True)))


@cache
def shipped() -> Learned:
    """What `told.yaml` and the development narratives teach."""
    folder = resources.files("fanzha.engine.reading")
    document: dict[str, list[str]] = load_yaml(folder.joinpath("told.yaml"))
    records = [line.partition("\t") for line in folder.joinpath(RECORDS).read_text("utf-8").splitlines()]
    sentences = [(FraudType(kind), str(text), 1.0) for kind, texts in document.items() for text in texts]
    return learn([*sentences, *((FraudType(kind), text, _RECORD) for kind, _, text in records)])


def record_lines(narratives: Iterable[tuple[FraudType, str]]) -> list[str]:
    """The lines of `RECORDS`: type, tab, the Chinese characters of a narrative. Names in it weigh nothing, since they occur once."""
    return sorted({f"{kind.value}\t{_NOT_TOLD.sub('', text)}\n" for kind, text in narratives})


def _grown(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap become one, as long as it stays a word; the order is that of the first of each."""
    words: list[tuple[int, int]] = []
    for start, end in spans:
        near = next((place for place, (begin, stop) in enumerate(words) if start <= stop and begin <= end and max(end, stop) - min(start, begin) <= _LONGEST_WORDS), None)
        if near is None:
            words.append((start, end))
        else:
            words[near] = (min(start, words[near][0]), max(end, words[near][1]))
    return words
