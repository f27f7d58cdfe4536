"""Phrases of fraud in short Chinese texts.

Texts are folded before matching: NFKC, lower case, and everything but letters and digits removed, so that full-width forms,
word-segmented text and separators inside a phrase (刷-单, "刷 单") do not hide it. A text that carries a bank's or the police's
own warning against fraud matches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import ahocorasick_rs
import polars as pl
import yaml

from fanzha.kit.errors import InvalidInput
from fanzha.vocab.fraud_types import FraudType

STRONG = 2
WEAK = 1
ENOUGH = 2  # one strong phrase, or two different weak ones
MOST_PHRASES = 8  # reported for one text

MATCH_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {"type": pl.String, "phrases": pl.List(pl.String)}

_TYPE_ORDER = {kind: place for place, kind in enumerate(FraudType)}


class InvalidLexicon(InvalidInput):
    """The phrase lexicon is not valid."""

    code = "invalid_lexicon"


@dataclass(frozen=True)
class Phrase:
    """One entry: `kind` is None for a phrase of a warning against fraud."""

    words: str
    kind: FraudType | None
    weight: int


def fold(texts: pl.Series) -> pl.Series:
    """The texts as they are matched: NFKC, lower case, letters and digits only; null stays null."""
    return texts.cast(pl.String).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")


class Lexicon:
    """Phrases by fraud type, ready to match."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = tuple(phrases)
        folded = fold(pl.Series([phrase.words for phrase in self.phrases], dtype=pl.String)).to_list()
        empty = [phrase.words for phrase, words in zip(self.phrases, folded, strict=True) if not words]
        if empty:
            raise InvalidLexicon("A phrase of the lexicon holds no letter or digit.", phrases=empty)
        self._automaton = ahocorasick_rs.AhoCorasick(folded, matchkind=ahocorasick_rs.MatchKind.Standard)

    @staticmethod
    def parse(document: dict[str, Any]) -> Lexicon:
        """Read the form of `lexicon/phrases.yaml`.

        Raises:
            InvalidLexicon: a type that is not a fraud type, or a phrase without letters.
        """
        unknown = [name for name in document["types"] if name not in set(FraudType)]
        if unknown:
            raise InvalidLexicon("The lexicon names a fraud type that does not exist.", types=unknown)
        found = [Phrase(str(words), None, 0) for words in document["warnings"]]
        for name, groups in document["types"].items():
            for group, weight in (("strong", STRONG), ("weak", WEAK)):
                found += [Phrase(str(words), FraudType(name), weight) for words in groups.get(group, [])]
        return Lexicon(found)

    def match(self, folded: str) -> tuple[FraudType, list[str]] | None:
        """The fraud type of one folded text and the phrases that say so, in their order; None where too little or a warning is found.

        The type with the highest weight wins; between equals the one with more different phrases, then the first in `FraudType`.
        """
        hits: dict[int, None] = {}
        for index, _, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if self.phrases[index].kind is None:
                return None
            hits.setdefault(index)
        weights: dict[FraudType, list[int]] = {}
        for index in hits:
            kind = self.phrases[index].kind
            assert kind is not None
            weights.setdefault(kind, []).append(self.phrases[index].weight)
        enough = {kind: (sum(each), len(each), -_TYPE_ORDER[kind]) for kind, each in weights.items() if sum(each) >= ENOUGH}
        if not enough:
            return None
        best = max(enough, key=lambda kind: enough[kind])
        return best, [self.phrases[index].words for index in hits if self.phrases[index].kind is best][:MOST_PHRASES]


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the product."""
    text = resources.files("fanzha.engine").joinpath("lexicon/phrases.yaml").read_text("utf-8")
    return Lexicon.parse(yaml.safe_load(text))


def match_phrases(texts: pl.Series, lexicon: Lexicon | None = None) -> pl.DataFrame:
    """One row a text, in the same order: `type` (a `FraudType` code or null) and `phrases` (those that hit; null where `type` is).

    Equal texts are matched once, so the cost of a mass sending is that of one message.
    """
    known = lexicon or shipped_lexicon()
    folded = fold(texts).alias("folded")
    distinct = folded.drop_nulls().unique(maintain_order=True)
    matches = [known.match(text) for text in distinct]
    found = pl.DataFrame(
        {
            "folded": distinct,
            "type": pl.Series([match[0].value if match else None for match in matches], dtype=pl.String),
            "phrases": pl.Series([match[1] if match else None for match in matches], dtype=pl.List(pl.String)),
        }
    )
    return folded.to_frame().join(found, on="folded", how="left", maintain_order="left").select("type", "phrases")
