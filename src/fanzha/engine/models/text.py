"""Texts as TF-IDF of characters and of clauses, each with a linear support vector machine, language models, and what they say; the calibration weighs their margins.

Short character n-grams catch disguises (a digit or a variant character inside a phrase), long ones whole formulas, clauses (what stands between
punctuation marks; words, where the text comes cut by spaces) the sentences that are read from a script. The opening is read once more by
itself: who calls and what he claims tells the script, while the rest of a call follows what the called one answers. Class weights are
balanced: a rare fraud counts as much as frequent advertising.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fanzha.engine.encoder.encoding import encode
from fanzha.engine.encoder.weights import shipped
from fanzha.engine.models.errors import InvalidFolder, NoFeatures, UnfitLabels
from fanzha.engine.models.features import Matrix
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints, need_columns
from fanzha.engine.models.text_language import ABSENT, Language, Languages, Sequences
from fanzha.engine.models.text_meaning import Meaning
from fanzha.engine.text import fold
from fanzha.kit.progress import Progress

# scikit-learn and SciPy are imported where used: loading them takes longer than most commands run.

_BETWEEN_CLAUSES = re.compile(r"[^\w%+*/-]+")
TERMS_A_CLASS = 8
SHORT = 200  # characters of the middle text: what is longer is told by its phrases, and reading what it says takes long (0244)
FEW = 50_000  # texts: reading so many for what they say takes ten minutes on two cores
OPENING = 25  # characters of the opening of a text of one line; that of a longer text is its first line


@dataclass(frozen=True)
class View:
    """One way to look at a text or its opening: clauses, or n-grams of characters, in at least `least_texts` texts.

    `binary`: a term counts once a text, so that what a long dialogue repeats does not drown the rest.
    """

    name: str
    clauses: bool
    shortest: int
    longest: int
    least_texts: int
    binary: bool
    opening: bool = False


VIEWS = (
    View("characters", False, 1, 3, 2, False),
    View("formulas", False, 1, 5, 3, True),
    View("opening", False, 1, 5, 2, True, opening=True),
    View("clauses", True, 1, 1, 2, True),
)
MEANING = "meaning.npz"
LANGUAGES = (Language("language", 5, 2), Language("language_of_opening", 5, 1, opening=True))


class Texts:
    """The texts of a table, counted once for each view.

    Counting sees no label, and what it counts is weighed and pruned by the training rows alone, so folds share the counts without a leak.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [unicodedata.normalize("NFKC", text).lower() for text in texts]
        self.openings = [opening(text) for text in self.texts]
        self._counts: dict[str, tuple[Any, list[str]]] = {}
        self._sequences: dict[str, Sequences] = {}
        self._meanings: Matrix | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def short(self) -> bool:
        """Whether half of the texts are short enough, and they few enough, to learn from what they say."""
        return len(self) <= FEW and bool(np.median([len(text) for text in self.texts]) <= SHORT)

    @cached_property
    def groups(self) -> Ints:
        """Texts with the same letters and digits are copies of one another."""
        return fold(pl.Series(self.texts)).cast(pl.Categorical).to_physical().to_numpy().astype(np.int64)

    def counts(self, view: View) -> tuple[Any, list[str]]:
        """Counts (rows, terms) of all terms that occur often enough anywhere, and the terms."""
        if view.name not in self._counts:
            counter = _counter(view, min_df=1 if view.clauses else min(view.least_texts, len(self.texts)))
            try:
                counted = counter.fit_transform(self._read(view)).astype(np.float32)
            except ValueError as error:  # the counter's word for an empty vocabulary
                raise NoFeatures("The texts hold nothing that could be counted.") from error
            self._counts[view.name] = (counted.tocsr(), counter.get_feature_names_out().tolist())
        return self._counts[view.name]

    def counts_of(self, view: View, terms: list[str]) -> Any:
        """Counts (rows, terms) of the given terms: picked from those at hand in training, counted afresh in prediction."""
        if view.name in self._counts:
            counted, known = self._counts[view.name]
            place = {term: number for number, term in enumerate(known)}
            return counted[:, [place[term] for term in terms]]
        counter = _counter(view, vocabulary={term: number for number, term in enumerate(terms)})
        return counter.transform(self._read(view)).astype(np.float32).tocsr()

    def sequences(self, language: Language) -> Sequences:
        """The texts or their openings as hashed n-grams."""
        if language.name not in self._sequences:
            self._sequences[language.name] = Sequences(self._read(language), language.longest)
        return self._sequences[language.name]

    def meanings(self, progress: Progress | None = None) -> Matrix:
        """The encoder's numbers of the texts (rows, 1152), worked out once: minutes for ten thousand texts."""
        if self._meanings is None:
            self._meanings = encode(self.texts, progress)
        return self._meanings

    def _read(self, view: View | Language) -> list[str]:
        return self.openings if view.opening else self.texts


