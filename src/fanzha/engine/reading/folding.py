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
_TRADITIONAL = dict(zip(
    "帳號戶轉匯錢賬實臉書電話訊軟體證碼頭綁單銀個這說對騙報與網頁開關辦貸還費稅繳萬億兩幾塊過後點時間給從貨購買賣職務員經導師"
    "總發現參會訂飆團載陸續憑據聯繫營業條繼續讓檢認為臺幣尋晝許舊禮",
    "帐号户转汇钱账实脸书电话讯软体证码头绑单银个这说对骗报与网页开关办贷还费税缴万亿两几块过后点时间给从货购买卖职务员经导师"
    "总发现参会订飙团载陆续凭据联系营业条继续让检认为台币寻昼许旧礼",
    strict=True,
))  # fmt: skip
"""The traditional forms of words that stand around identifiers and money; names are not translated."""


class _Table(dict[int, str]):
    """NFKC where it gives one character for one; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _KEPT:
            plain = _KEPT[char]
        elif char in _DASHES:
            plain = "-"
        elif char in _TRADITIONAL:
            plain = _TRADITIONAL[char]
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
