"""Tables of the detection desk."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect

revision = "0006"
down_revision = "0005"

_TABLES = """
CREATE TABLE detection_runs (
    id           text PRIMARY KEY,
    number       bigint GENERATED ALWAYS AS IDENTITY,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz NOT NULL,
    cause        text NOT NULL CHECK (cause IN ('first', 'full', 'news', 'rules', 'flags', 'nothing')),
    first_day    date,
    last_day     date,
    versions     jsonb NOT NULL,
    rules        text NOT NULL,
    flags        text NOT NULL,
    events       bigint NOT NULL,
    found        integer NOT NULL,
    fresh        integer NOT NULL,
    changed      integer NOT NULL,
    withdrawn    integer NOT NULL
);
CREATE UNIQUE INDEX ix_detection_runs_number ON detection_runs (number DESC);

CREATE TABLE findings (
    id            text PRIMARY KEY,
    rule_id       text NOT NULL,
    rule_version  integer NOT NULL,
    target        text NOT NULL CHECK (target IN ('victim', 'number', 'account')),
    level         text NOT NULL CHECK (level IN ('red', 'yellow', 'blue', 'green')),
    fraud_type    text NOT NULL,
    score         double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    subject_kind  text NOT NULL CHECK (subject_kind IN ('person', 'phone', 'account')),
    subject_token text NOT NULL,
    person_token  text,
    phone_token   text,
    region        text,
    day           date NOT NULL,
    at            timestamptz NOT NULL,
    reason_zh     text NOT NULL,
    reason_en     text NOT NULL,
    amount_fen    bigint,
    evidence      jsonb NOT NULL,
    digest        text NOT NULL,
    state         text NOT NULL CHECK (state IN ('standing', 'withdrawn')),
    run_id        text NOT NULL REFERENCES detection_runs,
    recorded_at   timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL
);
CREATE INDEX ix_findings_day ON findings (day, target, state);
CREATE INDEX ix_findings_newest ON findings (at DESC, id DESC);
CREATE INDEX ix_findings_rule ON findings (rule_id, at DESC);
CREATE INDEX ix_findings_subject ON findings (subject_token);
"""

# Findings name suspects and potential victims: the police see them, each in its own region; a suspect number or account belongs to no region.
# Banks, operators, member units and deputies see none (反电信网络诈骗法 §5; 代表法 §31, §59).
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_HERE = "(region IS NULL OR starts_with(region, current_setting('fanzha.region', true)))"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("detection_runs", _POLICE, app=("SELECT",))
    protect("findings", f"({_POLICE} AND {_HERE})", app=("SELECT",))