def read_texts(frame: pl.DataFrame, column: str) -> Texts:
    """The texts of a column; an empty one is the empty text."""
    need_columns(frame, [column])
    return Texts(frame[column].cast(pl.String).fill_null("").to_list())


def guess_column(frame: pl.DataFrame) -> str:
    """The text column with the longest texts, for who does not name one."""
    lengths = {series.name: series.str.len_chars().mean() or 0.0 for series in frame if series.dtype == pl.String}
    if not lengths:
        raise NoFeatures("The file has no column of text.")
    return max(sorted(lengths), key=lambda name: float(str(lengths[name])))


@dataclass(frozen=True)
class Linear:
    """One view's terms, their inverse document frequencies, and a weight of each term for each class."""

    view: View
    terms: list[str]
    frequencies: Matrix
    weights: Matrix
    offsets: Matrix

    @staticmethod
    def fit(view: View, texts: Texts, rows: Ints, labels: Ints, classes: int, seed: int) -> Linear:
        from sklearn.svm import LinearSVC

        counted, terms = texts.counts(view)
        mine = counted[rows]
        seen = np.asarray((mine > 0).sum(axis=0)).ravel()
        kept = np.flatnonzero(seen >= min(view.least_texts, len(rows)))
        if not kept.size:
            kept = np.flatnonzero(seen)
        frequencies = (np.log((1 + len(rows)) / (1 + seen[kept])) + 1).astype(np.float32)
        machine = LinearSVC(C=1.0, class_weight="balanced", random_state=seed).fit(_weigh(mine[:, kept], frequencies, view), labels)
        weights, offsets = _for_all(machine, classes, len(kept))
        return Linear(view, [terms[place] for place in kept], frequencies, weights, offsets)

    def margins(self, texts: Texts, rows: Ints) -> Floats:
        """The margins (rows, classes) of some of the texts."""
        counted = _weigh(texts.counts_of(self.view, self.terms)[rows], self.frequencies, self.view)
        return np.asarray(counted @ self.weights.T + self.offsets, dtype=np.float64)


