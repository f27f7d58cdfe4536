"""Keyed hashes of what cases share: equal values meet, and nobody reads one without the installation's key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from fanzha.desks.indicators import known_good
from fanzha.desks.series.domain import SHARED_AS
from fanzha.engine.linking.cases import MENTIONS, clean
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.meaning import EMPTY, samples
from fanzha.engine.linking.near import LONGEST, SHORTEST
from fanzha.engine.linking.script import script_places
from fanzha.store.crypto import blind_index, blind_indexes
from fanzha.vocab.identifiers import Identifier, Kind

_HALF = 2**63


def value_key(kind: Shared, text: str) -> int:
    """64 bits of the keyed hash of a clean value, signed. Among 10 M values two meet by chance with probability 3 in a million.

    An account that money reached and one that a victim names are the same account."""
    named = Shared.ACCOUNT if kind is Shared.MONEY else kind
    return int(blind_index(f"link:{named.name}", text)[:16], 16) - _HALF


def slip_key(account: str) -> bytes:
    """Eight bytes for each digit of an account: the keyed hash of the account with that digit left open; empty where it is no number of 8 to 24 digits."""
    if not (SHORTEST <= len(account) <= LONGEST and account.isascii() and account.isdecimal()):
        return b""
    opened = [f"{account[:place]}*{account[place + 1 :]}" for place in range(len(account))]
    return bytes.fromhex("".join(key[:16] for key in blind_indexes("link:SLIP", opened)))


def linking_texts(named: Sequence[tuple[str | None, str]]) -> list[tuple[Shared, str] | None]:
    """Kind and text under which identifiers (kind of `Kind` or None, value) compare; None for what links nothing: what no kind was recognised in, persons, and
    what everybody may name (hotlines, official sites). A page of a public platform compares as itself, any other site by its host."""
    shared = [_kind_of(kind, value) for kind, value in named]
    rows = [(place, int(kind), named[place][1]) for place, kind in enumerate(shared) if kind is not None]
    compared = clean(pl.DataFrame(rows, schema=MENTIONS, orient="row"))
    found: list[tuple[Shared, str] | None] = [None] * len(named)
    for place, kind, text in compared.iter_rows():
        on_platform = kind == int(Shared.SITE) and known_good.shipped().covers(text)
        found[place] = (Shared(kind), named[place][1] if on_platform else text)
    return found


def _kind_of(kind: str | None, value: str) -> Shared | None:
    if not kind or Kind(kind) not in SHARED_AS or known_good.shipped().why(Identifier(Kind(kind), value, value)) is not None:
        return None
    return SHARED_AS[Kind(kind)]


def script_keys(narratives: Sequence[str]) -> Iterable[tuple[int, int]]:
    """(place of the narrative, key) of each place of its script in the order."""
    for row, value in script_places(narratives).iter_rows():
        yield row, value_key(Shared.SCRIPT, value)


def sketches(narratives: Sequence[str]) -> Iterable[tuple[int, bytes]]:
    """(place of the narrative, sketch) of each that is long enough, under a key of the installation."""
    found = samples(narratives, int(blind_index("link:MEANING", "key")[:15], 16))
    yield from ((int(place), found[place].tobytes()) for place in np.flatnonzero(found[:, 0] != EMPTY))
