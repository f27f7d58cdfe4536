"""Words of a narrative as numbers that tell nothing without the key, and the piece of a narrative that shows a hit.

A word is a pair of neighbouring characters of which one at least is Chinese, or a whole run of letters and digits; each becomes 20 bits of an HMAC under the
installation's blind key. Digits are never cut into pieces: pairs of digits would give a number away (docs/decisions/0135).
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fanzha.desks.cases.errors import SearchTooShort
from fanzha.store import crypto
from fanzha.store.crypto import FieldCipher
from fanzha.vocab import identifiers

BITS: Final = 20
"""About a million buckets for some 60,000 words in use: few words share one, and whoever holds the table alone cannot tell a rare word from its neighbour."""
MOST_WORDS: Final = 4_000
_MOST_KEPT: Final = 300_000
_AROUND: Final = 22
_CAPITALS = re.compile(r"[A-Z]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+[a-z0-9]*|[0-9]+[a-z0-9]*")
_LONG_NUMBER = re.compile(r"(?!(?:\d{1,8}|\d{1,3}(?:,\d{3}){1,3})(?:\.\d{1,4})?[万千百亿]*元)[0-9A-Za-z][0-9A-Za-z@._:/+\-]{4,}")
"""A number, an address or a name of letters; a sum of money says nothing of who somebody is and stays."""


@dataclass(frozen=True)
class Piece:
    """Text of a hit; `is_hit` where it is what was searched for."""

    text: str
    is_hit: bool


def plain(text: str) -> str:
    """How text is compared: half-width, ASCII in lower case."""
    return _CAPITALS.sub(lambda letters: letters[0].lower(), unicodedata.normalize("NFKC", text))


def words_of(text: str) -> set[str]:
    """The words under which a text is found."""
    return _words(plain(text))


def _words(folded: str) -> set[str]:
    found: set[str] = set()
    before, end = "", -1
    for run in _RUN.finditer(folded):
        text = run[0]
        is_chinese = _CHINESE.match(text) is not None
        if is_chinese:
            found.update(map(operator.add, text, text[1:]))
        elif len(text) > 1:
            found.add(text)
        if run.start() == end and not before[-1].isdigit() and not text[0].isdigit():
            found.add(before[-1] + text[0])
        before, end = text, run.end()
    return found


class Words:
    """Blinds words under one cipher's key; keeps those it has met."""

    def __init__(self, cipher: FieldCipher) -> None:
        self.cipher = cipher
        self._known: dict[str, int] = {}

    def blind(self, words: Iterable[str]) -> list[int]:
        known = self._known
        if len(known) > _MOST_KEPT:
            known.clear()
        return sorted({known.get(word) or self._one(word) for word in words})[:MOST_WORDS]

    def _one(self, word: str) -> int:
        bucket = int(self.cipher.blind_index("case_word", word)[:8], 16) >> (32 - BITS)
        self._known[word] = bucket
        return bucket


_blinding: list[Words] = []


def blinded(text: str) -> list[int]:
    """The numbers of a text's words, under the process's key."""
    return current().blind(words_of(text))


def current() -> Words:
    """The process's blinder; a new one where the key was changed (as tests do)."""
    cipher = crypto.current()
    if not _blinding or _blinding[0].cipher is not cipher:
        _blinding[:] = [Words(cipher)]
    return _blinding[0]


def mark_of(index: str) -> int:
    """The mark under which a blind index stands among a case's words (`case_index_mark` of migration 0022): 31 bits, below zero."""
    return -1 - (int(index[:8], 16) >> 1)


def terms_of(query: str) -> tuple[str, ...]:
    """What was typed, cut at blanks. A single character beside a longer term narrows its hits; alone it is not looked for.

    Raises:
        SearchTooShort.
    """
    terms = tuple(dict.fromkeys(plain(query).split()))
    if not any(_words(term) for term in terms):
        raise SearchTooShort
    return terms


def holds(narrative: str, terms: Sequence[str]) -> bool:
    """Whether the text holds every term: buckets are shared, so a candidate is proved on the opened text."""
    folded = plain(narrative)
    return all(term in folded for term in terms)


def snippet(narrative: str, terms: Sequence[str], names: Sequence[str] = ()) -> tuple[Piece, ...]:
    """The text around the first hit of each term. Numbers, addresses and the victims' names in it are masked unless they were typed."""
    text = " ".join(narrative.split())
    pieces: list[Piece] = []
    end = 0
    for start, stop in _spans(text, terms):
        if start < end:
            continue
        left = max(start - _AROUND, end)
        pieces.append(Piece(("…" if left > end else "") + _hidden(text[left:start], names), is_hit=False))
        pieces.append(Piece(text[start:stop], is_hit=True))
        end = stop
    if pieces:
        pieces.append(Piece(_hidden(text[end : end + _AROUND], names) + ("…" if end + _AROUND < len(text) else ""), is_hit=False))
    return tuple(piece for piece in pieces if piece.text)


def _spans(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where each term first stands in the text as it is written."""
    whole, places = _lettered(text)
    found = [(start, start + len(term)) for term in terms if (start := whole.find(term)) >= 0]
    return sorted((places[start], places[stop - 1] + 1) for start, stop in found)


def _hidden(text: str, names: Sequence[str]) -> str:
    """Masked; numbers in full width too."""
    for name in names:
        text = text.replace(name, identifiers.mask_name(name))
    whole, places = _lettered(text)
    for match in reversed(list(_LONG_NUMBER.finditer(whole))):
        text = text[: places[match.start()]] + "***" + text[places[match.end() - 1] + 1 :]
    return text


def _lettered(text: str) -> tuple[str, list[int]]:
    """The text folded letter by letter, and of each folded letter the place it comes from."""
    letters = [(folded, place) for place, letter in enumerate(text) for folded in plain(letter)]
    return "".join(folded for folded, _ in letters), [place for _, place in letters]
