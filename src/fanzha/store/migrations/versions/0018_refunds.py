"""Refunds: pools, rounds, objections, decisions and payouts."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, protect, starts_within_region

revision = "0018"
down_revision = "0017"

_TABLES = """
CREATE TABLE refund_rounds (
    id               text PRIMARY KEY,
    trace_id         text NOT NULL,
    ref              text NOT NULL,
    region           text NOT NULL,
    number           smallint NOT NULL CHECK (number > 0),
    state            text NOT NULL CHECK (state IN ('drafted', 'noticed', 'answered', 'decided', 'paying', 'closed', 'withdrawn')),
    method           text NOT NULL,
    trace_version    integer NOT NULL,
    denominator      text NOT NULL CHECK (denominator IN ('claims', 'losses', 'case')),
    case_losses_fen  bigint CHECK (case_losses_fen >= 0),
    shared           boolean NOT NULL,
    drafter_id       text NOT NULL,
    drafter_name     bytea NOT NULL,
    drafted_at       timestamptz NOT NULL,
    noticed_at       timestamptz,
    notice_ends_at   timestamptz,
    answered_at      timestamptz,
    decider_id       text,
    decider_name     bytea,
    decided_at       timestamptz,
    decision_no      text,
    closed_at        timestamptz,
    CONSTRAINT uq_refund_rounds_number UNIQUE (trace_id, number),
    CONSTRAINT ck_refund_rounds_four_eyes CHECK (decider_id IS NULL OR decider_id <> drafter_id),
    CONSTRAINT ck_refund_rounds_decided CHECK (state NOT IN ('decided', 'paying', 'closed')
        OR (decider_id IS NOT NULL AND decided_at IS NOT NULL AND decision_no IS NOT NULL)),
    CONSTRAINT ck_refund_rounds_noticed CHECK (state NOT IN ('decided', 'paying', 'closed') OR NOT shared
        OR (notice_ends_at IS NOT NULL AND notice_ends_at <= decided_at)),
    CONSTRAINT ck_refund_rounds_notice CHECK ((noticed_at IS NULL) = (notice_ends_at IS NULL) AND notice_ends_at > noticed_at)
);
CREATE UNIQUE INDEX uq_refund_rounds_open ON refund_rounds (trace_id) WHERE state NOT IN ('closed', 'withdrawn');
CREATE INDEX ix_refund_rounds_drafted ON refund_rounds (drafted_at DESC);

CREATE TABLE refund_accounts (
    round_id    text NOT NULL REFERENCES refund_rounds,
    account     text NOT NULL,
    bank        text NOT NULL,
    bank_org_id text REFERENCES organisations,
    frozen_fen  bigint NOT NULL CHECK (frozen_fen >= 0),
    PRIMARY KEY (round_id, account)
);

CREATE TABLE refund_victims (
    round_id       text NOT NULL REFERENCES refund_rounds,
    victim         text NOT NULL CHECK (victim <> ''),
    name           bytea NOT NULL,
    id_card        bytea,
    phone          bytea,
    refund_account bytea NOT NULL,
    refund_bank    text NOT NULL,
    loss_fen       bigint NOT NULL CHECK (loss_fen > 0),
    returned_fen   bigint NOT NULL CHECK (returned_fen >= 0),
    PRIMARY KEY (round_id, victim)
);

CREATE TABLE refund_traced (
    round_id text NOT NULL REFERENCES refund_rounds,
    victim   text NOT NULL,
    account  text NOT NULL,
    fen      bigint NOT NULL CHECK (fen >= 0),
    PRIMARY KEY (round_id, victim, account),
    FOREIGN KEY (round_id, victim) REFERENCES refund_victims,
    FOREIGN KEY (round_id, account) REFERENCES refund_accounts
);

CREATE TABLE refund_objections (
    id          text PRIMARY KEY,
    round_id    text NOT NULL REFERENCES refund_rounds,
    objector    bytea NOT NULL,
    body        bytea NOT NULL,
    at          timestamptz NOT NULL,
    taken_by    text NOT NULL,
    answer      bytea,
    answered_at timestamptz,
    answered_by text
);
CREATE INDEX ix_refund_objections_round ON refund_objections (round_id);

