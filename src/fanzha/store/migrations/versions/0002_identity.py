"""Tables of the identity desk."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import ORG, REGION, protect, starts_within_region

revision = "0002"
down_revision = "0001"

_ACTOR = "current_setting('fanzha.actor', true)"

_TABLES = """
CREATE TABLE organisations (
    id         text PRIMARY KEY,
    code       text NOT NULL CONSTRAINT uq_organisations_code UNIQUE,
    kind       text NOT NULL,
    name       text NOT NULL CHECK (name <> ''),
    region     text NOT NULL CHECK (region ~ '^([0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3})?)?)?)?$'),
    parent_id  text REFERENCES organisations,
    state      text NOT NULL CHECK (state IN ('active', 'closed')),
    created_at timestamptz NOT NULL,
    UNIQUE (id, region)
);
CREATE INDEX ix_organisations_kind_region ON organisations (kind, region text_pattern_ops);
CREATE INDEX ix_organisations_parent_id ON organisations (parent_id);

CREATE TABLE users (
    id                   text PRIMARY KEY,
    login                text NOT NULL CONSTRAINT uq_users_login UNIQUE,
    name                 bytea NOT NULL,
    name_index           text NOT NULL,
    phone                bytea,
    org_id               text NOT NULL,
    region               text NOT NULL,
    roles                text[] NOT NULL CHECK (cardinality(roles) > 0),
    state                text NOT NULL CHECK (state IN ('active', 'disabled')),
    must_change_password boolean NOT NULL,
    sessions_valid_from  timestamptz NOT NULL,
    oidc_subject         text CONSTRAINT uq_users_oidc_subject UNIQUE,
    created_at           timestamptz NOT NULL,
    last_sign_in_at      timestamptz,
    FOREIGN KEY (org_id, region) REFERENCES organisations (id, region) ON UPDATE CASCADE
);
CREATE INDEX ix_users_org_id ON users (org_id);
CREATE INDEX ix_users_region ON users (region text_pattern_ops);
CREATE INDEX ix_users_name_index ON users (name_index);

CREATE TABLE credentials (
    user_id       text PRIMARY KEY REFERENCES users,
    password_hash text NOT NULL,
    changed_at    timestamptz NOT NULL
);

CREATE TABLE sessions (
    id           text PRIMARY KEY,
    token_hash   text NOT NULL CONSTRAINT uq_sessions_token_hash UNIQUE,
    user_id      text NOT NULL REFERENCES users,
    method       text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    address      text NOT NULL,
    agent        text NOT NULL
);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

CREATE TABLE api_keys (
    id           text PRIMARY KEY,
    secret_hash  text NOT NULL,
    user_id      text NOT NULL REFERENCES users,
    name         text NOT NULL,
    scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX ix_api_keys_user_id ON api_keys (user_id);

CREATE TABLE sign_in_failures (
    login_index  text PRIMARY KEY,
    failures     integer NOT NULL,
    locked_until timestamptz,
    last_at      timestamptz NOT NULL
);
CREATE INDEX ix_sign_in_failures_last_at ON sign_in_failures (last_at);
"""

# A user's credentials and keys are as visible as the user; the sub-query runs under the row security of `users`.
_USER_IN_SIGHT = "EXISTS (SELECT 1 FROM users WHERE users.id = user_id)"


# Police, offices and grids know the people of their area; a bank, an operator, a member unit, a congress know their own. Grids change nobody else's.
# A test compares the lists with the desk's.
_WATCHES = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station', 'office', 'grid'))"
_MANAGES = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station', 'office'))"


_USER_IN_CHARGE = f"EXISTS (SELECT 1 FROM users WHERE users.id = user_id AND (users.org_id = {ORG} OR {_MANAGES}))"


def _seen(own: str) -> str:
    return f"({own} = {ORG} OR ({_WATCHES} AND {starts_within_region('region')}))"


def _written(own: str) -> str:
    return f"({starts_within_region('region')} AND ({own} = {ORG} OR {_MANAGES}))"


# The log is read by the region of the organisation an entry names, by those who manage an area, else by the organisation itself. What names none (the
# platform's own doing) is read at the top: by those above whom there is no organisation; row security shows the sub-query the organisations above.
_AT_THE_TOP = f"({ORG} <> '' AND NOT EXISTS (SELECT 1 FROM organisations AS above WHERE length(above.region) < length({REGION})))"
_OF_THE_AREA = f"EXISTS (SELECT 1 FROM organisations WHERE organisations.id = org_id AND {starts_within_region('organisations.region')})"
_OWN_ENTRY = f"(org_id <> '' AND org_id = {ORG})"
_LOG_IN_SIGHT = f"({_OWN_ENTRY} OR ({_MANAGES} AND ({REGION} = '' OR (org_id = '' AND {_AT_THE_TOP}) OR {_OF_THE_AREA})))"


def upgrade() -> None:
    """A user's region is their organisation's: a foreign key over both holds it, so nobody can be lifted above the region they are filed in."""
    op.execute(_TABLES)
    protect("organisations", _seen("id"), check=_written("id"))
    # Everybody may see (not change) the bodies their own area belongs to; an actor without an organisation sees none.
    op.execute(
        f"CREATE POLICY organisations_above ON organisations FOR SELECT TO fanzha_app USING ({ORG} <> '' AND (starts_with({REGION}, region) OR id = {ORG}))"
    )
    protect("users", _seen("org_id"), check=_written("org_id"))
    op.execute(f"CREATE POLICY users_oneself ON users FOR SELECT TO fanzha_app USING (id = {_ACTOR})")
    protect("credentials", _USER_IN_SIGHT, check=_USER_IN_CHARGE, app=())
    # Pages may set a password but never read a hash.
    op.execute("GRANT INSERT, UPDATE, SELECT (user_id) ON credentials TO fanzha_app")
    protect("sessions", f"(user_id = {_ACTOR})", app=())
    op.execute("GRANT UPDATE (revoked_at), SELECT (id, user_id, method, created_at, last_seen_at, expires_at, revoked_at, address, agent) ON sessions TO fanzha_app")
    protect("api_keys", _USER_IN_SIGHT, check=_USER_IN_CHARGE, app=())
    op.execute("GRANT INSERT, UPDATE (revoked_at), SELECT (id, user_id, name, scopes, created_at, expires_at, last_used_at, revoked_at) ON api_keys TO fanzha_app")
    protect("sign_in_failures", "false", app=())
    _protect_audit_log()


def _protect_audit_log() -> None:
    """Pages add entries in their own name only and read those of their area; the worker role, which verifies the chain, sees all."""
    op.execute("ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_log FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY audit_log_read ON audit_log FOR SELECT TO fanzha_app USING {_LOG_IN_SIGHT}")
    op.execute(f"CREATE POLICY audit_log_add ON audit_log FOR INSERT TO fanzha_app WITH CHECK (actor = {_ACTOR} AND org_id = {ORG})")
    op.execute("CREATE POLICY audit_log_worker ON audit_log FOR ALL TO fanzha_worker USING (true) WITH CHECK (true)")
