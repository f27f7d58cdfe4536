"""The policy of in-flight decisions on the console: proposed by one, approved or declined by another, with what it would have changed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from tests.faces.conftest import SignIn

from fanzha.desks.screening import Answer, Asked, Filters, service
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SYSTEM = Scope.system("test")
POLICY = "/screening/policy"


def typed(**changes: str) -> dict[str, str]:
    today = clock.local_day(clock.now()).isoformat()
    form = {
        "asked": "transfer", "signal": "level:yellow", "answer": "hold", "source": "市局〔2026〕1号", "effective_from": today, "basis": "atfl:18",
        "minutes": "30", "remedy_zh": "拨打96110", "remedy_en": "call 96110",
    }  # fmt: skip
    return form | changes


def proposed(client: TestClient, **changes: str) -> str:
    answer = client.post(POLICY, data=typed(**changes), follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def answer_of(platform: Platform) -> Answer:
    with platform.database.work(SYSTEM) as work:
        return service.policy(work).rows[Asked.TRANSFER, "level:yellow"].answer


def test_one_proposes_another_approves(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.DUTY_OFFICER)
    page = client.get(POLICY).text
    assert "随产品（GK）" in page
    assert "提议更改" in page
    assert 'name="minutes"' in client.get(f"{POLICY}/new?asked=transfer&signal=level:yellow").text
    line = proposed(client)
    assert "待审批" in client.get(POLICY).text
    mine = client.get(line).text
    assert "提议的人不能自己审批" in mine
    assert f'action="{line}/approve"' not in mine
    assert client.post(f"{line}/approve").status_code == 403
    assert answer_of(platform) is Answer.WARN
    sign_in(client, (Role.DUTY_OFFICER, Role.LEADER))
    theirs = client.get(line).text
    assert f'action="{line}/approve"' in theirs
    assert "市局〔2026〕1号" in theirs
    assert client.post(f"{line}/approve", follow_redirects=False).status_code == 303
    assert answer_of(platform) is Answer.HOLD
    assert "已批准" in client.get(line).text
    assert client.post(f"{line}/decline", data={"reason": "晚了"}).status_code == 409
    assert client.get(f"{POLICY}?lang=en").status_code == 200


def test_a_line_that_was_declined_is_never_approved(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    line = proposed(client)
    assert client.post(f"{line}/approve").status_code == 403, "an analyst approves nothing"
    sign_in(client, Role.DUTY_OFFICER)
    assert client.post(f"{line}/decline", data={"reason": " "}).status_code == 422
    assert client.post(f"{line}/decline", data={"reason": "依据不足"}, follow_redirects=False).status_code == 303
    told = client.get(line).text
    assert "已驳回" in told
    assert "依据不足" in told
    assert client.post(f"{line}/approve").status_code == 409
    assert "待审批" not in client.get(POLICY).text
    assert answer_of(platform) is Answer.WARN


def test_whoever_proposed_a_line_may_take_it_back(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    line = proposed(client)
    assert client.post(f"{line}/decline", data={"reason": "另有更好的口径"}, follow_redirects=False).status_code == 303
    again = proposed(client)
    assert again != line, "a line that was declined can be proposed anew"
    sign_in(client, (Role.ANALYST, Role.AUDITOR))
    assert client.post(f"{again}/decline", data={"reason": "不同意"}).status_code == 403, "another analyst answers nothing"


def test_what_is_typed_wrong_is_told_and_kept(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    past = (clock.local_day(clock.now()) - timedelta(days=1)).isoformat()
    for changes, words in (
        ({"minutes": ""}, "法律依据"), ({"minutes": "9999"}, "4320"), ({"minutes": "half"}, "只填数字"), ({"effective_from": past}, "已经过去"),
        ({"effective_from": "soon"}, "无法识别"), ({"signal": "nonsense"}, "nonsense"), ({"source": " "}, "依据"), ({"answer": ""}, "请选择业务和决定"),
    ):  # fmt: skip
        answer = client.post(POLICY, data=typed(**changes))
        assert answer.status_code == 422, changes
        assert words in answer.text, changes
        assert "拨打96110" in answer.text, "what was typed stands there still"
        assert client.post(f"{POLICY}/preview", data=typed(**changes)).status_code == 200


@pytest.mark.parametrize(("role", "kind", "reads", "proposes"), [
    (Role.AUDITOR, OrgKind.POLICE_CITY, 200, 403), (Role.BANK_AGENT, OrgKind.BANK, 403, 403), (Role.FIELD_OFFICER, OrgKind.POLICE_STATION, 403, 403),
    (Role.DUTY_OFFICER, OrgKind.POLICE_COUNTY, 200, 403),
])  # fmt: skip
def test_who_may(client: TestClient, sign_in: SignIn, role: Role, kind: OrgKind, reads: int, proposes: int) -> None:
    region = {OrgKind.POLICE_COUNTY: "350302", OrgKind.POLICE_STATION: "350302001"}.get(kind, "3503")
    sign_in(client, role, kind=kind, region=region)
    assert client.get(POLICY).status_code == reads
    assert "/screening/policy/new" not in client.get(POLICY).text
    assert client.post(POLICY, data=typed()).status_code == proposes


def _decided(platform: Platform, name: str, answer: str, *signals: dict[str, str]) -> None:
    """A decision of yesterday at noon."""
    at = clock.local_midnight(clock.local_day(clock.now())) - timedelta(hours=12)
    body: dict[str, object] = {"signals": json.dumps(signals), "id": name, "answer": answer, "at": at}
    with platform.database.work(SYSTEM) as work:
        work.session.execute(
            text(
                "INSERT INTO screening_decisions (id, org_id, request_id, digest, asked, answer, at, decided_at, event, signals, body, degraded, spooled)"
                " VALUES (:id, 'bank', :id, 'd', 'transfer', :answer, :at, :at, '{}', CAST(:signals AS jsonb), '{}', false, false)"
            ),
            body,
        )


def test_the_dry_run_judges_yesterdays_decisions_again(client: TestClient, platform: Platform, sign_in: SignIn) -> None:
    yellow = {"signal": "rule:no_line_of_its_own", "level": "yellow", "zh": "", "en": ""}
    _decided(platform, "d1", "warn", yellow)
    _decided(platform, "d2", "warn", yellow, {"signal": "found:red", "zh": "", "en": ""})
    _decided(platform, "d3", "warn", {"signal": "rule:on_flagged_call_and_pays", "level": "red", "zh": "", "en": ""}, yellow)
    _decided(platform, "d4", "pass")
    sign_in(client, Role.ANALYST)
    shown = client.post(f"{POLICY}/preview", data=typed()).text
    assert "共 4 次“转账”决定，3 次有这个信号，2 次结果不同。" in shown
    assert "多延迟或拦截 2 次。" in shown
    assert "没有差别" in client.post(f"{POLICY}/preview", data=typed(signal="found:yellow", answer="warn", source="GK")).text
    milder = client.post(f"{POLICY}/preview", data=typed(signal="rule:on_flagged_call_and_pays", answer="warn")).text
    assert "少延迟或拦截 1 次。" in milder
    line = proposed(client)
    assert "2 次结果不同" in client.get(line).text
    with platform.database.work(SYSTEM) as work:
        assert [each.answer for each in service.search(work, Filters(), PageRequest()).rows].count("warn") == 3, "nothing was written"
