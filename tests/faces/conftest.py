"""Fixtures of the pages' tests: a client on the whole application, and a quick way in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from fanzha.desks import identity
from fanzha.desks.identity import SessionLimits
from fanzha.desks.identity.domain import SignInMethod
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import csrf_token
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

PLENTY = Rate(10_000_000, 1)
KINDS = {
    Role.FIELD_OFFICER: OrgKind.POLICE_STATION, Role.GRID_WORKER: OrgKind.GRID, Role.BANK_AGENT: OrgKind.BANK,
    Role.OPERATOR_AGENT: OrgKind.OPERATOR, Role.OFFICE: OrgKind.OFFICE, Role.DEPUTY: OrgKind.CONGRESS,
}  # fmt: skip


class SignIn(Protocol):
    """`sign_in(client, Role.ANALYST, region="350302")` → the principal; the client then carries the session and its CSRF token."""

    def __call__(self, client: TestClient, role: Role | tuple[Role, ...], region: str = "3503", *, kind: OrgKind | None = None) -> Principal: ...


@pytest.fixture(scope="session")
def worked_out() -> list[BaseRoute]:
    """The routes of the session's first application: what they take and need is worked out on its first request, half a second's work."""
    return []


@pytest.fixture
def app(platform: Platform, worked_out: list[BaseRoute]) -> FastAPI:
    """The application, without rate limits. Its routes are those of the first one: they hold nothing of an installation."""
    made = create_app(platform, Limits(PLENTY, PLENTY, PLENTY, PLENTY))
    worked_out.extend(made.router.routes if not worked_out else ())
    made.router.routes[:] = worked_out
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Follows no redirects; an unexpected failure is a 500 page, as in production."""
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def sign_in(platform: Platform) -> SignIn:
    """Creates the organisation and the user on first use (one a role, region and kind) and opens a session without hashing a password."""

    def enter(client: TestClient, role: Role | tuple[Role, ...], region: str = "3503", *, kind: OrgKind | None = None) -> Principal:
        roles = (role,) if isinstance(role, Role) else role
        of_kind = kind or KINDS.get(roles[0], OrgKind.POLICE_COUNTY if len(region) == 6 else OrgKind.POLICE_CITY)
        limits = SessionLimits(timedelta(hours=10), timedelta(hours=1))
        with platform.database.work(Scope.system("test")) as work:
            org = identity.service.create_organisation(work, code=f"{of_kind}-{region or 'all'}", kind=of_kind, name=f"机构 {of_kind} {region}", region=region)
            login = ".".join((*roles, region or "all"))[:40]
            made = identity.service.create_user(
                work, login=login, name=f"测试 {login}", org=org, roles=roles, password_hash="no password fits", must_change_password=False
            )
            opened = identity.sessions.open_session(work, made.user, limits, SignInMethod.PASSWORD, address="testclient", agent="test")
            principal = identity.sessions.principal_of(made.user)
        client.cookies.clear()
        client.cookies.set("fz_session", opened.token)
        client.headers["X-CSRF-Token"] = csrf_token(platform.keys, opened.token)
        return principal

    return enter
