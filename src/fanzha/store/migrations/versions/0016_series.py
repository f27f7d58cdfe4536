"""Series of cases, and what an analyst has decided about them."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import grant_sequence, protect

revision = "0016"
down_revision = "0015"

# What a report can be linked by: keyed hashes, so that equal values meet and nobody reads one here.
_VALUES = """
CREATE TABLE linked_reports (
    report_id text PRIMARY KEY REFERENCES reports,
    taken_at  timestamptz NOT NULL
);

CREATE TABLE linked_values (
    report_id text NOT NULL REFERENCES linked_reports ON DELETE CASCADE,
    value     bigint NOT NULL,
    kind      smallint NOT NULL CHECK (kind BETWEEN 0 AND 9),
    source    text NOT NULL,
    shown     bytea,
    is_quiet  boolean NOT NULL,
    PRIMARY KEY (report_id, value, kind)
);
CREATE INDEX ix_linked_values_value ON linked_values (value, kind, report_id);

CREATE TABLE linked_weights (
    value    bigint NOT NULL,
    kind     smallint NOT NULL,
    known_by integer NOT NULL CHECK (known_by > 1),
    bits     double precision NOT NULL,
    PRIMARY KEY (value, kind)
);
"""

_SERIES = """
CREATE SEQUENCE series_numbers;

CREATE TABLE series (
    id          text PRIMARY KEY,
    number      bigint NOT NULL DEFAULT nextval('series_numbers'),
    state       text NOT NULL CHECK (state IN ('proposed', 'accepted', 'rejected', 'dissolved', 'merged')),
    merged_into text REFERENCES series,
    fraud_type  text NOT NULL,
    cases       integer NOT NULL CHECK (cases >= 0),
    unsettled   integer NOT NULL CHECK (unsettled BETWEEN 0 AND cases),
    loss_fen    bigint NOT NULL CHECK (loss_fen >= 0),
    first_at    timestamptz,
    last_at     timestamptz,
    by_region   jsonb NOT NULL,
    made_at     timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT uq_series_number UNIQUE (number),
    CONSTRAINT ck_series_merged CHECK ((state = 'merged') = (merged_into IS NOT NULL))
);
CREATE INDEX ix_series_changed ON series (changed_at DESC, id DESC);

CREATE TABLE series_members (
    report_id text PRIMARY KEY REFERENCES linked_reports,
    series_id text NOT NULL REFERENCES series,
    is_pinned boolean NOT NULL,
    since     timestamptz NOT NULL
);
CREATE INDEX ix_series_members_series ON series_members (series_id);

CREATE TABLE series_candidates (
    report_id text NOT NULL REFERENCES linked_reports,
    series_id text NOT NULL,
    bits      double precision NOT NULL,
    is_likely boolean NOT NULL,
    number    bigint,
    cases     integer NOT NULL,
    by_region jsonb NOT NULL,
    reasons   jsonb NOT NULL,
    found_at  timestamptz NOT NULL,
    PRIMARY KEY (report_id, series_id)
);
CREATE INDEX ix_series_candidates_series ON series_candidates (series_id);

CREATE TABLE series_decisions (
    id         text PRIMARY KEY,
    series_id  text NOT NULL REFERENCES series,
    kind       text NOT NULL CHECK (kind IN ('accept', 'reject', 'split', 'merge')),
    cases      integer NOT NULL,
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    actor_name bytea NOT NULL,
    reason     bytea NOT NULL
);
CREATE INDEX ix_series_decisions_series ON series_decisions (series_id, at);

CREATE TABLE series_apart (
    decision_id text NOT NULL REFERENCES series_decisions,
    report_id   text NOT NULL REFERENCES linked_reports,
    side        integer NOT NULL,
    PRIMARY KEY (decision_id, report_id)
);
CREATE INDEX ix_series_apart_report ON series_apart (report_id);

CREATE TABLE series_muted (
    value       bigint NOT NULL,
    kind        smallint NOT NULL,
    decision_id text NOT NULL REFERENCES series_decisions,
    PRIMARY KEY (value, kind)
);

CREATE TABLE series_hints (
    one      text NOT NULL REFERENCES series,
    other    text NOT NULL REFERENCES series,
    found_at timestamptz NOT NULL,
    PRIMARY KEY (one, other)
);
"""

# As reports are: the police's alone, each of its area. Of a series that has a case there one sees how many cases other areas have, and no row of theirs.
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_AREA = "EXISTS (SELECT 1 FROM jsonb_object_keys(by_region) area WHERE starts_with(area, current_setting('fanzha.region', true)))"
_REPORT = f"({_POLICE} AND EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id))"
_OF_SERIES = f"({_POLICE} AND EXISTS (SELECT 1 FROM series s WHERE s.id = series_id))"


def upgrade() -> None:
    op.execute(_VALUES)
    op.execute(_SERIES)
    protect("linked_reports", _REPORT, app=("SELECT",))
    protect("linked_values", _REPORT, app=("SELECT", "UPDATE"))
    protect("linked_weights", _POLICE, app=("SELECT",))
    protect("series", f"({_POLICE} AND {_AREA})")
    protect("series_members", _REPORT, app=("SELECT", "INSERT", "UPDATE", "DELETE"))
    protect("series_candidates", _REPORT, app=("SELECT",))
    protect("series_decisions", _OF_SERIES, app=("SELECT", "INSERT"))
    protect("series_apart", _REPORT)
    protect("series_muted", _POLICE, app=("SELECT", "INSERT"))
    protect("series_hints", f"({_POLICE} AND EXISTS (SELECT 1 FROM series s WHERE s.id = one) AND EXISTS (SELECT 1 FROM series s WHERE s.id = other))", app=("SELECT",))
    grant_sequence("series_numbers")
