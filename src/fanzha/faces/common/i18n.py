"""Languages of the pages: Chinese is written in the templates, English stands in catalogues beside them.

Three kinds of YAML file are read, from `faces/common/locale/` and from any folder below `faces/<face>/templates/`:

- `en.yaml`: Chinese sentence → English sentence;
- `zh.yaml`: English sentence (an error's message) → Chinese sentence;
- `terms.yaml`: family → code → `{zh: …, en: …}`, the words of enumerations.

Placeholders are written `{name}`. The common catalogue wins over a face's; a test fails where two files disagree or a sentence is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from fanzha.kit.errors import FanzhaError
from fanzha.kit.shipped import load_yaml

FACES = Path(__file__).resolve().parents[1]
COOKIE = "lang"

_log = logging.getLogger(__name__)


class Locale(StrEnum):
    """A language of the pages; the value is also the file name of its catalogue."""

    ZH = "zh"
    EN = "en"

    @property
    def html_lang(self) -> str:
        """The `lang` attribute of a page."""
        return "zh-CN" if self is Locale.ZH else "en"


class BadCatalogue(FanzhaError):
    """A translation file is not in the expected form."""

    code = "bad_catalogue"
    remedy = "Write `sentence: translation` lines, or `family: {code: {zh: …, en: …}}` in terms.yaml."


class UnknownTerm(FanzhaError):
    """There is no such family of terms."""

    code = "unknown_term"
    remedy = "Add the family to a terms.yaml beside the templates."


def N_(text: str) -> str:  # noqa: N802 - gettext's customary name for "translate later"
    """Mark a Chinese text that a page will translate later, such as a label in a module's constant."""
    return text


def pick_locale(query: str | None, cookie: str | None) -> Locale:
    """`?lang=` wins over the cookie, the cookie over Chinese; anything unknown is passed over."""
    for wish in (query, cookie):
        if wish in set(Locale):
            return Locale(wish)
    return Locale.ZH


@dataclass
class Catalogues:
    """All sentences and terms, merged."""

    sentences: dict[Locale, dict[str, str]] = field(default_factory=lambda: {locale: {} for locale in Locale})
    terms: dict[str, dict[str, dict[Locale, str]]] = field(default_factory=dict)

    def translate(self, locale: Locale, text: str, **params: object) -> str:
        """The sentence in this language, as written where the catalogue lacks it, with `{name}` filled in."""
        said = self.sentences[locale].get(text, text)
        return said.format_map(params) if params else said

    def term(self, locale: Locale, family: str, code: object) -> str:
        """The word for a code of an enumeration; the code itself, logged, where the family lacks it.

        Raises:
            UnknownTerm: the family itself is unknown.
        """
        words = self.terms.get(family)
        if words is None:
            raise UnknownTerm(family=family)
        word = words.get(str(code))
        if word is None:
            _log.warning("no word for %s in the terms of %s", code, family)
            return str(code)
        return word[locale]

    def family(self, locale: Locale, family: str) -> list[tuple[str, str]]:
        """(code, word) of a whole family in file order: the options of a select."""
        if family not in self.terms:
            raise UnknownTerm(family=family)
        return [(code, word[locale]) for code, word in self.terms[family].items()]


def catalogue_files(name: str, faces: Path = FACES) -> list[Path]:
    """Every file of this name, the common one first."""
    common = faces / "common" / "locale" / name
    return [path for path in (common, *sorted(faces.glob(f"*/templates/**/{name}"))) if path.is_file()]


def read_sentences(path: Path) -> dict[str, str]:
    """One `en.yaml` or `zh.yaml`."""
    content = load_yaml(path) or {}
    if not isinstance(content, dict) or not all(isinstance(part, str) for pair in content.items() for part in pair):
        raise BadCatalogue(path=str(path))
    return content


def read_terms(path: Path) -> dict[str, dict[str, dict[Locale, str]]]:
    """One `terms.yaml`."""
    content = load_yaml(path) or {}
    try:
        return {
            family: {str(code): {locale: str(word[locale.value]) for locale in Locale} for code, word in words.items()} for family, words in content.items()
        }
    except (AttributeError, KeyError, TypeError) as problem:
        raise BadCatalogue(path=str(path), problem=repr(problem)) from problem


def merge(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Earlier parts win."""
    merged: dict[str, str] = {}
    for part in parts:
        for text, said in part.items():
            merged.setdefault(text, said)
    return merged


def load_catalogues(faces: Path = FACES) -> Catalogues:
    """Read every catalogue below `faces`."""
    found = Catalogues()
    for locale in Locale:
        found.sentences[locale] = merge(read_sentences(path) for path in catalogue_files(f"{locale.value}.yaml", faces))
    for path in catalogue_files("terms.yaml", faces):
        for family, words in read_terms(path).items():
            found.terms.setdefault(family, {}).update({code: word for code, word in words.items() if code not in found.terms.get(family, {})})
    return found


@cache
def catalogues() -> Catalogues:
    """The shipped catalogues, read once."""
    return load_catalogues()


def translate(locale: Locale | str, text: str, **params: object) -> str:
    """A sentence for a page handler: a flash, a title."""
    return catalogues().translate(Locale(locale), text, **params)
