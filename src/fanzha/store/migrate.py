"""Bring the database to the newest version."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from fanzha.kit.errors import Unavailable
from fanzha.store.database import APP_ROLE, WORKER_ROLE, Database

_OLDEST_SERVER = 160_000
_LOCK = 4_401_002
_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 1.0
_log = logging.getLogger(__name__)
_PLAIN = re.compile(r"^[A-Za-z0-9_\-]*$")


class ServerTooOld(Unavailable):
    """The database server is older than PostgreSQL 16."""

    code = "server_too_old"


class DatabaseUnreachable(Unavailable):
    """The database server does not answer or refuses the owner role."""

    code = "database_unreachable"
    remedy = "Check that the server runs and that FANZHA_DATABASE_URL names it and the owner role's password."


class RoleTooStrong(Unavailable):
    """A working role may more than it should."""

    code = "role_too_strong"
    remedy = "Take SUPERUSER, BYPASSRLS and CREATEROLE away from it: row security must hold for the pages."


def upgrade(database: Database, *, revision: str = "head", patience: float = _PATIENCE_SECONDS) -> None:
    """Create the two working roles where they are missing and run the migrations; safe to call from several processes at once.

    A server that is only starting is waited for, `patience` seconds.

    Raises:
        DatabaseUnreachable, ServerTooOld, RoleTooStrong.
    """
    engine = create_engine(database.owner_url, hide_parameters=True, connect_args={"connect_timeout": 10})
    try:
        with _connect(engine, patience) as connection:
            _refuse_old_server(connection)
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            _ensure_roles(connection, database)
            connection.commit()
            command.upgrade(_config(connection), revision)
            connection.commit()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    finally:
        engine.dispose()


def _connect(engine: Engine, patience: float) -> Connection:
    give_up = time.monotonic() + patience
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if time.monotonic() + _PAUSE_SECONDS > give_up:
                raise DatabaseUnreachable(f"The database does not answer: {str(error.orig).strip()}") from error
            _log.warning("the database does not answer yet, trying again: %s", str(error.orig).strip())
            time.sleep(_PAUSE_SECONDS)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _refuse_old_server(connection: Connection) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if version < _OLDEST_SERVER:
        raise ServerTooOld(version=version)


def _ensure_roles(connection: Connection, database: Database) -> None:
    for role in (APP_ROLE, WORKER_ROLE):
        password = database.url(role).password or ""
        assert _PLAIN.match(password), "a role's password is made of letters, digits, - and _"
        known = connection.execute(text("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
        if known is None:
            connection.execute(text(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD '{password}'"))
        elif known:
            raise RoleTooStrong(f"The role {role} may more than it should.", role=role)
        else:
            connection.execute(text(f"ALTER ROLE {role} PASSWORD '{password}'"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
