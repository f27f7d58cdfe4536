"""All queries of the detectors desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update

from fanzha.desks.detectors.domain import OPEN, Kind, MoveState, Standing, State
from fanzha.desks.detectors.model import Detector, DetectorVersion, Move, Shipment
from fanzha.store import Work

_ONE_SHIPMENT_AT_A_TIME = 4_401_010


def lock_shipments(work: Work) -> None:
    """Wait for whoever registers the package's rules; held to the end of the transaction."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_SHIPMENT_AT_A_TIME})


def newest_shipment(work: Work) -> Shipment | None:
    return work.session.scalars(select(Shipment).order_by(Shipment.registered_at.desc()).limit(1)).one_or_none()


def detector(work: Work, detector_id: str, *, lock: bool = False) -> Detector | None:
    """With `lock` every step of one detector comes after the other; held to the end of the transaction."""
    query = select(Detector).where(Detector.id == detector_id)
    return work.session.scalars(query.with_for_update() if lock else query).one_or_none()


def versions(work: Work, detector_id: str | None = None) -> Sequence[DetectorVersion]:
    """The versions of one detector, or of all, as they are in the database now; by detector and number."""
    query = select(DetectorVersion).order_by(DetectorVersion.detector_id, DetectorVersion.version)
    if detector_id is not None:
        query = query.where(DetectorVersion.detector_id == detector_id)
    return work.session.scalars(query.execution_options(populate_existing=True)).all()


def version(work: Work, detector_id: str, number: int) -> DetectorVersion | None:
    query = select(DetectorVersion).where(DetectorVersion.detector_id == detector_id, DetectorVersion.version == number)
    return work.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def in_state(work: Work, state: State) -> Sequence[DetectorVersion]:
    query = select(DetectorVersion).where(DetectorVersion.state == state.value).order_by(DetectorVersion.detector_id, DetectorVersion.version)
    return work.session.scalars(query).all()


def line_of(found: Iterable[DetectorVersion]) -> dict[int, Standing]:
    """The versions of one detector as the domain sees them."""
    return {each.version: Standing(each.state_now, each.live_from is not None, each.previous) for each in found}


def write_line(work: Work, detector_id: str, before: Mapping[int, Standing], after: Mapping[int, Standing], at: datetime) -> None:
    """Bring the versions that moved into their new states; what retires first, for one may be live."""
    changed = [number for number in after if after[number] != before[number]]
    for number in sorted(changed, key=lambda number: after[number].state is State.LIVE):
        standing = after[number]
        values: dict[str, object] = {"state": standing.state.value, "previous": standing.previous, "state_since": at}
        if standing.state is State.LIVE:
            values |= {"live_from": at, "live_until": None}
        elif before[number].state is State.LIVE:
            values["live_until"] = at
        where = (DetectorVersion.detector_id == detector_id, DetectorVersion.version == number)
        work.session.execute(update(DetectorVersion).where(*where).values(values))


def move(work: Work, move_id: str) -> Move | None:
    return work.session.scalars(select(Move).where(Move.id == move_id).execution_options(populate_existing=True)).one_or_none()


def moves(work: Work, detector_id: str) -> Sequence[Move]:
    """The newest first."""
    return work.session.scalars(select(Move).where(Move.detector_id == detector_id).order_by(Move.requested_at.desc(), Move.id.desc())).all()


def open_moves(work: Work, detector_id: str | None = None) -> Sequence[Move]:
    """What waits for approval or for its time; the oldest first."""
    query = select(Move).where(Move.state.in_([state.value for state in OPEN])).order_by(Move.requested_at, Move.id)
    if detector_id is not None:
        query = query.where(Move.detector_id == detector_id)
    return work.session.scalars(query).all()


def due_moves(work: Work, at: datetime, detector_id: str | None = None) -> Sequence[Move]:
    """Approved moves whose time has come and that have not been carried out; in the order in which they take effect."""
    query = select(Move).where(Move.state == MoveState.APPROVED.value, Move.effective_at <= at).order_by(Move.effective_at, Move.id)
    if detector_id is not None:
        query = query.where(Move.detector_id == detector_id)
    return work.session.scalars(query).all()


def next_effective(work: Work, after: datetime) -> datetime | None:
    """When the next approved move takes effect; those that are due count already, whether or not they are carried out."""
    return work.session.scalar(select(func.min(Move.effective_at)).where(Move.state == MoveState.APPROVED.value, Move.effective_at > after))


def of_kind(work: Work, kind: Kind) -> Sequence[DetectorVersion]:
    """Every version of one kind, the newest first."""
    query = select(DetectorVersion).where(DetectorVersion.kind == kind.value).order_by(DetectorVersion.created_at.desc())
    return work.session.scalars(query).all()
