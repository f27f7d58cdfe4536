"""Audit log, dated settings and the job queue."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from fanzha.store.audit import GENESIS
from fanzha.store.security import grant

revision = "0001"
down_revision = None

_AUDIT = """
CREATE TABLE audit_log (
    number   bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    org_id   text NOT NULL,
    action   text NOT NULL,
    subject  text NOT NULL,
    detail   text NOT NULL,
    previous text NOT NULL,
    hash     text NOT NULL
);
CREATE INDEX ix_audit_log_action ON audit_log (action, number);
CREATE INDEX ix_audit_log_subject ON audit_log (subject, number);
CREATE INDEX ix_audit_log_actor ON audit_log (actor, number);
CREATE TABLE audit_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number   bigint NOT NULL,
    hash     text NOT NULL
);
CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();
"""

_DATED = """
CREATE TABLE dated_settings (
    key            text NOT NULL,
    region         text NOT NULL DEFAULT '',
    effective_from date NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    value          jsonb NOT NULL,
    source         text NOT NULL,
    set_by         text NOT NULL,
    set_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key, region, effective_from, version)
);
"""


def upgrade() -> None:
    op.execute(_AUDIT)
    op.get_bind().execute(text("INSERT INTO audit_head (number, hash) VALUES (0, :genesis)"), {"genesis": GENESIS})
    grant("audit_log", app=("SELECT", "INSERT"), worker=("SELECT", "INSERT"))
    grant("audit_head", app=("SELECT", "UPDATE"), worker=("SELECT", "UPDATE"))
    op.execute(_DATED)
    grant("dated_settings", app=("SELECT", "INSERT"), worker=("SELECT", "INSERT"))
    _job_queue()


def _job_queue() -> None:
    schema = SchemaManager.get_schema()
    op.get_bind().exec_driver_sql(schema.replace("%", "%%"))
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO fanzha_worker")
    op.execute("REVOKE UPDATE, DELETE ON audit_log, dated_settings FROM fanzha_worker")
    op.execute("REVOKE INSERT, DELETE ON audit_head FROM fanzha_worker")
    op.execute("REVOKE ALL ON alembic_version FROM fanzha_worker")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO fanzha_worker, fanzha_app")
    op.execute("GRANT SELECT, INSERT ON procrastinate_jobs, procrastinate_events TO fanzha_app")
