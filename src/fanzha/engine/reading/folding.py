"""The text as it is matched: one character for one, invisible ones left out, with the way back to the text as it came.

Invariant: a match [start, end) of the folded text is `span(start, end)` of the original, and that span begins and ends with characters of the match.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_INVISIBLE = re.compile("[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\u20e3\ufeff]")
_KEPT = {"，": "，", "￥": "¥", "。": "。", "．": ".", "｡": "。"}
"""The full-width comma separates: it must not become the comma of thousands."""
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff0d\u2500"
_CIRCLED = re.compile("[\u2460-\u2468\u24ea\u2776-\u277e]")
"""They number lists more often than they spell numbers; `numbers` reads them as spoken figures."""
_DOTS = "·•‧・∙⋅"


class _Table(dict[int, str]):
    """NFKC where it gives one character for one; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _KEPT:
            plain = _KEPT[char]
        elif char in _DASHES:
            plain = "-"
        elif char in _DOTS:
            plain = "·"
        else:
            plain = char if _CIRCLED.match(char) else unicodedata.normalize("NFKC", char)
            plain = plain if len(plain) == 1 else " " if plain.isspace() else char
        self[code] = plain
        return plain


_TABLE = _Table()


@dataclass(frozen=True)
class Folded:
    """`text` is matched; `places[i]` is where its character i stands in `original` (None: at i)."""

    original: str
    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1

    def raw(self, start: int, end: int) -> str:
        begins, ends = self.span(start, end)
        return self.original[begins:ends]


def fold(text: str) -> Folded:
    """Full-width, circled and superscript forms become plain; case stays, since some identifiers need it."""
    if _INVISIBLE.search(text) is None:
        return Folded(text, text.translate(_TABLE), None)
    places = tuple(place for place, char in enumerate(text) if not _INVISIBLE.match(char))
    return Folded(text, "".join(text[place] for place in places).translate(_TABLE), places)
