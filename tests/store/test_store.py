"""The store on a real PostgreSQL: one transaction for everything, sealed fields, dated numbers, jobs."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import String, bindparam, create_engine, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.types import TypeEngine

from fanzha.faces.common.platform import Platform
from fanzha.faces.worker import build
from fanzha.kit.events import Event
from fanzha.kit.ids import new_id
from fanzha.store import Database, Instant, Scope, audit, dated, migrate
from fanzha.store.crypto import CannotOpen, CipherName, FieldCipher
from fanzha.store.dated import DatedNumber
from fanzha.store.jobs import Task
from fanzha.store.keys import Keys, KeysUnreadable

SYSTEM = Scope.system("test")


def _owner(database: Database, *statements: str) -> None:
    engine = create_engine(database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _jobs(database: Database) -> int:
    with database.work(SYSTEM) as work:
        return int(work.session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_sealed_text_opens_under_its_column_alone(cipher: CipherName) -> None:
    keys = Keys.generate()
    sealer = FieldCipher(keys, cipher)
    sealed = sealer.seal("users.phone", "+8613800000000")
    assert b"138" not in sealed
    assert FieldCipher(keys, "aes").open("users.phone", sealed) == "+8613800000000"
    with pytest.raises(CannotOpen):
        sealer.open("users.name", sealed)
    with pytest.raises(CannotOpen):
        FieldCipher(Keys.generate(), cipher).open("users.phone", sealed)


@given(st.text(), st.sampled_from(["aes", "sm4"]))
def test_sealing_is_lossless_and_never_repeats(plain: str, cipher: CipherName) -> None:
    sealer = FieldCipher(_KEYS, cipher)
    first, second = sealer.seal("t.c", plain), sealer.seal("t.c", plain)
    assert first != second
    assert sealer.open("t.c", first) == sealer.open("t.c", second) == plain


_KEYS = Keys.generate()


@given(st.text(max_size=12), st.lists(st.text(max_size=80), max_size=5))
def test_indexes_of_many_values_are_those_of_each(kind: str, values: list[str]) -> None:
    sealer = FieldCipher(_KEYS)
    assert sealer.blind_indexes(kind, values) == [sealer.blind_index(kind, value) for value in values]


@given(st.binary(max_size=80))
def test_damaged_data_is_a_typed_error(damaged: bytes) -> None:
    with pytest.raises((CannotOpen, ValueError)):
        FieldCipher(_KEYS).open("t.c", damaged)


def test_keys_are_made_once_and_read_by_their_owner_only(tmp_path: Path) -> None:
    found: list[Keys] = []
    threads = [threading.Thread(target=lambda: found.append(Keys.load_or_create(tmp_path / "k" / "keys.json"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({keys.tokens for keys in found}) == 1
    assert (tmp_path / "k" / "keys.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "k" / "keys.json").write_text("{}")
    with pytest.raises(KeysUnreadable):
        Keys.load_or_create(tmp_path / "k" / "keys.json")


def test_a_failure_takes_everything_back(platform: Platform) -> None:
    def fail_half_way() -> None:
        with platform.database.work(SYSTEM) as work:
            work.audit("thing.made", "1")
            work.defer("some.task")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert _jobs(platform.database) == 0
    with platform.database.work(SYSTEM) as work:
        assert audit.verify(work.session) == 0


def test_an_event_runs_in_the_same_transaction(platform: Platform) -> None:
    class Made(Event):
        pass

    def refuse(work: object, event: Event) -> None:
        raise LookupError

    platform.database.events.on(Made, refuse)
    def make() -> None:
        with platform.database.work(SYSTEM) as work:
            work.audit("thing.made", "1")
            work.publish(Made())

    with pytest.raises(LookupError):
        make()
    with platform.database.work(SYSTEM) as work:
        assert audit.verify(work.session) == 0


def test_the_audit_chain_shows_every_kind_of_tampering(platform: Platform) -> None:
    database = platform.database
    for number in range(5):
        with database.work(SYSTEM) as work:
            work.audit("thing.made", str(number), {"n": number})
    with database.work(SYSTEM) as work:
        assert audit.verify(work.session) == 5
    off, on = "ALTER TABLE audit_log DISABLE TRIGGER ALL", "ALTER TABLE audit_log ENABLE TRIGGER ALL"
    for tamper, mend in (
        ("UPDATE audit_log SET detail = '{\"n\":9}' WHERE number = 3", "UPDATE audit_log SET detail = '{\"n\":2}' WHERE number = 3"),
        ("UPDATE audit_log SET number = 9 WHERE number = 5", "UPDATE audit_log SET number = 5 WHERE number = 9"),
    ):
        _owner(database, off, tamper, on)
        with database.work(SYSTEM) as work, pytest.raises(audit.AuditBroken):
            audit.verify(work.session)
        _owner(database, off, mend, on)
    with database.work(SYSTEM) as work:
        assert audit.verify(work.session) == 5
    _owner(database, off, "DELETE FROM audit_log WHERE number = 5", on)
    with database.work(SYSTEM) as work, pytest.raises(audit.AuditBroken):
        audit.verify(work.session)


def test_no_role_can_change_the_audit_log(platform: Platform) -> None:
    for scope in (SYSTEM, Scope(actor="a", region="")):
        with platform.database.work(scope) as work:
            work.audit("thing.made", "1")
        for statement in ("UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "DELETE FROM audit_head", "DROP TABLE audit_log"):
            with pytest.raises(DBAPIError), platform.database.work(scope) as work:
                work.session.execute(text(statement))


def test_audit_entries_from_many_threads_form_one_chain(platform: Platform) -> None:
    def write() -> None:
        for _ in range(10):
            with platform.database.work(SYSTEM) as work:
                work.audit("thing.made", new_id())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with platform.database.work(SYSTEM) as work:
        assert audit.verify(work.session) == 40


def test_the_working_roles_cannot_get_more(platform: Platform) -> None:
    for statement in ("SET ROLE postgres", "ALTER ROLE fanzha_app BYPASSRLS", "CREATE TABLE x (a int)", "SET SESSION AUTHORIZATION postgres"):
        for scope in (SYSTEM, Scope(actor="a", region="")):
            with pytest.raises(DBAPIError), platform.database.work(scope) as work:
                work.session.execute(text(statement))


def test_a_job_named_once_waits_once(platform: Platform) -> None:
    with platform.database.work(SYSTEM) as work:
        work.defer("some.task", once="a", n=1)
        work.defer("some.task", once="a", n=2)
        work.defer("some.task", n=3)
    assert _jobs(platform.database) == 2


def test_the_worker_runs_a_job_and_tries_again_after_a_failure(platform: Platform) -> None:
    ran: list[int] = []

    def run(opened: Platform, *, n: int) -> None:
        assert opened is platform
        ran.append(n)

    with platform.database.work(Scope(actor="a", region="")) as work:
        work.defer("some.task", n=7)
    build(platform, [Task("some.task", run)]).run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert ran == [7]


def test_a_dated_number_depends_on_region_and_day(platform: Platform) -> None:
    key = "test.limit"
    dated.register(DatedNumber(key, 48, "h", "a limit", "GK", date(2020, 1, 1)))
    rows = [("", date(2026, 1, 1), 24), ("3503", date(2026, 6, 1), 12), ("350302", date(2026, 9, 1), 6)]
    with platform.database.work(SYSTEM) as work:
        for region, day, value in rows:
            work.session.execute(
                text("INSERT INTO dated_settings (key, region, effective_from, value, source, set_by) VALUES (:k, :r, :d, to_jsonb(CAST(:v AS int)), 'GK', 't')"),
                {"k": key, "r": region, "d": day, "v": value},
            )

        def at(region: str, year: int, month: int) -> int:
            return int(dated.value(work, key, region=region, at=datetime(year, month, 2, tzinfo=UTC)))

        assert at("350302001", 2025, 1) == 48
        assert at("350302001", 2026, 2) == 24
        assert at("350302001", 2026, 7) == 12
        assert at("350302001", 2026, 10) == 6
        assert at("350303", 2026, 10) == 12
        assert at("11", 2026, 10) == 24
        with pytest.raises(dated.UnknownNumber):
            dated.value(work, "test.unknown")


def test_migrations_describe_exactly_the_tables_of_the_code(platform: Platform) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from fanzha.store.tables import Table

    engine = create_engine(platform.database.owner_url)
    with engine.connect() as connection:
        known = set(Table.metadata.tables)
        opts = {"include_object": lambda thing, name, kind, reflected, other: kind != "table" or name in known, "compare_type": _types_differ}
        context = MigrationContext.configure(connection, opts=opts)
        differences = [found for found in compare_metadata(context, Table.metadata) if not _about_indexes(found)]
    engine.dispose()
    assert differences == []


def _types_differ(context: object, column: object, mapped: object, inspected: TypeEngine[Any], declared: TypeEngine[Any]) -> bool | None:
    """text and varchar without a length are one type to PostgreSQL."""
    both_text = isinstance(inspected, String) and isinstance(declared, String) and declared.length is None
    return False if both_text else None


def _about_indexes(difference: object) -> bool:
    return isinstance(difference, tuple) and str(difference[0]).endswith(("_index", "_constraint", "_fk"))


def test_migrating_twice_at_once_is_safe(platform: Platform) -> None:
    threads = [threading.Thread(target=migrate.upgrade, args=(platform.database,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with platform.database.work(SYSTEM) as work:
        assert audit.verify(work.session) == 0


def test_an_owner_who_is_no_superuser_is_enough(platform: Platform) -> None:
    """As on a managed server: the owner may make roles and owns its database, no more."""
    url = platform.database.owner_url
    name = f"owned_{new_id()}"
    _owner(platform.database, f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'x'", f"GRANT fanzha_app, fanzha_worker TO {name} WITH ADMIN TRUE")
    _owner(platform.database, f"CREATE DATABASE {name} OWNER {name}")
    passwords = {role: platform.database.url(role).password or "" for role in ("fanzha_app", "fanzha_worker")}
    owned = Database(url.set(username=name, password="x", database=name).render_as_string(hide_password=False), passwords)
    try:
        migrate.upgrade(owned)
        migrate.upgrade(owned)
        with owned.work(Scope(actor="a", region="3503")) as work:
            work.audit("thing.made", "1")
        with owned.work(SYSTEM) as work:
            assert audit.verify(work.session) == 1
    finally:
        owned.close()
        _owner(platform.database, f"DROP DATABASE {name}", f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_role_that_could_bypass_row_security_is_refused(platform: Platform) -> None:
    _owner(platform.database, "ALTER ROLE fanzha_app BYPASSRLS")
    try:
        with pytest.raises(migrate.RoleTooStrong):
            migrate.upgrade(platform.database)
    finally:
        _owner(platform.database, "ALTER ROLE fanzha_app NOBYPASSRLS")


def test_a_time_without_a_zone_is_refused(platform: Platform) -> None:
    with platform.database.work(SYSTEM) as work, pytest.raises(StatementError):
        work.session.execute(text("SELECT :at").bindparams(bindparam("at", datetime(2026, 1, 1), type_=Instant())))
