"""Every border of the web application, walked route by route: whatever page is added later is covered here by itself."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from fanzha import faces
from fanzha.desks.identity.domain import ROLE_KINDS
from fanzha.faces.common.context import ApiGate, Gate, PageGate
from fanzha.faces.common.middleware import check_csrf
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import csrf_token
from fanzha.store import Principal
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]

# What somebody who is not signed in may reach. Everything under /portal is public by its nature.
PUBLIC = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/oidc"), ("GET", "/sign-in/oidc/callback"), ("GET", "/api/v1/health"),
}  # fmt: skip
GENERAL = tuple(role for role in Role if role not in ROLE_KINDS)
NOT_WALKED = {"/sign-out", "/live", "/events"}  # the first ends the walk, the others never end
IN_THE_PATH = {"kind": "calls", "number": "1", "day": "2026-01-01"}


@dataclass(frozen=True)
class Door:
    """One method of one route, and the gates in front of it."""

    method: str
    path: str
    gates: tuple[Gate, ...]
    checks_csrf: bool

    @property
    def address(self) -> str:
        """With something in the place of each parameter."""
        parts = [IN_THE_PATH.get(part.strip("{}").partition(":")[0], "0" * 32) if part.startswith("{") else part for part in self.path.split("/")]
        return "/".join(parts)

    @property
    def is_public(self) -> bool:
        return (self.method, self.path) in PUBLIC or self.path == "/portal" or self.path.startswith("/portal/")

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")


def doors(app: FastAPI) -> list[Door]:
    return list(_doors(app))


def _doors(app: FastAPI) -> Iterator[Door]:
    for context in iter_route_contexts(app.routes):
        if context.path == "/static":
            continue
        calls = [found.call for found in _flat(context.dependant)]
        gates = tuple(call for call in calls if isinstance(call, Gate))
        for method in sorted((context.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Door(method, str(context.path), gates, check_csrf in calls)


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    for one in dependant.dependencies:
        yield one
        yield from _flat(one)


@pytest.fixture
def walked(app: FastAPI) -> list[Door]:
    return doors(app)


def test_every_door_has_exactly_one_gate_of_its_face(walked: list[Door]) -> None:
    assert len(walked) > 30
    for door in walked:
        assert len(door.gates) == 1, door
        assert isinstance(door.gates[0], ApiGate if door.is_api else PageGate), door


def test_only_the_listed_doors_are_public(walked: list[Door]) -> None:
    assert [door.path for door in walked if door.gates[0].public and not door.is_public] == []
    assert {(door.method, door.path) for door in walked} >= PUBLIC


def test_every_door_but_the_way_home_checks_csrf(walked: list[Door]) -> None:
    assert [door.path for door in walked if not door.checks_csrf and door.path != "/"] == []


def test_nobody_passes_without_signing_in(client: TestClient, walked: list[Door]) -> None:
    for door in walked:
        if door.is_public:
            continue
        response = client.request(door.method, door.address)
        if door.is_api:
            assert response.status_code == 401, (door, response.text)
            assert response.headers["content-type"] == "application/problem+json", door
        elif door.method == "GET":
            assert response.status_code == 303, (door, response.text)
            assert response.headers["location"].startswith("/sign-in"), door
        else:
            assert response.status_code == 403, (door, response.text)


def test_nobody_passes_with_a_valid_csrf_token_alone(client: TestClient, platform: Platform, walked: list[Door]) -> None:
    client.cookies.set("fz_visitor", "visitor")
    client.headers["X-CSRF-Token"] = csrf_token(platform.keys, "visitor")
    for door in walked:
        if not door.is_public and not door.is_api:
            response = client.request(door.method, door.address)
            assert (response.status_code, response.headers.get("location", "")[:8]) == (303, "/sign-in"), door


def test_nobody_passes_with_a_made_up_key(client: TestClient, walked: list[Door]) -> None:
    for door in walked:
        if door.is_api and not door.is_public:
            for key in ("fz_000000000000_" + "A" * 43, "fz_", "x"):
                assert client.request(door.method, door.address, headers={"Authorization": f"Bearer {key}"}).status_code == 401, door


def test_a_role_without_the_permission_is_refused_everywhere(client: TestClient, sign_in: SignIn, walked: list[Door]) -> None:
    tried = 0
    for role in Role:
        user = sign_in(client, role)
        for door in walked:
            permission = door.gates[0].permission
            if permission is not None and not user.may(permission):
                response = client.request(door.method, door.address)
                assert response.status_code == 403, (door, role, response.status_code)
                tried += 1
    assert tried > 100


def test_a_missing_csrf_token_stops_every_step(client: TestClient, sign_in: SignIn, walked: list[Door]) -> None:
    sign_in(client, GENERAL)
    unsafe = [door for door in walked if door.method != "GET" and not door.path.startswith("/api/v1/health")]
    for token in (None, "", "0" * 64):
        client.headers.pop("X-CSRF-Token", None)
        if token is not None:
            client.headers["X-CSRF-Token"] = token
        for door in unsafe:
            response = client.request(door.method, door.address)
            assert response.status_code == 403, (door, token, response.status_code)


def test_a_token_of_another_session_does_not_fit(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    client.headers["X-CSRF-Token"] = csrf_token(platform.keys, "another session")
    assert client.post("/sign-out").status_code == 403


def test_a_cross_site_request_is_refused_even_with_the_token(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_no_door_trips_over_what_cannot_be_stored(client: TestClient, sign_in: SignIn, walked: list[Door]) -> None:
    sign_in(client, GENERAL)
    nasty = "q=%00&page=99999999999999999999&sort=%27%3B--&region=%00&state=%00&level=%F0%9F%90%89"
    for door in walked:
        if door.method == "GET" and door.path not in NOT_WALKED:
            for address in (f"{door.address}?{nasty}", door.address.replace("0" * 32, "%00")):
                assert client.get(address).status_code < 500, (door, address)


NONSENSE = (
    "", "x", "-1", "99999999999999999999999", "1e400", "NaN", "2026-02-30", "9999-12-31", "2026-03-05T25:61", "\x00", "😀\u202e", "字" * 3000, "<script>", "' OR 1=1 --",
    "../../etc/passwd", '{"a":[', "1,2,3", "12.345", "00000000000000000000000000000000", "true",
)  # fmt: skip


def field_names() -> list[str]:
    """Of every field that any page has."""
    pages = "".join(path.read_text("utf-8") for path in Path(faces.__file__).parent.rglob("*.html"))
    return sorted({*re.findall(r'name="([a-z_0-9]+)"', pages), *re.findall(r"ui\.\w+\('([a-z_0-9]+)'", pages)} - {"csrf_token"})


@pytest.mark.parametrize("roles", [GENERAL, *((role,) for role in ROLE_KINDS)])
def test_no_door_trips_over_nonsense_in_a_form(client: TestClient, sign_in: SignIn, walked: list[Door], roles: tuple[Role, ...]) -> None:
    user, names, chance = sign_in(client, roles, ""), field_names(), random.Random(5)
    assert len(names) > 150
    for door in walked:
        permission = door.gates[0].permission
        if door.method == "GET" or door.path in NOT_WALKED or (permission is not None and not user.may(permission)):
            continue
        for _ in range(4):
            body = {name: chance.choice(NONSENSE) for name in names if chance.random() < 0.9}
            response = client.request(door.method, door.address, data=body)
            assert response.status_code < 500, (door, response.status_code, response.text[:300])


def test_no_door_shows_what_is_inside_when_it_breaks(client: TestClient, sign_in: SignIn, walked: list[Door]) -> None:
    """Every role walks through every door with nothing in hand: plain answers, no stack trace, no 500."""
    for roles in (GENERAL, *((role,) for role in ROLE_KINDS)):
        sign_in(client, roles, "")
        for door in walked:
            if door.path in NOT_WALKED or door.path.startswith("/static"):
                continue
            response = client.request(door.method, door.address)
            assert response.status_code < 500, (door, response.status_code)
            if response.headers.get("content-type", "").startswith(("text/html", "application/problem+json")):
                assert "Traceback" not in response.text, door
                assert 'File "' not in response.text, door
