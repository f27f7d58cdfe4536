"""Where an indicator was used: withdrawals, each place they reached, notices to those who act on them; a city's own known-good entries; more kinds of sightings."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, REGION, protect

revision = "0024"
down_revision = "0023"

_TABLES = """
CREATE TABLE indicator_withdrawals (
    id           text PRIMARY KEY,
    indicator_id text NOT NULL REFERENCES indicators,
    state        text NOT NULL CHECK (state IN ('cleared', 'expired')),
    kind         text NOT NULL,
    masked       text NOT NULL,
    tokens       text[] NOT NULL,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    walked_at    timestamptz,
    settled_at   timestamptz,
    lifted_at    timestamptz,
    CHECK (settled_at IS NULL OR walked_at IS NOT NULL)
);
CREATE INDEX ix_indicator_withdrawals_indicator ON indicator_withdrawals (indicator_id, at DESC);
CREATE INDEX ix_indicator_withdrawals_open ON indicator_withdrawals (at) WHERE settled_at IS NULL;

CREATE TABLE indicator_reach (
    withdrawal_id text NOT NULL REFERENCES indicator_withdrawals,
    place         text NOT NULL,
    target_id     text NOT NULL,
    label         text NOT NULL,
    outcome       text NOT NULL,
    found_at      timestamptz NOT NULL,
    settled_at    timestamptz,
    proof         jsonb NOT NULL,
    PRIMARY KEY (withdrawal_id, place, target_id),
    CHECK ((outcome = 'pending') = (settled_at IS NULL))
);
CREATE INDEX ix_indicator_reach_target ON indicator_reach (place, target_id);

CREATE TABLE indicator_notices (
    id            text PRIMARY KEY,
    withdrawal_id text NOT NULL REFERENCES indicator_withdrawals,
    place         text NOT NULL,
    target_id     text NOT NULL,
    label         text NOT NULL,
    org_id        text NOT NULL REFERENCES organisations,
    org_name      text NOT NULL,
    region        text NOT NULL,
    user_id       text,
    at            timestamptz NOT NULL,
    reminded_at   timestamptz,
    read_at       timestamptz,
    read_by       text,
    reader_name   bytea
);
CREATE UNIQUE INDEX uq_indicator_notices ON indicator_notices (withdrawal_id, place, target_id, org_id, coalesce(user_id, ''));
CREATE INDEX ix_indicator_notices_org ON indicator_notices (org_id, at DESC);

CREATE TABLE indicator_remarks (
    id           text PRIMARY KEY,
    indicator_id text NOT NULL REFERENCES indicators,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   bytea NOT NULL,
    body         bytea NOT NULL
);
CREATE INDEX ix_indicator_remarks_indicator ON indicator_remarks (indicator_id, at);

CREATE TABLE indicator_local_good (
    id            text PRIMARY KEY,
    kind          text NOT NULL,
    value         bytea NOT NULL,
    value_index   text NOT NULL,
    site          text,
    masked        text NOT NULL,
    good_for      text NOT NULL,
    reason        bytea NOT NULL,
    state         text NOT NULL CHECK (state IN ('proposed', 'in_force', 'refused', 'ended')),
    proposed_at   timestamptz NOT NULL,
    proposed_by   text NOT NULL,
    proposer_name bytea NOT NULL,
    decided_at    timestamptz,
    decided_by    text CHECK (decided_by <> proposed_by),
    decider_name  bytea,
    decided_why   bytea,
    ended_at      timestamptz,
    ended_by      text,
    ended_why     bytea,
    CHECK ((state IN ('in_force', 'refused', 'ended')) = (decided_by IS NOT NULL))
);
CREATE UNIQUE INDEX uq_indicator_local_good ON indicator_local_good (value_index) WHERE state IN ('proposed', 'in_force');

ALTER TABLE indicator_sightings DROP CONSTRAINT indicator_sightings_kind_check;
ALTER TABLE indicator_sightings ADD CONSTRAINT indicator_sightings_kind_check
    CHECK (kind IN ('import', 'report', 'case', 'warning', 'finding', 'event', 'decision', 'check', 'person'));

ALTER TABLE series_muted ALTER COLUMN decision_id DROP NOT NULL;
ALTER TABLE series_muted ADD COLUMN withdrawal_id text REFERENCES indicator_withdrawals;
ALTER TABLE series_muted ADD CONSTRAINT ck_series_muted_why CHECK (decision_id IS NOT NULL OR withdrawal_id IS NOT NULL);

ALTER TABLE briefing_receipts ADD COLUMN reminded_at timestamptz, ADD COLUMN reminders smallint NOT NULL DEFAULT 0;
"""

# The police see where a withdrawal went. A unit sees the notices that are for it, and of a withdrawal and its places what those notices name.
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_OVERSEER = f"({_KIND} IN ('police_province', 'police_city', 'police_county') AND starts_with(region, {REGION}))"
_TOLD = f"EXISTS (SELECT 1 FROM indicator_notices n WHERE n.withdrawal_id = {{}} AND n.org_id = {ORG})"
_PARTNER = f"{_KIND} IN ('bank', 'operator', 'office')"
_ADMIN = f"({_POLICE} OR {_PARTNER})"


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute("GRANT UPDATE ON series_muted TO fanzha_app")
    protect("indicator_notices", f"(org_id = {ORG} OR {_OVERSEER})", check=f"org_id = {ORG}", app=("SELECT", "UPDATE"))
    protect("indicator_withdrawals", f"({_POLICE} OR {_TOLD.format('indicator_withdrawals.id')})", check=_POLICE, app=("SELECT", "INSERT", "UPDATE"))
    protect("indicator_reach", f"({_POLICE} OR {_TOLD.format('withdrawal_id')})", app=("SELECT",))
    protect("indicator_remarks", _POLICE, app=("SELECT", "INSERT"))
    protect("indicator_local_good", _ADMIN, check=_POLICE)
