"""In-flight decisions, asked as a bank's or an operator's system asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from tests.desks.detectors.kit import ANALYST, DUTY
from tests.faces.screening_kit import BANK, OPERATOR, ask, key_for, screened, transfer, until

from fanzha.desks import indicators, screening
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.desks.screening import Asked
from fanzha.desks.screening.domain import Answer
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen.server import Screening
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.roles import Role

TRANSFER = "/v1/screen/transfer"
PAYEE = "6222020000000000029"


def flag(platform: Platform, kind: Kind, value: str, state: IndicatorState = IndicatorState.CONFIRMED) -> None:
    with platform.database.work(Scope.system("test")) as work:
        indicators.service.add_many(work, [IndicatorRow(value, kind, FraudType("loan"), "test", state, 90)], platform.tokens)


def stored(platform: Platform) -> list[Any]:
    with platform.database.work(Scope.system("test")) as work:
        return list(work.session.execute(text("SELECT * FROM screening_decisions ORDER BY number")))


def test_a_payment_to_a_flagged_account_is_held_with_basis_term_and_remedy(platform: Platform) -> None:
    key, org = key_for(platform)
    flag(platform, Kind.BANK_ACCOUNT, PAYEE)

    async def work(up: Screening) -> dict[str, Any]:
        innocent = await ask(up.app, TRANSFER, key, transfer("r-1", payee="6222020000000000037"))
        assert (innocent.status, innocent.json["decision"]) == (200, "pass"), innocent.body
        found = await ask(up.app, TRANSFER, key, transfer("r-2"))
        assert found.status == 200
        return dict(found.json)

    answer = screened(platform, work)
    assert answer["decision"] == "hold"
    assert {reason["signal"] for reason in answer["reasons"]} >= {"indicator:confirmed"}
    assert answer["measure"]["basis"] == "atfl:18"
    assert answer["measure"]["term_minutes"] == 60
    assert "96110" in answer["measure"]["remedy_zh"]
    assert answer["measure"]["remedy_en"]
    rows = stored(platform)
    assert [(row.request_id, row.answer, row.org_id) for row in rows] == [("r-1", "pass", org), ("r-2", "hold", org)]
    assert rows[1].ends_at > rows[1].decided_at
    assert PAYEE not in "".join(map(str, rows)), "identifiers are kept as tokens"


def test_what_is_blocked_has_not_happened(platform: Platform) -> None:
    """What is let happen fills the windows at once, what is blocked does not: a call with a flagged number counts for the payment only if it took place."""
    bank, _ = key_for(platform)
    operator, _ = key_for(platform, Role.OPERATOR_AGENT, OPERATOR)
    flag(platform, Kind.PHONE, "13800001111")

    async def work(up: Screening) -> dict[str, Any]:
        up.hot.state.persons = {platform.tokens.seal("bank_account", "6222020000000000011"): platform.tokens.seal("phone", "+8613800002222")}
        call = await ask(up.app, "/v1/screen/call", operator, {"request_id": "c-1", "caller": "13800001111", "callee": "13800002222", "seconds": 900})
        assert call.json["decision"] == "block"
        return dict((await ask(up.app, TRANSFER, bank, transfer("t-1", amount_fen=2_000_000))).json)

    assert screened(platform, work)["decision"] == "pass", "a blocked call did not happen"


def test_the_screened_events_fill_the_windows(platform: Platform) -> None:
    """A suspected number talks to the customer for fifteen minutes; the payment a moment later fires the shipped rule, and its policy line blocks."""
    bank, _ = key_for(platform)
    operator, _ = key_for(platform, Role.OPERATOR_AGENT, OPERATOR)
    flag(platform, Kind.PHONE, "13800001111", IndicatorState.SUSPECTED)

    async def work(up: Screening) -> dict[str, Any]:
        up.hot.state.persons = {platform.tokens.seal("bank_account", "6222020000000000011"): platform.tokens.seal("phone", "+8613800002222")}
        at = (clock.now() - timedelta(minutes=15)).isoformat()
        talk = {"request_id": "c-1", "caller": "13800001111", "callee": "13800002222", "seconds": 900, "at": at}
        assert (await ask(up.app, "/v1/screen/call", operator, talk)).json["decision"] == "warn"
        return dict((await ask(up.app, TRANSFER, bank, transfer("t-1", amount_fen=2_000_000))).json)

    answer = screened(platform, work)
    assert answer["decision"] == "block"
    assert {"id": "on_flagged_call_and_pays", "version": 1} in answer["rules"]
    assert "15分钟" in answer["reasons"][0]["zh"]
    assert answer["policy"]["signal"] == "rule:on_flagged_call_and_pays"


def test_the_same_request_gets_the_same_answer_and_another_content_a_conflict(platform: Platform) -> None:
    key, _ = key_for(platform)
    other, _ = key_for(platform)

    async def work(up: Screening) -> bytes:
        twice = await asyncio.gather(*(ask(up.app, TRANSFER, key, transfer("r-1")) for _ in range(5)))
        assert len({reply.body for reply in twice}) == 1
        conflict = await ask(up.app, TRANSFER, key, transfer("r-1", amount_fen=1))
        assert (conflict.status, conflict.json["code"], conflict.json["params"]) == (409, "request_conflict", {"request_id": "r-1"})
        assert (await ask(up.app, TRANSFER, other, transfer("r-1"))).json["decision_id"] != twice[0].json["decision_id"], "another bank's number"
        return twice[0].body

    async def after_restart(up: Screening) -> bytes:
        assert (await ask(up.app, TRANSFER, key, transfer("r-1", amount_fen=1))).status == 409
        return (await ask(up.app, TRANSFER, key, transfer("r-1"))).body

    assert screened(platform, work) == screened(platform, after_restart)
    assert len(stored(platform)) == 2


UNREADABLE: list[tuple[Any, str]] = [
    (b"{", "$"),
    ({"request_id": "r"}, "$"),
    (transfer("r", amount_fen="1"), "$.amount_fen"),
    (transfer("r", amount_fen=0), "$.amount_fen"),
    (transfer("r", payer="not an account"), "$.payer"),
    (transfer("r", payee="6222020000000000011"), "$.payee"),
    (transfer("r", at="2026-03-01T10:00:00"), "$.at"),
    (transfer("r", at="2001-03-01T10:00:00+08:00"), "$.at"),
    (transfer("r", colour="red"), "$"),
]


def test_what_cannot_be_read_is_refused_by_its_place(platform: Platform) -> None:
    key, _ = key_for(platform)

    async def work(up: Screening) -> None:
        for body, place in UNREADABLE:
            reply = await ask(up.app, TRANSFER, key, body)
            assert (reply.status, reply.json["code"], reply.json["params"]["place"]) == (422, "bad_screening_request", place)
            assert reply.json["remedy"]
            assert reply.headers["content-type"] == "application/problem+json"

    screened(platform, work)


def test_who_may_ask_for_what(platform: Platform) -> None:
    bank, _ = key_for(platform)
    officer, _ = key_for(platform, Role.ANALYST, (screening.policy.SEE,))

    async def work(up: Screening) -> None:
        assert (await ask(up.app, TRANSFER, None, transfer("r"))).status == 401
        made_up = await ask(up.app, TRANSFER, f"fz_{'0' * 12}_{'x' * 43}", transfer("r"))
        assert (made_up.status, made_up.headers["www-authenticate"]) == (401, "Bearer")
        refused = await ask(up.app, "/v1/screen/call", bank, {"request_id": "r", "caller": "13800001111", "callee": "13800002222"})
        assert (refused.status, refused.json["params"]["permission"]) == (403, "screening.call")
        assert (await ask(up.app, TRANSFER, officer, transfer("r"))).status == 403
        assert (await ask(up.app, "/v1/screen/nothing", bank, method="GET")).status == 404
        assert (await ask(up.app, TRANSFER, bank, method="GET")).status == 405
        assert (await ask(up.app, TRANSFER, bank, b"x" * 20_000)).status == 413
        status = await ask(up.app, "/v1/screen/status", officer, method="GET")
        assert status.json["status"] == "ok"
        assert len(status.json["rules"]) + len(status.json["rules_left_out"]) >= 30
        assert b"fanzha_screen_degraded 0" in (await ask(up.app, "/v1/screen/metrics", bank, method="GET")).body
        assert (await ask(up.app, "/health", None, method="GET")).json == {"status": "ok"}

    screened(platform, work)
    assert stored(platform) == []


def test_a_key_that_asks_too_fast_is_told_when_to_return(platform: Platform) -> None:
    slow = replace(platform, settings=platform.settings.model_copy(update={"screen_rate": 2}))
    key, _ = key_for(platform)

    async def work(up: Screening) -> list[int]:
        return [(await ask(up.app, TRANSFER, key, transfer(f"r-{n}"))).status for n in range(3)]

    assert screened(slow, work) == [200, 200, 429]


def test_messages_and_visits(platform: Platform) -> None:
    key, _ = key_for(platform, Role.OPERATOR_AGENT, OPERATOR)
    flag(platform, Kind.DOMAIN, "fakeloan.example")

    async def work(up: Screening) -> list[str]:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("message", {"sender": "13800001111", "receiver": "13800002222", "text": "您的贷款请打开 fakeloan.example 办理"}),
            ("visit", {"visitor": "13800002222", "host": "https://fakeloan.example/apply", "seconds": 5}),
            ("visit", {"visitor": "13800002222", "app": "com.example.plain"}),
        ]
        return [(await ask(up.app, f"/v1/screen/{kind}", key, {"request_id": f"r-{n}", **body})).json["decision"] for n, (kind, body) in enumerate(asked)]

    assert screened(platform, work) == ["block", "block", "pass"]
    assert "贷款" not in "".join(str(row.event) for row in stored(platform)), "the text is not kept"


def test_news_arrive_within_seconds_without_a_restart(platform: Platform) -> None:
    """An indicator, a line of the policy: announced by the database, in memory a moment later."""
    key, _ = key_for(platform)

    async def work(up: Screening) -> list[str]:
        await until(lambda: up.freshness.is_listening)
        before = (await ask(up.app, TRANSFER, key, transfer("r-1", amount_fen=500))).json["decision"]
        await asyncio.to_thread(flag, platform, Kind.BANK_ACCOUNT, PAYEE)
        await until(lambda: bool(up.hot.state.flags))
        flagged = (await ask(up.app, TRANSFER, key, transfer("r-2", amount_fen=500))).json["decision"]
        await asyncio.to_thread(decide_line)
        await until(lambda: up.hot.standing.policy.rows[Asked.TRANSFER, "indicator:confirmed"].answer is Answer.WARN)
        return [before, flagged, (await ask(up.app, TRANSFER, key, transfer("r-3", amount_fen=500))).json["decision"]]

    def decide_line() -> None:
        with platform.database.work(ANALYST) as work:
            present = screening.service.policy(work).rows[Asked.TRANSFER, "indicator:confirmed"]
            line = replace(present, answer=Answer.WARN, source="test order 1", effective_from=screening.service.policy(work).on)
            line = screening.service.decide_line(work, line)
        with platform.database.work(DUTY) as work:
            screening.service.approve_line(work, line.asked, line.signal, line.effective_from, line.version)

    assert screened(platform, work) == ["pass", "hold", "warn"]


def test_another_bank_sees_no_decision_of_this_one(platform: Platform) -> None:
    key, _ = key_for(platform)
    screened(platform, lambda up: ask(up.app, TRANSFER, key, transfer("r-1")))
    assert BANK
    (row,) = stored(platform)
    stranger, _ = key_for(platform)
    del stranger
    with platform.database.work(Scope(actor="x", region="3503", org_id="other")) as work:
        assert work.session.execute(text("SELECT count(*) FROM screening_decisions")).scalar_one() == 0
    with platform.database.work(Scope(actor="x", region="3503", org_id=row.org_id)) as work:
        assert screening.service.get(work, row.id).answer == "pass"
