"""The public pages. Every identifier is made up."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from fanzha.desks.indicators import IndicatorRow, IndicatorState, service
from fanzha.faces.common.limits import Buckets, Rate
from fanzha.faces.common.platform import Platform
from fanzha.faces.portal.scams import scams
from fanzha.store import Scope
from fanzha.vocab.fraud_types import ENTRIES, FraudType

PHONE = "13800000001"


@pytest.fixture
def listed(platform: Platform) -> None:
    rows = [
        IndicatorRow(value="made-up-invest.top", source="secret source", state=IndicatorState.CONFIRMED, fraud_type=FraudType.INVESTMENT, note="secret note"),
        IndicatorRow(value=PHONE, source="secret source", fraud_type=FraudType.LOAN),
    ]
    with platform.database.work(Scope.system("test")) as work:
        service.add_many(work, rows, platform.tokens)


def ask(client: TestClient, value: str, lang: str = "zh") -> str:
    form = client.get(f"/portal/check?lang={lang}").text
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', form)
    assert token is not None
    answer = client.post("/portal/check", data={"value": value, "csrf_token": token[1]})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


@pytest.mark.usefixtures("listed")
def test_anybody_may_ask_and_learns_no_more_than_the_answer(platform: Platform, client: TestClient) -> None:
    with platform.database.work(Scope.system("test")) as work:
        before = work.session.execute(text("SELECT count(*) FROM audit_log")).scalar_one()
    danger = ask(client, "https://www.made-up-invest.top/app?id=1")
    assert "已确认的涉诈标识" in danger
    assert "/portal/scams/investment" in danger
    caution = ask(client, f"+86 {PHONE}")
    assert "正在核实" in caution
    assert "/portal/scams/loan" not in caution
    for answer in (danger, caution):
        assert "secret" not in answer
        assert PHONE not in answer
        assert 'href="tel:96110"' in answer
    assert "没有记录不等于安全" in ask(client, "13800000002")
    assert "official number" in ask(client, "95588", "en")
    assert "认不出这是什么" in ask(client, "…")
    assert "认不出这是什么" in ask(client, " ")
    assert "<script>alert" not in ask(client, "<script>alert(1)</script>")
    with platform.database.work(Scope.system("test")) as work:
        assert work.session.execute(text("SELECT count(*) FROM audit_log")).scalar_one() == before  # a question leaves no trace


def test_a_form_from_elsewhere_is_refused(client: TestClient) -> None:
    assert client.post("/portal/check", data={"value": PHONE}).status_code == 403


def test_reading_the_registry_out_is_stopped(app: FastAPI, client: TestClient) -> None:
    app.state.portal_checks = Buckets(Rate(2, 3600))
    ask(client, PHONE)
    ask(client, PHONE)
    client.get("/portal/check")
    form = client.get("/portal/check").text
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', form)
    assert token is not None
    assert client.post("/portal/check", data={"value": PHONE, "csrf_token": token[1]}).status_code == 429


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens_for_everybody_in_both_languages(client: TestClient, lang: str) -> None:
    for path in ("/portal", "/portal/check", "/portal/help", "/portal/scams", "/portal/privacy", *(f"/portal/scams/{kind}" for kind in scams())):
        page = client.get(f"{path}?lang={lang}")
        assert page.status_code == 200, path
        assert 'href="tel:' in page.text or path in ("/portal/check", "/portal/scams", "/portal/privacy")
    assert client.get("/portal/scams/other").status_code == 404


def test_the_ten_types_are_told_in_both_languages() -> None:
    assert list(scams()) == [kind for kind, entry in ENTRIES.items() if entry.mps_ten]
    for by_language in scams().values():
        assert set(by_language) == {"zh", "en"}
        for told in by_language.values():
            assert len(told.story) == 3
            assert told.line
            assert told.sign
            assert told.instead
