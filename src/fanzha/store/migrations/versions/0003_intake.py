"""Tables of the intake desk."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import belongs_to_org, protect, starts_within_region

revision = "0003"
down_revision = "0002"

_TABLES = """
CREATE TABLE batches (
    id              text PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('calls', 'messages', 'visits', 'transfers', 'accounts', 'sims', 'reports', 'indicators')),
    source          text NOT NULL CHECK (source <> ''),
    file_name       text NOT NULL,
    bytes           bigint NOT NULL CHECK (bytes >= 0),
    content_hash    text NOT NULL,
    mapping         jsonb NOT NULL,
    state           text NOT NULL CHECK (state IN ('receiving', 'staged', 'committed', 'failed')),
    received        bigint NOT NULL DEFAULT 0,
    accepted        bigint NOT NULL DEFAULT 0,
    duplicates      bigint NOT NULL DEFAULT 0,
    quarantined     bigint NOT NULL DEFAULT 0,
    header          text[] NOT NULL DEFAULT '{}',
    ignored_columns text[] NOT NULL DEFAULT '{}',
    error           jsonb,
    replays         text REFERENCES batches,
    org_id          text NOT NULL,
    region          text NOT NULL,
    actor           text NOT NULL,
    started_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    CONSTRAINT ck_batches_sum CHECK (received = accepted + duplicates + quarantined)
);
CREATE INDEX ix_batches_started_at ON batches (started_at DESC, id DESC);
CREATE INDEX ix_batches_unfinished ON batches (started_at) WHERE state IN ('receiving', 'staged');

CREATE TABLE quarantine (
    id           text PRIMARY KEY,
    batch_id     text NOT NULL REFERENCES batches,
    row_number   bigint NOT NULL,
    raw          bytea NOT NULL,
    cells        bytea,
    reason       text NOT NULL,
    field        text NOT NULL,
    detail       text NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'replayed', 'dismissed')),
    mended       bytea,
    settled_by   text,
    settled_at   timestamptz,
    replay_id    text REFERENCES batches,
    org_id       text NOT NULL,
    region       text NOT NULL,
    UNIQUE (batch_id, row_number)
);
CREATE INDEX ix_quarantine_batch_id ON quarantine (batch_id, state, row_number);
CREATE INDEX ix_quarantine_open ON quarantine (reason) WHERE state = 'open';
"""

# What an organisation sent it sees itself; beside it the police of the sender's region. A bank never sees what another bank sent.
_POLICE = "current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station')"
_MAY = f"({belongs_to_org('org_id')} OR ({_POLICE} AND {starts_within_region('region')}))"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("batches", _MAY)
    protect("quarantine", _MAY, app=("SELECT", "INSERT", "UPDATE", "DELETE"))
