"""Queries about values: what linkables can be linked by, what of it is quiet, and what ties several of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Select, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.series.domain import Tie
from fanzha.desks.series.model import Linkable, LinkedLikeness, LinkedSketch, LinkedValue, LinkedWeight
from fanzha.engine.linking.kinds import Shared
from fanzha.store import Work

_CHUNK = 5_000

Key: TypeAlias = tuple[int, int]
"""(value, kind)."""


def taken(work: Work, ids: Collection[str]) -> dict[str, str]:
    """Report or case → its linkable, of those that have been taken in."""
    query = select(Linkable.id, Linkable.report_id, Linkable.case_id).where(or_(Linkable.report_id.in_(ids), Linkable.case_id.in_(ids)))
    return {name: row[0] for row in work.session.execute(query) for name in (row[1], row[2]) if name}


def add_values(work: Work, rows: Sequence[dict[str, Any]]) -> int:
    """Insert what is not there; returns how many were."""
    distinct = list({(row["linkable_id"], row["value"], row["kind"]): row for row in rows}.values())
    added = 0
    for start in range(0, len(distinct), _CHUNK):
        found = work.session.execute(insert(LinkedValue).on_conflict_do_nothing().returning(LinkedValue.linkable_id), distinct[start : start + _CHUNK])
        added += len(found.all())
    return added


def put_sketches(work: Work, ids: Sequence[str], found: Mapping[str, bytes]) -> None:
    """The sketches of these in place of earlier ones; who has none is like no other. A quiet one stays quiet."""
    gone = [each for each in ids if each not in found]
    if gone:
        work.session.execute(delete(LinkedSketch).where(LinkedSketch.linkable_id.in_(gone)))
    if found:
        query = insert(LinkedSketch)
        rows = [{"linkable_id": each, "sketch": sketch} for each, sketch in found.items()]
        work.session.execute(query.on_conflict_do_update(index_elements=["linkable_id"], set_={"sketch": query.excluded.sketch}), rows)


def likeness(work: Work, ids: Collection[str]) -> list[tuple[str, str, float, float]]:
    """(one, other, cosine, bits) of those among these whose narratives tell the same in other words."""
    query = select(LinkedLikeness).where(LinkedLikeness.one.in_(ids), LinkedLikeness.other.in_(ids)).order_by(LinkedLikeness.one, LinkedLikeness.other)
    return [(each.one, each.other, each.likeness, each.bits) for each in work.session.scalars(query)]


def forget_values(work: Work, ids: Sequence[str], source: str) -> None:
    work.session.execute(delete(LinkedValue).where(LinkedValue.linkable_id.in_(ids), LinkedValue.source == source))


def forget_source(work: Work, source: str) -> None:
    work.session.execute(delete(LinkedValue).where(LinkedValue.source == source))


def named_accounts(work: Work, values: Collection[int]) -> set[int]:
    """Which of these somebody names as an account."""
    if not values:
        return set()
    query = select(LinkedValue.value).where(LinkedValue.value.in_(values), LinkedValue.kind == int(Shared.ACCOUNT), ~LinkedValue.is_quiet)
    return set(work.session.scalars(query.distinct()))


def name_reached(work: Work, values: Collection[int]) -> None:
    """What money reached under these values becomes an account, as those have it who name it."""
    if not values:
        return
    reached = (LinkedValue.value.in_(values), LinkedValue.kind == int(Shared.MONEY), ~LinkedValue.is_quiet)
    columns = ("linkable_id", "value", "source", "shown", "is_quiet")
    found = [row._asdict() for row in work.session.execute(select(*(getattr(LinkedValue, name) for name in columns)).where(*reached))]
    if found:
        work.session.execute(delete(LinkedValue).where(*reached))
        add_values(work, [row | {"kind": int(Shared.ACCOUNT)} for row in found])


def quiet_of(work: Work, source: str) -> list[tuple[str, int, int]]:
    """(linkable, value, kind) of what this source has said and an analyst has made quiet."""
    query = select(LinkedValue.linkable_id, LinkedValue.value, LinkedValue.kind).where(LinkedValue.source == source, LinkedValue.is_quiet)
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def quiet_values(work: Work, ids: Sequence[str]) -> list[tuple[str, int, int]]:
    """(linkable, value, kind) of what has been made quiet."""
    query = select(LinkedValue.linkable_id, LinkedValue.value, LinkedValue.kind).where(LinkedValue.linkable_id.in_(ids), LinkedValue.is_quiet)
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def make_quiet(work: Work, keys: Sequence[tuple[str, int, int]]) -> None:
    if keys:
        named = tuple_(LinkedValue.linkable_id, LinkedValue.value, LinkedValue.kind).in_(keys)
        work.session.execute(update(LinkedValue).where(named).values(is_quiet=True))


def hush(work: Work, ids: Sequence[str], others: Sequence[str]) -> None:
    """What these share with the others no longer links them to anything."""
    shared = select(LinkedValue.value, LinkedValue.kind).where(LinkedValue.linkable_id.in_(others)).subquery()
    known = exists().where(shared.c.value == LinkedValue.value, shared.c.kind == LinkedValue.kind)
    work.session.execute(update(LinkedValue).where(LinkedValue.linkable_id.in_(ids), known).values(is_quiet=True))
    if any((one in ids) != (other in ids) for one, other, _, _ in likeness(work, [*ids, *others])):
        work.session.execute(update(LinkedSketch).where(LinkedSketch.linkable_id.in_(ids)).values(is_quiet=True))


def unhush(work: Work, ids: Sequence[str]) -> None:
    for table in (LinkedValue, LinkedSketch):
        work.session.execute(update(table).where(table.linkable_id.in_(ids), table.is_quiet).values(is_quiet=False))


_LIVE = func.coalesce(Linkable.seen_under, Linkable.id)
"""The linkable under which a value's owner is seen."""


