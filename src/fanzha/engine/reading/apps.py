"""Names of apps, platforms and sites that a trick made or had its victim use: a chain of tags (0241) and a network (0245), learned from marked texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.reading.chains import Chain, Floats
from fanzha.engine.reading.letters import letters
from fanzha.engine.reading.looks import Look, look_at
from fanzha.engine.reading.nets import Net
from fanzha.engine.reading.platforms import shipped_platforms
from fanzha.engine.reading.sights import sights
from fanzha.engine.reading.stretches import stretches_of
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.taught import shipped
from fanzha.engine.reading.web import Found, try_clean
from fanzha.engine.reading.words import Words
from fanzha.vocab.identifiers import Kind

LEAST_SHARE = 0.7
"""A name is told where exactly it is one in at least this share of all readings."""
NET_WEIGHT = 0.5
CHAIN_WEIGHT = 0.7
"""Each alone is surer than it is right about texts of unknown authors, and each is right where the other is not."""
LEAST_HINT = 0.03
"""The network is asked where the chain holds a name for at least so likely: a quarter of a text, and no worse than all of it."""
_REACH = 14
_SERVICE = re.compile(r"(?:平台|软件|APP|app|客户端|会议|上|网)$")


def find_apps(text: str, words: Words, kinds: NDArray[np.int64], taken: Taken) -> Iterator[Found]:
    """Each name where it is first told. `kinds`: what each character belongs to already (`looks`). Services of everybody are platforms, not apps to be shut."""
    told: set[str] = set()
    known, chain = shipped(), _chain()
    for one in stretches_of(fits_of(look_at(text, words, kinds, known.seen), chain, known.net), chain):
        name = text[one.start : one.end]
        if one.share < LEAST_SHARE or name.lower() in told or taken.overlaps(one.start, one.end) or is_well_known(text, one.start, one.end):
            continue
        identifier = try_clean(Kind.APP, name)
        if identifier is not None:
            told.add(name.lower())
            yield Found(one.start, one.end, identifier, round(one.share, 3))


def fits_of(look: Look, chain: Chain, net: Net) -> Floats:
    """(characters, tags): how well each tag fits by the chain, and by the network where the chain thinks of a name at all."""
    fits = chain.fits(letters(look))
    hinted = chain.shares(fits)[:, 0] < 1 - LEAST_HINT
    if hinted.any():
        seen = sights(look, net.known)
        for first, last in _near(hinted):
            fits[first:last] += NET_WEIGHT * net.shares(seen.of(first, last))
    return fits


def _near(hinted: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The stretches of the text that lie within `_REACH` of a hint."""
    first = last = 0
    for place in np.flatnonzero(hinted).tolist():
        if place - _REACH > last and last:
            yield first, last
        if place - _REACH > last or not last:
            first = max(0, place - _REACH)
        last = min(len(hinted), place + _REACH + 1)
    if last:
        yield first, last


def is_well_known(text: str, start: int, end: int) -> bool:
    """Whether [start, end), or with one or two characters before it (个人所得税), is a service of everybody."""
    plain = start + len(_SERVICE.sub("", text[start:end]))
    return any(text[max(0, start - more) : last].lower() in _well_known() for more in range(3) for last in (end, plain))


@cache
def _chain() -> Chain:
    return shipped().apps.weighed(CHAIN_WEIGHT)


@cache
def _well_known() -> frozenset[str]:
    lines = resources.files("fanzha.engine.reading").joinpath("well_known.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.lower().split()) | shipped_platforms().names
