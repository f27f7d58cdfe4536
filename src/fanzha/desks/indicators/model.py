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
    """A suspect identifier. `confidence` is what is left of `base_confidence` since `renewed_at`; `changed_at` moves with all that a look-up sees.

    `site` is the host of a site, which is public, so that lists can be searched; everything personal is sealed.

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
    base_confidence: Mapped[int] = mapped_column(SmallInteger)
    renewed_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

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


class Sighting(Table):
    """Where it was seen, by whom and when. `reference` names the record (a list and its time, a report, a warning, a finding): one sighting each."""

    __tablename__ = "indicator_sightings"

    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    reference: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_by: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class Vote(Table):
    """Somebody holds the entry for a mistake. One vote a person; voting again renews it."""

    __tablename__ = "indicator_votes"

    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"), primary_key=True)
    voter: Mapped[str] = mapped_column(Text, primary_key=True)
    org_id: Mapped[str] = mapped_column(Text)
    voter_name: Mapped[str] = mapped_column(Sealed("indicator_votes.voter_name"))
    at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Sealed("indicator_votes.reason"))


class Proposal(Table):
    """A judgement that a second person must decide on."""

    __tablename__ = "indicator_proposals"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("indicator_proposals.actor_name"))
    state_after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("indicator_proposals.reason"))
    state: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_name: Mapped[str | None] = mapped_column(Sealed("indicator_proposals.decided_name"))
    decided_why: Mapped[str | None] = mapped_column(Sealed("indicator_proposals.decided_why"))


class Override(Table):
    """Somebody answers for listing what the known-good list protects. `good_for` says what it is known as."""

    __tablename__ = "indicator_overrides"

    value_index: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("indicator_overrides.actor_name"))
    good_for: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("indicator_overrides.reason"))


class Export(Table):
    """What left the registry: to whom, how many entries, what for."""

    __tablename__ = "indicator_exports"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("indicator_exports.actor_name"))
    org_id: Mapped[str] = mapped_column(Text)
    org_name: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str | None] = mapped_column(Sealed("indicator_exports.purpose"))
    rows: Mapped[int]


class ExportEntry(Table):
    """One entry of an export."""

    __tablename__ = "indicator_export_entries"

    export_id: Mapped[str] = mapped_column(ForeignKey("indicator_exports.id"), primary_key=True)
    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"), primary_key=True)


class Retraction(Table):
    """An entry that was handed over and is flagged no more. `lifted_at`: it was listed again after all."""

    __tablename__ = "indicator_retractions"

    export_id: Mapped[str] = mapped_column(ForeignKey("indicator_exports.id"), primary_key=True)
    indicator_id: Mapped[str] = mapped_column(ForeignKey("indicators.id"), primary_key=True)
    org_id: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
