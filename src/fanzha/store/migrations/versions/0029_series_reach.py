"""Series reach every region that one of their cases is shared with; relinking opens no account; one index less to write for every member."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import REGION, protect

revision = "0029"
down_revision = "0028"

# Keyed hashes of an account with one digit left open: two accounts that share one differ in that digit. Empty where the account is no number, or nobody names it.
_SLIPS = """
CREATE TABLE linked_slips (
    value bigint PRIMARY KEY,
    holes bytea NOT NULL
);
"""

# The primary key holds what the second index was there for.
_MEMBERS = """
ALTER TABLE series_members DROP CONSTRAINT series_members_pkey;
ALTER TABLE series_members ADD CONSTRAINT series_members_pkey PRIMARY KEY (linkable_id) INCLUDE (series_id);
DROP INDEX ix_series_members_linkable;
"""

# The tables force row security on their owner too, who would count no case in a migration.
_SHARED = """
ALTER TABLE series ADD COLUMN shared_regions text[] NOT NULL DEFAULT '{}';
ALTER TABLE series NO FORCE ROW LEVEL SECURITY;
ALTER TABLE series_members NO FORCE ROW LEVEL SECURITY;
ALTER TABLE linkables NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cases NO FORCE ROW LEVEL SECURITY;
UPDATE series s SET shared_regions = found.regions FROM (
    SELECT m.series_id, array_agg(DISTINCT given.code ORDER BY given.code) AS regions
    FROM series_members m JOIN linkables l ON l.id = m.linkable_id JOIN cases c ON c.id = l.case_id CROSS JOIN unnest(c.shared_regions) AS given (code)
    WHERE l.seen_under IS NULL GROUP BY m.series_id
) found WHERE found.series_id = s.id;
ALTER TABLE series FORCE ROW LEVEL SECURITY;
ALTER TABLE series_members FORCE ROW LEVEL SECURITY;
ALTER TABLE linkables FORCE ROW LEVEL SECURITY;
ALTER TABLE cases FORCE ROW LEVEL SECURITY;
"""

_POLICE = "current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station')"
_OWN = f"EXISTS (SELECT FROM jsonb_object_keys(by_region) AS area WHERE starts_with(area, {REGION}))"
_GIVEN = f"EXISTS (SELECT FROM unnest(shared_regions) AS given (code) WHERE starts_with(given.code, {REGION}))"


def upgrade() -> None:
    op.execute(_SLIPS)
    protect("linked_slips", "false", app=())
    op.execute(_MEMBERS)
    op.execute(_SHARED)
    op.execute(f"ALTER POLICY series_app ON series USING ({_POLICE} AND ({_OWN} OR {_GIVEN})) WITH CHECK ({_POLICE} AND ({_OWN} OR {_GIVEN}))")