def _owned(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(LinkedValue).join(Linkable, Linkable.id == LinkedValue.linkable_id)


def _of(ids: Collection[str]) -> Any:
    """The values of these linkables and of those seen under them that are not quiet."""
    return or_(Linkable.id.in_(ids), Linkable.seen_under.in_(ids)) & ~LinkedValue.is_quiet


def _weight() -> Any:
    return (LinkedWeight.value == LinkedValue.value) & (LinkedWeight.kind == LinkedValue.kind)


def keys_of(work: Work, ids: Collection[str]) -> dict[str, set[Key]]:
    """linkable → what it can be linked by and is not quiet."""
    found: dict[str, set[Key]] = {each: set() for each in ids}
    for owner, value, kind in work.session.execute(_owned(_LIVE, LinkedValue.value, LinkedValue.kind).where(_of(ids))):
        found[owner].add((value, kind))
    return found


def shown_values(work: Work, ids: Collection[str]) -> list[LinkedValue]:
    """Values that no suspect of these tells."""
    query = _owned(LinkedValue).where(_of(ids), LinkedValue.shown.is_not(None))
    return list(work.session.scalars(query.order_by(LinkedValue.linkable_id, LinkedValue.kind)))


def ties(work: Work, ids: Collection[str]) -> list[Tie]:
    """What at least two of these share and that speaks for one hand, the most telling first; script places are not among them."""
    sharing = func.count(func.distinct(_LIVE))
    query = (
        _owned(LinkedValue.value, LinkedValue.kind, sharing, LinkedWeight.known_by, LinkedWeight.bits)
        .join(LinkedWeight, _weight())
        .where(_of(ids), LinkedWeight.bits > 0, LinkedValue.kind != int(Shared.SCRIPT))
        .group_by(LinkedValue.value, LinkedValue.kind, LinkedWeight.known_by, LinkedWeight.bits)
        .having(sharing > 1)
    )
    found = [Tie(value, Shared(kind), cases, known_by, bits) for value, kind, cases, known_by, bits in work.session.execute(query)]
    return sorted(found, key=lambda tie: (-tie.bits, -tie.cases, tie.value))


def script_places(work: Work, ids: Collection[str]) -> dict[int, tuple[set[str], float]]:
    """Place of a script in the order → the linkables that share it, and its bits; of those that at least two share and that speak for one hand."""
    query = _owned(LinkedValue.value, _LIVE, LinkedWeight.bits).join(LinkedWeight, _weight())
    found: dict[int, tuple[set[str], float]] = {}
    for value, owner, bits in work.session.execute(query.where(_of(ids), LinkedWeight.bits > 0, LinkedValue.kind == int(Shared.SCRIPT))):
        found.setdefault(value, (set(), bits))[0].add(owner)
    return {value: each for value, each in found.items() if len(each[0]) > 1}
