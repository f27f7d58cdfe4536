"""Tables of the detectors desk.

Invariants (kept by the database too, see migration 0010): one live version a detector; one open move a version; a version's text is never changed;
who approves a move is not who asked for it. Names of persons and what they wrote are sealed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.desks.detectors.domain import Kind, MoveKind, MoveState, Origin, State
from fanzha.store import Instant, Sealed, Table


class Shipment(Table):
    """A set of rules that came with the package and was registered; `digest` is of all its texts."""

    __tablename__ = "detector_shipments"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    region: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime] = mapped_column(Instant)


class Detector(Table):
    """What its versions have in common. `region` is the platform's own: who covers it may change the detector."""

    __tablename__ = "detectors"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    region: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)


class DetectorVersion(Table):
    """One text. `content` is its digest apart from the version's number; `previous` the version to which taking it back leads."""

    __tablename__ = "detector_versions"

    detector_id: Mapped[str] = mapped_column(ForeignKey("detectors.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    title_zh: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    author_name: Mapped[str] = mapped_column(Sealed("detector_versions.author_name"))
    note: Mapped[str] = mapped_column(Sealed("detector_versions.note"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    state_since: Mapped[datetime] = mapped_column(Instant)
    live_from: Mapped[datetime | None] = mapped_column(Instant)
    """When it last went live; None where it never was."""
    live_until: Mapped[datetime | None] = mapped_column(Instant)
    previous: Mapped[int | None]

    @property
    def state_now(self) -> State:
        return State(self.state)

    @property
    def what(self) -> Kind:
        return Kind(self.kind)

    @property
    def came_from(self) -> Origin:
        return Origin(self.origin)


class Move(Table):
    """Somebody's wish to bring a version into another state, and what became of it. `effective_at` None: as soon as it is approved."""

    __tablename__ = "detector_moves"
    __table_args__ = (ForeignKeyConstraint(["detector_id", "version"], ["detector_versions.detector_id", "detector_versions.version"]),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    detector_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    second_needed: Mapped[bool]
    reason: Mapped[str] = mapped_column(Sealed("detector_moves.reason"))
    requested_by: Mapped[str] = mapped_column(Text)
    requested_name: Mapped[str] = mapped_column(Sealed("detector_moves.requested_name"))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    effective_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_name: Mapped[str | None] = mapped_column(Sealed("detector_moves.decided_name"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(Sealed("detector_moves.answer"))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    state_before: Mapped[str | None] = mapped_column(Text)
    replaced: Mapped[int | None]
    """The version that was live until then."""

    @property
    def what(self) -> MoveKind:
        return MoveKind(self.kind)

    @property
    def state_now(self) -> MoveState:
        return MoveState(self.state)
