"""Tables of the warnings desk."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect, starts_within_region

revision = "0007"
down_revision = "0006"

_FINAL = "('closed', 'cancelled', 'lapsed')"

_WARNINGS = f"""
CREATE SEQUENCE warning_numbers;
CREATE TABLE warnings (
    id text PRIMARY KEY,
    number text NOT NULL UNIQUE,
    person_key text NOT NULL,
    previous_id text REFERENCES warnings (id),
    state text NOT NULL,
    level text NOT NULL CHECK (level IN ('red', 'yellow', 'blue', 'green')),
    level_rank smallint NOT NULL GENERATED ALWAYS AS (CASE level WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN 'blue' THEN 2 ELSE 3 END) STORED,
    found_level text NOT NULL,
    fraud_type text NOT NULL,
    region text NOT NULL,
    region_known boolean NOT NULL,
    channels jsonb NOT NULL,
    must_meet boolean NOT NULL,
    subject_name bytea, subject_phone bytea, subject_address bytea, subject_birth_year bytea, subject_occupation bytea,
    phone_index text,
    issued_at timestamptz NOT NULL,
    dispatched_at timestamptz, signed_at timestamptz, first_call_at timestamptz, met_at timestamptz, fed_back_at timestamptz, ended_at timestamptz,
    sign_by timestamptz, call_by timestamptz, meet_by timestamptz, feedback_by timestamptz, revisit_by timestamptz,
    revisit_on date,
    due_at timestamptz, due_step text, escalate_at timestamptz, escalated jsonb NOT NULL DEFAULT '[]',
    lead_org_id text, lead_kind text, signed_by text,
    escalations smallint NOT NULL DEFAULT 0,
    org_rung smallint NOT NULL DEFAULT 0,
    transfer_region text, offered_region text,
    attempts smallint NOT NULL DEFAULT 0,
    reached boolean NOT NULL DEFAULT false,
    outcome text,
    amount_protected_fen bigint CHECK (amount_protected_fen >= 0),
    later_victim boolean NOT NULL DEFAULT false,
    later_victim_at timestamptz,
    CONSTRAINT ck_warnings_closed CHECK (state <> 'closed' OR (signed_at IS NOT NULL AND fed_back_at IS NOT NULL)),
    CONSTRAINT ck_warnings_ended CHECK ((state IN {_FINAL}) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX uq_warnings_open_person ON warnings (person_key) WHERE state NOT IN {_FINAL};
CREATE INDEX ix_warnings_person ON warnings (person_key, issued_at DESC);
CREATE INDEX ix_warnings_phone ON warnings (phone_index, issued_at DESC);
CREATE INDEX ix_warnings_due ON warnings (due_at) WHERE state NOT IN {_FINAL} AND due_at IS NOT NULL;
CREATE INDEX ix_warnings_escalate ON warnings (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX ix_warnings_open ON warnings (level_rank, due_at, id) INCLUDE (state, level, region, fraud_type) WHERE state NOT IN {_FINAL};
CREATE INDEX ix_warnings_issued ON warnings (issued_at DESC, id)
    INCLUDE (region, offered_region, state, level, fraud_type, amount_protected_fen, later_victim, feedback_by, fed_back_at);
CREATE INDEX ix_warnings_fed_back ON warnings (fed_back_at) WHERE fed_back_at IS NOT NULL;
CREATE INDEX ix_warnings_feedback_by ON warnings (feedback_by) INCLUDE (region, offered_region, state, level, fed_back_at) WHERE feedback_by IS NOT NULL;
CREATE INDEX ix_warnings_revisit ON warnings (revisit_on) WHERE state = 'fed_back';
CREATE FUNCTION warnings_stay_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'warning % is % and stays so', OLD.id, OLD.state USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER warnings_final BEFORE UPDATE OF state ON warnings FOR EACH ROW
    WHEN (OLD.state IN {_FINAL} AND NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION warnings_stay_final();
"""

# Checked at the end of the transaction: a batch writes a warning and all that stands beside it in one go, in any order.
_OF_WARNING = "REFERENCES warnings (id) DEFERRABLE INITIALLY DEFERRED"
_ENTRY = f"""
    id text PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    actor_name bytea NOT NULL,
    org_id text NOT NULL,
    org_name text NOT NULL,
    warning_id text NOT NULL {_OF_WARNING},
"""

_BESIDE = {
    "warning_findings": f"""
    finding_id text PRIMARY KEY,
    warning_id text NOT NULL {_OF_WARNING},
    rule_id text NOT NULL, rule_version integer NOT NULL, level text NOT NULL, fraud_type text NOT NULL,
    score double precision NOT NULL, at timestamptz NOT NULL, reason_zh text NOT NULL, reason_en text NOT NULL,
    amount_fen bigint, evidence jsonb NOT NULL, merged_at timestamptz NOT NULL, withdrawn_at timestamptz""",
    "warning_assignments": _ENTRY + """
    assignee_org_id text NOT NULL, assignee_org_name text NOT NULL, assignee_user_id text, role text NOT NULL, released_at timestamptz""",
    "warning_attempts": _ENTRY + "channel text NOT NULL, result text NOT NULL, note bytea",
    "warning_meetings": _ENTRY + "met_at timestamptz NOT NULL, place bytea NOT NULL, officer text NOT NULL, identity_verified boolean NOT NULL",
    "warning_feedback": _ENTRY + """
    outcome text NOT NULL, reached text, scam_type text, stage text, transferred boolean, transferred_fen bigint, amount_protected_fen bigint,
    app_installed boolean, evidence_note bytea, evidence_ref text, transfer_target text, revisit_on date, state_before text NOT NULL,
    corrects_id text REFERENCES warning_feedback (id), void_at timestamptz""",
    "warning_revisits": _ENTRY + "still_convinced boolean NOT NULL, note bytea",
    "warning_history": _ENTRY + """
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    action text NOT NULL, state_before text, state_after text NOT NULL, reason bytea NOT NULL, detail jsonb NOT NULL""",
    "warning_comments": _ENTRY + "body bytea NOT NULL",
    "warning_escalations": """
    warning_id text NOT NULL REFERENCES warnings (id), step text NOT NULL, due_at timestamptz NOT NULL, at timestamptz NOT NULL,
    level_before text NOT NULL, level_after text NOT NULL, org_rung smallint NOT NULL, org_id text, PRIMARY KEY (warning_id, step, due_at)""",
    "warning_transfers": _ENTRY + """
    from_region text NOT NULL, to_region text NOT NULL, state_before text NOT NULL, status text NOT NULL,
    reviewed_by text, reviewed_at timestamptz, answered_by text, answered_at timestamptz""",
    "warning_outbox": _ENTRY + "channel text NOT NULL, recipient bytea, body text NOT NULL, sent_at timestamptz",
    "warning_reveals": _ENTRY + "fields jsonb NOT NULL, purpose text NOT NULL",
}  # fmt: skip

_ONLY_ADDED = ("SELECT", "INSERT")
_APP_MAY = {
    "warning_findings": ("SELECT",),
    "warning_history": _ONLY_ADDED,
    "warning_reveals": _ONLY_ADDED,
    "warning_escalations": ("SELECT",),
    "warning_outbox": ("SELECT",),
    "warning_comments": _ONLY_ADDED,
    "warning_attempts": _ONLY_ADDED,
    "warning_meetings": _ONLY_ADDED,
    "warning_revisits": _ONLY_ADDED,
}

_REQUESTS = """
CREATE TABLE warning_requests (
    actor text NOT NULL, key text NOT NULL, action text NOT NULL, warning_id text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (actor, key)
);
"""

# Row security lets no bank, operator, member unit or deputy near a warning (代表法 §31, §59); a test compares this list with the desk's policy.
_KINDS = "'police_province', 'police_city', 'police_county', 'police_station', 'grid', 'office'"
_IN_REGION = f"{starts_within_region('region')} OR (offered_region IS NOT NULL AND {starts_within_region('offered_region')})"
# The sub-select is evaluated once a query; the CASE keeps the planner from guessing that a prefix test leaves 1 row in 200, which made it sort whole tables.
_MINE = f"(SELECT current_setting('fanzha.org_kind', true) IN ({_KINDS})) AND CASE WHEN {_IN_REGION} THEN true ELSE false END"


def upgrade() -> None:
    op.execute(_WARNINGS)
    op.execute("GRANT USAGE ON SEQUENCE warning_numbers TO fanzha_worker")
    # Pages never create a warning: findings do, in the pipeline.
    protect("warnings", _MINE, app=("SELECT", "UPDATE"))
    for table, columns in _BESIDE.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        if table != "warning_escalations":
            op.execute(f"CREATE INDEX ix_{table}_warning ON {table} (warning_id)")
        # Row security of `warnings` applies inside the sub-select, so a line is seen exactly where its warning is.
        seen = f"EXISTS (SELECT 1 FROM warnings w WHERE w.id = {table}.warning_id)"
        protect(table, seen, app=_APP_MAY.get(table, ("SELECT", "INSERT", "UPDATE")))
    op.execute("CREATE INDEX ix_warning_assignments_org ON warning_assignments (assignee_org_id, warning_id) WHERE released_at IS NULL")
    op.execute("CREATE INDEX ix_warning_reveals_actor ON warning_reveals (actor, at)")
    op.execute(_REQUESTS)
    protect("warning_requests", "actor = current_setting('fanzha.actor', true)", app=_ONLY_ADDED)
