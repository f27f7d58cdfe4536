"""Tables of migration 0024: where a withdrawn indicator was used and who was told, remarks about an entry, and the city's own known-good list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.store import Instant, Sealed, Table

_WITHDRAWAL = "indicator_withdrawals.id"


class Withdrawal(Table):
    """An entry is flagged no more. `walked_at`: every place was looked at; `settled_at`: nothing is pending; `lifted_at`: it was listed again after all."""

    __tablename__ = "indicator_withdrawals"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"))
    state: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    tokens: Mapped[list[str]] = mapped_column(ARRAY(Text))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    walked_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)


class Reach(Table):
    """One place that a withdrawal reached: what was done there, when, and what proves it. `label` names the record to people and holds nothing personal."""

    __tablename__ = "indicator_reach"

    withdrawal_id: Mapped[str] = mapped_column(ForeignKey(_WITHDRAWAL), primary_key=True)
    place: Mapped[str] = mapped_column(Text, primary_key=True)
    target_id: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    proof: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Notice(Table):
    """Somebody must look at what rested on the identifier: a unit, or one person of it (`user_id`)."""

    __tablename__ = "indicator_notices"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    withdrawal_id: Mapped[str] = mapped_column(ForeignKey(_WITHDRAWAL))
    place: Mapped[str] = mapped_column(Text)
    target_id: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    org_name: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    read_by: Mapped[str | None] = mapped_column(Text)
    reader_name: Mapped[str | None] = mapped_column(Sealed("indicator_notices.reader_name"))


class Remark(Table):
    """What somebody noted about an entry. Only ever added to."""

    __tablename__ = "indicator_remarks"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("indicator_remarks.actor_name"))
    body: Mapped[str] = mapped_column(Sealed("indicator_remarks.body"))


class LocalGood(Table):
    """An identifier that the city itself knows to be good: proposed by one person, in force when a second agrees."""

    __tablename__ = "indicator_local_good"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Sealed("indicator_local_good.value"))
    value_index: Mapped[str] = mapped_column(Text)
    site: Mapped[str | None] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    good_for: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("indicator_local_good.reason"))
    state: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposer_name: Mapped[str] = mapped_column(Sealed("indicator_local_good.proposer_name"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decider_name: Mapped[str | None] = mapped_column(Sealed("indicator_local_good.decider_name"))
    decided_why: Mapped[str | None] = mapped_column(Sealed("indicator_local_good.decided_why"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Text)
    ended_why: Mapped[str | None] = mapped_column(Sealed("indicator_local_good.ended_why"))
