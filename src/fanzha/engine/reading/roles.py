"""Whose an identifier is: the suspect's, the victim's, somebody else's: a chain over the identifiers of a text, learned from marked narratives (0242)."""

from __future__ import annotations

from collections.abc import Sequence

from fanzha.engine.reading.chains import Features
from fanzha.engine.reading.model import Role
from fanzha.engine.reading.places import NAME, Marked, line_of, places
from fanzha.engine.reading.taught import shipped
from fanzha.engine.reading.web import Found
from fanzha.engine.reading.words import Words
from fanzha.vocab.identifiers import Kind

ROLES = (Role.SUSPECT, Role.VICTIM, Role.UNKNOWN)
"""By the number of the tag."""
ACCUSED = 4.0
"""An identifier is the suspect's where that is so many times as likely as anything else: a wrong accusation costs more than a missed one."""
_KINDS = tuple(Kind)


def whose(text: str, words: Words, marked: Sequence[Marked], found: Sequence[Found]) -> list[tuple[Role, float]]:
    """(role, its share of all readings, 0..1) of each identifier. `marked`: all that is known to stand in the text, the identifiers among it, in its order."""
    if not found:
        return []
    owners = shipped().owners
    shares = owners.shares(owners.fits(owner_features(text, words, marked, [one.identifier.kind for one in found])))
    tags = (shares / (ACCUSED, 1.0, 1.0)).argmax(axis=1)
    return [(ROLES[tag], round(float(share[tag]), 3)) for tag, share in zip(tags.tolist(), shares, strict=True)]


def owner_features(text: str, words: Words, marked: Sequence[Marked], kinds: Sequence[Kind]) -> Features:
    """What the chain sees of each identifier."""
    return places(line_of(words, marked, NAME), [_KINDS.index(kind) for kind in kinds], [], text)
