"""Finding cases: by number, by any identifier, by words of the narrative. Each hit says where it was found, with what was typed marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import policy, record, words
from fanzha.desks.cases.case_model import Case, CaseSuspect, Victim
from fanzha.desks.cases.case_repository import CaseFilters, PartRow
from fanzha.desks.cases.errors import CaseNotFound, SearchTooShort
from fanzha.desks.cases.service import indexes_of
from fanzha.desks.cases.words import Piece
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

MOST_HITS: Final = 50
_MOST_EXPORTED: Final = 100_000
_CANDIDATES: Final = 120
"""Opened at most a search: a few of them may share a bucket and not hold the words."""


@dataclass(frozen=True)
class Hit:
    """A case and where it was found: `number`, `victim`, `suspect` (pieces: the masked value) or `narrative` (pieces around the words)."""

    case: Case
    where: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """Newest first. `is_cut`: there are more; narrow the search to see them."""

    hits: list[Hit]
    is_cut: bool


def search(work: Work, typed: str, filters: CaseFilters | None = None) -> Found:
    """Raises Forbidden, SearchTooShort: nothing that could be looked for."""
    record.require(work, policy.SEE)
    narrowed, text = filters or CaseFilters(), typed.strip()
    if len(text) < 2:
        raise SearchTooShort
    hits = [*_by_number(work, text, narrowed), *_by_identifier(work, text, narrowed)]
    is_cut = len(hits) >= MOST_HITS
    if not hits:
        hits, is_cut = _by_words(work, text, narrowed)
    once = list({hit.case.id: hit for hit in hits}.values())[:MOST_HITS]
    work.audit("cases.searched", "cases", {"hits": len(once)})
    return Found(once, is_cut)


def _by_number(work: Work, text: str, filters: CaseFilters) -> list[Hit]:
    number = text.upper() if text.isascii() else text
    rows = repository.numbered(work, number, filters, MOST_HITS)
    return [Hit(one, "number", _begun(one.number if (one.number or "").startswith(number) else one.ref, len(number))) for one in rows]


def _begun(number: str | None, length: int) -> tuple[Piece, ...]:
    text = number or ""
    return (Piece(text[:length], is_hit=True), Piece(text[length:], is_hit=False)) if text[length:] else (Piece(text, is_hit=True),)


def _by_identifier(work: Work, text: str, filters: CaseFilters) -> list[Hit]:
    victims, values = indexes_of(text)
    return [_named(case, part, text) for case, part in repository.naming(work, victims, values, filters, MOST_HITS)]


def _named(case: Case, part: PartRow, text: str) -> Hit:
    if isinstance(part, CaseSuspect):
        return Hit(case, "suspect", (Piece(part.masked, is_hit=True),))
    assert isinstance(part, Victim)
    if part.name == text:
        return Hit(case, "victim", (Piece(part.masked_name, is_hit=True),))
    found = identifiers.guess(text)
    return Hit(case, "victim", (Piece(part.masked_id_card if found is Kind.ID_CARD and part.id_card else part.masked_phone, is_hit=True),))


def _by_words(work: Work, text: str, filters: CaseFilters) -> tuple[list[Hit], bool]:
    terms = words.terms_of(text)
    buckets = words.current().blind(set().union(*(words.words_of(term) for term in terms)))
    ids = repository.with_words(work, buckets, filters, _CANDIDATES)
    hits = []
    for case in repository.with_narratives(work, ids):
        if words.holds(case.narrative, terms):
            hits.append(case)
            if len(hits) == MOST_HITS:
                break
    names = repository.names_of_victims(work, [case.id for case in hits])
    found = [Hit(case, "narrative", words.snippet(case.narrative, terms, names.get(case.id, ()))) for case in hits]
    return found, len(found) == MOST_HITS or len(ids) == _CANDIDATES


def live_names(work: Work, hits: Sequence[Hit]) -> dict[str, str]:
    """Case id → name of the live case it was merged into, of those hits that were."""
    wanted = {hit.case.root_id: hit.case.id for hit in hits if hit.case.merged_into is not None}
    roots = repository.tree(work, list(wanted)) if wanted else []
    names = {one.id: one.name for one in roots}
    return {hit.case.id: names[hit.case.root_id] for hit in hits if hit.case.merged_into is not None and hit.case.root_id in names}


def listing(work: Work, filters: CaseFilters, page: PageRequest) -> Page[Case]:
    """Live cases by the filters; the total is counted up to 10,001. Raises Forbidden."""
    record.require(work, policy.SEE)
    return repository.listing(work, filters, page)


def note_export(work: Work, filters: CaseFilters) -> None:
    """Audit that the list is exported. Raises Forbidden."""
    record.require(work, policy.EXPORT)
    told = {"state": filters.state, "fraud_type": filters.fraud_type, "region": filters.region}
    work.audit("cases.exported", "cases", {name: value for name, value in told.items() if value})


def every(work: Work, filters: CaseFilters) -> Iterator[Case]:
    """The rows of an export, 100,000 at most. Raises Forbidden."""
    record.require(work, policy.EXPORT)
    return repository.every(work, filters, _MOST_EXPORTED)


def called(work: Work, name: str) -> Case:
    """The live case of a whole number or reference. Raises CaseNotFound."""
    record.require(work, policy.SEE)
    found = next((one for one in repository.numbered(work, name.strip().upper(), CaseFilters(), 5) if name.strip().upper() in (one.number, one.ref)), None)
    if found is None:
        raise CaseNotFound(name=name)
    return found if found.merged_into is None else record.found(work, found.root_id)