CREATE TABLE refund_payments (
    id          text PRIMARY KEY,
    round_id    text NOT NULL,
    victim      text NOT NULL,
    account     text NOT NULL,
    fen         bigint NOT NULL CHECK (fen > 0),
    direct      boolean NOT NULL,
    state       text NOT NULL CHECK (state IN ('planned', 'sent', 'paid', 'failed')),
    bank_org_id text REFERENCES organisations,
    attempts    smallint NOT NULL CHECK (attempts >= 0),
    sent_at     timestamptz,
    due_at      timestamptz,
    serial      text NOT NULL,
    answered_at timestamptz,
    answered_by text,
    cause       bytea,
    CONSTRAINT ck_refund_payments_sent CHECK (state = 'planned' OR (sent_at IS NOT NULL AND due_at IS NOT NULL)),
    CONSTRAINT ck_refund_payments_answered CHECK (state NOT IN ('paid', 'failed') OR (answered_at IS NOT NULL AND answered_at >= sent_at)),
    FOREIGN KEY (round_id, victim) REFERENCES refund_victims,
    FOREIGN KEY (round_id, account) REFERENCES refund_accounts
);
CREATE INDEX ix_refund_payments_round ON refund_payments (round_id);
CREATE INDEX ix_refund_payments_bank ON refund_payments (bank_org_id, due_at) WHERE state <> 'planned';

CREATE TABLE refund_steps (
    id           text PRIMARY KEY,
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    round_id     text NOT NULL REFERENCES refund_rounds,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   bytea NOT NULL,
    action       text NOT NULL,
    state_after  text NOT NULL,
    reason       bytea NOT NULL
);
CREATE INDEX ix_refund_steps_round ON refund_steps (round_id, seq);
"""

# Whatever code runs: a payment is made only under a decision, never in another amount than was decided, and what is paid stays paid.
_GUARD = """
CREATE FUNCTION refund_payment_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE of_round refund_rounds;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO of_round FROM refund_rounds WHERE id = NEW.round_id;
        IF of_round.state IS DISTINCT FROM 'decided' OR NEW.state <> 'planned' THEN
            RAISE EXCEPTION 'a payment is planned by a decision alone' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.round_id, NEW.victim, NEW.account, NEW.fen, NEW.direct) IS DISTINCT FROM (OLD.round_id, OLD.victim, OLD.account, OLD.fen, OLD.direct)
        OR OLD.state = 'paid' OR NOT ((OLD.state, NEW.state) IN (('planned', 'sent'), ('failed', 'sent'), ('sent', 'paid'), ('sent', 'failed'))) THEN
        RAISE EXCEPTION 'a decided payment does not change, and what is paid stays paid' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER refund_payment_guard BEFORE INSERT OR UPDATE ON refund_payments FOR EACH ROW EXECUTE FUNCTION refund_payment_guard();
CREATE POLICY refund_rounds_owner ON refund_rounds FOR SELECT TO CURRENT_USER USING (true);
"""

_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_OF_ROUND = "EXISTS (SELECT 1 FROM refund_rounds r WHERE r.id = round_id)"  # runs under the row security of `refund_rounds`
_OWN_BANK = f"({_KIND} = 'bank' AND bank_org_id = {ORG} AND state <> 'planned')"


def upgrade() -> None:
    op.execute(_TABLES)
    protect("refund_rounds", f"({_POLICE} AND {starts_within_region('region')})")
    protect("refund_payments", f"({_OF_ROUND} OR {_OWN_BANK})")
    # The bank that pays sees whom, and from which account; nothing else of the round.
    paid = "EXISTS (SELECT 1 FROM refund_payments p WHERE p.round_id = {table}.round_id AND p.{column} = {table}.{column})"
    protect("refund_accounts", f"({_OF_ROUND} OR {paid.format(table='refund_accounts', column='account')})", check=_OF_ROUND, app=("SELECT", "INSERT"))
    protect("refund_victims", f"({_OF_ROUND} OR {paid.format(table='refund_victims', column='victim')})", check=_OF_ROUND)
    for table in ("refund_traced", "refund_steps"):
        protect(table, _OF_ROUND, app=("SELECT", "INSERT"))
    protect("refund_objections", _OF_ROUND)
    op.execute(_GUARD)
