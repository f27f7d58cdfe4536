"""Sessions as a browser meets them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

from fanzha.store import Principal
from fanzha.vocab.roles import Role


def test_home_leads_people_on_foot_to_the_field_pages(client: TestClient, sign_in: Callable[..., Principal]) -> None:
    sign_in(client, Role.FIELD_OFFICER, "350302001")
    assert client.get("/").headers["location"] == "/field"


def test_an_unknown_page_is_a_plain_sentence(client: TestClient, sign_in: Callable[..., Principal]) -> None:
    sign_in(client, Role.ANALYST)
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "没有找到" in response.text
