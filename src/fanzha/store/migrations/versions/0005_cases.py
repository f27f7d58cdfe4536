"""Tables of the cases desk."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0005"
down_revision = "0004"

_TABLES = """
CREATE TABLE reports (
    id                   text PRIMARY KEY,
    source               text NOT NULL,
    report_no            text NOT NULL CHECK (report_no <> ''),
    region               text NOT NULL CHECK (region ~ '^([0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3})?)?)?)?$'),
    state                text NOT NULL CHECK (state IN ('received', 'accepted', 'transferred', 'not_a_case')),
    fraud_type           text NOT NULL,
    loss_fen             bigint NOT NULL CHECK (loss_fen >= 0),
    received_at          timestamptz NOT NULL,
    happened_at          timestamptz,
    narrative            bytea NOT NULL,
    victim_name          bytea,
    victim_name_index    text,
    victim_phone         bytea,
    victim_phone_index   text,
    victim_phone_token   text,
    victim_id_card       bytea,
    victim_id_card_index text,
    victim_person_token  text,
    doubts               text[] NOT NULL,
    row_hash             text NOT NULL,
    imported_at          timestamptz NOT NULL,
    imported_by          text NOT NULL,
    CONSTRAINT uq_reports_source_report_no UNIQUE (source, report_no)
);
CREATE INDEX ix_reports_received_at ON reports (received_at DESC, id DESC);
CREATE INDEX ix_reports_region_received ON reports (region text_pattern_ops, received_at);
CREATE INDEX ix_reports_victim_phone ON reports (victim_phone_index) WHERE victim_phone_index IS NOT NULL;
CREATE INDEX ix_reports_victim_id_card ON reports (victim_id_card_index) WHERE victim_id_card_index IS NOT NULL;
CREATE INDEX ix_reports_victim_name ON reports (victim_name_index) WHERE victim_name_index IS NOT NULL;

CREATE TABLE report_suspects (
    report_id   text NOT NULL REFERENCES reports,
    position    smallint NOT NULL,
    kind        text,
    value       bytea NOT NULL,
    value_index text,
    PRIMARY KEY (report_id, position)
);
CREATE INDEX ix_report_suspects_value ON report_suspects (value_index) WHERE value_index IS NOT NULL;

CREATE TABLE report_steps (
    id           text PRIMARY KEY,
    report_id    text NOT NULL REFERENCES reports,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   bytea NOT NULL,
    state_before text NOT NULL,
    state_after  text NOT NULL,
    reason       bytea NOT NULL
);
CREATE INDEX ix_report_steps_report ON report_steps (report_id, at);
"""

# Reports are the police's; the joint-conference office counts them. No bank, operator, grid or deputy comes near one (代表法 §31, §59).
_KINDS = "'police_province', 'police_city', 'police_county', 'police_station', 'office'"
_MINE = f"current_setting('fanzha.org_kind', true) IN ({_KINDS}) AND {starts_within_region('region')}"
_BESIDE = "EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id)"  # runs under the row security of `reports`


def upgrade() -> None:
    op.execute(_TABLES)
    protect("reports", _MINE)
    protect("report_suspects", _BESIDE, app=("SELECT", "INSERT"))
    protect("report_steps", _BESIDE, app=("SELECT", "INSERT"))
