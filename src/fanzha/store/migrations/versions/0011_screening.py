"""Decisions in flight, the policy behind them, and the seals over them."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect

revision = "0011"
down_revision = "0010"

_TABLES = """
CREATE TABLE screening_decisions (
    id            text PRIMARY KEY,
    number        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    org_id        text NOT NULL,
    key_id        text,
    request_id    text NOT NULL,
    digest        text NOT NULL,
    asked         text NOT NULL CHECK (asked IN ('transfer', 'call', 'message', 'visit')),
    answer        text NOT NULL CHECK (answer IN ('pass', 'warn', 'hold', 'block')),
    region        text,
    subject_token text,
    other_token   text,
    amount_fen    bigint,
    at            timestamptz NOT NULL,
    decided_at    timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    event         jsonb NOT NULL,
    signals       jsonb NOT NULL,
    basis         text,
    term_minutes  integer,
    ends_at       timestamptz,
    policy        text,
    body          text NOT NULL,
    degraded      boolean NOT NULL,
    spooled       boolean NOT NULL,
    conflicting   boolean NOT NULL DEFAULT false,
    CONSTRAINT ck_screening_decisions_measure
        CHECK (answer NOT IN ('hold', 'block') OR (basis IS NOT NULL AND term_minutes > 0 AND ends_at IS NOT NULL))
);
CREATE UNIQUE INDEX ix_screening_decisions_request ON screening_decisions (org_id, request_id) WHERE NOT conflicting;
CREATE INDEX ix_screening_decisions_newest ON screening_decisions (decided_at DESC, id DESC);

CREATE TABLE screening_policies (
    asked          text NOT NULL CHECK (asked IN ('transfer', 'call', 'message', 'visit')),
    signal         text NOT NULL,
    effective_from date NOT NULL,
    version        integer NOT NULL CHECK (version >= 1),
    answer         text NOT NULL CHECK (answer IN ('pass', 'warn', 'hold', 'block')),
    basis          text,
    term_minutes   integer,
    remedy_zh      text,
    remedy_en      text,
    source         text NOT NULL,
    set_by         text NOT NULL,
    set_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (asked, signal, effective_from, version),
    CONSTRAINT ck_screening_policies_measure
        CHECK (answer NOT IN ('hold', 'block') OR (basis IS NOT NULL AND term_minutes > 0 AND remedy_zh IS NOT NULL AND remedy_en IS NOT NULL))
);

CREATE TABLE screening_seals (
    last_number bigint PRIMARY KEY,
    decisions   bigint NOT NULL,
    digest      text NOT NULL,
    sealed_at   timestamptz NOT NULL
);
"""

# Who asked sees its own decisions; the police see those about people of their region. A decision is a record: nobody changes or removes one.
_POLICE = "current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station')"
_HERE = "(region IS NULL OR starts_with(region, current_setting('fanzha.region', true)))"
_OWN = "org_id = current_setting('fanzha.org', true)"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("screening_decisions", f"({_OWN} OR ({_POLICE} AND {_HERE}))", app=("SELECT",))
    protect("screening_policies", "true", app=("SELECT",))
    protect("screening_seals", _POLICE, app=("SELECT",))
    op.execute("REVOKE UPDATE, DELETE ON screening_decisions, screening_policies, screening_seals FROM fanzha_worker")
