"""The clock of a rescue: orders know their case, and a proposed stop stands in the inbox of those who may request it until somebody has."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0027"
down_revision = "0026"

_CHANGES = """
ALTER TABLE orders ADD COLUMN case_id text;
CREATE INDEX ix_orders_case ON orders (case_id) WHERE case_id IS NOT NULL;

-- What is frozen is read from the order in force on the account; a sum that somebody typed instead says why.
ALTER TABLE refund_accounts ADD COLUMN order_id text REFERENCES orders, ADD COLUMN typed_reason bytea;

CREATE TABLE stop_proposals (
    id            text PRIMARY KEY,
    trace_id      text NOT NULL REFERENCES traces,
    region        text NOT NULL,
    account       text NOT NULL,
    subject_index text NOT NULL,
    bank          text NOT NULL,
    holder        bytea,
    fen           bigint NOT NULL CHECK (fen >= 0),
    tier          smallint NOT NULL,
    as_of         timestamptz NOT NULL,
    proposed_at   timestamptz NOT NULL,
    proposed_by   text NOT NULL,
    proposer_name bytea NOT NULL,
    dropped_at    timestamptz,
    dropped_by    text,
    drop_reason   bytea,
    CONSTRAINT ck_stop_proposals_dropped CHECK ((dropped_at IS NULL) = (dropped_by IS NULL) AND (dropped_at IS NULL) = (drop_reason IS NULL))
);
CREATE UNIQUE INDEX uq_stop_proposals_open ON stop_proposals (trace_id, account) WHERE dropped_at IS NULL;
CREATE INDEX ix_stop_proposals_open ON stop_proposals (proposed_at DESC) WHERE dropped_at IS NULL;
"""

_POLICE = "current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station')"


def upgrade() -> None:
    op.execute(_CHANGES)
    protect("stop_proposals", f"({_POLICE} AND {starts_within_region('region')})")
