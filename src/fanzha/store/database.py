"""Connections to PostgreSQL, one role for pages and one for the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from fanzha.kit.events import Events
from fanzha.store.scope import Scope
from fanzha.store.work import Work

APP_ROLE = "fanzha_app"
WORKER_ROLE = "fanzha_worker"

_SET_SCOPE = text(
    "SELECT set_config('fanzha.region', :region, true), set_config('fanzha.org', :org, true), set_config('fanzha.actor', :actor, true),"
    " set_config('fanzha.org_kind', :kind, true)"
)


class Database:
    """Opens units of work.

    Args:
        owner_url: the owner role; used to migrate only. `role_passwords` are those of the two working roles on the same server.
    """

    def __init__(self, owner_url: str, role_passwords: dict[str, str], events: Events | None = None, *, pool_size: int = 10) -> None:
        self.owner_url = _psycopg(owner_url)
        self.events = events or Events()
        self._passwords = role_passwords
        self._pool_size = pool_size
        self._engines: dict[str, Engine] = {}

    def engine(self, role: str) -> Engine:
        """The pool of connections of one working role; opened on first use."""
        if role not in self._engines:
            # A failing statement's parameters (names, numbers) must not reach the log with its error.
            self._engines[role] = create_engine(
                self.url(role), pool_size=self._pool_size, max_overflow=5, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10}
            )
        return self._engines[role]

    def url(self, role: str) -> URL:
        return self.owner_url.set(username=role, password=self._passwords.get(role))

    def conninfo(self, role: str) -> str:
        """For psycopg itself (LISTEN, COPY, procrastinate)."""
        return self.url(role).set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def work(self, scope: Scope) -> Iterator[Work]:
        """One transaction: committed on leaving the block, rolled back on an exception."""
        engine = self.engine(WORKER_ROLE if scope.is_system else APP_ROLE)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            session.execute(_SET_SCOPE, {"region": scope.region, "org": scope.org_id, "actor": scope.actor, "kind": scope.org_kind})
            work = Work(session, scope, self.events)
            yield work
            work.settle()

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def _psycopg(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")
