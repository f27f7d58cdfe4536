"""An identifier that was withdrawn links no cases: its value is muted until it is listed again. Linking anew then dissolves what it held together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.series.keys import linking_texts, value_key
from fanzha.desks.series.model import LinkedValue, Member, Muted, Series
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind


@dataclass(frozen=True)
class Linked:
    """A series in which the value tied cases; `cases` of it name the value."""

    series_id: str
    number: int
    state: str
    cases: int


def mute_withdrawn(work: Work, withdrawal_id: str, kind: Kind, value: str) -> list[Linked]:
    """Let the identifier link nothing from now on; returns the series that it was a tie in. Linking anew is asked for. Repeatable."""
    (shared,) = linking_texts([(kind.value, value)])
    if shared is None:
        return []
    key = value_key(*shared)
    ours = (LinkedValue.value == key, LinkedValue.kind == int(shared[0]))
    found: dict[str, int] = {}
    for series_id in work.session.scalars(select(Member.series_id).join(LinkedValue, LinkedValue.linkable_id == Member.linkable_id).where(*ours)):
        found[series_id] = found.get(series_id, 0) + 1
    row = {"value": key, "kind": int(shared[0]), "withdrawal_id": withdrawal_id}
    work.session.execute(insert(Muted).on_conflict_do_nothing(), [row])
    if found:
        work.defer("series.relink", once="series.relink")
    named = work.session.scalars(select(Series).where(Series.id.in_(found)).order_by(Series.number)).all()
    return [Linked(each.id, each.number, each.state, found[each.id]) for each in named]


def unmute(work: Work, withdrawal_ids: Collection[str]) -> int:
    """The withdrawals are over: their values link again, unless an analyst has muted them too. Returns how many. Repeatable."""
    gone = delete(Muted).where(Muted.withdrawal_id.in_(withdrawal_ids), Muted.decision_id.is_(None)).returning(Muted.value)
    count = len(work.session.scalars(gone).all())
    if count:
        work.defer("series.relink", once="series.relink")
    return count

