"""Judgements by two, sightings, votes, decay, overrides, exports and retractions of suspect identifiers."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, protect

revision = "0015"
down_revision = "0014"

# `confidence` is what is left of `base_confidence` since `renewed_at`; a row from before counts from the day it was last seen or taken in.
_COLUMNS = """
ALTER TABLE indicators ADD COLUMN base_confidence smallint, ADD COLUMN renewed_at timestamptz, ADD COLUMN changed_at timestamptz;
UPDATE indicators SET base_confidence = confidence, renewed_at = greatest(created_at, last_seen_at), changed_at = created_at;
ALTER TABLE indicators ALTER COLUMN base_confidence SET NOT NULL, ALTER COLUMN renewed_at SET NOT NULL, ALTER COLUMN changed_at SET NOT NULL;
ALTER TABLE indicators ADD CONSTRAINT ck_indicators_base CHECK (base_confidence BETWEEN confidence AND 100);
CREATE INDEX ix_indicators_changed ON indicators (changed_at);
"""

_TABLES = """
CREATE TABLE indicator_sightings (
    indicator_id text NOT NULL REFERENCES indicators,
    kind         text NOT NULL CHECK (kind IN ('import', 'report', 'warning', 'finding', 'person')),
    reference    text NOT NULL,
    seen_by      text NOT NULL,
    region       text,
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (indicator_id, kind, reference)
);
CREATE INDEX ix_indicator_sightings_at ON indicator_sightings (indicator_id, at DESC);

CREATE TABLE indicator_votes (
    indicator_id text NOT NULL REFERENCES indicators,
    voter        text NOT NULL,
    org_id       text NOT NULL,
    voter_name   bytea NOT NULL,
    at           timestamptz NOT NULL,
    reason       bytea NOT NULL,
    PRIMARY KEY (indicator_id, voter)
);

CREATE TABLE indicator_proposals (
    id            text PRIMARY KEY,
    indicator_id  text NOT NULL REFERENCES indicators,
    at            timestamptz NOT NULL,
    actor         text NOT NULL,
    actor_name    bytea NOT NULL,
    state_after   text NOT NULL CHECK (state_after IN ('suspected', 'confirmed', 'cleared')),
    reason        bytea NOT NULL,
    state         text NOT NULL CHECK (state IN ('waiting', 'accepted', 'refused')),
    decided_at    timestamptz,
    decided_by    text CHECK (decided_by <> actor),
    decided_name  bytea,
    decided_why   bytea
);
CREATE UNIQUE INDEX uq_indicator_proposals_waiting ON indicator_proposals (indicator_id) WHERE state = 'waiting';
CREATE INDEX ix_indicator_proposals_indicator ON indicator_proposals (indicator_id, at);

CREATE TABLE indicator_overrides (
    value_index text PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    actor_name  bytea NOT NULL,
    good_for    text NOT NULL,
    reason      bytea NOT NULL
);

CREATE TABLE indicator_exports (
    id         text PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('export', 'share', 'check')),
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    actor_name bytea NOT NULL,
    org_id     text NOT NULL,
    org_name   text NOT NULL,
    purpose    bytea,
    rows       integer NOT NULL CHECK (rows >= 0)
);
CREATE INDEX ix_indicator_exports_newest ON indicator_exports (at DESC, id DESC);

CREATE TABLE indicator_export_entries (
    export_id    text NOT NULL REFERENCES indicator_exports,
    indicator_id text NOT NULL REFERENCES indicators,
    PRIMARY KEY (export_id, indicator_id)
);
CREATE INDEX ix_indicator_export_entries_indicator ON indicator_export_entries (indicator_id);

CREATE TABLE indicator_retractions (
    export_id       text NOT NULL REFERENCES indicator_exports,
    indicator_id    text NOT NULL REFERENCES indicators,
    org_id          text NOT NULL,
    state           text NOT NULL CHECK (state IN ('cleared', 'expired')),
    at              timestamptz NOT NULL,
    lifted_at       timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    PRIMARY KEY (export_id, indicator_id)
);
CREATE INDEX ix_indicator_retractions_org ON indicator_retractions (org_id, at DESC);
"""

# The police judge. A bank or operator sees and writes its own votes, what was handed to it and what of that was taken back. Deputies see nothing.
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_PARTNER = f"({_KIND} IN ('bank', 'operator', 'office', 'member_unit') AND org_id = {ORG})"
_THEIRS = f"({_POLICE} OR {_PARTNER})"


def upgrade() -> None:
    op.execute(_COLUMNS)
    op.execute(_TABLES)
    protect("indicator_sightings", _POLICE, app=("SELECT", "INSERT"))
    protect("indicator_votes", _THEIRS, check=f"({_THEIRS} AND org_id = {ORG})")
    protect("indicator_proposals", _POLICE)
    protect("indicator_overrides", _POLICE, app=("SELECT", "INSERT"))
    protect("indicator_exports", _THEIRS, app=("SELECT", "INSERT"))
    protect("indicator_export_entries", "EXISTS (SELECT 1 FROM indicator_exports e WHERE e.id = export_id)", app=("SELECT", "INSERT"))
    protect("indicator_retractions", _THEIRS)
