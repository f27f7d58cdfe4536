"""Tables of the indicators desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from fanzha.desks.indicators.domain import IndicatorState, level_of
from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.risk import RiskLevel


class Indicator(Table):
    """A suspect identifier. `site` is the host of a site, which is public, so that lists can be searched; everything personal is sealed.

    `tokens` are those under which the lake may hold it: a site's host and what its owner registered, an account's one token.
    """

    __tablename__ = "indicators"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Sealed("indicators.value"))
    value_index: Mapped[str] = mapped_column(Text, unique=True)
    raw: Mapped[str] = mapped_column(Sealed("indicators.raw"), deferred=True)
    site: Mapped[str | None] = mapped_column(Text)
    tokens: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    confidence: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Sealed("indicators.note"))
    sightings: Mapped[int]
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)

    @property
    def masked(self) -> str:
        return identifiers.mask(Kind(self.kind), self.value)

    @property
    def level(self) -> RiskLevel:
        return level_of(IndicatorState(self.state), self.confidence)


class Claim(Table):
    """What one source says about an indicator: sources that differ stand side by side."""

    __tablename__ = "indicator_claims"

    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"), primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    confidence: Mapped[int] = mapped_column(SmallInteger)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class Judgement(Table):
    """Who moved an indicator to which state, and why."""

    __tablename__ = "indicator_judgements"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("indicator_judgements.actor_name"))
    state_before: Mapped[str] = mapped_column(Text)
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("indicator_judgements.reason"))
