"""Migration 0022 on a database that holds cases, migrated by an owner who is no superuser: they are found as before, and by the ends of their numbers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import create_engine, text
from tests.desks.cases.kit import NOON, STORY, new, staff

from fanzha.desks.cases import editing, filing, moving, searching, words
from fanzha.desks.cases.cleaning import NewSuspect
from fanzha.desks.cases.reading import suspect_index
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Database, Scope, crypto, migrate
from fanzha.vocab.identifiers import Kind

SYSTEM = Scope.system("test")
_CASE = """
INSERT INTO cases (id, ref, number, state, root_id, region, unit_id, unit_name, fraud_type, narrative, reported_at, filed_at, source, created_at, created_by)
VALUES ('c', 'FZ2026-1', 'A3503020000002026050009', 'filed', 'c', '350302', 'o', 'u', 'other', :narrative, :at, :at, 'test', :at, 'test')"""
_SUSPECT = """
INSERT INTO case_suspects (id, case_id, added_at, added_by, kind, role, value, value_index, doubts)
VALUES ('s', 'c', :at, 'test', 'phone', 'other', :value, :value_index, '{}'), ('t', 'c', :at, 'test', NULL, 'other', :raw, NULL, '{}')"""


def _owner(platform: Platform, *statements: str) -> None:
    engine = create_engine(platform.database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _put(owned: Database) -> None:
    seal, value = crypto.current().seal, "+8617000000042"
    with owned.work(SYSTEM) as work:
        work.session.execute(text(_CASE), {"narrative": seal("cases.narrative", STORY), "at": NOON})
        told = {"value": seal("case_suspects.value", value), "value_index": suspect_index(Kind.PHONE, value), "raw": seal("case_suspects.value", "某平台客服")}
        work.session.execute(text(_SUSPECT), told | {"at": NOON})
        work.session.execute(text("INSERT INTO case_words VALUES ('c', :at, :words)"), {"at": NOON, "words": words.blinded(STORY)})


def test_cases_that_are_held_are_found_in_the_new_ways(platform: Platform) -> None:
    url, name = platform.database.owner_url, f"owned_{new_id()}"
    _owner(platform, f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'x'", f"GRANT fanzha_app, fanzha_worker TO {name} WITH ADMIN TRUE")
    _owner(platform, f"CREATE DATABASE {name} OWNER {name}")
    passwords = {role: platform.database.url(role).password or "" for role in ("fanzha_app", "fanzha_worker")}
    owned = Database(url.set(username=name, password="x", database=name).render_as_string(hide_password=False), passwords)
    try:
        migrate.upgrade(owned, revision="0021")
        _put(owned)
        migrate.upgrade(owned)
        with clock.frozen(NOON + timedelta(days=1)), owned.work(staff()) as work:
            for typed in ("A35030200", "17000000042", "000042", "刷单返利", "某平台客服"):
                assert [hit.case.id for hit in searching.search(work, typed).hits] == ["c"], typed
            assert searching.search(work, "0043").hits == []
            filed = filing.file(work, new(suspects=()), platform.tokens, key="filed-after")
            editing.add_suspect(work, filed.id, NewSuspect("17000000777"), key="added-after")
            moving.offer(work, filed.id, "350303", "管辖变更")
        with owned.work(staff("350303")) as work:
            assert [hit.case.id for hit in searching.search(work, "0777").hits] == [filed.id]
    finally:
        owned.close()
        _owner(platform, f"DROP DATABASE {name} WITH (FORCE)", f"DROP OWNED BY {name}", f"DROP ROLE {name}")
