"""Pages from templates: Jinja2, escaped always, an unknown variable is an error.

A template is named `<face>/<noun>/<file>.html` (in `faces/<face>/templates/<noun>/`) or `<file>.html` (in `faces/common/templates/`).
docs/frontend.md lists the variables, functions, filters and macros that every template may use.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from fanzha.faces.common import assets, formats
from fanzha.faces.common.i18n import FACES, Catalogues, Locale, catalogues
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.vocab import fraud_types, identifiers, regions

DEFAULTS: dict[str, object] = {"page": None, "nav": (), "csrf_token": "", "flashes": (), "url": "", "live_url": None}
"""What a page gets when its handler says nothing: nobody signed in, no navigation, no live channel."""


class UnknownIcon(FanzhaError):
    """The icon is not in the sprite."""

    code = "unknown_icon"
    remedy = "Add its Tabler name to frontend/icons.txt and build again."


def loader(faces: Path = FACES) -> ChoiceLoader:
    """Common templates by plain name, a face's by its prefix."""
    folders = {folder.parent.name: FileSystemLoader(folder) for folder in sorted(faces.glob("*/templates")) if folder.parent.name != "common"}
    return ChoiceLoader([FileSystemLoader(faces / "common" / "templates"), PrefixLoader(folders)])


def with_query(url: str, **changes: object) -> str:
    """The address with query parameters set; None or '' takes one away. Turning to other rows goes back to the first page."""
    parts = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key not in changes and (key != "page" or not changes)]
    added = [(key, str(value)) for key, value in changes.items() if value not in (None, "")]
    return urlunsplit(parts._replace(scheme="", netloc="", query=urlencode(kept + added)))


def query_value(url: str, key: str, default: str = "") -> str:
    """One query parameter of an address."""
    return dict(parse_qsl(urlsplit(url).query)).get(key, default)


def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite; without a label it is decoration that screen readers skip."""
    built = assets.manifest()
    if name not in built.icons:
        raise UnknownIcon(name=name)
    if label:
        return Markup('<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>').format(label, built.url("icons.svg"), name)
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(built.url("icons.svg"), name)


def mask(kind: str, value: str | None) -> str:
    """An identifier with its middle hidden."""
    return formats.NOTHING if value is None else identifiers.mask(identifiers.Kind(kind), value)


def compact_json(value: object) -> str:
    """JSON for a data attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


class Templates:
    """One Jinja2 environment a language, so that macros speak the page's language without being told."""

    def __init__(self, faces: Path = FACES, words: Catalogues | None = None) -> None:
        shared = loader(faces)
        self._environments = {locale: _environment(shared, words or catalogues(), locale) for locale in Locale}

    def render(self, name: str, *, locale: Locale | str = Locale.ZH, **values: object) -> str:
        """A whole page or a fragment as text.

        Raises:
            jinja2.TemplateNotFound, jinja2.UndefinedError: mistakes of the page's author.
        """
        return self._environments[Locale(locale)].get_template(name).render(DEFAULTS | values)

    def environment(self, locale: Locale) -> Environment:
        """The environment of one language, for tests and e-mail-like fragments."""
        return self._environments[locale]


def _environment(shared: ChoiceLoader, words: Catalogues, locale: Locale) -> Environment:
    environment = Environment(
        loader=shared, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False, extensions=["jinja2.ext.do"]
    )
    say = partial(words.translate, locale)
    environment.globals.update(_functions(words, locale, say))
    environment.filters.update(_filters(locale, say))
    return environment


def _functions(words: Catalogues, locale: Locale, say: formats.Say) -> Mapping[str, Any]:
    return {
        "_": say,
        "locale": locale,
        "term": partial(words.term, locale),
        "terms": partial(words.family, locale),
        "fraud_type": partial(fraud_type_name, locale),
        "fraud_types": partial(fraud_type_options, locale),
        "region": partial(region_name, locale),
        "asset": lambda name: assets.manifest().url(name),
        "map_url": assets.map_url,
        "icon": icon,
        "mask": mask,
        "with_query": with_query,
        "query_value": query_value,
        "now": clock.now,
        "unique": _counter(),
        "overdue": lambda due: due is not None and due < clock.now(),
        "isoformat": lambda at: at.isoformat() if isinstance(at, datetime) else "",
    }


def _filters(locale: Locale, say: formats.Say) -> Mapping[str, Callable[..., object]]:
    return {
        "yuan": partial(formats.yuan, say=say),
        "yuan_short": partial(formats.yuan_short, say=say),
        "instant": partial(formats.instant, say=say),
        "ago": partial(formats.ago, say=say),
        "duration": partial(formats.duration, say=say),
        "day": formats.day,
        "number": formats.number,
        "percent": formats.percent,
        "compact_json": compact_json,
        "region": partial(region_name, locale),
    }


def _counter() -> Callable[[str], str]:
    """Ids that no two elements of one process share: `unique('field')` → 'field-7'."""
    count = 0

    def unique(prefix: str) -> str:
        nonlocal count
        count += 1
        return f"{prefix}-{count}"

    return unique


def fraud_type_name(locale: Locale, code: str | None) -> str:
    """The name of a fraud type; '—' where none is known."""
    if not code:
        return formats.NOTHING
    entry = fraud_types.ENTRIES[fraud_types.FraudType(code)]
    return entry.zh if locale is Locale.ZH else entry.en


def fraud_type_options(locale: Locale) -> list[tuple[str, str]]:
    """(code, name) of every fraud type, for a select."""
    return [(code.value, fraud_type_name(locale, code)) for code in fraud_types.FraudType]


def region_name(locale: Locale, code: str | None) -> str:
    """The name of a region; the code itself where the list of regions lacks it."""
    if not code:
        return formats.NOTHING
    return regions.name(code, locale.value) if regions.exists(code) else code
