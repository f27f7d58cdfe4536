"""Migration 0009 on a database that holds texts in clear, migrated by an owner who is no superuser."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.store import Database, Scope, crypto, migrate

SYSTEM = Scope.system("test")

_WARNING = """
INSERT INTO warnings (id, number, person_key, state, level, found_level, fraud_type, region, region_known, channels, must_meet, issued_at)
VALUES ('w', 'YJ1', 'p', 'dispatched', 'red', 'red', 'authority', '350302', true, '[]', true, now())"""
_REVEAL = """
INSERT INTO warning_reveals (id, at, actor, actor_name, org_id, org_name, warning_id, fields, purpose)
VALUES ('r', now(), 'u', '', 'o', 'o', 'w', '[]', '上门劝阻')"""


def _owner(platform: Platform, *statements: str) -> None:
    engine = create_engine(platform.database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_texts_in_clear_are_sealed_and_none_is_lost(platform: Platform) -> None:
    url, name = platform.database.owner_url, f"owned_{new_id()}"
    _owner(platform, f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'x'", f"GRANT fanzha_app, fanzha_worker TO {name} WITH ADMIN TRUE")
    _owner(platform, f"CREATE DATABASE {name} OWNER {name}")
    passwords = {role: platform.database.url(role).password or "" for role in ("fanzha_app", "fanzha_worker")}
    owned = Database(url.set(username=name, password="x", database=name).render_as_string(hide_password=False), passwords)
    try:
        migrate.upgrade(owned, revision="0008")
        with owned.work(SYSTEM) as work:
            work.session.execute(text(_WARNING))
            work.session.execute(text(_REVEAL))
        migrate.upgrade(owned)
        with owned.work(SYSTEM) as work:
            sealed = work.session.execute(text("SELECT purpose FROM warning_reveals")).scalar_one()
            forced = "SELECT relname FROM pg_class WHERE relname IN ('warning_reveals', 'warning_feedback') AND relforcerowsecurity"
            assert len(work.session.scalars(text(forced)).all()) == 2
        assert crypto.current().open("warning_reveals.purpose", bytes(sealed)) == "上门劝阻"
    finally:
        owned.close()
        _owner(platform, f"DROP DATABASE {name} WITH (FORCE)", f"DROP OWNED BY {name}", f"DROP ROLE {name}")
