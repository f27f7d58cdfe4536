"""Everything known, behind one question: what is near this value, and how it differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import idna

from fanzha.engine.nearness.edits import difference, distance
from fanzha.engine.nearness.forms import Form, Hit
from fanzha.engine.nearness.neighbours import Deletions
from fanzha.engine.nearness.numbers import Numbers
from fanzha.engine.nearness.sites import Site, Sites
from fanzha.engine.nearness.skeletons import skeleton
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.identifiers.web import is_ip, owned_domain

MOST = 20
_NUMBERS = {Kind.PHONE: "phone", Kind.BANK_ACCOUNT: "account", Kind.CARD: "account", Kind.QQ: "qq"}
_HANDLES = {Kind.WECHAT: "wechat", Kind.IM: "im", Kind.EMAIL: "email", Kind.APP: "app"}
_SITES = (Kind.DOMAIN, Kind.URL)
_RANK = {form: place for place, form in enumerate(Form)}


@dataclass(frozen=True)
class Listed:
    """A known identifier: its kind, clean value, the host of a site, and whether it is a brand to be protected instead of a suspect."""

    kind: Kind
    value: str
    host: str = ""
    is_brand: bool = False


class Handles:
    """Account names: look-alikes, and one slip in a name of six letters or more."""

    def __init__(self, values: Sequence[str], owners: Sequence[int]) -> None:
        self._owners: dict[str, list[tuple[int, str]]] = {}
        for value, owner in zip(values, owners, strict=True):
            self._owners.setdefault(skeleton(value), []).append((owner, value))
        self._looks = list(self._owners)
        self._deletions = Deletions([look.encode("ascii", "replace").decode() for look in self._looks], [int(len(look) >= 6) for look in self._looks])

    def near(self, value: str) -> list[Hit]:
        look = skeleton(value)
        found = []
        for place in self._deletions.near(look.encode("ascii", "replace").decode(), int(len(look) >= 6)):
            edits = distance(self._looks[place], look, 1)
            if edits > (1 if len(look) >= 6 else 0):
                continue
            form = Form.TYPO if edits else Form.HOMOGRAPH
            found += [Hit(owner, form, edits, *difference(known, value)) for owner, known in self._owners[self._looks[place]] if known != value]
        return found


class Book:
    """An index over a list of known identifiers; asking does not change it, so threads may share one."""

    def __init__(self, listed: Sequence[Listed]) -> None:
        self.listed = listed
        groups: dict[str, list[int]] = {}
        for place, one in enumerate(listed):
            group = "site" if one.kind in _SITES else _NUMBERS.get(one.kind) or _HANDLES.get(one.kind)
            if group:
                groups.setdefault(group, []).append(place)
        sites = groups.pop("site", [])
        self._sites = Sites([site_of(listed[place].host) for place in sites], sites, [listed[place].is_brand for place in sites])
        self._numbers = {name: Numbers([listed[place].value for place in groups.get(name, [])], groups.get(name, [])) for name in set(_NUMBERS.values())}
        self._handles = {name: Handles([listed[place].value for place in groups.get(name, [])], groups.get(name, [])) for name in _HANDLES.values()}

    def near(self, kind: Kind, value: str, host: str = "", most: int = MOST) -> list[Hit]:
        """What stands near a clean value, the surest and nearest first. `host` is a site's host."""
        if kind in _SITES:
            hits = self._sites.near(site_of(host))
        elif kind in _NUMBERS:
            hits = self._numbers[_NUMBERS[kind]].near(value)
        elif kind in _HANDLES:
            hits = self._handles[_HANDLES[kind]].near(value)
        else:
            return []
        return sorted(hits, key=lambda hit: (_RANK[hit.form], hit.distance, hit.owner))[:most]


def site_of(host: str) -> Site:
    """The parts of a clean host name, as it is shown; an address of numbers has no name that could look like another."""
    if not host or is_ip(host):
        return Site(host, host, host)
    owned = owned_domain(host)
    if owned == host and owned_domain(f"x.{host}") != host:  # a suffix that no list knows: somebody registered the last two names
        owned = ".".join(host.split(".")[-2:])
    return Site(shown(host), shown(owned), shown(owned.partition(".")[2]))


def shown(host: str) -> str:
    """A clean host name with its punycode labels as Unicode; one that does not decode stays as it is."""
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host
