"""Pages of the money trail. Every account and person is made up."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.desks.funds.funds_kit import FIRST, SECOND, STATEMENTS, VICTIM, report

from fanzha.desks.funds import service
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]


@pytest.fixture
def trail(platform: Platform, client: TestClient, sign_in: SignIn) -> str:
    """The address of a trail with the victim's transfer, entered by the pages."""
    report_id = report(platform)
    sign_in(client, Role.DUTY_OFFICER)
    address = client.post("/traces", data={"report_id": report_id}).headers["location"]
    told = {"payer": VICTIM, "payee": FIRST, "at": "2026-05-01 12:00:00", "amount": "10,000", "payee_bank": "示例一行", "victim_name": "张小三"}
    assert client.post(f"{address}/victims", data=told).status_code == 303
    return str(address)


def test_from_the_report_to_the_table(client: TestClient, trail: str, tmp_path: Path, platform: Platform) -> None:
    for bank, text in STATEMENTS.items():
        sent = client.post(f"{trail}/statements", files={"file": ("s.csv", text.encode("gb18030"))}, data={"bank": bank})
        assert sent.status_code == 303, sent.text
    page = client.get(f"{trail}?lang=en").text
    assert "Still there" in page
    assert "4,000.00" in page
    assert "First in first out" in page
    assert "<svg class=\"flow\"" in page
    assert not any(secret in page for secret in (VICTIM, FIRST, SECOND, "张小三"))
    assert "J1" in client.get("/traces?q=J").text
    version = re.search(r"flow\?known=(\d+)", page)
    assert version is not None
    assert client.get(f"{trail}/flow?known={version[1]}").status_code == 204
    assert "id=\"results\"" in client.get(f"{trail}/flow?known=1").text
    assert "Row 7：Invalid identifier" in page
    assert "See the newest" in client.get(f"{trail}?version=1").text
    ref = service.ref_of(platform.tokens.seal("bank_account", FIRST))
    assert client.post(f"{trail}/accounts/{ref}/reveal", data={"purpose": "研判案情"}).json() == {"value": FIRST}
    assert client.post(f"{trail}/accounts/{ref}/reveal", data={"purpose": "看"}).status_code == 422
    assert client.post(f"{trail}/accounts/{ref}", data={"holder": "王小五", "kind": ""}).status_code == 303
    assert "王小五" not in client.get(trail).text
    assert client.post(f"{trail}/method", data={"method": "haircut", "hops": 4, "hours": 24}).status_code == 303
    assert client.post(f"{trail}/method", data={"method": "haircut", "hops": 0, "hours": 24}).status_code == 422


def test_the_table_is_masked_unless_a_purpose_is_given(client: TestClient, trail: str) -> None:
    def cells(**data: str) -> str:
        sent = client.post(f"{trail}/export/xlsx", data=data)
        assert sent.status_code == 200
        with zipfile.ZipFile(io.BytesIO(sent.content)) as book:
            return book.read("xl/sharedStrings.xml").decode()

    masked = cells()
    assert FIRST not in masked
    assert any(words in masked for words in ("缺流水", "statement missing"))
    assert FIRST in cells(purpose="移送起诉材料")
    pdf = client.post(f"{trail}/export/pdf")
    assert (pdf.status_code == 200 and pdf.content.startswith(b"%PDF")) or pdf.status_code == 503


def test_what_is_wrong_stands_on_the_page(client: TestClient, trail: str) -> None:
    bad = client.post(f"{trail}/victims?lang=zh", data={"payer": VICTIM, "payee": VICTIM, "at": "2026-05-01 12:00:00", "amount": "1"})
    assert bad.status_code == 422
    assert "被害人转账不完整" in bad.text
    assert all(f'value="{typed}"' in bad.text for typed in (VICTIM, "2026-05-01 12:00:00")), "what was typed is still there"
    assert client.post(f"{trail}/statements", files={"file": ("s.csv", b"a,b\n1,2\n")}).status_code == 422
    assert client.post(f"{trail}/statements", files={"file": ("s.csv", b"A,B,C,D\n2026-05-01 12:00:00,x,y,1\n")}, data={"mapping": "at=Z"}).status_code == 422


def test_who_may(client: TestClient, trail: str, sign_in: SignIn) -> None:
    for role in (Role.DEPUTY, Role.BANK_AGENT, Role.GRID_WORKER, Role.OFFICE):
        sign_in(client, role)
        assert client.get(trail).status_code == 403
    sign_in(client, Role.LEADER)
    assert client.get(trail).status_code == 200
    assert client.post(f"{trail}/victims", data={"payer": VICTIM, "payee": FIRST, "at": "2026-05-01", "amount": "1"}).status_code == 403
    sign_in(client, Role.DUTY_OFFICER, region="350303")
    assert client.get(trail).status_code == 404


def test_a_proposal_fills_in_the_order(client: TestClient, trail: str, platform: Platform) -> None:
    ref = service.ref_of(platform.tokens.seal("bank_account", FIRST))
    form = client.post(f"{trail}/accounts/{ref}/propose")
    assert form.status_code == 200
    assert f'value="{FIRST}"' in form.text
    assert 'value="10000.00"' in form.text


