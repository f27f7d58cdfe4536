"""Tables of the indicators desk."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect

revision = "0004"
down_revision = "0003"

_TABLES = """
CREATE TABLE indicators (
    id            text PRIMARY KEY,
    kind          text NOT NULL,
    value         bytea NOT NULL,
    value_index   text NOT NULL CONSTRAINT uq_indicators_value_index UNIQUE,
    raw           bytea NOT NULL,
    site          text,
    tokens        text[] NOT NULL CHECK (cardinality(tokens) > 0),
    state         text NOT NULL CHECK (state IN ('suspected', 'confirmed', 'cleared', 'expired')),
    fraud_type    text NOT NULL,
    confidence    smallint NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    source        text NOT NULL,
    note          bytea,
    sightings     integer NOT NULL DEFAULT 1 CHECK (sightings > 0),
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    expires_at    timestamptz,
    created_at    timestamptz NOT NULL,
    created_by    text NOT NULL
);
CREATE INDEX ix_indicators_newest ON indicators (created_at DESC, id DESC);
CREATE INDEX ix_indicators_state_kind ON indicators (state, kind);
CREATE INDEX ix_indicators_site ON indicators (site) WHERE site IS NOT NULL;
CREATE INDEX ix_indicators_expires_at ON indicators (expires_at) WHERE expires_at IS NOT NULL AND state IN ('suspected', 'confirmed');
CREATE INDEX ix_indicators_tokens ON indicators USING gin (tokens);

CREATE TABLE indicator_claims (
    indicator_id text NOT NULL REFERENCES indicators,
    source       text NOT NULL,
    state        text NOT NULL,
    fraud_type   text NOT NULL,
    confidence   smallint NOT NULL,
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (indicator_id, source)
);

CREATE TABLE indicator_judgements (
    id           text PRIMARY KEY,
    indicator_id text NOT NULL REFERENCES indicators,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   bytea NOT NULL,
    state_before text NOT NULL,
    state_after  text NOT NULL,
    reason       bytea NOT NULL
);
CREATE INDEX ix_indicator_judgements_indicator ON indicator_judgements (indicator_id, at);
"""

# A suspect identifier belongs to no region. Banks and operators may ask about one, which reads it; only the police write. Deputies see nothing (代表法 §31, §59).
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_MAY_READ = f"({_POLICE} OR {_KIND} IN ('bank', 'operator', 'office'))"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("indicators", _MAY_READ, check=_POLICE)
    protect("indicator_claims", _MAY_READ, check=_POLICE)
    protect("indicator_judgements", _POLICE, app=("SELECT", "INSERT"))
