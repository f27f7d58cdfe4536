"""A city's own part of the known-good list: proposed by one person with a reason, in force when a second agrees, ended by anybody who may decide.

What is in force blocks an import as the shipped list does. What the registry flags cannot be put on the list: it is cleared first, so that the withdrawal reaches
every place where it was used.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from fanzha.desks.indicators import cleaning, known_good, life, repository
from fanzha.desks.indicators.domain import FLAGGED, IndicatorRow, Refused
from fanzha.desks.indicators.errors import AlreadyKnownGood, LocalGoodNotFound, ReasonNeeded, RowRefused, StillFlagged
from fanzha.desks.indicators.known_good import Good, Local
from fanzha.desks.indicators.reach_model import LocalGood
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

PROPOSED, IN_FORCE, REFUSED, ENDED = "proposed", "in_force", "refused", "ended"
_SHORTEST = 4


def in_force(work: Work) -> Local:
    """What counts now."""
    query = select(LocalGood.value_index, LocalGood.kind, LocalGood.site, LocalGood.good_for).where(LocalGood.state == IN_FORCE)
    rows = work.session.execute(query).all()
    if not rows:
        return known_good.NOTHING
    told = {row.value_index: Good(row.good_for, row.good_for) for row in rows}
    return Local(told, {row.site: told[row.value_index] for row in rows if row.site and row.kind == Kind.DOMAIN.value})


def entries(work: Work) -> Sequence[LocalGood]:
    """What waits for a second person first, then what is in force, the newest first."""
    order = (LocalGood.state != PROPOSED, LocalGood.state != IN_FORCE, LocalGood.proposed_at.desc(), LocalGood.id)
    return work.session.scalars(select(LocalGood).order_by(*order).limit(1_000)).all()


def propose(work: Work, value: str, good_for: str, reason: str, kind: Kind | None = None) -> LocalGood:
    """Propose an identifier for the list; `good_for` says in a few words whose it is.

    Raises:
        ReasonNeeded; RowRefused: it is no identifier; AlreadyKnownGood: it is on the list or proposed; StillFlagged: the registry flags it.
    """
    why, whose = _said(reason), _said(good_for)
    read = cleaning.read_value(IndicatorRow(value, kind))
    if isinstance(read, Refused):
        raise RowRefused(f"The identifier was not taken: {read.sentence_en}.", reason=read.reason, sentence_zh=read.sentence_zh, sentence_en=read.sentence_en)
    if cleaning.why_good(read, in_force(work)) is not None:
        raise AlreadyKnownGood
    index, site = cleaning.index_of(read.kind, read.value), cleaning.site_of(read)
    _check_not_flagged(work, index, site)
    row = LocalGood(
        id=new_id(), kind=read.kind.value, value=read.value, value_index=index, site=site, masked=identifiers.mask(read.kind, read.value), good_for=whose, reason=why,
        state=PROPOSED, proposed_at=clock.now(), proposed_by=work.actor, proposer_name=_name(work),
    )  # fmt: skip
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as taken:
        raise AlreadyKnownGood from taken
    work.audit("known_good.proposed", f"known_good:{row.id}", {"kind": row.kind, "good_for": whose})
    return row


def decide(work: Work, entry_id: str, *, accept: bool, reason: str) -> LocalGood:
    """A second person agrees, and it counts from now on, or refuses.

    Raises:
        LocalGoodNotFound, OwnProposal, ReasonNeeded, StillFlagged.
    """
    why, row = _said(reason), _locked(work, entry_id, PROPOSED)
    life.check_second(row.proposed_by, work.actor)
    if accept:
        _check_not_flagged(work, row.value_index, row.site)
    row.state, row.decided_at, row.decided_by = IN_FORCE if accept else REFUSED, clock.now(), work.actor
    row.decider_name, row.decided_why = _name(work), why
    work.session.flush()
    work.audit("known_good.decided", f"known_good:{row.id}", {"state": row.state})
    return row


def end(work: Work, entry_id: str, reason: str) -> LocalGood:
    """It protects nothing any more.

    Raises:
        LocalGoodNotFound, ReasonNeeded.
    """
    why, row = _said(reason), _locked(work, entry_id, IN_FORCE)
    row.state, row.ended_at, row.ended_by, row.ended_why = ENDED, clock.now(), work.actor, why
    work.session.flush()
    work.audit("known_good.ended", f"known_good:{row.id}", {"kind": row.kind})
    return row


def _locked(work: Work, entry_id: str, state: str) -> LocalGood:
    row = work.session.scalars(select(LocalGood).where(LocalGood.id == entry_id, LocalGood.state == state).with_for_update()).one_or_none()
    if row is None:
        raise LocalGoodNotFound(entry=entry_id)
    return row


def _check_not_flagged(work: Work, index: str, site: str | None) -> None:
    if any(entry.state in FLAGGED for entry in repository.held(work, [index], [site] if site else [])):
        raise StillFlagged


def _said(words: str) -> str:
    said = words.strip()
    if len(said) < _SHORTEST:
        raise ReasonNeeded
    return said


def _name(work: Work) -> str:
    return work.scope.principal.name if work.scope.principal else work.actor
