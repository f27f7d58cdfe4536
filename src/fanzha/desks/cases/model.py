"""Tables of the cases desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ForeignKey, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind


class Report(Table):
    """One report of fraud (警情). What names a person is sealed; `doubts` are codes of the identifiers that came but could not be read."""

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    report_no: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    loss_fen: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(Instant)
    happened_at: Mapped[datetime | None] = mapped_column(Instant)
    narrative: Mapped[str] = mapped_column(Sealed("reports.narrative"), deferred=True)
    victim_name: Mapped[str | None] = mapped_column(Sealed("reports.victim_name"))
    victim_name_index: Mapped[str | None] = mapped_column(Text, deferred=True)
    victim_phone: Mapped[str | None] = mapped_column(Sealed("reports.victim_phone"))
    victim_phone_index: Mapped[str | None] = mapped_column(Text, deferred=True)
    victim_phone_token: Mapped[str | None] = mapped_column(Text)
    victim_id_card: Mapped[str | None] = mapped_column(Sealed("reports.victim_id_card"))
    victim_id_card_index: Mapped[str | None] = mapped_column(Text, deferred=True)
    victim_person_token: Mapped[str | None] = mapped_column(Text)
    doubts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    row_hash: Mapped[str] = mapped_column(Text, deferred=True)
    imported_at: Mapped[datetime] = mapped_column(Instant)
    imported_by: Mapped[str] = mapped_column(Text)

    @property
    def masked_name(self) -> str:
        return identifiers.mask_name(self.victim_name or "")

    @property
    def masked_phone(self) -> str:
        return identifiers.mask(Kind.PHONE, self.victim_phone) if self.victim_phone else ""

    @property
    def masked_id_card(self) -> str:
        return identifiers.mask(Kind.ID_CARD, self.victim_id_card) if self.victim_id_card else ""


class Suspect(Table):
    """An identifier that the victim names; `kind` is None where it was not recognised and then stands as written."""

    __tablename__ = "report_suspects"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Sealed("report_suspects.value"))
    value_index: Mapped[str | None] = mapped_column(Text)

    @property
    def masked(self) -> str:
        return identifiers.mask(Kind(self.kind), self.value) if self.kind else "***"


class Step(Table):
    """Who moved a report to which state, and why."""

    __tablename__ = "report_steps"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("report_steps.actor_name"))
    state_before: Mapped[str] = mapped_column(Text)
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("report_steps.reason"))
