"""Appeals and relief."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, protect, starts_within_region

revision = "0026"
down_revision = "0025"

_APPEALS = """
CREATE TABLE appeals (
    id               text PRIMARY KEY,
    receipt          text NOT NULL UNIQUE CHECK (receipt ~ '^9[0-9]{11}$'),
    target           text NOT NULL CHECK (target IN ('order', 'decision', 'warning')),
    target_id        text NOT NULL,
    measure          text NOT NULL,
    track            text NOT NULL,
    origin           text NOT NULL CHECK (origin IN ('online', 'walk_in', 'telephone')),
    instance         smallint NOT NULL CHECK (instance IN (1, 2)),
    previous_id      text REFERENCES appeals,
    state            text NOT NULL,
    region           text NOT NULL,
    unit_org_id      text NOT NULL REFERENCES organisations,
    unit_name        text NOT NULL,
    measure_org_id   text NOT NULL,
    measure_org_name text NOT NULL,
    basis            text NOT NULL,
    report_id        text,
    case_number      text NOT NULL,
    fraud_type       text NOT NULL,
    measured_at      timestamptz NOT NULL,
    subject_kind     text NOT NULL CHECK (subject_kind IN ('account', 'number', 'person')),
    subject_no       bytea NOT NULL,
    subject_index    text NOT NULL,
    subject_token    text,
    involved         text[] NOT NULL,
    detectors        text[] NOT NULL,
    by_holder        boolean NOT NULL,
    appellant        bytea,
    contact          bytea NOT NULL,
    reason           bytea NOT NULL,
    filed_by         text NOT NULL,
    filed_at         timestamptz NOT NULL,
    request_key      text NOT NULL,
    accept_by        timestamptz NOT NULL,
    answer_by        timestamptz NOT NULL,
    accepted_at      timestamptz,
    handler_id       text,
    handler_name     bytea,
    paused_at        timestamptz,
    paused_until     timestamptz,
    paused_seconds   bigint NOT NULL CHECK (paused_seconds >= 0),
    asked_documents  bytea,
    escalated_at     timestamptz,
    escalated_org_id text,
    proposal         text CHECK (proposal IN ('upheld', 'partly', 'rejected')),
    proposed_by      text,
    proposed_at      timestamptz,
    verdict          text CHECK (verdict IN ('upheld', 'partly', 'rejected', 'inadmissible')),
    reasons          bytea,
    remedy_zh        text,
    remedy_en        text,
    decided_at       timestamptz,
    decider_id       text,
    decider_name     bytea,
    reconsider_by    timestamptz,
    proof_by         timestamptz,
    closed_at        timestamptz,
    CONSTRAINT uq_appeals_request UNIQUE (filed_by, request_key),
    CONSTRAINT ck_appeals_instance CHECK ((instance = 2) = (previous_id IS NOT NULL)),
    CONSTRAINT ck_appeals_uninvolved CHECK (NOT (coalesce(decider_id, '') = ANY (involved)) AND NOT (coalesce(proposed_by, '') = ANY (involved))),
    CONSTRAINT ck_appeals_four_eyes CHECK (decider_id IS NULL OR decider_id IS DISTINCT FROM proposed_by),
    CONSTRAINT ck_appeals_answered CHECK (state NOT IN ('upheld', 'partly', 'rejected', 'inadmissible', 'closed') OR (
        verdict IS NOT NULL AND reasons IS NOT NULL AND remedy_zh IS NOT NULL AND decider_id IS NOT NULL AND decided_at IS NOT NULL)),
    CONSTRAINT ck_appeals_proposed CHECK (state NOT IN ('proposed', 'upheld', 'partly', 'rejected') OR (proposal IS NOT NULL AND proposed_by IS NOT NULL)),
    CONSTRAINT ck_appeals_paused CHECK ((paused_at IS NULL) = (paused_until IS NULL))
);
-- An appeal is reconsidered once, and one at a time is under way against a measure: indexes see what row security hides from the asker.
CREATE UNIQUE INDEX uq_appeals_previous ON appeals (previous_id) WHERE previous_id IS NOT NULL;
CREATE UNIQUE INDEX uq_appeals_under_way ON appeals (target, target_id) WHERE state IN ('filed', 'accepted', 'reviewing', 'proposed');
CREATE INDEX ix_appeals_target ON appeals (target_id);
CREATE INDEX ix_appeals_open ON appeals (answer_by) WHERE state IN ('filed', 'accepted', 'reviewing', 'proposed');
CREATE INDEX ix_appeals_answered ON appeals (decided_at) WHERE decided_at IS NOT NULL;
CREATE INDEX ix_appeals_filed ON appeals (filed_at DESC);
"""

# The one gate that every writer passes: an appeal begins as filed, moves only along the table of domain.STEPS, is proposed and decided in one's own name, keeps
# what was filed, and its clock moves by as much as it stood still for documents.
_KEEP = """
CREATE FUNCTION appeals_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'filed' OR NEW.decider_id IS NOT NULL OR NEW.verdict IS NOT NULL OR NEW.paused_seconds <> 0 THEN
            RAISE EXCEPTION 'an appeal begins as filed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'filed>accepted', 'filed>inadmissible', 'filed>withdrawn', 'accepted>reviewing', 'accepted>withdrawn', 'reviewing>proposed', 'reviewing>withdrawn',
        'proposed>reviewing', 'proposed>upheld', 'proposed>partly', 'proposed>rejected',
        'upheld>closed', 'partly>closed', 'rejected>closed', 'inadmissible>closed']) THEN
        RAISE EXCEPTION 'an appeal cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decider_id IS DISTINCT FROM OLD.decider_id AND (OLD.decider_id IS NOT NULL
        OR NEW.decider_id LIKE 'system:%' OR NEW.decider_id IS DISTINCT FROM current_setting('fanzha.actor', true)) THEN
        RAISE EXCEPTION 'an appeal is decided in one''s own name, once' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.proposed_by IS DISTINCT FROM OLD.proposed_by AND NEW.proposed_by IS NOT NULL
        AND NEW.proposed_by IS DISTINCT FROM current_setting('fanzha.actor', true) THEN
        RAISE EXCEPTION 'an answer is proposed in one''s own name' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.decided_at IS NOT NULL AND (NEW.verdict, NEW.decided_at, NEW.decider_id, NEW.reasons, NEW.remedy_zh, NEW.remedy_en, NEW.proposal, NEW.proposed_by)
        IS DISTINCT FROM (OLD.verdict, OLD.decided_at, OLD.decider_id, OLD.reasons, OLD.remedy_zh, OLD.remedy_en, OLD.proposal, OLD.proposed_by) THEN
        RAISE EXCEPTION 'what was decided is not changed afterwards' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.receipt, NEW.target, NEW.target_id, NEW.instance, NEW.previous_id, NEW.involved, NEW.detectors, NEW.filed_at, NEW.filed_by, NEW.accept_by,
        NEW.reason, NEW.region, NEW.unit_org_id, NEW.subject_index, NEW.track)
        IS DISTINCT FROM
       (OLD.receipt, OLD.target, OLD.target_id, OLD.instance, OLD.previous_id, OLD.involved, OLD.detectors, OLD.filed_at, OLD.filed_by, OLD.accept_by,
        OLD.reason, OLD.region, OLD.unit_org_id, OLD.subject_index, OLD.track) THEN
        RAISE EXCEPTION 'what was filed is not changed afterwards' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.answer_by IS DISTINCT FROM OLD.answer_by + make_interval(secs => NEW.paused_seconds - OLD.paused_seconds) OR NEW.paused_seconds < OLD.paused_seconds
        OR (OLD.paused_seconds > 0 AND NEW.paused_seconds <> OLD.paused_seconds) THEN
        RAISE EXCEPTION 'the clock of an appeal moves by one pause alone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeals_keep BEFORE INSERT OR UPDATE ON appeals FOR EACH ROW EXECUTE FUNCTION appeals_keep();
