"""What left the registry, and taking it back: every export is remembered entry by entry, so that a withdrawal finds everybody who holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from fanzha.desks.indicators import withdrawing
from fanzha.desks.indicators.domain import IndicatorState
from fanzha.desks.indicators.events import IndicatorsRetracted
from fanzha.desks.indicators.model import Export, ExportEntry, Indicator, Retraction
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

_CHUNK = 5_000

_ENTRIES = text("""
INSERT INTO indicator_export_entries (export_id, indicator_id)
SELECT :export_id, id FROM unnest(CAST(:ids AS text[])) AS given (id)
""")

# The entries' exports get a retraction each; one that was lifted or acknowledged before stands anew.
_RETRACT = text("""
INSERT INTO indicator_retractions AS held (export_id, indicator_id, org_id, state, at)
SELECT entry.export_id, entry.indicator_id, export.org_id, :state, CAST(:now AS timestamptz)
FROM indicator_export_entries entry JOIN indicator_exports export ON export.id = entry.export_id
WHERE entry.indicator_id = ANY(CAST(:ids AS text[]))
ON CONFLICT (export_id, indicator_id) DO UPDATE
SET state = excluded.state, at = excluded.at, lifted_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL
WHERE held.lifted_at IS NOT NULL OR held.state <> excluded.state
RETURNING held.org_id
""")

_LIFT = text("""
UPDATE indicator_retractions SET lifted_at = CAST(:now AS timestamptz)
WHERE lifted_at IS NULL AND indicator_id = ANY(CAST(:ids AS text[]))
  AND indicator_id IN (SELECT id FROM indicators WHERE state IN ('suspected', 'confirmed') AND id = ANY(CAST(:ids AS text[])))
""")


@dataclass(frozen=True)
class Recipient:
    """To whom an export goes; `kind` is export (a masked list for one's own unit), share (in clear, to a member unit) or check (listed answers it asked to keep)."""

    org_id: str
    org_name: str
    kind: str = "export"
    purpose: str = ""


@dataclass(frozen=True)
class Retracted:
    """One entry to take back: what it is and since when it is flagged no more."""

    export_id: str
    exported_at: datetime
    indicator: Indicator
    org_id: str
    state: IndicatorState
    at: datetime
    lifted_at: datetime | None
    acknowledged_at: datetime | None


def remember(work: Work, recipient: Recipient, ids: Sequence[str]) -> str:
    """Keep that these entries were handed over; returns the export's id. Call it before the first byte leaves, in the same transaction."""
    name = work.scope.principal.name if work.scope.principal else work.actor
    export = Export(
        id=new_id(), kind=recipient.kind, at=clock.now(), actor=work.actor, actor_name=name, org_id=recipient.org_id, org_name=recipient.org_name,
        purpose=recipient.purpose or None, rows=len(ids),
    )  # fmt: skip
    work.session.add(export)
    work.session.flush()
    for start in range(0, len(ids), _CHUNK):
        work.session.execute(_ENTRIES, {"export_id": export.id, "ids": list(ids[start : start + _CHUNK])})
    return export.id


def retract(work: Work, ids: Collection[str], state: IndicatorState) -> int:
    """Tell everybody who was handed these entries that they are flagged no more; returns how many retractions are new. Idempotent."""
    if not ids:
        return 0
    orgs = list(work.session.execute(_RETRACT, {"ids": list(ids), "state": state.value, "now": clock.now()}).scalars())
    if orgs:
        work.publish(IndicatorsRetracted(tuple(sorted(set(orgs))), len(orgs)))
        work.audit("indicators.retracted", "indicators", {"retractions": len(orgs), "organisations": len(set(orgs)), "state": state})
    return len(orgs)


def lift(work: Work, ids: Iterable[str]) -> None:
    """Entries that are flagged again: their retractions and withdrawals end."""
    wanted = list(ids)
    if wanted:
        work.session.execute(_LIFT, {"ids": wanted, "now": clock.now()})
        withdrawing.lift(work, wanted)


def retractions(work: Work, *, org_id: str = "", since: datetime | None = None, open_only: bool = False, most: int = 10_000) -> list[Retracted]:
    """What is to be taken back, the newest first. An organisation outside the police sees its own alone (row security)."""
    query = select(Retraction, Export.at, Indicator).join(Export, Export.id == Retraction.export_id).join(Indicator, Indicator.id == Retraction.indicator_id)
    if org_id:
        query = query.where(Retraction.org_id == org_id)
    if since is not None:
        query = query.where(Retraction.at >= since)
    if open_only:
        query = query.where(Retraction.lifted_at.is_(None), Retraction.acknowledged_at.is_(None))
    rows = work.session.execute(query.order_by(Retraction.at.desc(), Retraction.export_id, Retraction.indicator_id).limit(most))
    return [
        Retracted(one.export_id, exported, indicator, one.org_id, IndicatorState(one.state), one.at, one.lifted_at, one.acknowledged_at)
        for one, exported, indicator in rows
    ]


def acknowledge(work: Work, org_id: str, until: datetime) -> int:
    """The organisation has taken back what was retracted up to a time; returns how many. Idempotent."""
    changed = work.session.execute(
        text(
            "UPDATE indicator_retractions SET acknowledged_at = CAST(:now AS timestamptz), acknowledged_by = :by"
            " WHERE org_id = :org AND at <= CAST(:until AS timestamptz) AND acknowledged_at IS NULL RETURNING export_id"
        ),
        {"now": clock.now(), "by": work.actor, "org": org_id, "until": until},
    ).all()
    if changed:
        work.audit("indicators.retractions_acknowledged", f"organisation:{org_id}", {"retractions": len(changed)})
    return len(changed)


def exports(work: Work, most: int = 50) -> Sequence[Export]:
    """The newest first."""
    return work.session.scalars(select(Export).order_by(Export.at.desc(), Export.id.desc()).limit(most)).all()


def exports_of(work: Work, indicator_id: str) -> Iterator[tuple[Export, Retraction | None]]:
    """Who was handed an entry, and whether it was taken back."""
    query = (
        select(Export, Retraction)
        .join(ExportEntry, ExportEntry.export_id == Export.id)
        .outerjoin(Retraction, (Retraction.export_id == Export.id) & (Retraction.indicator_id == indicator_id))
        .where(ExportEntry.indicator_id == indicator_id)
        .order_by(Export.at.desc())
    )
    for row in work.session.execute(query):
        yield row[0], row[1]
