"""Tables of the desk of numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind


class LineSuspect(Table):
    """A number that detection or people suspect, once a number. `number_index` is the orders desk's index of the same number, `token` that of the lake.

    `level` and `fraud_type` are those of the most urgent evidence that stands, `pieces` how many pieces stand, `sources` where they come from.
    """

    __tablename__ = "line_suspects"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(Sealed("line_suspects.number"))
    number_index: Mapped[str] = mapped_column(Text, unique=True)
    token: Mapped[str] = mapped_column(Text)
    phone_kind: Mapped[str] = mapped_column(Text)
    carrier: Mapped[str] = mapped_column(Text)
    operator_org_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    outlet: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    region: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text))
    pieces: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_name: Mapped[str | None] = mapped_column(Sealed("line_suspects.decided_name"))
    decided_why: Mapped[str | None] = mapped_column(Sealed("line_suspects.decided_why"))

    @property
    def masked(self) -> str:
        return identifiers.mask(Kind.PHONE, self.number)


class LineEvidence(Table):
    """One piece of evidence. `reference`: the finding, the indicator or the report; `name`: the rule, the source or the report's number; reasons carry figures
    and no identifier."""

    __tablename__ = "line_evidence"

    suspect_id: Mapped[str] = mapped_column(ForeignKey("line_suspects.id"), primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    reference: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    reason_zh: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
