"""Orders on accounts and numbers, with their clocks and answers."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, protect, starts_within_region

revision = "0017"
down_revision = "0016"

_ORDERS = """
CREATE TABLE orders (
    id                text PRIMARY KEY,
    application_id    text NOT NULL UNIQUE,
    kind              text NOT NULL,
    effect            text NOT NULL CHECK (effect IN ('ask', 'impose', 'extend', 'release')),
    slot              text NOT NULL,
    counted           text NOT NULL,
    round             smallint CHECK (round BETWEEN 1 AND 9),
    state             text NOT NULL,
    region            text NOT NULL,
    org_id            text NOT NULL,
    org_name          text NOT NULL,
    receiver_org_id   text NOT NULL REFERENCES organisations,
    receiver_name     text NOT NULL,
    on_order_id       text REFERENCES orders,
    subject_kind      text NOT NULL CHECK (subject_kind IN ('account', 'number')),
    subject_no        bytea NOT NULL,
    subject_index     text NOT NULL,
    holder_name       bytea,
    holder_type       text NOT NULL CHECK (holder_type IN ('', '01', '02')),
    bank_id           text NOT NULL,
    tier              smallint CHECK (tier BETWEEN 1 AND 99),
    report_id         text,
    case_number       text NOT NULL,
    fraud_type        text NOT NULL,
    major             boolean NOT NULL,
    disputed_fen      bigint,
    amount_fen        bigint,
    transfer_fen      bigint,
    transfer_at       timestamptz,
    payer_bank        text NOT NULL,
    payer_name        bytea,
    payer_account     bytea,
    basis             text NOT NULL,
    basis_version     text NOT NULL,
    basis_from        date NOT NULL,
    reason            bytea NOT NULL,
    term_count        smallint CHECK (term_count > 0),
    term_unit         text CHECK (term_unit IN ('hours', 'days', 'months')),
    requester_id      text NOT NULL,
    requester_name    bytea NOT NULL,
    requested_at      timestamptz NOT NULL,
    request_key       text NOT NULL,
    officer_one_id    text NOT NULL,
    officer_one_name  bytea NOT NULL,
    officer_one_card  bytea NOT NULL,
    officer_two_id    text NOT NULL,
    officer_two_name  bytea NOT NULL,
    officer_two_card  bytea NOT NULL,
    valid_until       timestamptz NOT NULL,
    approver_id       text,
    approver_name     bytea,
    approver_org_kind text,
    approved_at       timestamptz,
    seal              text,
    notice_zh         text,
    notice_en         text,
    sent_at           timestamptz,
    answer_by         timestamptz,
    acknowledged_at   timestamptz,
    answered_at       timestamptz,
    result            text CHECK (result IN ('done', 'partly', 'queued', 'no_such_account', 'mismatch', 'refused')),
    cause             bytea,
    applied_fen       bigint CHECK (applied_fen >= 0),
    held_fen          bigint CHECK (held_fen >= 0),
    balance_fen       bigint,
    former_department text NOT NULL,
    former_held_fen   bigint,
    former_expires_at timestamptz,
    queued_at         timestamptz,
    starts_at         timestamptz,
    ends_at           timestamptz,
    ended_at          timestamptz,
    unrelated_at      timestamptz,
    unrelated_reason  bytea,
    release_by        timestamptz,
    CONSTRAINT uq_orders_request UNIQUE (requester_id, request_key),
    CONSTRAINT ck_orders_two_officers CHECK (officer_one_id <> officer_two_id),
    CONSTRAINT ck_orders_four_eyes CHECK (approver_id IS NULL OR approver_id NOT IN (requester_id, officer_one_id, officer_two_id)),
    CONSTRAINT ck_orders_approved CHECK (state IN ('requested', 'declined', 'withdrawn', 'lapsed') OR (
        approver_id IS NOT NULL AND approved_at IS NOT NULL AND seal IS NOT NULL AND notice_zh IS NOT NULL
        AND approver_org_kind IN ('police_county', 'police_city', 'police_province'))),
    CONSTRAINT ck_orders_major CHECK (NOT major OR approver_org_kind IS NULL OR approver_org_kind IN ('police_city', 'police_province')),
    CONSTRAINT ck_orders_sent CHECK (state IN ('requested', 'declined', 'withdrawn', 'lapsed', 'approved') OR sent_at IS NOT NULL),
    CONSTRAINT ck_orders_has_term CHECK (effect IN ('ask', 'release') OR (term_count IS NOT NULL AND term_unit IS NOT NULL)),
    CONSTRAINT ck_orders_acts_on CHECK ((effect IN ('extend', 'release')) = (on_order_id IS NOT NULL)),
    CONSTRAINT ck_orders_in_force CHECK (state NOT IN ('in_force', 'released', 'expired') OR (
        effect = 'impose' AND starts_at IS NOT NULL AND ends_at IS NOT NULL AND starts_at >= sent_at AND ends_at > starts_at)),
    CONSTRAINT ck_orders_ended CHECK (state NOT IN ('released', 'expired') OR (ended_at IS NOT NULL AND ended_at <= ends_at)),
    CONSTRAINT ck_orders_amount CHECK (amount_fen IS NULL OR (disputed_fen IS NOT NULL AND amount_fen BETWEEN 1 AND disputed_fen)),
    CONSTRAINT ck_orders_held CHECK (amount_fen IS NULL OR (coalesce(held_fen, 0) <= amount_fen AND coalesce(applied_fen, 0) <= amount_fen)),
    CONSTRAINT ck_orders_round CHECK (counted = '' OR round IS NOT NULL
        OR state IN ('requested', 'declined', 'withdrawn', 'lapsed', 'failed'))
);
-- No double freeze (§242), no second measure of one slot, no third stop: unique indexes see what row security hides from the asker.
CREATE UNIQUE INDEX uq_orders_slot ON orders (subject_index, receiver_org_id, slot) WHERE state = 'in_force' AND slot <> '';
CREATE UNIQUE INDEX uq_orders_round ON orders (subject_index, receiver_org_id, counted, round) WHERE round IS NOT NULL;
CREATE INDEX ix_orders_receiver ON orders (receiver_org_id, sent_at DESC) WHERE sent_at IS NOT NULL;
CREATE INDEX ix_orders_requested ON orders (requested_at DESC);
CREATE INDEX ix_orders_report ON orders (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX ix_orders_subject ON orders (subject_index);
CREATE INDEX ix_orders_on ON orders (on_order_id) WHERE on_order_id IS NOT NULL;
CREATE INDEX ix_orders_ends ON orders (ends_at) WHERE state = 'in_force';
CREATE INDEX ix_orders_open ON orders (valid_until) WHERE state IN ('requested', 'approved', 'sent', 'acknowledged');
"""

# The one gate that every writer passes, whatever code it runs: an order begins as a request, moves only along the table of domain.STEPS, is approved by whoever
# acts and not by another's name, keeps what was approved, and its end moves by extensions that were carried out, never further.
_KEEP = """
CREATE FUNCTION orders_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    latest timestamptz;
    longer record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' OR NEW.approver_id IS NOT NULL OR NEW.sent_at IS NOT NULL OR NEW.starts_at IS NOT NULL OR NEW.round IS NOT NULL THEN
            RAISE EXCEPTION 'an order begins as a request' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.requester_id <> current_setting('fanzha.actor', true) THEN
            RAISE EXCEPTION 'an order is requested in one''s own name' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'requested>approved', 'requested>declined', 'requested>withdrawn', 'requested>lapsed',
        'approved>sent', 'approved>withdrawn', 'approved>lapsed',
        'sent>acknowledged', 'sent>queued', 'sent>in_force', 'sent>done', 'sent>failed', 'sent>lapsed',
        'acknowledged>queued', 'acknowledged>in_force', 'acknowledged>done', 'acknowledged>failed', 'acknowledged>lapsed',
        'queued>in_force', 'queued>failed', 'queued>lapsed',
        'in_force>released', 'in_force>expired']) THEN
        RAISE EXCEPTION 'an order cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.approver_id IS DISTINCT FROM OLD.approver_id AND (OLD.state <> 'requested' OR NEW.approver_id LIKE 'system:%'
        OR NEW.approver_id IS DISTINCT FROM current_setting('fanzha.actor', true)) THEN
        RAISE EXCEPTION 'an order is approved in one''s own name, once' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.requester_id, NEW.officer_one_id, NEW.officer_two_id, NEW.kind, NEW.effect, NEW.slot, NEW.counted, NEW.subject_index, NEW.subject_no,
        NEW.receiver_org_id, NEW.org_id, NEW.region, NEW.application_id, NEW.amount_fen, NEW.disputed_fen, NEW.transfer_fen, NEW.transfer_at, NEW.basis,
        NEW.basis_version, NEW.term_count, NEW.term_unit, NEW.on_order_id, NEW.major, NEW.requested_at)
        IS DISTINCT FROM
       (OLD.requester_id, OLD.officer_one_id, OLD.officer_two_id, OLD.kind, OLD.effect, OLD.slot, OLD.counted, OLD.subject_index, OLD.subject_no,
        OLD.receiver_org_id, OLD.org_id, OLD.region, OLD.application_id, OLD.amount_fen, OLD.disputed_fen, OLD.transfer_fen, OLD.transfer_at, OLD.basis,
        OLD.basis_version, OLD.term_count, OLD.term_unit, OLD.on_order_id, OLD.major, OLD.requested_at) THEN
        RAISE EXCEPTION 'what was requested is not changed afterwards' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.seal IS NOT NULL AND (NEW.seal, NEW.approver_org_kind, NEW.approved_at, NEW.notice_zh, NEW.notice_en)
        IS DISTINCT FROM (OLD.seal, OLD.approver_org_kind, OLD.approved_at, OLD.notice_zh, OLD.notice_en) THEN
        RAISE EXCEPTION 'what was approved is not changed afterwards' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.starts_at IS NOT NULL AND NEW.starts_at IS DISTINCT FROM OLD.starts_at THEN
        RAISE EXCEPTION 'a measure begins once' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN ('released', 'expired', 'failed', 'lapsed', 'declined', 'withdrawn', 'done')
        AND (NEW.ends_at, NEW.ended_at) IS DISTINCT FROM (OLD.ends_at, OLD.ended_at) THEN
        RAISE EXCEPTION 'what has ended is not changed afterwards' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at THEN
        latest := orders_term_end(NEW.starts_at, NEW.term_count, NEW.term_unit);
        FOR longer IN SELECT term_count, term_unit FROM orders WHERE on_order_id = NEW.id AND effect = 'extend' AND state = 'done' LOOP
            latest := orders_term_end(latest, longer.term_count, longer.term_unit);
        END LOOP;
        IF NEW.ends_at > latest THEN
            RAISE EXCEPTION 'a measure does not outlive its term' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION orders_term_end(start timestamptz, count integer, unit text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE unit
        WHEN 'hours' THEN start + make_interval(hours => count)
        WHEN 'days' THEN start + make_interval(days => count)
        ELSE ((start AT TIME ZONE 'Asia/Shanghai') + make_interval(months => count)) AT TIME ZONE 'Asia/Shanghai'
    END
$$;
CREATE TRIGGER orders_keep BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION orders_keep();
"""

_BESIDE = """
CREATE TABLE order_steps (
    id           text PRIMARY KEY,
    seq          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    order_id     text NOT NULL REFERENCES orders,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   bytea NOT NULL,
    action       text NOT NULL,
    state_before text,
    state_after  text NOT NULL,
    reason       bytea,
    detail       jsonb NOT NULL,
    internal     boolean NOT NULL
);
CREATE INDEX ix_order_steps_order ON order_steps (order_id, seq);

CREATE TABLE order_messages (
    id              text PRIMARY KEY,
    seq             bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    order_id        text NOT NULL REFERENCES orders,
    receiver_org_id text NOT NULL,
    serial          text NOT NULL UNIQUE CHECK (length(serial) <= 53),
    tx_code         text NOT NULL,
    body            bytea NOT NULL,
    made_at         timestamptz NOT NULL,
    push            text NOT NULL CHECK (push IN ('none', 'waiting', 'delivered', 'dead')),
    attempts        integer NOT NULL,
    next_at         timestamptz,
    delivered_at    timestamptz,
    last_error      text NOT NULL
);
CREATE INDEX ix_order_messages_receiver ON order_messages (receiver_org_id, seq);
CREATE INDEX ix_order_messages_due ON order_messages (next_at) WHERE push = 'waiting';
CREATE INDEX ix_order_messages_order ON order_messages (order_id);

CREATE TABLE order_answers (
    org_id   text NOT NULL,
    serial   text NOT NULL CHECK (length(serial) BETWEEN 1 AND 53),
    order_id text NOT NULL REFERENCES orders,
    digest   text NOT NULL,
    body     bytea NOT NULL,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    PRIMARY KEY (org_id, serial)
);
CREATE INDEX ix_order_answers_order ON order_answers (order_id);

CREATE TABLE order_endpoints (
    org_id text PRIMARY KEY REFERENCES organisations,
    url    text NOT NULL,
    secret bytea NOT NULL,
    active boolean NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL
);

CREATE TABLE order_alarms (
    order_id text NOT NULL REFERENCES orders,
    kind     text NOT NULL,
    due_at   timestamptz NOT NULL,
    at       timestamptz NOT NULL,
    seen_at  timestamptz,
    seen_by  text,
    PRIMARY KEY (order_id, kind, due_at)
);
"""

# The police of the region see all of an order; its receiver sees it once it is sent, and never what was said before that. Nobody else sees any
# (反电信网络诈骗法 §5; 代表法 §31, §59); a test compares the list with the desk's policy.
_POLICE = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station'))"
_MINE = f"(({_POLICE} AND CASE WHEN {starts_within_region('region')} THEN true ELSE false END) OR (receiver_org_id = {ORG} AND sent_at IS NOT NULL))"
_ITS_ORDER = "EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id)"


def upgrade() -> None:
    op.execute(_ORDERS)
    op.execute(_KEEP)
    op.execute(_BESIDE)
    protect("orders", _MINE)
    protect("order_steps", f"({_ITS_ORDER} AND (NOT internal OR {_POLICE}))", app=("SELECT", "INSERT"))
    protect("order_messages", f"({_ITS_ORDER} AND (receiver_org_id = {ORG} OR {_POLICE}))", app=("SELECT", "INSERT"))
    protect("order_answers", f"({_ITS_ORDER} AND (org_id = {ORG} OR {_POLICE}))", check=f"(org_id = {ORG} AND {_ITS_ORDER})", app=("SELECT", "INSERT"))
    # The secret of a receiver is read by itself alone, to check what it signs; the installation sets it.
    protect("order_endpoints", f"(org_id = {ORG})", app=("SELECT",))
    protect("order_alarms", _ITS_ORDER, app=("SELECT",))
    op.execute("GRANT UPDATE (seen_at, seen_by) ON order_alarms TO fanzha_app")
    op.execute("REVOKE UPDATE, DELETE ON order_steps, order_answers FROM fanzha_worker")
    op.execute("REVOKE DELETE ON orders, order_messages, order_alarms FROM fanzha_worker")
