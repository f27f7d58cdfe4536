"""The identity desk over the API, with a key and with a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from fanzha.desks.identity import trail
from fanzha.faces.common import i18n
from fanzha.faces.common.context import api_permissions
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
VIEW, MANAGE = "identity.view_organisations", "identity.manage_users"


@pytest.fixture
def stranger(client: TestClient) -> TestClient:
    """Another client on the same application, with nothing in hand."""
    return TestClient(client.app, follow_redirects=False, raise_server_exceptions=False)


def make_key(client: TestClient, *scopes: str) -> str:
    made = client.post("/api/v1/keys", json={"name": "bank gateway", "scopes": list(scopes), "days": 30})
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_health_is_public_and_tells_nothing_else(client: TestClient) -> None:
    assert set(client.get("/api/v1/health").json()) == {"status", "version"}


def test_a_key_opens_its_scopes_and_nothing_else(client: TestClient, stranger: TestClient, sign_in: SignIn) -> None:
    admin = sign_in(client, Role.ADMINISTRATOR, "350302")
    key = make_key(client, VIEW)
    me = stranger.get("/api/v1/me", headers=bearer(key)).json()
    assert (me["user_id"], me["scopes"], me["region"]) == (admin.user_id, [VIEW], "350302")
    assert stranger.get("/api/v1/organisations", headers=bearer(key)).status_code == 200
    assert stranger.get("/api/v1/users", headers=bearer(key)).status_code == 403
    assert stranger.get("/users", headers=bearer(key)).status_code == 303, "a key opens no page"
    assert stranger.post("/api/v1/keys", json={"name": "x", "scopes": [VIEW]}, headers=bearer(key)).status_code == 403


def test_a_key_needs_no_csrf_token_and_a_session_does(client: TestClient, stranger: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    key = make_key(client, VIEW)
    key_id = client.get("/api/v1/keys").json()[0]["id"]
    del client.headers["X-CSRF-Token"]
    refused = client.delete(f"/api/v1/keys/{key_id}")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert stranger.delete(f"/api/v1/keys/{key_id}", headers=bearer(key)).status_code == 204
    assert stranger.get("/api/v1/me", headers=bearer(key)).status_code == 401


def test_a_key_expires(client: TestClient, stranger: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    key = make_key(client, VIEW)
    with clock.frozen(clock.now() + timedelta(days=31)):
        refused = stranger.get("/api/v1/me", headers=bearer(key))
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def test_a_bad_key_beside_a_good_session_is_refused(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    assert client.get("/api/v1/me", headers=bearer("fz_x")).status_code == 401


def test_nobody_gives_a_key_more_than_they_have(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    for scopes in ([MANAGE], [VIEW, "no.such"], []):
        assert client.post("/api/v1/keys", json={"name": "x", "scopes": scopes}).status_code == 422, scopes


def test_one_sees_ones_own_keys_and_area(client: TestClient, stranger: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR, "350302")
    make_key(client, VIEW)
    key_id = client.get("/api/v1/keys").json()[0]["id"]
    sign_in(stranger, Role.ADMINISTRATOR, "350303")
    assert stranger.get("/api/v1/keys").json() == []
    assert stranger.delete(f"/api/v1/keys/{key_id}").status_code == 404
    users = stranger.get("/api/v1/users").json()
    assert {user["region"] for user in users["rows"]} == {"350303"}
    assert users["total"] == len(users["rows"])
    assert "phone" not in users["rows"][0]
    assert "350302" not in {org["region"] for org in stranger.get("/api/v1/organisations").json()}


def test_the_interface_describes_itself_and_its_failures(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    schema = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/me" in schema["paths"]
    assert all(path.startswith("/api/v1/") for path in schema["paths"]), "pages are no interface"
    answers = schema["paths"]["/api/v1/users"]["get"]["responses"]
    assert {"200", "401", "403", "422", "429"} <= set(answers)
    assert "application/problem+json" in answers["403"]["content"]


def test_every_scope_has_a_word(client: TestClient) -> None:
    words = {code for code, _ in i18n.catalogues().family(i18n.Locale.ZH, "api_scope")}
    assert {permission.name for permission in api_permissions()} <= words, "add it to console/templates/account/terms.yaml"


def test_every_key_leaves_a_trail(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    admin = sign_in(client, Role.ADMINISTRATOR)
    secret = make_key(client, VIEW)
    with platform.database.work(Scope.of(admin)) as work:
        entries = list(trail.walk_trail(work, trail.TrailFilter(action="api_key.")))
    assert [entry.action for entry in entries] == ["api_key.made"]
    assert secret.split("_", 2)[2] not in entries[0].detail  # the secret itself may hold underscores
