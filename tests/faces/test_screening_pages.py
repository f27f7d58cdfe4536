"""Decisions on the console and over the API: seen by those concerned, with nobody's number in clear."""

from __future__ import annotations

from starlette.testclient import TestClient
from tests.faces.conftest import SignIn
from tests.faces.screening_kit import BANK, ask, key_for, screened, transfer

from fanzha.desks.screening import policy
from fanzha.faces.common.context import api_permissions
from fanzha.faces.common.platform import Platform
from fanzha.vocab.roles import Role


def test_the_list_and_one_decision(client: TestClient, platform: Platform, sign_in: SignIn) -> None:
    key, _ = key_for(platform, permissions=(*BANK, policy.SEE))
    stranger, _ = key_for(platform, permissions=(policy.SEE,))
    decision = screened(platform, lambda up: ask(up.app, "/v1/screen/transfer", key, transfer("r-77"))).json["decision_id"]
    sign_in(client, Role.ANALYST)
    page = client.get("/screening?asked=transfer&answer=pass")
    assert page.status_code == 200
    assert "r-77" in page.text
    assert "6222020000000000011" not in page.text
    assert "r-77" not in client.get("/screening?answer=block").text
    assert client.get("/screening?lang=en").status_code == 200
    reader = TestClient(client.app)
    found = reader.get(f"/api/v1/screening/decisions/{decision}", headers={"Authorization": f"Bearer {key}"})
    assert found.json()["answer"] == "pass"
    assert reader.get(f"/api/v1/screening/decisions/{decision}", headers={"Authorization": f"Bearer {stranger}"}).status_code == 404
    sign_in(client, Role.FIELD_OFFICER)
    assert client.get("/screening").status_code == 403


def test_a_key_can_be_given_each_permission_to_ask() -> None:
    assert {permission.name for permission in policy.ASK.values()} <= {permission.name for permission in api_permissions()}