@dataclass(frozen=True)
class TextModel:
    """One linear machine for each view, the language models, and what was learned of meanings, where texts are short."""

    machines: tuple[Linear, ...]
    languages: tuple[Languages, ...]
    meaning: Meaning | None

    @staticmethod
    def fit(texts: Texts, rows: Ints, labels: Ints, classes: int, seed: int) -> TextModel:
        if len(np.unique(labels)) < 2:
            raise UnfitLabels("The training rows of a fold hold one class only.")
        machines = tuple(Linear.fit(view, texts, rows, labels, classes, seed) for view in VIEWS)
        languages = tuple(Languages.fit(each, texts.sequences(each), rows, labels, classes) for each in LANGUAGES)
        meaning = Meaning.fit(texts.meanings(), shipped().fingerprint, rows, labels, classes, seed) if texts.short else None
        return TextModel(machines, languages, meaning)

    def margins(self, texts: Texts, rows: Ints) -> Floats:
        """The margins of the views side by side (rows, views · classes)."""
        heard = [each.margins(texts.sequences(each.language), rows) for each in self.languages]
        meant = [self.meaning.margins(texts.meanings(), rows)] if self.meaning else []
        return np.hstack([*(machine.margins(texts, rows) for machine in self.machines), *heard, *meant])

    def importances(self) -> dict[str, float]:
        """The terms of greatest weight for each class, of the view that says most to a reader, as `term → class number`."""
        found: dict[str, float] = {}
        told = self.machines[-1]
        for number, weights in enumerate(told.weights):
            for place in np.argsort(-weights, kind="stable")[:TERMS_A_CLASS]:
                found[f"{told.terms[place]} → {number}"] = float(weights[place])
        return found

    def save(self, folder: Path) -> dict[str, Any]:
        for machine in self.machines:
            np.savez_compressed(
                folder / f"{machine.view.name}.npz", frequencies=machine.frequencies, weights=machine.weights, offsets=machine.offsets
            )
            (folder / f"{machine.view.name}.json").write_text(json.dumps(machine.terms, ensure_ascii=False), "utf-8")
        for each in self.languages:
            np.savez_compressed(folder / f"{each.language.name}.npz", **each.arrays())
        found = {"views": [vars(machine.view) for machine in self.machines], "languages": [vars(each.language) for each in self.languages]}
        if self.meaning is None:
            return found
        np.savez_compressed(folder / MEANING, **self.meaning.arrays())
        return {**found, "encoder": self.meaning.encoder}

    @staticmethod
    def load(folder: Path, document: dict[str, Any]) -> TextModel:
        """Read JSON and plain arrays; numpy is told to refuse pickles. A folder of before there were language models or meanings has none.

        Raises:
            InvalidFolder: the model was learned from numbers of another encoder.
        """
        machines, languages = [], []
        for view in (View(**each) for each in document["views"]):
            terms = json.loads((folder / f"{Path(view.name).name}.json").read_text("utf-8"))
            with np.load(folder / f"{Path(view.name).name}.npz", allow_pickle=False) as arrays:
                machines.append(Linear(view, terms, arrays["frequencies"], arrays["weights"], arrays["offsets"]))
        for language in (Language(**each) for each in document.get("languages", [])):
            with np.load(folder / f"{Path(language.name).name}.npz", allow_pickle=False) as arrays:
                languages.append(Languages.of_arrays(language, arrays))
        return TextModel(tuple(machines), tuple(languages), _meaning_of(folder, document.get("encoder")))


def _meaning_of(folder: Path, encoder: str | None) -> Meaning | None:
    if encoder is None:
        return None
    if encoder != shipped().fingerprint:
        raise InvalidFolder("The model was trained with an encoder of texts that this program does not hold.")
    with np.load(folder / MEANING, allow_pickle=False) as arrays:
        return Meaning.of_arrays(encoder, arrays)


def clauses(text: str) -> list[str]:
    """What stands between punctuation marks and spaces."""
    return [clause for clause in _BETWEEN_CLAUSES.split(text) if clause]


def opening(text: str) -> str:
    """The first line of several; of one line the first characters."""
    first, line_end, _ = text.strip().partition("\n")
    return first.strip() if line_end else first[:OPENING]


def _counter(view: View, **settings: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    if view.clauses:
        return CountVectorizer(analyzer=clauses, dtype=np.int32, **settings)
    return CountVectorizer(analyzer="char", lowercase=False, ngram_range=(view.shortest, view.longest), dtype=np.int32, **settings)


def _weigh(counted: Any, frequencies: Matrix, view: View) -> Any:
    """TF-IDF with unit rows: 1 + ln count (1 where the view is binary), times the inverse document frequency."""
    import scipy.sparse as sp
    from sklearn.preprocessing import normalize

    weighed = counted.tocsr(copy=True)
    weighed.data = np.ones_like(weighed.data) if view.binary else 1 + np.log(weighed.data)
    return normalize(weighed @ sp.diags(frequencies), copy=False)


def _for_all(machine: Any, classes: int, terms: int) -> tuple[Matrix, Matrix]:
    """The machine's weights for every class, those absent from the training rows included; two classes get opposite rows."""
    weights = np.zeros((classes, terms), dtype=np.float32)
    offsets = np.full(classes, ABSENT, dtype=np.float32)
    if len(machine.classes_) == 2:
        low, high = machine.classes_
        weights[high], weights[low] = machine.coef_[0], -machine.coef_[0]
        offsets[high], offsets[low] = machine.intercept_[0], -machine.intercept_[0]
    else:
        weights[machine.classes_] = machine.coef_
        offsets[machine.classes_] = machine.intercept_
    return weights, offsets
