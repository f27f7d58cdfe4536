"""What may never be listed as suspect: emergency and hotline numbers, government and bank sites, and the big hosts themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml

from fanzha.desks.indicators.errors import BadKnownGood
from fanzha.vocab.identifiers import Identifier, Kind


@dataclass(frozen=True)
class Good:
    """Why an identifier is known to be good."""

    zh: str
    en: str


_OFFICIAL_SITE = Good("官方网站", "an official site")
_PLATFORM = Good("公共平台", "a public platform")


@dataclass(frozen=True)
class KnownGood:
    """The shipped list, as read."""

    phones: dict[str, Good]
    domains: frozenset[str]
    platforms: frozenset[str]
    hosting: frozenset[str]

    def why(self, identifier: Identifier) -> Good | None:
        """Why this identifier must not be listed; None where it may be."""
        return self.why_value(identifier.kind, identifier.value)

    def why_value(self, kind: Kind, value: str) -> Good | None:
        """`why` of a clean value."""
        if kind is Kind.PHONE:
            return self.phones.get(value)
        if kind is Kind.DOMAIN:
            return self._site(value)
        if kind is Kind.URL:
            host, _, tail = value.partition("/")
            good = self._site(host)
            return None if good is _PLATFORM and tail else good
        return None

    def covers(self, host: str) -> bool:
        """Whether flagging this whole host would hit the innocent: an official site, or a platform itself."""
        return self._site(host) is not None

    def _site(self, host: str) -> Good | None:
        above = host
        while above:
            if above in self.domains:
                return _OFFICIAL_SITE
            if above in self.platforms:
                return _PLATFORM
            above = above.partition(".")[2]
        return _PLATFORM if host.removeprefix("www.") in self.hosting else None


@dataclass(frozen=True)
class Local:
    """What the city itself has put on the list and two people stand for: `by_index` by blind index, `hosts` cover whatever lies below them."""

    by_index: Mapping[str, Good] = field(default_factory=dict)
    hosts: Mapping[str, Good] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_index)

    def why(self, index: str, host: str) -> Good | None:
        """`host`: '' for what is no site."""
        above = host
        while above:
            if above in self.hosts:
                return self.hosts[above]
            above = above.partition(".")[2]
        return self.by_index.get(index)


NOTHING = Local()


@cache
def shipped() -> KnownGood:
    """The list beside this module. Raises BadKnownGood."""
    text = (resources.files(__package__) / "known_good.yaml").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> KnownGood:
    """`phones` (number → {zh, en}); `domains`, `platforms` and `hosting` (names). Raises BadKnownGood."""
    try:
        content = yaml.safe_load(text)
        phones = {str(number): Good(words["zh"], words["en"]) for number, words in content["phones"].items()}
        return KnownGood(phones, *(frozenset(map(str, content[group])) for group in ("domains", "platforms", "hosting")))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadKnownGood(problem=repr(error)) from error
