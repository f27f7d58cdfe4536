"""Sites that look like a known one: letters replaced by look-alikes, hyphens put in or left out, another suffix, a brand worn inside the name, a slip.

A brand is an official or well-known site that others pretend to be; a suspect is a site that was used for fraud. What stands below a brand's own domain
belongs to it and is never a hit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fanzha.engine.nearness.edits import difference, distance
from fanzha.engine.nearness.forms import Form, Hit
from fanzha.engine.nearness.neighbours import Deletions
from fanzha.engine.nearness.skeletons import skeleton

ONE_EDIT, TWO_EDITS = 5, 10
"""From so many letters on one edit, or two, are still a likeness and not chance."""
SHORTEST_BRAND = 4
"""A shorter brand stands in innocent words; it must be a whole part between dots or hyphens and its suffix must follow."""
SHORTEST_SWAPPED = 3
"""Three letters of a brand under another suffix are looked at; of a suspect they are chance."""
MOST_OF_A_NAME = 20
"""Hosts of one registered name that are looked at; no answer tells of more."""
_PARTS = re.compile(r"[.\-_]")


@dataclass(frozen=True)
class Site:
    """A host as it is shown (Unicode, lower case): `owned` is the domain that somebody registered, `suffix` what stands behind its label."""

    host: str
    owned: str
    suffix: str

    @property
    def label(self) -> str:
        return self.owned.removesuffix(self.suffix).rstrip(".")


@dataclass(frozen=True)
class _Known:
    owner: int
    site: Site
    is_brand: bool


def allowed_edits(label: str) -> int:
    """How many edits away a label still counts as near."""
    return 2 if len(label) >= TWO_EDITS else 1 if len(label) >= ONE_EDIT else 0


class Sites:
    """Known sites: suspects and brands. `owners` are their places in the caller's list."""

    def __init__(self, sites: Sequence[Site], owners: Sequence[int], brands: Sequence[bool]) -> None:
        known = [_Known(owner, site, is_brand) for owner, site, is_brand in zip(owners, sites, brands, strict=True)]
        self._by_label = _filed(known, lambda one: one.site.label)
        self._by_look = _filed(known, lambda one: skeleton(one.site.label))
        self._by_joined = _filed(known, lambda one: one.site.label.replace("-", ""))
        self._brands = _filed([one for one in known if one.is_brand], lambda one: one.site.label)
        self._own = {one.site.owned for one in known if one.is_brand}
        self._labels = list(self._by_look)
        self._deletions = Deletions([look.encode("ascii", "replace").decode() for look in self._labels], [allowed_edits(look) for look in self._labels])

    def near(self, site: Site) -> list[Hit]:
        """One hit an owner, the surest form. A host below a brand's own domain, and the known site itself, are near nothing."""
        if site.owned in self._own or not site.label:
            return []
        found: dict[int, Hit] = {}
        for hit in (*self._typos(site), *self._worn(site), *self._suffixes(site), *self._hyphens(site), *self._alike(site)):
            found[hit.owner] = hit
        return list(found.values())

    def _alike(self, site: Site) -> list[Hit]:
        return [
            _hit(one, Form.HOMOGRAPH, site)
            for one in self._by_look.get(skeleton(site.label), ())
            if one.site.label != site.label
        ]  # fmt: skip

    def _hyphens(self, site: Site) -> list[Hit]:
        same = self._by_joined.get(site.label.replace("-", ""), ())
        return [_hit(one, Form.HYPHENATION, site) for one in same if one.site.label != site.label]

    def _suffixes(self, site: Site) -> list[Hit]:
        same = [one for one in self._by_label.get(site.label, ()) if one.site.suffix != site.suffix]
        telling = [one for one in same if len(site.label) >= (SHORTEST_SWAPPED if one.is_brand else SHORTEST_BRAND)]
        return [Hit(one.owner, Form.SUFFIX_SWAP, 0, len(site.label) + 2, one.site.suffix, site.suffix) for one in telling]

    def _worn(self, site: Site) -> list[Hit]:
        """A brand as a part between dots or hyphens: 'icbc.com.cn.example.top', 'made-up-icbc.example'. A short one needs its suffix behind it."""
        parts = [part for part in _PARTS.split(site.host.removesuffix(f".{site.suffix}")) if part]
        hits = []
        for part in dict.fromkeys(parts):
            for one in self._brands.get(part, ()) if part != site.label else ():
                has_suffix = f"{one.site.owned}." in site.host or one.site.owned.replace(".", "-") in site.host or site.owned.endswith(f"-{one.site.owned}")
                if has_suffix or len(part) >= SHORTEST_BRAND:
                    hits.append(Hit(one.owner, Form.BRAND_IN_NAME, 0, site.host.index(part) + 1, one.site.owned, part))
        return hits

    def _typos(self, site: Site) -> list[Hit]:
        look = skeleton(site.label)
        most = allowed_edits(look)
        if most == 0:
            return []
        hits = []
        for place in self._deletions.near(look.encode("ascii", "replace").decode(), most):
            edits: dict[str, int] = {}  # many hosts of one registered name are one comparison
            for one in self._by_look[self._labels[place]][:MOST_OF_A_NAME]:
                label = one.site.label
                if label not in edits:
                    edits[label] = distance(label, site.label, most)
                if 0 < edits[label] <= min(most, allowed_edits(label)):
                    hits.append(_hit(one, Form.TYPO, site, edits[label]))
        return hits


def _hit(one: _Known, form: Form, site: Site, edits: int = 0) -> Hit:
    return Hit(one.owner, form, edits, *difference(one.site.label, site.label))


def _filed(known: Sequence[_Known], key: Callable[[_Known], str]) -> dict[str, list[_Known]]:
    found: dict[str, list[_Known]] = defaultdict(list)
    for one in known:
        found[key(one)].append(one)
    return dict(found)
