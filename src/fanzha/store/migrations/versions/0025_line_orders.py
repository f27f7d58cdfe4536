"""Orders on numbers and SIMs: what a measure is limited to and on what ground, results of a check of the person; numbers that detection or people suspect."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0025"
down_revision = "0024"

_ORDERS = """
ALTER TABLE orders ADD COLUMN scope text NOT NULL DEFAULT '', ADD COLUMN ground text NOT NULL DEFAULT '';
ALTER TABLE orders DROP CONSTRAINT orders_result_check;
ALTER TABLE orders ADD CONSTRAINT ck_orders_result CHECK (result IN (
    'done', 'partly', 'queued', 'no_such_account', 'mismatch', 'refused', 'passed', 'not_passed', 'not_reached', 'no_such_number'));
"""

# Beside orders_keep (0017): on what ground and to which parts of the service is part of what was requested.
_KEEP = """
CREATE FUNCTION orders_keep_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.scope, NEW.ground) IS DISTINCT FROM (OLD.scope, OLD.ground) THEN
        RAISE EXCEPTION 'what was requested is not changed afterwards' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_keep_scope BEFORE UPDATE OF scope, ground ON orders FOR EACH ROW EXECUTE FUNCTION orders_keep_scope();
"""

_SUSPECTS = """
CREATE TABLE line_suspects (
    id              text PRIMARY KEY,
    number          bytea NOT NULL,
    number_index    text NOT NULL CONSTRAINT uq_line_suspects_number UNIQUE,
    token           text NOT NULL,
    phone_kind      text NOT NULL,
    carrier         text NOT NULL,
    operator_org_id text REFERENCES organisations,
    outlet          text NOT NULL,
    opened_at       timestamptz,
    region          text NOT NULL,
    level           text NOT NULL CHECK (level IN ('red', 'yellow', 'blue', 'green')),
    fraud_type      text NOT NULL,
    sources         text[] NOT NULL,
    pieces          integer NOT NULL CHECK (pieces >= 0),
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'asked', 'dismissed', 'withdrawn', 'restored')),
    changed_at      timestamptz NOT NULL,
    decided_by      text,
    decided_name    bytea,
    decided_why     bytea,
    CONSTRAINT ck_line_suspects_dismissed CHECK (state <> 'dismissed' OR (decided_by IS NOT NULL AND decided_why IS NOT NULL))
);
CREATE INDEX ix_line_suspects_queue ON line_suspects (state, level, last_at DESC);
CREATE INDEX ix_line_suspects_token ON line_suspects (token);

CREATE TABLE line_evidence (
    suspect_id   text NOT NULL REFERENCES line_suspects,
    source       text NOT NULL CHECK (source IN ('finding', 'indicator', 'case')),
    reference    text NOT NULL,
    name         text NOT NULL,
    reason_zh    text NOT NULL,
    reason_en    text NOT NULL,
    level        text NOT NULL,
    fraud_type   text NOT NULL,
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (suspect_id, source, reference)
);
CREATE INDEX ix_line_evidence_reference ON line_evidence (source, reference);
"""

_POLICE = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station'))"
_HERE = f"({_POLICE} AND {starts_within_region('region')})"


def upgrade() -> None:
    op.execute(_ORDERS)
    op.execute(_KEEP)
    op.execute(_SUSPECTS)
    protect("line_suspects", _HERE)
    protect("line_evidence", "EXISTS (SELECT 1 FROM line_suspects s WHERE s.id = suspect_id)", app=("SELECT", "INSERT"))
    op.execute("REVOKE DELETE ON line_suspects, line_evidence FROM fanzha_worker")
