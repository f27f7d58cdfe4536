"""Cases filed by hand in series: what can be linked is a report or a case, and a case that came from a report is one with it."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import grant, protect

revision = "0023"
down_revision = "0022"

_LINKABLES = """
ALTER TABLE linked_reports RENAME TO linkables;
ALTER TABLE linkables RENAME COLUMN report_id TO id;
ALTER TABLE linkables DROP CONSTRAINT linked_reports_report_id_fkey;
ALTER TABLE linkables
    ADD COLUMN report_id text UNIQUE REFERENCES reports,
    ADD COLUMN case_id text UNIQUE REFERENCES cases,
    ADD COLUMN seen_under text REFERENCES linkables CHECK (seen_under <> id);
ALTER TABLE linkables NO FORCE ROW LEVEL SECURITY;
UPDATE linkables SET report_id = id;
ALTER TABLE linkables FORCE ROW LEVEL SECURITY;
ALTER TABLE linkables ADD CONSTRAINT ck_linkables_id CHECK (id = coalesce(report_id, case_id));
CREATE INDEX ix_linkables_seen_under ON linkables (seen_under) WHERE seen_under IS NOT NULL;
CREATE INDEX ix_linkables_absorbed ON linkables (id) INCLUDE (seen_under) WHERE seen_under IS NOT NULL;
DROP POLICY linked_reports_app ON linkables;
DROP POLICY linked_reports_worker ON linkables;
"""

_HOLDERS = ("linked_values", "series_members", "series_candidates", "series_apart")

# What a look-up of a new report reads stands in these two indexes alone.
_INDEXES = """
DROP INDEX ix_linked_values_value;
CREATE INDEX ix_linked_values_value ON linked_values (value, kind, linkable_id) WHERE NOT is_quiet;
CREATE INDEX ix_linked_values_source ON linked_values (source) WHERE source <> 'report';
CREATE INDEX ix_series_members_linkable ON series_members (linkable_id) INCLUDE (series_id);
CREATE INDEX ix_reports_imported_at ON reports (imported_at, id);
CREATE INDEX ix_cases_created_at ON cases (created_at, id);
"""

# Where a report has become a case, the case's word counts.
_FACTS = """
CREATE VIEW linkable_facts WITH (security_invoker = true) AS
SELECT l.id, l.report_id, l.case_id, l.seen_under, coalesce(c.region, r.region) AS region, coalesce(c.fraud_type, r.fraud_type) AS fraud_type,
    coalesce(c.loss_fen, r.loss_fen) AS loss_fen, coalesce(c.reported_at, r.received_at) AS received_at,
    coalesce(c.happened_at, c.reported_at, r.happened_at, r.received_at) AS happened_at, coalesce(c.state <> 'withdrawn', r.state <> 'not_a_case') AS is_case
FROM linkables l LEFT JOIN reports r ON r.id = l.report_id LEFT JOIN cases c ON c.id = l.case_id
"""

_SKETCHES = """
CREATE TABLE linked_sketches (
    linkable_id text PRIMARY KEY REFERENCES linkables ON DELETE CASCADE,
    sketch      bytea NOT NULL,
    is_quiet    boolean NOT NULL DEFAULT false
);
CREATE TABLE linked_likeness (
    one      text NOT NULL REFERENCES linkables,
    other    text NOT NULL REFERENCES linkables,
    likeness double precision NOT NULL,
    bits     double precision NOT NULL,
    PRIMARY KEY (one, other)
);
"""

_POLICE = "current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station')"
_SEEN = f"({_POLICE} AND (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id) OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id)))"
_OF_LINKABLE = "EXISTS (SELECT 1 FROM linkables l WHERE l.id = linkable_id)"


def upgrade() -> None:
    op.execute(_LINKABLES)
    protect("linkables", _SEEN, app=("SELECT",))
    for table in _HOLDERS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN report_id TO linkable_id")
        op.execute(f"DROP POLICY {table}_app ON {table}")
        op.execute(f"CREATE POLICY {table}_app ON {table} FOR ALL TO fanzha_app USING ({_OF_LINKABLE}) WITH CHECK ({_OF_LINKABLE})")
    op.execute(_INDEXES)
    op.execute(_FACTS)
    grant("linkable_facts", worker=("SELECT",))
    op.execute(_SKETCHES)
    protect("linked_sketches", _OF_LINKABLE, app=("SELECT", "UPDATE"))
    both = "EXISTS (SELECT 1 FROM linkables l WHERE l.id = one) AND EXISTS (SELECT 1 FROM linkables l WHERE l.id = other)"
    protect("linked_likeness", both, app=("SELECT",))
