"""Intake by page, by API and by command."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from fanzha.desks import identity
from fanzha.desks.intake import RowFilter, policy, service
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest
from fanzha.lake import EventKind
from fanzha.store import Principal, Scope
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
HEADER = "交易流水号,交易时间,付款账号,收款账号,交易金额\n"
A, B = "6200000000000001", "6200000000000002"
GOOD = f"1,2026-03-05 14:20:33,{A},{B},12\n"
BAD = f"2,2026-03-05 14:20:33,{A},{B},-3\n"
FORMULA = f"3,2026-03-05 14:20:33,{A},{B},=1+1\n"


def send(client: TestClient, content: str, kind: str = "transfers", source: str = "示例银行") -> str:
    response = client.post("/intake", data={"kind": kind, "source": source}, files={"file": ("x.csv", content.encode())})
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_sent_and_its_sum_shown(client: TestClient, sign_in: SignIn, language: str) -> None:
    sign_in(client, Role.ANALYST)
    client.cookies.set("lang", language)
    where = send(client, HEADER + GOOD + BAD)
    shown = client.get(where)
    assert shown.status_code == 200
    assert "2 = 1 + 0 + 1" in shown.text
    assert ("金额为负" if language == "zh" else "Negative amount") in shown.text
    assert client.get("/intake").status_code == client.get("/intake/quarantine?state=open").status_code == 200
    again = client.get(send(client, HEADER + GOOD + BAD))
    assert ("没有改变任何内容" if language == "zh" else "nothing was changed") in again.text


def test_a_bad_file_is_answered_by_the_form_with_what_is_wrong(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    response = client.post("/intake", data={"kind": "transfers", "source": "x"}, files={"file": ("x.csv", b"")})
    assert response.status_code == 422
    assert "文件里没有数据行" in response.text
    assert client.post("/intake", data={"kind": "transfers", "source": ""}, files={"file": ("x.csv", b"a")}).status_code == 422


def test_a_row_is_opened_with_a_purpose_mended_and_replayed(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    sign_in(client, Role.ANALYST)
    batch = send(client, HEADER + BAD).rpartition("/")[2]
    listed = client.get(f"/intake/quarantine?batch={batch}").text
    assert A not in listed
    found = re.search(r"/intake/quarantine/([0-9a-f]{32})", listed)
    assert found is not None
    row = f"/intake/quarantine/{found[1]}"
    assert A not in client.get(row).text
    assert client.post(f"{row}/open", data={"purpose": ""}).status_code == 422
    opened = client.post(f"{row}/open", data={"purpose": "更正金额"}).text
    assert f'value="{A}"' in opened
    cells = dict(re.findall(r'name="(cell:[^"]+)"[^>]*value="([^"]*)"', opened)) | {"cell:交易金额": "3"}
    mended = client.post(f"{row}/mend", data=cells)
    assert mended.status_code == 303
    assert "1 = 1 + 0 + 0" in client.get(mended.headers["location"]).text
    assert platform.lake.scan(EventKind.TRANSFERS).collect()["amount_fen"].to_list() == [300]
    assert client.post(f"{row}/dismiss", data={"reason": "重复"}).status_code == 409
    assert client.get("/intake/quarantine/" + "0" * 32).status_code == 404


def test_a_row_is_dismissed(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    batch = send(client, HEADER + BAD).rpartition("/")[2]
    found = re.search(r"/intake/quarantine/([0-9a-f]{32})", client.get(f"/intake/quarantine?batch={batch}").text)
    assert found is not None
    assert client.post(f"/intake/quarantine/{found[1]}/dismiss", data={"reason": "测试数据"}).status_code == 303
    assert client.post(f"/intake/batches/{batch}/replay").status_code == 409


def test_an_export_runs_no_formula(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    batch = send(client, HEADER + BAD + FORMULA).rpartition("/")[2]
    response = client.post(f"/intake/quarantine/export?batch={batch}", data={"purpose": "线下更正"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["交易金额"] for row in rows] == ["'-3", "'=1+1"]
    assert [row["行号"] for row in rows] == ["2", "3"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_roles(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DEPUTY)
    assert client.get("/intake").status_code == 403
    sign_in(client, Role.AUDITOR)
    assert client.get("/intake").status_code == 200
    assert client.post("/intake", data={"kind": "transfers", "source": "x"}, files={"file": ("x.csv", b"a")}).status_code == 403
    sign_in(client, Role.BANK_AGENT)
    assert 'name="source"' not in client.get("/intake").text.partition("dropzone")[0]
    where = send(client, HEADER + GOOD, source="冒名")
    assert "冒名" not in client.get(where).text


def test_the_api_takes_a_body_once(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    body = (HEADER + GOOD + BAD).encode()
    first = client.post("/api/v1/batches/transfers?source=示例银行", content=body, headers={"content-type": "application/octet-stream"})
    assert first.status_code == 201, first.text
    receipt = first.json()
    assert (receipt["received"], receipt["accepted"], receipt["duplicates"], receipt["quarantined"]) == (2, 1, 0, 1)
    again = client.post("/api/v1/batches/transfers?source=示例银行", content=body, headers={"content-type": "application/octet-stream"})
    assert again.status_code == 200
    assert again.json() == receipt | {"repeated": True}
    assert client.get(f"/api/v1/batches/{receipt['batch_id']}").json() == receipt
    assert client.get("/api/v1/batches?kind=transfers").json()["total"] == 1
    empty = client.post("/api/v1/batches/transfers?source=x", content=b"", headers={"content-type": "application/octet-stream"})
    assert empty.status_code == 422
    assert empty.json()["code"] == "empty_file"
    mapped = client.post(
        "/api/v1/batches/transfers",
        params={"source": "x", "mapping": json.dumps({"fields": {"at": "t", "payer": "p", "payee": "q", "amount": "m"}})},
        content=f"t,p,q,m\n2026-03-05,{A},{B},1\n".encode(),
        headers={"content-type": "text/csv"},
    )
    assert mapped.json()["accepted"] == 1
    bad = client.post("/api/v1/batches/transfers?source=x&mapping=nonsense", content=body, headers={"content-type": "text/csv"})
    assert bad.json()["code"] == "bad_mapping"


def test_the_api_wants_the_scope(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    user = sign_in(client, Role.ANALYST)
    with platform.database.work(Scope.of(user)) as work:
        tokens = {scope.name: identity.keys.make_key(work, scope.name, [scope], 30).secret for scope in (policy.WRITE, policy.READ)}
    client.cookies.clear()
    for name, status in ((policy.WRITE.name, 201), (policy.READ.name, 403)):
        headers = {"Authorization": f"Bearer {tokens[name]}", "content-type": "text/csv"}
        answer = client.post("/api/v1/batches/transfers?source=x", content=(HEADER + GOOD).encode(), headers=headers)
        assert answer.status_code == status, answer.text


def test_the_command_prints_the_sum_and_the_quarantine(platform: Platform, tmp_path: Path) -> None:
    app, runner = build(lambda settings: nullcontext(platform)), CliRunner()
    path = tmp_path / "x.csv"
    path.write_text(HEADER + GOOD + BAD + FORMULA, "utf-8")
    shown = runner.invoke(app, ["--quiet", "ingest", "transfers", str(path), "--source", "示例银行"])
    assert shown.exit_code == 0, shown.output
    assert "received 3 = accepted 1 + duplicates 0 + quarantined 2" in shown.output
    both = runner.invoke(app, ["--quiet", "ingest", "transfers", str(path), str(tmp_path / "absent.csv"), "--source", "示例银行", "--json"])
    assert both.exit_code == 1
    outcome = json.loads(both.stdout)
    assert outcome["files"][0]["repeated"] is True
    assert outcome["files"][1]["error"] == "unreadable_file"
    assert (outcome["received"], outcome["accepted"], outcome["duplicates"], outcome["quarantined"]) == (3, 1, 0, 2)
    batch = outcome["files"][0]["batch_id"]
    listed = json.loads(runner.invoke(app, ["quarantine", "list", "--batch", batch, "--json"]).stdout)
    assert [row["reason"] for row in listed["rows"]] == ["negative_amount", "bad_amount"]
    out = tmp_path / "out.csv"
    assert runner.invoke(app, ["quarantine", "export", str(out), "--purpose", "测试", "--batch", batch]).exit_code == 0
    assert "'=1+1" in out.read_text("utf-8-sig")
    assert out.stat().st_mode & 0o077 == 0
    replayed = json.loads(runner.invoke(app, ["quarantine", "replay", batch, "--row", listed["rows"][0]["id"], "--json"]).stdout)
    assert (replayed["received"], replayed["quarantined"]) == (1, 1)
    with platform.database.work(Scope.system("test")) as work:
        assert service.rows(work, RowFilter(state="open"), PageRequest()).total == 2
    mapping = tmp_path / "map.yaml"
    mapping.write_text("fields: [1]\n")
    refused = runner.invoke(app, ["quarantine", "replay", batch, "--mapping", str(mapping)])
    assert refused.exit_code == 1