def test_a_refund_from_draft_to_the_bank(client: TestClient, trail: str, sign_in: SignIn, platform: Platform) -> None:
    trace_id = trail.rsplit("/", 1)[1]
    ref = service.ref_of(platform.tokens.seal("bank_account", FIRST))
    bank = sign_in(client, Role.BANK_AGENT)
    sign_in(client, Role.DUTY_OFFICER)
    new = client.get(f"/refunds/new?trace={trace_id}")
    assert ref in new.text
    assert "张小三" not in new.text
    found = re.search(r'name="victim" value="([0-9a-f]+)"', new.text)
    assert found is not None
    typed = {
        "trace": trace_id, "account": ref, "frozen": "6000", "typed_reason": "银行函告", "bank": "示例一行", "org": bank.org_id,
        "victim": [found[1], ""], "name": ["", "李四"],
        "loss": ["10,000", "5000"], "refund_account": [VICTIM, SECOND], "refund_bank": ["", ""], "id_card": ["", ""], "phone": ["", ""], "denominator": "claims",
    }  # fmt: skip
    for wrong in ({"frozen": "x"}, {"typed_reason": ""}, {"frozen": ""}):
        refused = client.post("/refunds", data=typed | wrong)
        assert refused.status_code == 422, wrong
        assert all(f'value="{kept}"' in refused.text for kept in ("李四", "5000", SECOND)), "what was typed is still there"
    address = client.post("/refunds", data=typed).headers["location"]
    shown = client.get(f"{address}?lang=en").text
    assert "Drafted" in shown
    assert "6,000.00" in shown
    assert not any(secret in shown for secret in (VICTIM, SECOND, "张小三", "李四"))
    assert client.post("/refunds", data=typed).status_code == 409 or "/refunds/new" not in address
    draft = client.post(f"{address}/decision/xlsx")
    assert draft.status_code == 200
    assert client.post(f"{address}/victims/{found[1]}/reveal/refund_account", data={"purpose": "核对账户"}).json() == {"value": VICTIM}
    assert client.post(f"{address}/steps/decide").status_code == 422
    sign_in(client, Role.LEADER)
    assert client.post(f"{address}/decide", data={"decision_no": "示例1号"}).status_code == 303
    sign_in(client, Role.DUTY_OFFICER)
    assert client.post(f"{address}/steps/pay").status_code == 303
    sign_in(client, Role.BANK_AGENT)
    assert client.get("/refunds").headers["location"] == "/refunds/payments"
    page = client.get("/refunds/payments").text
    payment = re.search(r"/refunds/payments/([0-9a-f]{32})/answer", page)
    assert payment is not None
    assert VICTIM not in page
    assert client.get(address).status_code == 403
    assert client.post(f"/refunds/payments/{payment[1]}/reveal/account", data={"purpose": "办理付款"}).json() == {"value": VICTIM}
    listed = client.get("/api/v1/refund-payments").json()
    assert [(one["fen"], one["state"]) for one in listed] == [(600_000, "sent")]
    for _ in range(2):
        assert client.post(f"/api/v1/refund-payments/{payment[1]}/answer", json={"outcome": "paid", "serial": "B1"}).json()["state"] == "paid"
    assert client.post(f"/api/v1/refund-payments/{payment[1]}/answer", json={"outcome": "failed", "cause": "账户不符"}).status_code == 409
    sign_in(client, Role.ANALYST)
    assert client.get(f"/api/v1/traces/{trace_id}").json()["summary"]["stolen_fen"] == 1_000_000
    assert client.post(f"{address}/steps/close").status_code == 303


def test_a_shared_refund_waits(client: TestClient, trail: str, sign_in: SignIn, platform: Platform) -> None:
    ref = service.ref_of(platform.tokens.seal("bank_account", FIRST))
    sign_in(client, Role.DUTY_OFFICER)
    typed = {
        "trace": trail.rsplit("/", 1)[1], "account": ref, "frozen": "100", "typed_reason": "银行函告", "bank": "", "org": "", "victim": "", "name": "李四",
        "loss": "5000", "refund_account": SECOND, "refund_bank": "", "id_card": "", "phone": "",
    }  # fmt: skip
    address = client.post("/refunds", data=typed).headers["location"]
    assert client.post(f"{address}/steps/notice").status_code == 303
    assert client.post(f"{address}/objections", data={"objector": "王五", "body": "这是我的钱"}).status_code == 303
    found = re.search(r"/refunds/objections/([0-9a-f]{32})/answer", client.get(address).text)
    assert found is not None
    assert client.post(f"{address}/steps/end_notice").status_code == 409 or "公告期还没有结束" in client.post(f"{address}/steps/end_notice?lang=zh").text
    assert client.post(f"/refunds/objections/{found[1]}/answer", data={"words": "请补交证明"}).status_code == 303
    assert client.post(f"{address}/steps/withdraw", data={"reason": "补充被害人"}).status_code == 303
    assert ">1<" in client.get("/refunds").text.replace(" ", "")
