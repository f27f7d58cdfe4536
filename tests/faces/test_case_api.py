"""Cases over the API and on the command line. Everything is made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from starlette.testclient import TestClient
from tests.desks.cases.kit import NUMBER, PHONE, STORY, SUSPECT
from typer.testing import CliRunner

from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings
from fanzha.store import Principal
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
GIVEN = {
    "narrative": STORY, "reported_at": "2026-05-01T12:00:00+08:00", "happened_at": "2026-05-01T11:00:00+08:00", "region": "350302", "number": "odd-1",
    "fraud_type": "loan", "victim_name": "张小三", "victim_phone": PHONE, "loss_fen": 500, "suspects": [SUSPECT],
}  # fmt: skip


def test_filing_finding_and_reading(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    key = {"Idempotency-Key": "one-request"}
    filed = client.post("/api/v1/cases", json=GIVEN, headers=key)
    assert (filed.status_code, filed.json()["number_is_odd"]) == (201, True)
    assert client.post("/api/v1/cases", json=GIVEN, headers=key).json()["case"]["id"] == filed.json()["case"]["id"]
    assert client.post("/api/v1/cases", json=GIVEN, headers={"Idempotency-Key": "another-request"}).status_code == 409
    assert client.post("/api/v1/cases", json=GIVEN | {"number": NUMBER}).status_code == 422
    found = client.get("/api/v1/cases", params={"q": SUSPECT}).json()
    assert [(hit["where"], hit["pieces"]) for hit in found["hits"]] == [("suspect", [{"text": "170****0001", "is_hit": True}])]
    whole = client.get(f"/api/v1/cases/{filed.json()['case']['id']}")
    assert (whole.json()["minutes_to_report"], whole.json()["suspects"][0]["masked"]) == (60, "170****0001")
    assert not any(secret in whole.text for secret in (PHONE, "张小三", "垫付"))
    assert client.get("/api/v1/cases/none").status_code == 404

    @contextmanager
    def opener(_: Settings) -> Iterator[Platform]:
        yield platform

    said = CliRunner().invoke(build(opener), ["cases", "search", "刷单返利", "--json"])
    (hit,) = orjson.loads(said.stdout)["hits"]
    assert (hit["case"], hit["where"], "刷单返利" in hit["line"], SUSPECT in said.stdout) == ("odd-1", "narrative", True, False)
    assert "1 cases" in CliRunner().invoke(build(opener), ["cases", "search", "刷单返利"]).stdout
    sign_in(client, Role.BANK_AGENT)
    assert client.get("/api/v1/cases", params={"q": SUSPECT}).status_code == 403
