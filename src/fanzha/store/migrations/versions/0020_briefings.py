"""Briefings and who has read them."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, protect

revision = "0020"
down_revision = "0019"

# A briefing holds counts, and suspect identifiers masked; it is never changed after it was sent. What was cleared later is marked on its item.
_TABLES = """
CREATE TABLE briefings (
    id        text PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('daily', 'weekly')),
    region    text NOT NULL,
    first_day date NOT NULL,
    last_day  date NOT NULL CHECK (last_day >= first_day),
    content   jsonb NOT NULL,
    made_at   timestamptz NOT NULL,
    CONSTRAINT uq_briefings_period UNIQUE (kind, region, first_day)
);
CREATE INDEX ix_briefings_made ON briefings (made_at DESC, id DESC);

CREATE TABLE briefing_items (
    briefing_id  text NOT NULL REFERENCES briefings,
    position     smallint NOT NULL,
    kind         text NOT NULL,
    masked       text NOT NULL,
    fraud_type   text NOT NULL,
    reports      integer NOT NULL CHECK (reports > 0),
    counties     integer NOT NULL,
    tokens       text[] NOT NULL,
    retracted_at timestamptz,
    PRIMARY KEY (briefing_id, position)
);
CREATE INDEX ix_briefing_items_tokens ON briefing_items USING gin (tokens);

CREATE TABLE briefing_receipts (
    briefing_id   text NOT NULL REFERENCES briefings,
    org_id        text NOT NULL REFERENCES organisations,
    org_name      text NOT NULL,
    region        text NOT NULL,
    sent_at       timestamptz NOT NULL,
    read_at       timestamptz,
    read_by       text,
    reader_name   bytea,
    retraction_at timestamptz,
    PRIMARY KEY (briefing_id, org_id)
);
CREATE INDEX ix_briefing_receipts_org ON briefing_receipts (org_id, sent_at DESC);
"""

# A unit sees what was sent to it and its own receipt; the police and the joint-conference office of the area see who has read.
_KIND = "current_setting('fanzha.org_kind', true)"
_OVERSEER = f"({_KIND} IN ('police_province', 'police_city', 'police_county', 'office') AND starts_with(region, current_setting('fanzha.region', true)))"
_SENT = f"EXISTS (SELECT 1 FROM briefing_receipts r WHERE r.briefing_id = briefings.id AND r.org_id = {ORG})"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("briefing_receipts", f"(org_id = {ORG} OR {_OVERSEER})", check=f"org_id = {ORG}", app=("SELECT", "UPDATE"))
    protect("briefings", f"({_OVERSEER} OR {_SENT})", app=("SELECT",))
    protect("briefing_items", "EXISTS (SELECT 1 FROM briefings b WHERE b.id = briefing_id)", app=("SELECT",))
