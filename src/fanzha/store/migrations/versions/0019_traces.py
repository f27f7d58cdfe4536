"""Transfers as banks tell them, and traces."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0019"
down_revision = "0018"

_TABLES = """
CREATE TABLE traces (
    id           text PRIMARY KEY,
    report_id    text REFERENCES reports,
    case_id      text REFERENCES cases,
    ref          text NOT NULL,
    region       text NOT NULL,
    method       text NOT NULL CHECK (method IN ('fifo', 'lifo', 'haircut', 'poison', 'largest')),
    hops         smallint NOT NULL CHECK (hops BETWEEN 1 AND 30),
    within_hours integer NOT NULL CHECK (within_hours BETWEEN 1 AND 8784),
    least_fen    bigint NOT NULL CHECK (least_fen >= 1),
    version      integer NOT NULL CHECK (version >= 0),
    opened_at    timestamptz NOT NULL,
    opened_by    text NOT NULL,
    CONSTRAINT ck_traces_of_one CHECK ((report_id IS NULL) <> (case_id IS NULL))
);
CREATE INDEX ix_traces_opened ON traces (opened_at DESC);
CREATE INDEX ix_traces_report ON traces (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX ix_traces_case ON traces (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE trace_statements (
    id          text PRIMARY KEY,
    trace_id    text NOT NULL REFERENCES traces,
    bank        text NOT NULL,
    file_name   bytea NOT NULL,
    digest      text NOT NULL,
    received    integer NOT NULL,
    accepted    integer NOT NULL CHECK (accepted >= 0),
    duplicates  integer NOT NULL CHECK (duplicates >= 0),
    quarantined integer NOT NULL CHECK (quarantined >= 0),
    taken_at    timestamptz NOT NULL,
    taken_by    text NOT NULL,
    CONSTRAINT ck_trace_statements_nothing_lost CHECK (received = accepted + duplicates + quarantined)
);
CREATE INDEX ix_trace_statements_trace ON trace_statements (trace_id, taken_at);

-- What one side says of one transfer. Two sides may tell the same transfer; matching.py joins them.
CREATE TABLE trace_tellings (
    trace_id          text NOT NULL REFERENCES traces,
    key               text NOT NULL,
    statement_id      text REFERENCES trace_statements,
    side              text NOT NULL CHECK (side IN ('payer', 'payee', 'both', 'victim')),
    payer             text NOT NULL,
    payee             text NOT NULL CHECK (payee <> payer),
    fen               bigint NOT NULL CHECK (fen > 0),
    at                timestamptz NOT NULL,
    position          bigint NOT NULL,
    serial            text NOT NULL,
    payer_balance_fen bigint,
    payee_balance_fen bigint,
    payer_bank        text NOT NULL,
    payee_bank        text NOT NULL,
    channel           text NOT NULL,
    PRIMARY KEY (trace_id, key)
);
CREATE INDEX ix_trace_tellings_statement ON trace_tellings (statement_id) WHERE statement_id IS NOT NULL;

CREATE TABLE trace_victims (
    trace_id    text NOT NULL,
    key         text NOT NULL,
    victim      text NOT NULL,
    victim_name bytea,
    claimed_fen bigint NOT NULL CHECK (claimed_fen > 0),
    added_at    timestamptz NOT NULL,
    added_by    text NOT NULL,
    removed_at  timestamptz,
    PRIMARY KEY (trace_id, key),
    FOREIGN KEY (trace_id, key) REFERENCES trace_tellings
);

CREATE TABLE trace_rows_aside (
    statement_id text NOT NULL REFERENCES trace_statements,
    row          bigint NOT NULL,
    raw          bytea NOT NULL,
    reason       text NOT NULL,
    field        text NOT NULL,
    detail       text NOT NULL,
    PRIMARY KEY (statement_id, row)
);

CREATE TABLE trace_accounts (
    trace_id text NOT NULL REFERENCES traces,
    account  text NOT NULL,
    holder   bytea,
    bank     text NOT NULL,
    kind     text CHECK (kind IN ('cash', 'merchant', 'payment', 'unreported')),
    set_at   timestamptz NOT NULL,
    set_by   text NOT NULL,
    PRIMARY KEY (trace_id, account)
);

CREATE TABLE trace_results (
    trace_id    text NOT NULL REFERENCES traces,
    version     integer NOT NULL CHECK (version > 0),
    digest      text NOT NULL,
    method      text NOT NULL,
    computed_at timestamptz NOT NULL,
    computed_by text NOT NULL,
    found       jsonb NOT NULL,
    PRIMARY KEY (trace_id, version)
);
"""

_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_OF_TRACE = "EXISTS (SELECT 1 FROM traces t WHERE t.id = trace_id)"  # runs under the row security of `traces`


def upgrade() -> None:
    op.execute(_TABLES)
    protect("traces", f"({_POLICE} AND {starts_within_region('region')})")
    protect("trace_statements", _OF_TRACE, app=("SELECT", "INSERT"))
    for table in ("trace_tellings", "trace_victims", "trace_accounts"):
        protect(table, _OF_TRACE)
    protect("trace_results", _OF_TRACE, app=("SELECT", "INSERT"))
    protect("trace_rows_aside", "EXISTS (SELECT 1 FROM trace_statements s WHERE s.id = statement_id)", app=("SELECT", "INSERT"))
