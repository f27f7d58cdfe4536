"""Cases as other desks link and trace them: the live ones, with everything seen under each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from fanzha.desks.cases.case_model import Case, CaseSuspect, Loss, Victim
from fanzha.store import Work


@dataclass(frozen=True)
class Named:
    """An identifier of a suspect, clear; `index` is its blind index (None: not recognised). The part it comes from is `part_id`."""

    kind: str | None
    value: str
    role: str
    index: str | None
    part_id: str


@dataclass(frozen=True)
class LinkCase:
    """One live case. Personal data is clear: for the pipeline, never for a page. Money in fen, times UTC."""

    case_id: str
    name: str
    region: str
    state: str
    fraud_type: str
    happened_at: datetime | None
    reported_at: datetime
    loss_fen: int
    narrative: str
    suspects: tuple[Named, ...]
    victim_phone_tokens: tuple[str, ...]
    victim_person_tokens: tuple[str, ...]


def cases(work: Work, *, since: datetime | None = None, only: Collection[str] | None = None, portion: int = 1_000) -> Iterator[LinkCase]:
    """Live cases by id, of those filed since `since` or of the live ones of these ids; the actor's row security applies. Read in portions of one query each,
    so that a long run holds no cursor."""
    after = ""
    while True:
        query = select(Case).options(undefer(Case.narrative)).where(Case.merged_into.is_(None), Case.id > after).order_by(Case.id).limit(portion)
        query = query.where(Case.filed_at >= since) if since is not None else query
        query = query.where(Case.id.in_(only)) if only is not None else query
        found = list(work.session.scalars(query))
        yield from _told(work, found)
        for one in found:
            work.session.expunge(one)
        if len(found) < portion:
            return
        after = found[-1].id


def _told(work: Work, found: list[Case]) -> Iterator[LinkCase]:
    ids = [one.id for one in found]
    roots = dict.fromkeys(ids)
    under = {row[0]: row[1] for row in work.session.execute(select(Case.id, Case.root_id).where(Case.root_id.in_(ids), Case.merged_into.is_not(None)))}
    root_of = {case_id: case_id for case_id in roots} | under
    suspects: dict[str, list[Named]] = {case_id: [] for case_id in ids}
    columns = (CaseSuspect.case_id, CaseSuspect.kind, CaseSuspect.value, CaseSuspect.role, CaseSuspect.value_index, CaseSuspect.id)
    for row in work.session.execute(select(*columns).where(CaseSuspect.case_id.in_(root_of), CaseSuspect.removed_at.is_(None)).order_by(CaseSuspect.id)):
        suspects[root_of[row[0]]].append(Named(row[1], row[2], row[3], row[4], row[5]))
    victims: dict[str, list[tuple[str | None, str | None]]] = {case_id: [] for case_id in ids}
    tokens = select(Victim.case_id, Victim.phone_token, Victim.person_token).where(Victim.case_id.in_(root_of), Victim.removed_at.is_(None)).order_by(Victim.id)
    for holder, phone, person in work.session.execute(tokens).all():
        victims[root_of[holder]].append((phone, person))
    for one in found:
        phones, persons = ([pair[place] for pair in victims[one.id]] for place in (0, 1))
        yield LinkCase(
            one.id, one.name, one.region, one.state, one.fraud_type, one.happened_at, one.reported_at, one.loss_fen, one.narrative, tuple(suspects[one.id]),
            tuple(token for token in phones if token), tuple(token for token in persons if token),
        )  # fmt: skip


def losses(work: Work, case_ids: Collection[str]) -> list[Loss]:
    """Losses recorded under these cases (ids of the cases that hold them), by time of entry."""
    query = select(Loss).where(Loss.case_id.in_(case_ids), Loss.removed_at.is_(None)).order_by(Loss.added_at, Loss.id)
    return list(work.session.scalars(query))
