"""Fixtures of all tests: a real PostgreSQL, a fresh database and lake each, no network beyond this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from fanzha.bootstrap.wiring import assemble, prepare
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.settings import Settings
from fanzha.store.embedded import Embedded

_TEMPLATE = "fanzha_template"

# Continuous integration asks the same questions every time; people's runs go on looking for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "search")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The owner's URL of a server for this test process: FANZHA_TEST_DATABASE_URL, or an embedded one in a temporary folder."""
    given = os.environ.get("FANZHA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="fz-pg-") as folder:
        server = Embedded(Path(folder) / "pg")
        yield server.start()
        server.stop()


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set of keys for the whole session: the roles' passwords follow from them."""
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="session")
def template_url(postgres_url: str, keys_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database with the package's rules that others are copied from; returns the server's URL."""
    name = f"{_TEMPLATE}_{new_id()[-8:]}"
    _execute(postgres_url, f'CREATE DATABASE "{name}"')
    url = _named(postgres_url, name)
    settings = Settings(home=tmp_path_factory.mktemp("template"), key_file=keys_file)
    platform = assemble(settings, url)
    prepare(platform)
    platform.database.close()
    return url


Install = Callable[[Path], AbstractContextManager[Platform]]


@pytest.fixture(scope="session")
def install(postgres_url: str, template_url: str, keys_file: Path) -> Install:
    """Opens a whole installation of its own in a folder, for the length of a `with` block: empty migrated database, empty lake."""

    @contextmanager
    def opening(home: Path) -> Iterator[Platform]:
        name = f"t_{new_id()}"
        _execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{make_url(template_url).database}"')
        opened = assemble(Settings(home=home, key_file=keys_file), _named(postgres_url, name))
        try:
            yield opened
        finally:
            opened.database.close()
            _execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')

    return opening


@pytest.fixture
def platform(install: Install, tmp_path: Path) -> Iterator[Platform]:
    """A whole installation of its own: empty migrated database, empty lake, home folder."""
    home = tmp_path / "home"
    home.mkdir()
    with install(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; the test skips where it is absent."""
    folder = Path(os.environ.get("FANZHA_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder} (FANZHA_DATA)")
    return folder


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