"""

_BESIDE = """
CREATE TABLE appeal_steps (
    id           text PRIMARY KEY,
    seq          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    appeal_id    text NOT NULL REFERENCES appeals,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   bytea NOT NULL,
    action       text NOT NULL,
    state_before text,
    state_after  text NOT NULL,
    reason       bytea,
    detail       jsonb NOT NULL,
    public       boolean NOT NULL
);
CREATE INDEX ix_appeal_steps_appeal ON appeal_steps (appeal_id, seq);

CREATE TABLE appeal_documents (
    id        text PRIMARY KEY,
    appeal_id text NOT NULL REFERENCES appeals,
    at        timestamptz NOT NULL,
    added_by  text NOT NULL,
    file_name bytea NOT NULL,
    media     text NOT NULL CHECK (media IN ('image/jpeg', 'image/png', 'application/pdf')),
    bytes     integer NOT NULL CHECK (bytes BETWEEN 1 AND 8388608),
    sha256    text NOT NULL,
    content   bytea NOT NULL,
    CONSTRAINT uq_appeal_documents_same UNIQUE (appeal_id, sha256)
);

CREATE TABLE appeal_inquiries (
    id          text PRIMARY KEY,
    appeal_id   text NOT NULL REFERENCES appeals,
    org_id      text NOT NULL REFERENCES organisations,
    org_name    text NOT NULL,
    asking_name text NOT NULL,
    subject     text NOT NULL,
    order_id    text,
    question    bytea NOT NULL,
    asked_at    timestamptz NOT NULL,
    asked_by    text NOT NULL,
    due_at      timestamptz NOT NULL,
    answer      bytea,
    answered_at timestamptz,
    answered_by text
);
CREATE INDEX ix_appeal_inquiries_appeal ON appeal_inquiries (appeal_id);
CREATE INDEX ix_appeal_inquiries_org ON appeal_inquiries (org_id, asked_at DESC);

