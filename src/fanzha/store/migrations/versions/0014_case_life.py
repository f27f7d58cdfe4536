"""Cases from report to closing: tasks, evidence, merges, hand-overs."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import REGION, grant_sequence, protect, starts_within_region

revision = "0014"
down_revision = "0013"

_CASES = """
CREATE SEQUENCE case_refs;
CREATE TABLE cases (
    id             text PRIMARY KEY,
    ref            text COLLATE "C" NOT NULL UNIQUE,
    number         text COLLATE "C" UNIQUE CHECK (number <> ''),
    state          text NOT NULL CHECK (state IN ('filed', 'solved', 'closed', 'withdrawn')),
    version        integer NOT NULL DEFAULT 1,
    merged_into    text REFERENCES cases,
    root_id        text NOT NULL REFERENCES cases DEFERRABLE INITIALLY DEFERRED,
    region         text NOT NULL CHECK (region ~ '^([0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3})?)?)?)?$'),
    handed_regions text[] NOT NULL DEFAULT '{}',
    shared_regions text[] NOT NULL DEFAULT '{}',
    unit_id        text NOT NULL,
    unit_name      text NOT NULL,
    fraud_type     text NOT NULL,
    narrative      bytea NOT NULL,
    loss_fen       bigint NOT NULL DEFAULT 0,
    victims        integer NOT NULL DEFAULT 0,
    happened_at    timestamptz,
    reported_at    timestamptz NOT NULL,
    first_order_at timestamptz,
    filed_at       timestamptz NOT NULL,
    solved_at      timestamptz,
    ended_at       timestamptz,
    source         text NOT NULL,
    row_hash       text,
    created_at     timestamptz NOT NULL,
    created_by     text NOT NULL,
    CONSTRAINT ck_cases_ended CHECK ((state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)),
    CONSTRAINT ck_cases_root CHECK ((merged_into IS NULL) = (root_id = id))
);
CREATE INDEX ix_cases_filed ON cases (filed_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX ix_cases_loss ON cases (loss_fen DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX ix_cases_merged ON cases (root_id) WHERE merged_into IS NOT NULL;

CREATE TABLE case_words (
    case_id text PRIMARY KEY REFERENCES cases,
    at      timestamptz NOT NULL,
    words   integer[] NOT NULL
);
CREATE INDEX ix_case_words_words ON case_words USING gin (words) WITH (fastupdate = off);
CREATE INDEX ix_case_words_at ON case_words (at DESC, case_id DESC);

CREATE TABLE case_reports (
    report_id text PRIMARY KEY REFERENCES reports,
    case_id   text NOT NULL REFERENCES cases
);
CREATE INDEX ix_case_reports_case ON case_reports (case_id);
"""

_PART = """
    id         text PRIMARY KEY,
    case_id    text NOT NULL REFERENCES cases,
    added_at   timestamptz NOT NULL,
    added_by   text NOT NULL,
    removed_at timestamptz,
"""

_PARTS = {
    "case_victims": _PART + """
    name bytea, name_index text, phone bytea, phone_index text, phone_token text, id_card bytea, id_card_index text, person_token text, note bytea,
    doubts text[] NOT NULL""",
    "case_losses": _PART + "fen bigint NOT NULL CHECK (fen >= 0), role text NOT NULL CHECK (role IN ('lost', 'returned', 'fee')), "
    "source text NOT NULL CHECK (source IN ('victim', 'bank', 'narrative', 'officer', 'import')), at timestamptz, note bytea",
    "case_suspects": _PART + "kind text, role text NOT NULL, value bytea NOT NULL, value_index text, note bytea, doubts text[] NOT NULL",
    "case_tasks": _PART + "title bytea NOT NULL, assignee_id text, assignee_name bytea NOT NULL, due_at timestamptz, done_at timestamptz, done_by text, result bytea",
    "case_notes": _PART + "at timestamptz NOT NULL, body bytea NOT NULL, author bytea NOT NULL",
    "case_evidence": _PART + "file_name bytea NOT NULL, media text NOT NULL, bytes bigint NOT NULL CHECK (bytes > 0), "
    "sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'), note bytea",
}

_RECORDS = """
CREATE TABLE case_custody (
    id          text PRIMARY KEY,
    evidence_id text NOT NULL REFERENCES case_evidence,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    actor_name  bytea NOT NULL,
    org_name    text NOT NULL,
    action      text NOT NULL CHECK (action IN ('added', 'viewed', 'exported', 'removed')),
    sha256      text NOT NULL,
    intact      boolean NOT NULL,
    purpose     bytea NOT NULL
);
CREATE INDEX ix_case_custody_evidence ON case_custody (evidence_id, at);

CREATE TABLE case_log (
    id         text PRIMARY KEY,
    seq        bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    case_id    text NOT NULL REFERENCES cases,
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    actor_name bytea NOT NULL,
    org_name   text NOT NULL,
    action     text NOT NULL,
    reason     bytea NOT NULL,
    changes    bytea NOT NULL
);
CREATE INDEX ix_case_log_case ON case_log (case_id, seq);

CREATE TABLE case_operations (
    id        text PRIMARY KEY,
    seq       bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind      text NOT NULL CHECK (kind IN ('merge', 'split')),
    source_id text NOT NULL REFERENCES cases,
    target_id text NOT NULL REFERENCES cases,
    parts     jsonb NOT NULL,
    at        timestamptz NOT NULL,
    actor     text NOT NULL,
    reason    bytea NOT NULL,
    undone_at timestamptz,
    undone_by text
);
CREATE INDEX ix_case_operations_source ON case_operations (source_id);
CREATE INDEX ix_case_operations_target ON case_operations (target_id);

CREATE TABLE case_handovers (
    id           text PRIMARY KEY,
    case_id      text NOT NULL REFERENCES cases,
    from_region  text NOT NULL,
    from_unit_id text NOT NULL,
    from_unit    text NOT NULL,
    to_region    text NOT NULL,
    to_unit_id   text NOT NULL,
    to_unit      text NOT NULL,
    status       text NOT NULL CHECK (status IN ('offered', 'accepted', 'declined', 'withdrawn')),
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    reason       bytea NOT NULL,
    answered_at  timestamptz,
    answered_by  text,
    answer       bytea
);
CREATE UNIQUE INDEX uq_case_handovers_offered ON case_handovers (case_id) WHERE status = 'offered';
CREATE INDEX ix_case_handovers_case ON case_handovers (case_id, at);
"""

# Cases are the police's; the joint-conference office counts them. No bank, operator, grid or deputy comes near one (代表法 §31, §59).
_POLICE = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station', 'office'))"
# Both units of a hand-over, and every unit of a merged case, see it. The CASE keeps the planner from guessing that a prefix test leaves 1 row in 200.
_SHARED = f"EXISTS (SELECT FROM unnest(c.shared_regions) AS s (code) WHERE starts_with(s.code, {REGION}))"
_IN_SIGHT = f"CASE WHEN {starts_within_region('c.region')} OR {_SHARED} THEN true ELSE false END"
_MINE = f"{_POLICE} AND {_IN_SIGHT}"

_NEWEST = "(SELECT case_id, at, words FROM case_words ORDER BY at DESC, case_id DESC LIMIT 20000)"


def _hits(source: str) -> str:
    return f"""
        SELECT w.case_id, w.at FROM {source} w JOIN cases c ON c.id = w.case_id
        WHERE w.words @> $1 AND (session_user = 'fanzha_worker' OR ({_MINE}))
          AND ($3 = '' OR c.state = $3) AND ($4 = '' OR c.fraud_type = $4) AND ($5 = '' OR starts_with(c.region, $5))
          AND ($6 IS NULL OR c.filed_at >= $6) AND ($7 IS NULL OR c.filed_at < $7)
        ORDER BY w.at DESC, w.case_id DESC LIMIT $2"""


# PostgreSQL uses no index on an array under row security, for `@>` is not leak-proof. So the one look-up of words runs as the owner, and holds every case
# to the very condition of the row policy before it says its id. The newest cases are read first: words that stand together in many narratives fill a page
# there, and the planner, which takes words for independent of one another, would gather all of their cases by the index.
_LOOK_UP = f"""
CREATE POLICY cases_owner ON cases FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY case_words_owner ON case_words FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION case_word_hits(wanted integer[], most integer, of_state text, of_type text, of_region text, since timestamptz, until timestamptz)
RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE found text[];
BEGIN
    EXECUTE $query$SELECT array_agg(f.case_id ORDER BY f.at DESC, f.case_id DESC) FROM ({_hits(_NEWEST)}) f$query$
        INTO found USING wanted, most, of_state, of_type, of_region, since, until;
    IF cardinality(found) >= most THEN
        RETURN QUERY SELECT unnest(found);
    ELSE
        RETURN QUERY EXECUTE $query$SELECT f.case_id FROM ({_hits('case_words')}) f$query$
            USING wanted, most, of_state, of_type, of_region, since, until;
    END IF;
END $body$;
REVOKE ALL ON FUNCTION case_word_hits FROM PUBLIC;
GRANT EXECUTE ON FUNCTION case_word_hits TO fanzha_app, fanzha_worker;
"""

_TAKEN_IN = """
ALTER TABLE batches DROP CONSTRAINT batches_kind_check;
ALTER TABLE batches ADD CONSTRAINT batches_kind_check
    CHECK (kind IN ('calls', 'messages', 'visits', 'transfers', 'accounts', 'sims', 'reports', 'indicators', 'cases'));
"""

_ONLY_ADDED = ("SELECT", "INSERT")


def upgrade() -> None:
    op.execute(_CASES)
    # Reading is what narrows: a hand-over writes the other unit's region, and whoever acts must go on seeing the row.
    protect("cases", _MINE.replace("c.region", "cases.region").replace("c.shared_regions", "cases.shared_regions"), check=_POLICE)
    op.execute(f"CREATE POLICY cases_filed_at_home ON cases AS RESTRICTIVE FOR INSERT TO fanzha_app WITH CHECK ({starts_within_region('region')})")
    grant_sequence("case_refs")
    beside = "EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id)"  # runs under the row security of `cases`
    for table, columns in _PARTS.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        op.execute(f"CREATE INDEX ix_{table}_case ON {table} (case_id)")
        protect(table, beside)
    for column in ("name_index", "phone_index", "id_card_index"):
        op.execute(f"CREATE INDEX ix_case_victims_{column} ON case_victims ({column}) WHERE {column} IS NOT NULL")
    op.execute("CREATE INDEX ix_case_suspects_value ON case_suspects (value_index) WHERE value_index IS NOT NULL")
    op.execute("CREATE INDEX ix_case_evidence_sha256 ON case_evidence (sha256)")
    op.execute("CREATE INDEX ix_case_tasks_open ON case_tasks (due_at) WHERE done_at IS NULL AND removed_at IS NULL")
    op.execute(_RECORDS)
    protect("case_reports", beside, app=_ONLY_ADDED)
    protect("case_words", beside)
    protect("case_log", beside, app=_ONLY_ADDED)
    protect("case_operations", "EXISTS (SELECT 1 FROM cases c WHERE c.id IN (source_id, target_id))")
    protect("case_handovers", beside)
    protect("case_custody", "EXISTS (SELECT 1 FROM case_evidence e WHERE e.id = evidence_id)", app=_ONLY_ADDED)
    op.execute(_LOOK_UP)
    op.execute(_TAKEN_IN)
