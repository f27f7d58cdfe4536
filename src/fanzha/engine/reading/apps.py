"""Names of apps, platforms and sites that a trick made or had its victim use: a chain of tags learned from marked narratives and sentences (0241)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.reading.letters import letters
from fanzha.engine.reading.platforms import shipped_platforms
from fanzha.engine.reading.stretches import stretches_of
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.taught import shipped
from fanzha.engine.reading.web import Found, try_clean
from fanzha.engine.reading.words import Words
from fanzha.vocab.identifiers import Kind

LEAST_SHARE = 0.7
"""A name is told where exactly it is one in at least this share of all readings."""
_SERVICE = re.compile(r"(?:平台|软件|APP|app|客户端|会议|上|网)$")


def find_apps(text: str, words: Words, kinds: NDArray[np.int64], taken: Taken) -> Iterator[Found]:
    """Each name where it is first told. `kinds`: what each character belongs to already (`letters`). Services of everybody are platforms, not apps to be shut."""
    told: set[str] = set()
    known = shipped()
    for one in stretches_of(letters(text, words, kinds, known.seen), known.apps):
        name = text[one.start : one.end]
        if one.share < LEAST_SHARE or name.lower() in told or taken.overlaps(one.start, one.end) or is_well_known(text, one.start, one.end):
            continue
        identifier = try_clean(Kind.APP, name)
        if identifier is not None:
            told.add(name.lower())
            yield Found(one.start, one.end, identifier, round(one.share, 3))


def is_well_known(text: str, start: int, end: int) -> bool:
    """Whether [start, end), or with one or two characters before it (个人所得税), is a service of everybody."""
    plain = start + len(_SERVICE.sub("", text[start:end]))
    return any(text[max(0, start - more) : last].lower() in _well_known() for more in range(3) for last in (end, plain))


@cache
def _well_known() -> frozenset[str]:
    lines = resources.files("fanzha.engine.reading").joinpath("well_known.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.lower().split()) | shipped_platforms().names