CREATE TABLE appeal_releases (
    appeal_id        text NOT NULL REFERENCES appeals,
    order_id         text NOT NULL REFERENCES orders,
    release_order_id text REFERENCES orders,
    proven_at        timestamptz,
    proof            text NOT NULL CHECK (proof IN ('', 'released', 'expired', 'never_in_force')),
    PRIMARY KEY (appeal_id, order_id),
    CONSTRAINT ck_appeal_releases_proof CHECK ((proof = '') = (proven_at IS NULL))
);

CREATE TABLE appeal_alarms (
    appeal_id text NOT NULL REFERENCES appeals,
    kind      text NOT NULL,
    due_at    timestamptz NOT NULL,
    at        timestamptz NOT NULL,
    seen_at   timestamptz,
    seen_by   text,
    PRIMARY KEY (appeal_id, kind, due_at)
);

CREATE TABLE appeal_challenges (
    id           text PRIMARY KEY,
    token_digest text NOT NULL UNIQUE,
    number       bytea NOT NULL,
    number_index text NOT NULL,
    tail         bytea NOT NULL,
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    tries        smallint NOT NULL,
    target       text,
    target_id    text,
    appeal_id    text,
    code_digest  text NOT NULL,
    verified_at  timestamptz
);
CREATE INDEX ix_appeal_challenges_number ON appeal_challenges (number_index, made_at);
CREATE INDEX ix_appeal_challenges_made ON appeal_challenges (made_at);

CREATE TABLE appeal_texts (
    id        text PRIMARY KEY,
    at        timestamptz NOT NULL,
    recipient bytea NOT NULL,
    body      bytea NOT NULL,
    sent_at   timestamptz
);

CREATE TABLE appeal_clearances (
    appeal_id text PRIMARY KEY REFERENCES appeals,
    token     text NOT NULL,
    at        timestamptz NOT NULL,
    until     timestamptz NOT NULL
);
CREATE INDEX ix_appeal_clearances_token ON appeal_clearances (token);

CREATE TABLE appeal_measures (
    order_id  text PRIMARY KEY REFERENCES orders,
    detectors text[] NOT NULL
);
"""

# Notice numbers are found by their first eleven digits, which follow from the record's id (vocab/notice_numbers.py; a test compares the two).
_NOTICES = """
CREATE FUNCTION notice_stem(kind text, id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT kind || lpad(((('x' || left(encode(sha256(('notice:' || id)::bytea), 'hex'), 15))::bit(60))::bigint % 10000000000)::text, 10, '0')
$$;
CREATE INDEX ix_orders_notice ON orders (notice_stem('1', id));
CREATE INDEX ix_screening_decisions_notice ON screening_decisions (notice_stem('2', id)) WHERE answer IN ('hold', 'block');
CREATE INDEX ix_warnings_notice ON warnings (notice_stem('3', id));
"""

# The police of the region see all of an appeal; a receiver sees what it is asked, nobody else anything. What strangers do before they have shown a code, and
# what is texted to them, only the pipeline touches.
_POLICE = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station'))"
_MINE = f"({_POLICE} AND CASE WHEN {starts_within_region('region')} THEN true ELSE false END)"
_ITS_APPEAL = "EXISTS (SELECT 1 FROM appeals a WHERE a.id = appeal_id)"
_ITS_ORDER = f"({_POLICE} AND EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id))"


def upgrade() -> None:
    op.execute(_APPEALS)
    op.execute(_KEEP)
    op.execute(_BESIDE)
    op.execute(_NOTICES)
    protect("appeals", _MINE)
    protect("appeal_steps", _ITS_APPEAL, app=("SELECT", "INSERT"))
    protect("appeal_documents", _ITS_APPEAL, app=("SELECT", "INSERT"))
    protect("appeal_inquiries", f"({_ITS_APPEAL} OR org_id = {ORG})", app=("SELECT", "INSERT"))
    op.execute("GRANT UPDATE (answer, answered_at, answered_by) ON appeal_inquiries TO fanzha_app")
    protect("appeal_releases", _ITS_APPEAL, app=("SELECT", "INSERT", "UPDATE", "DELETE"))
    protect("appeal_alarms", _ITS_APPEAL, app=("SELECT",))
    op.execute("GRANT UPDATE (seen_at, seen_by) ON appeal_alarms TO fanzha_app")
    protect("appeal_challenges", "false", app=())
    protect("appeal_texts", "false", check="true", app=("INSERT",))
    protect("appeal_clearances", _ITS_APPEAL, app=("SELECT", "INSERT"))
    protect("appeal_measures", _ITS_ORDER, app=("SELECT",))
    op.execute("REVOKE UPDATE, DELETE ON appeal_steps, appeal_documents FROM fanzha_worker")
    op.execute("REVOKE DELETE ON appeals, appeal_inquiries, appeal_releases, appeal_alarms, appeal_clearances, appeal_measures FROM fanzha_worker")
