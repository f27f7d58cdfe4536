"""A town that stands for a whole folder of tests: its people are made once, and what a test leaves behind is taken away after it.

A fresh database and ten accounts cost more than most of these tests do. Taking back is by measure, not by list: every table that was empty when the town stood
is empty again, and the lake as well; a table that had rows then keeps them.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from fanzha.bootstrap.wiring import assemble
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.settings import Settings

T = TypeVar("T")
_ROWS = text("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0")
_TABLES = text("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
_REFERENCES = text("SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'")


class Standing(Generic[T]):
    """An installation with a town in it."""

    def __init__(self, platform: Platform, build: Callable[[Platform], T]) -> None:
        self.platform, self.town = platform, build(platform)
        self._owner = create_engine(platform.database.owner_url, isolation_level="AUTOCOMMIT")
        with self._owner.connect() as owner:
            self._empty = set(owner.scalars(_TABLES)) - set(owner.scalars(_ROWS)) - {"audit_log"}  # that one is never shortened
            self._pointing = defaultdict[str, set[str]](set)
            for table, pointing in owner.execute(_REFERENCES):
                self._pointing[table].add(pointing)

    def take_back(self) -> None:
        """As it stood. Fails where a row of the town itself points to what a test wrote."""
        with self._owner.connect() as owner:
            grown = self._with_pointing(self._empty & set(owner.scalars(_ROWS)))
            assert grown <= self._empty, grown - self._empty
            if grown:
                owner.execute(text(f"TRUNCATE {', '.join(sorted(grown))}"))
        shutil.rmtree(self.platform.lake.location, ignore_errors=True)

    def _with_pointing(self, tables: Set[str]) -> set[str]:
        found, waiting = set(tables), list(tables)
        while waiting:
            fresh = self._pointing[waiting.pop()] - found
            found |= fresh
            waiting += fresh
        return found

    def close(self) -> None:
        self._owner.dispose()


@contextmanager
def standing(postgres_url: str, template_url: str, home: Path, keys_file: Path, build: Callable[[Platform], T]) -> Iterator[Standing[T]]:
    """A database of its own from the template, with the town of `build`."""
    url = make_url(postgres_url)
    name = f"s_{new_id()}"
    server = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{make_url(template_url).database}"'))
    platform = assemble(Settings(home=home, key_file=keys_file), url.set(database=name).render_as_string(hide_password=False))
    town = Standing(platform, build)
    try:
        yield town
    finally:
        town.close()
        platform.database.close()
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()


def fixtures(name: str, build: Callable[[Platform], T], scope: Literal["package", "module"] = "package") -> tuple[Any, Any, Any]:
    """For a conftest or a file of tests to bind: `built` (the standing installation, one a scope), `platform` (taken back after each test), and its town under a
    name of one's own."""

    @pytest.fixture(scope=scope)
    def built(postgres_url: str, template_url: str, keys_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing[T]]:
        with standing(postgres_url, template_url, tmp_path_factory.mktemp(name), keys_file, build) as opened:
            yield opened

    @pytest.fixture
    def platform(built: Standing[T]) -> Iterator[Platform]:
        yield built.platform
        built.take_back()

    @pytest.fixture
    def town(built: Standing[T], platform: Platform) -> T:
        del platform  # asked for so that the town is taken back after the test
        return built.town

    return built, platform, town
