"""Tables of the sharing desk.

Invariants (kept by the database too, see migration 0020): one briefing a kind, region and period; its content is never changed; who takes back an identifier
marks its item, and every unit that was sent the briefing hears of it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Date, ForeignKey, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table


class Briefing(Table):
    """What happened in a region in a period, as it was sent."""

    __tablename__ = "briefings"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Item(Table):
    """A suspect identifier that many reports of the period name, masked (a site is public and stands in clear)."""

    __tablename__ = "briefing_items"

    briefing_id: Mapped[str] = mapped_column(ForeignKey("briefings.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    reports: Mapped[int]
    counties: Mapped[int]
    tokens: Mapped[list[str]] = mapped_column(ARRAY(Text))
    retracted_at: Mapped[datetime | None] = mapped_column(Instant)


class Receipt(Table):
    """A briefing in a unit's inbox: sent when, signed for by whom, and since when something in it is taken back that the unit has not signed for."""

    __tablename__ = "briefing_receipts"

    briefing_id: Mapped[str] = mapped_column(ForeignKey("briefings.id"), primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    org_name: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    read_by: Mapped[str | None] = mapped_column(Text)
    reader_name: Mapped[str | None] = mapped_column(Sealed("briefing_receipts.reader_name"))
    retraction_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    reminders: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    @property
    def is_open(self) -> bool:
        """Whether the unit has something to sign for: the briefing, or what was taken back since."""
        return self.read_at is None or (self.retraction_at is not None and self.retraction_at > self.read_at)
