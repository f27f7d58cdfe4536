"""Finding cases: by number, by any identifier, by words of the narrative. Each hit says where it was found, with what was typed marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import policy, record, words
from fanzha.desks.cases.case_model import Case, CaseSuspect, Victim
from fanzha.desks.cases.case_repository import CaseFilters
from fanzha.desks.cases.errors import CaseNotFound, SearchTooShort
from fanzha.desks.cases.reading import tail_index, text_index
from fanzha.desks.cases.service import indexes_of
from fanzha.desks.cases.words import Piece
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

MOST_HITS: Final = 50
_MOST_EXPORTED: Final = 100_000
_CANDIDATES: Final = (120, 600)
"""Opened a search: a few of them may share a mark by chance and not hold what was typed; the second number only where the first does not fill a page."""
_NAMED: Final = (60, *_CANDIDATES)
"""The same for identifiers: their marks are 31 bits wide, so nearly every candidate is a hit."""
_SHORTEST_BEGINNING: Final = 4
_TAIL: Final = re.compile(r"[0-9]{3,18}[0-9Xx]")


@dataclass(frozen=True)
class Hit:
    """A case and where it was found: `number`, `victim`, `suspect` (pieces: the masked value) or `narrative` (pieces around the words)."""

    case: Case
    where: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """By number first, then by identifier, then by words; each newest first. `is_cut`: there are more; narrow the search to see them."""

    hits: list[Hit]
    is_cut: bool


Part = tuple[list[Hit], bool]


def search(work: Work, typed: str, filters: CaseFilters | None = None) -> Found:
    """Raises Forbidden, SearchTooShort: nothing that could be looked for."""
    record.require(work, policy.SEE)
    narrowed, text = filters or CaseFilters(), typed.strip()
    if len(text) < 2:
        raise SearchTooShort
    parts = [_by_number(work, text, narrowed), _by_identifier(work, text, narrowed)]
    try:
        parts.append(_by_words(work, text, narrowed))
    except SearchTooShort:
        if not any(hits for hits, _ in parts):
            raise
    once = list({hit.case.id: hit for hits, _ in reversed(parts) for hit in reversed(hits)}.values())[::-1]
    work.audit("cases.searched", "cases", {"hits": len(once[:MOST_HITS])})
    return Found(once[:MOST_HITS], len(once) > MOST_HITS or any(is_cut for _, is_cut in parts))


def _by_number(work: Work, text: str, filters: CaseFilters) -> Part:
    number = text.upper() if text.isascii() else text
    if len(number) < _SHORTEST_BEGINNING or not any(letter.isdigit() for letter in number):
        return [], False
    ids = repository.hits(work, filters, MOST_HITS, beginning=number)
    found = [Hit(one, "number", _begun(one.number if (one.number or "").startswith(number) else one.ref, len(number))) for one in repository.in_order(work, ids)]
    return found, len(ids) == MOST_HITS


def _begun(number: str | None, length: int) -> tuple[Piece, ...]:
    text = number or ""
    return (Piece(text[:length], is_hit=True), Piece(text[length:], is_hit=False)) if text[length:] else (Piece(text, is_hit=True),)


def _by_identifier(work: Work, text: str, filters: CaseFilters) -> Part:
    """A victim's name, phone or identity card or a suspect's identifier in full; else the last digits of one, four or more."""
    victims, values = indexes_of(text)
    found = _named(work, filters, sorted({*victims, *values, text_index(text)}), text)
    tail = re.sub(r"[\s-]", "", text).upper()
    index = tail_index("." + tail) if _TAIL.fullmatch(tail) and not found[0] else None
    return _named(work, filters, [index], text, tail) if index else found


def _named(work: Work, filters: CaseFilters, indexes: Sequence[str], text: str, tail: str = "") -> Part:
    marks, said, seen = [words.mark_of(index) for index in indexes], dict[str, Victim | CaseSuspect](), 0
    for most in _NAMED:
        ids = repository.hits(work, filters, most, any_of=marks)
        for part in repository.named_in(work, ids[seen:], indexes):
            if part.case_id not in said and any(value.endswith(tail) for value in _values(part)):
                said[part.case_id] = part
        seen = len(ids)
        if seen < most or len(said) > MOST_HITS:
            break
    cases = repository.in_order(work, [case_id for case_id in ids if case_id in said][: MOST_HITS + 1])
    return [_told(one, said[one.id], text, tail) for one in cases], seen == most


def _values(part: Victim | CaseSuspect) -> tuple[str, ...]:
    return (part.value,) if isinstance(part, CaseSuspect) else tuple(value or "" for value in (part.name, part.phone, part.id_card))


def _told(case: Case, part: Victim | CaseSuspect, text: str, tail: str) -> Hit:
    """The masked value, marked; of a tail only the end that the mask shows."""
    if isinstance(part, CaseSuspect):
        return Hit(case, "suspect", _marked(part.masked if part.kind else text, tail))
    if part.name == text:
        return Hit(case, "victim", _marked(part.masked_name, ""))
    is_card = bool(part.id_card and part.id_card.endswith(tail or text.strip().upper()))
    return Hit(case, "victim", _marked(part.masked_id_card if is_card else part.masked_phone, tail))


def _marked(masked: str, tail: str) -> tuple[Piece, ...]:
    shown = next((tail[-length:] for length in range(min(len(tail), 4), 0, -1) if masked.endswith(tail[-length:])), "")
    if not shown:
        return (Piece(masked, is_hit=True),)
    return Piece(masked[: -len(shown)], is_hit=False), Piece(shown, is_hit=True)


def _by_words(work: Work, text: str, filters: CaseFilters) -> Part:
    terms = words.terms_of(text)
    buckets = words.current().blind(set().union(*(words.words_of(term) for term in terms)))
    cases: list[Case] = []
    opened = 0
    for most in _CANDIDATES:
        ids = repository.hits(work, filters, most, all_of=buckets)
        cases += [case for case in repository.with_narratives(work, ids[opened:]) if words.holds(case.narrative, terms)]
        opened = len(ids)
        if opened < most or len(cases) >= MOST_HITS:
            break
    names = repository.names_of_victims(work, [case.id for case in cases[:MOST_HITS]])
    found = [Hit(case, "narrative", words.snippet(case.narrative, terms, names.get(case.id, ()))) for case in cases[:MOST_HITS]]
    return found, len(cases) > MOST_HITS or opened == most


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
    found = repository.called(work, name.strip().upper())
    if found is None:
        raise CaseNotFound(name=name)
    return found if found.merged_into is None else record.found(work, found.root_id)
