"""What looks alike becomes the same text (after Unicode Technical Standard 39, Unicode Security Mechanisms, section 4: skeletons).

The table is our own and covers what host names under Latin suffixes are forged with: Cyrillic, Greek, Armenian, letters with marks and shapes of Latin,
digits that pass for letters, and pairs of letters that pass for one.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ALIKE = {
    # Cyrillic
    "а": "a", "ӑ": "a", "ӓ": "a", "в": "b", "ь": "b", "ъ": "b", "с": "c", "ԁ": "d", "ё": "e", "е": "e", "є": "e", "ҽ": "e", "ԍ": "g", "һ": "h", "н": "h", "ң": "h",
    "і": "i", "ї": "i", "ӏ": "l", "ј": "j", "к": "k", "қ": "k", "ҝ": "k", "м": "m", "п": "n", "ո": "n", "о": "o", "ӧ": "o", "ө": "o", "р": "p", "ԛ": "q", "г": "r",
    "ѕ": "s", "т": "t", "ц": "u", "ѵ": "v", "ѡ": "w", "ԝ": "w", "ш": "w", "х": "x", "ҳ": "x", "у": "y", "ү": "y", "ў": "y", "з": "3", "б": "6", "ч": "4",
    # Greek
    "α": "a", "ά": "a", "β": "b", "ϲ": "c", "ε": "e", "έ": "e", "η": "n", "ή": "n", "ι": "i", "ί": "i", "ϳ": "j", "κ": "k", "μ": "u", "ν": "v", "ο": "o", "ό": "o",
    "ρ": "p", "σ": "o", "τ": "t", "υ": "u", "ύ": "u", "χ": "x", "γ": "y", "ω": "w", "ώ": "w", "θ": "o",
    # Armenian
    "ս": "u", "օ": "o", "հ": "h", "յ": "j", "զ": "q", "ց": "g", "ա": "w", "ռ": "n", "ք": "p",
    # Latin shapes that no decomposition reaches
    "ı": "i", "ɩ": "i", "ɪ": "i", "ł": "l", "ɫ": "l", "ƚ": "l", "ɡ": "g", "ɢ": "g", "ʙ": "b", "ƅ": "b", "đ": "d", "ɗ": "d", "ð": "d", "ø": "o", "ɵ": "o", "ŧ": "t",
    "ħ": "h", "ƙ": "k", "ĸ": "k", "ŋ": "n", "ɴ": "n", "ʀ": "r", "ꜱ": "s", "ʏ": "y", "ʋ": "v", "ᴠ": "v", "ᴡ": "w", "ᴏ": "o", "ᴄ": "c", "ɑ": "a", "æ": "ae", "œ": "oe",
    "ß": "ss", "þ": "p", "ɛ": "e", "ə": "e", "ƒ": "f", "ƞ": "n", "ɱ": "m", "ᴍ": "m", "ᴛ": "t", "ᴜ": "u", "ᴢ": "z", "ᴋ": "k",
    # digits and signs that pass for letters
    "0": "o", "1": "l", "5": "s", "|": "l",
}  # fmt: skip
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("i", "l"))
"""Letters that together, or in most typefaces, pass for others; i, l and 1 are one."""


@lru_cache(maxsize=65_536)
def skeleton(label: str) -> str:
    """The text that every label looking like this one shares. Shown text (not punycode), any script; idempotent."""
    plain = label if label.isascii() else "".join(_plain(char) for char in label)
    text = "".join(_ALIKE.get(char, char) for char in plain.lower())
    while True:
        before = text
        for pair, one in _PAIRS:
            text = text.replace(pair, one)
        if text == before:
            return text


def _plain(char: str) -> str:
    """A character without its marks."""
    if char in _ALIKE:
        return char
    return "".join(part for part in unicodedata.normalize("NFKD", char.lower()) if not unicodedata.combining(part))
