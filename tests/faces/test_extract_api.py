"""Narratives read over the API: with the permission, a limit, nothing kept but the count."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

from fanzha.store import Principal
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
TEXT = "昨天下午3点半接到+85250000001来电，称我涉嫌洗钱，转账12万3千元到6217000000000000003。"


def test_a_narrative_is_read(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    answer = client.post("/api/v1/extract", json={"items": [{"text": TEXT, "reported_at": "2026-03-06T10:00:00+08:00"}, {"text": "无"}]})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["items"]
    assert [(one["kind"], one["value"], TEXT[one["start"] : one["end"]]) for one in first["identifiers"]] == [
        ("phone", "+85250000001", "+85250000001"),
        ("card", "6217000000000000003", "6217000000000000003"),
    ]
    assert first["loss_fen"] == 12_300_000
    assert first["times"][0]["at"] == "2026-03-05T15:30:00+08:00"
    assert first["type"]["type"] == "authority"
    assert second["identifiers"] == []
    assert second["type"]["needs_human"] is True


def test_who_may_not_and_how_much_at_once(client: TestClient, sign_in: SignIn) -> None:
    assert client.post("/api/v1/extract", json={"items": [{"text": "x"}]}).status_code in (401, 403)
    sign_in(client, Role.GRID_WORKER)
    assert client.post("/api/v1/extract", json={"items": [{"text": "x"}]}).status_code == 403
    sign_in(client, Role.ANALYST)
    assert client.post("/api/v1/extract", json={"items": []}).status_code == 422
    assert client.post("/api/v1/extract", json={"items": [{"text": "x" * 20_001}]}).status_code == 422
    much = client.post("/api/v1/extract", json={"items": [{"text": "一" * 20_000}] * 6})
    assert (much.status_code, much.json()["code"]) == (422, "narrative_too_long")
