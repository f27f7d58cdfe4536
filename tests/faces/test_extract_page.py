"""Pasting a narrative on the console: marked in words, copied as JSON and CSV, kept nowhere."""

from __future__ import annotations

import html
import json
import re

from sqlalchemy import create_engine, text
from starlette.testclient import TestClient
from tests.faces.conftest import SignIn

from fanzha.faces.common.platform import Platform
from fanzha.faces.common.reading import LONGEST
from fanzha.vocab.roles import Role

TOLD = "报警人电话170 0000 0001，称在网上刷单做任务，下载“福汇家”APP，3月5日14时许转账到卡号6217000000000000003，被骗1.2万元。<b>"


def _send(client: TestClient, told: str) -> str:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/extract").text)
    assert token is not None
    answer = client.post("/extract", data={"csrf_token": token[1], "text": told, "reported_at": "2026-03-06T10:00"})
    assert answer.status_code == (422 if len(told) > LONGEST else 200)
    return answer.text


def test_a_pasted_narrative_is_marked_and_can_be_copied(client: TestClient, platform: Platform, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    page = _send(client, TOLD)
    assert re.search(r'<mark class="read-identifier is-suspect">6217000000000000003<small>[^<]+ · 涉案人</small></mark>', page)
    assert re.search(r'<mark class="read-amount is-lost">1.2万元<small>金额 · 损失</small></mark>', page)
    assert '<mark class="read-time">3月5日14时许<small>时间</small></mark>' in page
    assert "&lt;b&gt;" in page
    copies = [html.unescape(found) for found in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)]
    document = json.loads(copies[0])
    assert [one["value"] for one in document["identifiers"]] == ["+8617000000001", "福汇家", "6217000000000000003"]
    assert document["type"]["type"] == "rebate_tasks"
    assert "card,suspect,6217000000000000003" in copies[1]
    assert "'+8617000000001" in copies[1]
    engine = create_engine(platform.database.owner_url)
    with engine.connect() as connection:
        kept = connection.execute(text("select detail::text from audit_log where action = 'extract.read'")).scalars().all()
    engine.dispose()
    assert kept
    assert not any("6217" in one for one in kept)


def test_too_long_or_nothing_to_read(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    assert "<mark" not in _send(client, "一" * (LONGEST + 1))
    assert "<mark" not in _send(client, "   ")
    assert client.get("/extract?lang=en").status_code == 200


def test_who_may_not_read_narratives(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.FIELD_OFFICER)
    assert client.get("/extract").status_code == 403
