"""Tables of the intake desk. Raw rows are personal data and sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.desks.intake.domain import BatchState, RowState
from fanzha.store.tables import Instant, Sealed, Table

RAW = "quarantine.raw"
CELLS = "quarantine.cells"
MENDED = "quarantine.mended"


class Batch(Table):
    """One file or request. `mapping` is what came with it; `replays` the batch whose quarantined rows it takes again."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    file_name: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    content_hash: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    accepted: Mapped[int] = mapped_column(BigInteger, default=0)
    duplicates: Mapped[int] = mapped_column(BigInteger, default=0)
    quarantined: Mapped[int] = mapped_column(BigInteger, default=0)
    header: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    ignored_columns: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    replays: Mapped[str | None] = mapped_column(ForeignKey("batches.id"))
    org_id: Mapped[str]
    region: Mapped[str]
    actor: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def stands(self) -> BatchState:
        return BatchState(self.state)


class QuarantinedRow(Table):
    """One row that was set aside: its bytes as latin-1 text, and its cells as a JSON object where it could be cut into cells."""

    __tablename__ = "quarantine"

    id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"))
    row_number: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[str] = mapped_column(Sealed(RAW))
    cells: Mapped[str | None] = mapped_column(Sealed(CELLS))
    reason: Mapped[str]
    field: Mapped[str]
    detail: Mapped[str]
    state: Mapped[str] = mapped_column(default=RowState.OPEN.value)
    mended: Mapped[str | None] = mapped_column(Sealed(MENDED))
    settled_by: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    replay_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id"))
    org_id: Mapped[str]
    region: Mapped[str]
