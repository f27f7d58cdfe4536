"""Names of services in a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import ahocorasick_rs

from fanzha.kit.shipped import load_yaml


@dataclass(frozen=True)
class Platforms:
    """The shipped names, ready to match; `names` are in lower case."""

    codes: tuple[str, ...]
    names: frozenset[str]
    automaton: ahocorasick_rs.AhoCorasick

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, code) of every name in the folded text, the longest where names begin together. A Latin name does not begin or end inside a word."""
        for number, start, end in self.automaton.find_matches_as_indexes(text.lower()):
            if not (_is_latin(text[start]) and _is_latin(text[start - 1 : start])) and not (_is_latin(text[end - 1]) and _is_latin(text[end : end + 1])):
                yield start, end, self.codes[number]


@cache
def shipped_platforms() -> Platforms:
    """The names that come with the product."""
    document: dict[str, list[str]] = load_yaml(resources.files("fanzha.engine.reading").joinpath("platforms.yaml"))
    pairs = [(str(name).lower(), code) for code, names in document.items() for name in names]
    automaton = ahocorasick_rs.AhoCorasick([name for name, _ in pairs], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return Platforms(tuple(code for _, code in pairs), frozenset(name for name, _ in pairs), automaton)


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
