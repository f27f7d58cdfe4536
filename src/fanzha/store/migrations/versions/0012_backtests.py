"""Backtests of detectors, and what shadows find."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0012"
down_revision = "0011"

_TABLES = """
CREATE TABLE backtests (
    id             text PRIMARY KEY,
    key            text NOT NULL,
    detector_id    text NOT NULL,
    version        integer NOT NULL,
    region         text NOT NULL,
    first_day      date NOT NULL,
    last_day       date NOT NULL,
    versions       jsonb NOT NULL,
    state          text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    percent        smallint NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    asked_by       text NOT NULL,
    asked_name     bytea NOT NULL,
    asked_at       timestamptz NOT NULL,
    started_at     timestamptz,
    ended_at       timestamptz,
    failure        text,
    result         jsonb,
    FOREIGN KEY (detector_id, version) REFERENCES detector_versions,
    CHECK (first_day <= last_day),
    CHECK ((state = 'done') = (result IS NOT NULL))
);
CREATE UNIQUE INDEX uq_backtests_open ON backtests (key) WHERE state IN ('waiting', 'running');
CREATE INDEX ix_backtests_key ON backtests (key, asked_at);
CREATE INDEX ix_backtests_detector ON backtests (detector_id, asked_at);
CREATE INDEX ix_backtests_ended ON backtests (ended_at);

CREATE TABLE shadow_findings (
    id            text PRIMARY KEY,
    detector_id   text NOT NULL,
    version       integer NOT NULL,
    target        text NOT NULL CHECK (target IN ('victim', 'number', 'account')),
    level         text NOT NULL CHECK (level IN ('red', 'yellow', 'blue', 'green')),
    score         double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    subject_token text NOT NULL,
    side_token    text NOT NULL,
    region        text,
    day           date NOT NULL,
    at            timestamptz NOT NULL,
    reason_zh     text NOT NULL,
    reason_en     text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    FOREIGN KEY (detector_id, version) REFERENCES detector_versions
);
CREATE INDEX ix_shadow_findings_detector ON shadow_findings (detector_id, version, day);
CREATE INDEX ix_shadow_findings_day ON shadow_findings (day);
"""

# A backtest looks at the whole platform: who covers it sees it. What a shadow finds names people as findings do, and is seen as they are (migration 0006).
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_HERE = "(region IS NULL OR starts_with(region, current_setting('fanzha.region', true)))"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("backtests", f"({_POLICE} AND {starts_within_region('region')})", app=("SELECT", "INSERT"))
    op.execute("GRANT UPDATE (state, ended_at) ON backtests TO fanzha_app")
    protect("shadow_findings", f"({_POLICE} AND {_HERE})", app=("SELECT",))
