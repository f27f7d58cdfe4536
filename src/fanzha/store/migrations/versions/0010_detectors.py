"""Detectors, their versions, moves and approvals."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0010"
down_revision = "0009"

_TABLES = """
CREATE TABLE detector_shipments (
    digest        text PRIMARY KEY,
    region        text NOT NULL,
    registered_at timestamptz NOT NULL
);

CREATE TABLE detectors (
    id         text PRIMARY KEY,
    region     text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL
);

CREATE TABLE detector_versions (
    detector_id text NOT NULL REFERENCES detectors,
    version     integer NOT NULL CHECK (version > 0),
    kind        text NOT NULL CHECK (kind IN ('rule', 'model')),
    origin      text NOT NULL CHECK (origin IN ('shipped', 'local')),
    text        text NOT NULL,
    content     text NOT NULL,
    model       text,
    target      text NOT NULL CHECK (target IN ('victim', 'number', 'account')),
    level       text NOT NULL CHECK (level IN ('red', 'yellow', 'blue', 'green')),
    fraud_type  text NOT NULL,
    title_zh    text NOT NULL,
    title_en    text NOT NULL,
    author      text NOT NULL,
    author_name bytea NOT NULL,
    note        bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('draft', 'backtested', 'shadow', 'live', 'retired')),
    state_since timestamptz NOT NULL,
    live_from   timestamptz,
    live_until  timestamptz,
    previous    integer,
    PRIMARY KEY (detector_id, version),
    CHECK ((kind = 'model') = (model IS NOT NULL))
);
CREATE UNIQUE INDEX uq_detector_versions_content ON detector_versions (detector_id, content);
CREATE UNIQUE INDEX uq_detector_versions_live ON detector_versions (detector_id) WHERE state = 'live';
CREATE INDEX ix_detector_versions_state ON detector_versions (state);

CREATE TABLE detector_moves (
    id             text PRIMARY KEY,
    detector_id    text NOT NULL,
    version        integer NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('shadow', 'go_live', 'retire', 'rollback')),
    state          text NOT NULL CHECK (state IN ('waiting', 'approved', 'done', 'refused', 'withdrawn', 'lapsed')),
    second_needed  boolean NOT NULL,
    reason         bytea NOT NULL,
    requested_by   text NOT NULL,
    requested_name bytea NOT NULL,
    requested_at   timestamptz NOT NULL,
    effective_at   timestamptz,
    decided_by     text,
    decided_name   bytea,
    decided_at     timestamptz,
    answer         bytea,
    done_at        timestamptz,
    state_before   text,
    replaced       integer,
    FOREIGN KEY (detector_id, version) REFERENCES detector_versions,
    CHECK (NOT second_needed OR state NOT IN ('approved', 'done') OR (decided_by IS NOT NULL AND decided_by <> requested_by)),
    CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX uq_detector_moves_open ON detector_moves (detector_id, version) WHERE state IN ('waiting', 'approved');
CREATE INDEX ix_detector_moves_due ON detector_moves (effective_at) WHERE state = 'approved';
CREATE INDEX ix_detector_moves_detector ON detector_moves (detector_id, requested_at);
"""

# A detector runs on the whole platform: every police unit may see it, only a centre whose area covers the platform's may change it.
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_CENTRE = f"{_KIND} IN ('police_province', 'police_city', 'police_county')"
_COVERED = "EXISTS (SELECT 1 FROM detectors d WHERE d.id = detector_id AND starts_with(d.region, current_setting('fanzha.region', true)))"

# What a version says, who wrote it and what somebody asked for is never rewritten, not even by the pipeline.
_VERSION_CHANGES = "state, state_since, live_from, live_until, previous"
_MOVE_CHANGES = "state, decided_by, decided_name, decided_at, answer, done_at, state_before, replaced"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("detector_shipments", _POLICE, app=("SELECT",))
    protect("detectors", _POLICE, check=f"({_CENTRE} AND {starts_within_region('region')})", app=("SELECT", "INSERT", "UPDATE"))
    for table, changes in (("detector_versions", _VERSION_CHANGES), ("detector_moves", _MOVE_CHANGES)):
        protect(table, _POLICE, check=f"({_CENTRE} AND {_COVERED})", app=("SELECT", "INSERT"))
        op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM fanzha_worker")
        op.execute(f"GRANT UPDATE ({changes}) ON {table} TO fanzha_app, fanzha_worker")
    op.execute("REVOKE DELETE ON detectors, detector_shipments FROM fanzha_worker")
