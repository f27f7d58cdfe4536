"""What the reader's chains are taught from: marked narratives, and sentences in which not everything is marked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fanzha.engine.reading.chains import Chain, Features, Tags, fresh
from fanzha.engine.reading.folding import Folded, fold
from fanzha.engine.reading.looks import sketched
from fanzha.engine.reading.meanings import meanings_of
from fanzha.engine.reading.model import MoneyRole, Role
from fanzha.engine.reading.money_roles import ROLES as MONEY_ROLES
from fanzha.engine.reading.money_roles import sum_features
from fanzha.engine.reading.narrative import kinds_of, surest
from fanzha.engine.reading.net_teaching import teach_net
from fanzha.engine.reading.places import NAME, SUM, TIME, Marked
from fanzha.engine.reading.roles import ROLES as OWNERS
from fanzha.engine.reading.roles import owner_features
from fanzha.engine.reading.scoring import AMOUNT, Mark, strip_marks
from fanzha.engine.reading.scoring import TIME as TIMES
from fanzha.engine.reading.sights import known_of
from fanzha.engine.reading.taught import Taught
from fanzha.engine.reading.teaching import Told, everywhere, taught, teach_stretches
from fanzha.engine.reading.words import words_of
from fanzha.vocab.identifiers import Kind

SEED = 20260101
LEAST_MET = 2
"""As `teaching.LEAST_MET`, for sums and identifiers, of which there are fewer than letters."""
_FEN = 100


@dataclass(frozen=True)
class Lesson:
    """A text without its marks, folded, and the marks with places in the folded text."""

    folded: Folded
    marks: tuple[Mark, ...]
    spans: tuple[tuple[int, int], ...]


def lessons(rows: Sequence[str]) -> list[Lesson]:
    """One row a text: JSON with `text`, marked as `scoring` says."""
    return [_lesson(*strip_marks(json.loads(row)["text"])) for row in rows]


def teach(narratives: Sequence[str], sentences: Sequence[str]) -> Taught:
    """Everything that is learned. Rows of JSON; in `sentences` apps are marked, and sums and identifiers where they have a role."""
    texts = lessons([*narratives, *sentences])
    told = [app_lesson(one) for one in texts]
    seen = sketched(one.text for one in told)
    words, vectors = meanings_of(one.text for one in told)
    net = teach_net(told, seen, known_of((one.text for one in told), words), vectors, SEED)
    sums = _teach_tags([sum_lesson(one) for one in texts], len(MONEY_ROLES))
    owners = _teach_tags([owner_lesson(one) for one in texts if all(mark.role or mark.kind == TIMES for mark in one.marks)], len(OWNERS))
    return Taught(teach_stretches(told, 1, seen, SEED), net, seen, sums, owners, fingerprint(narratives, sentences))


def fingerprint(narratives: Sequence[str], sentences: Sequence[str]) -> str:
    """Of everything that is learned from."""
    return hashlib.sha256("\n".join([*narratives, "", *sentences]).encode()).hexdigest()


def rows_of(paths: Sequence[Path]) -> list[str]:
    """The rows of JSON-lines files, in their order."""
    return [row for path in paths for row in path.read_text("utf-8").splitlines() if row.strip()]


def app_lesson(one: Lesson) -> Told:
    """A name is marked once, where it is first told; it is taught wherever it stands from there on."""
    text = one.folded.text
    found = ((start, end, 0) for mark, (start, end) in zip(one.marks, one.spans, strict=True) if mark.kind == Kind.APP)
    return Told(text, kinds_of(text, surest(one.folded, None)), everywhere(text, found))


def sum_lesson(one: Lesson) -> tuple[Features, Tags]:
    """What is seen of the sums, and what became of them."""
    sums = [mark for mark in one.marks if mark.kind == AMOUNT]
    text = one.folded.text
    features = sum_features(text, words_of(text), _marked(one), [int(mark.value) / _FEN for mark in sums])
    return features, np.array([MONEY_ROLES.index(MoneyRole(mark.role or "")) for mark in sums], np.int64)


def owner_lesson(one: Lesson) -> tuple[Features, Tags]:
    """What is seen of the identifiers, and whose they are."""
    owned = [mark for mark in one.marks if mark.kind not in (AMOUNT, TIMES)]
    text = one.folded.text
    features = owner_features(text, words_of(text), _marked(one), [Kind(mark.kind) for mark in owned])
    return features, np.array([OWNERS.index(Role(mark.role or "")) for mark in owned], np.int64)


def _marked(one: Lesson) -> list[Marked]:
    signs = {AMOUNT: SUM, TIMES: TIME}
    return [Marked(start, end, signs.get(mark.kind, NAME)) for mark, (start, end) in zip(one.marks, one.spans, strict=True)]


def _teach_tags(told: list[tuple[Features, Tags]], tags: int) -> Chain:
    rows = [one for one in told if len(one[1])]
    chance = np.random.default_rng(SEED)

    def round_of() -> tuple[list[Features], list[Tags]]:
        order = chance.permutation(len(rows))
        return [rows[place][0] for place in order], [rows[place][1] for place in order]

    return taught(fresh(tags), round_of, SEED, LEAST_MET)


def _lesson(text: str, marks: tuple[Mark, ...]) -> Lesson:
    folded = fold(text)
    back = {folded.span(place, place + 1)[0]: place for place in range(len(folded.text))}
    return Lesson(folded, marks, tuple((back[mark.start], back[mark.end - 1] + 1) for mark in marks))
