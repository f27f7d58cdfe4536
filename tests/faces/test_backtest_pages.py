"""Pages of backtests, shadows, model cards and what was learned."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.desks.detectors.kit import ANALYST, submitted, text
from tests.faces.conftest import SignIn
from tests.faces.test_detection_pages import fill

from fanzha.desks import models
from fanzha.desks.detection import backtests
from fanzha.desks.detection.tasks import detect
from fanzha.desks.detectors import MoveKind, service
from fanzha.desks.learning import tasks as learning
from fanzha.desks.learning.domain import Source
from fanzha.desks.learning.model import AlarmRow, ChallengerRow, DriftRow, FigureRow, Label, LabelDetector, MissedRow, TrickRow
from fanzha.faces.common.i18n import Locale, catalogues
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.roles import Role

DAYS = {"version": "1", "first": "2026-02-25", "last": "2026-03-02"}
BACKTESTS = "/detectors/trial_rule/backtests"


def asked(client: TestClient) -> str:
    answer = client.post(BACKTESTS, data=DAYS)
    assert answer.status_code == 303
    return answer.headers["location"]


# ---- backtests


def test_a_backtest_is_asked_for_watched_and_read(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    submitted(platform, text())
    assert "还没有回测" in client.get(BACKTESTS).text
    assert client.post(BACKTESTS, data=DAYS).status_code == 422  # nothing has been taken in yet
    fill(platform)
    page = asked(client)
    waiting = client.get(page)
    assert f'hx-get="{page}/progress"' in waiting.text
    assert "HX-Refresh" not in client.get(f"{page}/progress").headers
    backtests.run(platform, backtest_id=page.rsplit("/", 1)[1])
    assert client.get(f"{page}/progress").headers["HX-Refresh"] == "true"
    done = client.get(page).text
    assert "每日命中" in done
    assert "去办理上线" in done
    assert "已回测" in client.get("/detectors/trial_rule").text
    assert "已完成" in client.get(BACKTESTS).text
    assert asked(client) == page  # the same days of the same lake are the same backtest
    assert client.post(BACKTESTS, data=DAYS | {"again": "true"}).headers["location"] != page
    assert client.post(BACKTESTS, data=DAYS | {"first": "yesterday"}).status_code == 422
    assert client.get("/backtests/none").status_code == 404


def test_a_backtest_can_be_cancelled_and_a_failure_is_told(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    submitted(platform, text())
    fill(platform)
    page = asked(client)
    assert client.post(f"{page}/cancel").status_code == 303
    assert "这次回测已取消" in client.get(page).text
    assert client.post(f"{page}/cancel").status_code == 409
    failing = asked(client)
    with platform.database.work(Scope.system("test")) as work:
        found = backtests.get(work, failing.rsplit("/", 1)[1])
        found.state, found.failure, found.ended_at = "failed", "An unexpected error; the worker's log holds it.", clock.now()
    assert "回测失败" in client.get(failing).text


def test_the_editor_saves_and_tries_at_once(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    nothing = client.post("/rule-editor", data={"text": text(), "then": "backtest", "days": "3"})
    assert nothing.headers["location"] == "/detectors/trial_rule?version=1"
    assert "但不能回测" in client.get(nothing.headers["location"]).text
    fill(platform)
    tried = client.post("/rule-editor", data={"text": text(), "then": "backtest", "days": "3"})
    assert tried.headers["location"].startswith("/backtests/")


@pytest.mark.parametrize("role", [Role.DUTY_OFFICER, Role.AUDITOR])
def test_readers_cannot_ask_for_a_backtest(platform: Platform, client: TestClient, sign_in: SignIn, role: Role) -> None:
    submitted(platform, text())
    sign_in(client, role)
    assert 'name="first"' not in client.get(BACKTESTS).text
    assert client.post(BACKTESTS, data=DAYS).status_code == 403


def test_every_source_of_outcomes_has_its_words() -> None:
    for locale in Locale:
        assert all(catalogues().term(locale, "outcome_source", source) != source.value for source in Source)


def test_a_shadow_is_laid_beside_what_is_live(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    submitted(platform, text())
    with platform.database.work(ANALYST) as work:
        service.request(work, "trial_rule", 1, MoveKind.SHADOW, "先看看效果")
    assert "还没有可以对比的命中" in client.get("/detectors/trial_rule/shadow").text
    fill(platform)
    detect(platform, full=True)
    compared = client.get("/detectors/trial_rule/shadow?first=2026-02-28&last=2026-03-02")
    assert "2026-02-28 – 2026-03-02" in compared.text
    assert "全部在用模型" in compared.text
    assert client.get("/detectors/trial_rule/shadow?against=own").status_code == 200
    assert "最多二百条" in client.get("/detectors/trial_rule/shadow?sort=only_shadow").text
    assert "每类最新二十条" in client.get("/detectors/trial_rule/shadow?sort=nonsense").text
    assert client.get("/detectors/trial_rule/shadow?first=nonsense").status_code == 422
    sign_in(client, Role.AUDITOR)
    assert client.get("/detectors/trial_rule/shadow").status_code == 403


# ---- what was learned


_FIGURES: tuple[dict[str, Any], ...] = (
    {"name": "precision", "numerator": 25, "denominator": 30, "low": 0.66, "high": 0.93},
    {"name": "load", "numerator": 60, "denominator": 30, "low": None, "high": None},
)


def learned(platform: Platform) -> str:
    """Rows of every kind that the page shows; returns a label's id."""
    now = clock.now()
    day = clock.local_day(now)
    monday = day - timedelta(days=day.weekday())
    whose: dict[str, Any] = {"detector_id": "sim_box", "version": 1}
    bins = [{"label": "< 8", "reference": 0.5, "present": 0.2, "part": 0.2}, {"label": "≥ 8", "reference": 0.5, "present": 0.8, "part": 0.1}]
    rows: list[object] = [
        Label(
            id="l" * 32, source="report", source_id="r1", revision=1, subject_kind="person", subject_token="ph_x", phone_token=None, verdict="positive",
            outcome="accepted", fraud_type="authority", region="350302", happened_at=now - timedelta(hours=5), known_at=now, weight=1.0, loss_fen=1_234_500,
            warned=False, digest="d", recorded_at=now,
        ),
        LabelDetector(label_id="l" * 32, **whose, said_at=now - timedelta(hours=6), recorded_at=now - timedelta(hours=6), score=0.9, is_shadow=False),
        *(FigureRow(day=day, **whose, **figure, since=now - timedelta(days=30), until=now, exclusions={}, computed_at=now) for figure in _FIGURES),
        MissedRow(day=day, week=monday, fraud_type="authority", victims=4, never_warned=3, computed_at=now),
        TrickRow(
            id="t1", fraud_type="authority", cases=3, first_happened_at=now - timedelta(days=2), first_known_at=now - timedelta(hours=30), last_known_at=now,
            first_warned_at=now - timedelta(hours=6), warned_by="sim_box v1", tied_by="identifier", computed_at=now,
        ),
        TrickRow(
            id="t2", fraud_type="loan", cases=2, first_happened_at=now - timedelta(days=2), first_known_at=now - timedelta(days=1), last_known_at=now,
            first_warned_at=None, warned_by=None, tied_by=None, computed_at=now,
        ),
        ChallengerRow(
            night=day, detector_id="sim_box", state="skipped", reason="too few", cut_off=now, positives=1, negatives=2, champion=1, challenger=None, figures={},
            started_at=now, finished_at=now,
        ),
        AlarmRow(kind="trick", subject="t2", day=day, value=8, threshold=7, sentence_zh="新手法尚无预警", sentence_en="No warning yet", at=now),
    ]  # fmt: skip
    rows += [
        DriftRow(
            day=day - timedelta(days=back), **whose, quantity=quantity, psi=psi, noise=0.02, state=state, rows_reference=1000, rows_present=900,
            reference="before", bins=bins, computed_at=now,
        )
        for back in (0, 1) for quantity, psi, state in (("score", 0.31, "alarm"), ("feature:device_sims_7d", 0.05, "calm"))
    ]  # fmt: skip
    with platform.database.work(Scope.system("test")) as work:
        work.session.add_all(rows)
    return "l" * 32


def test_an_empty_platform_says_how_the_page_fills(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    empty = client.get("/learning").text
    for words in ("还没有识别出新手法", "还没有可以计算的警情", "还没有测过漂移", "还没有重训过"):
        assert words in empty
    assert "没有符合条件的标签" in client.get("/learning/labels").text


def test_lag_drift_victims_and_labels_are_told(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    label = learned(platform)
    sign_in(client, Role.ANALYST)
    page = client.get("/learning").text
    for words in ("新手法尚无预警", "1 天", "写一条规则", "75.0%", "0.310", "50.0% → 20.0%", "66.0%–93.0%", "25 / 30"):
        assert words in page
    assert "每日最大的指数" in client.get("/learning?detector=sim_box").text
    assert "还没有测过漂移" in client.get("/learning?detector=keeps_paying").text
    rows = client.get("/learning/labels?source=report&verdict=positive&fraud_type=authority&warned=0").text
    assert "12,345.00 元" in rows
    assert f'href="/learning/labels/{label}"' in rows
    assert "没有符合条件的标签" in client.get("/learning/labels?detector=keeps_paying&version=1&since=2026-01-01&until=nonsense").text
    assert "一机多卡" in client.get(f"/learning/labels/{label}").text
    assert client.get("/learning/labels/none").status_code == 404
    assert "学习与漂移" not in client.get("/learning?lang=en").text


def test_figures_stand_on_the_list_and_the_page_of_a_detector(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    learned(platform)
    sign_in(client, Role.ANALYST)
    listed = client.get("/detectors?q=sim_box&drift=alarm").text
    for words in ("83.3%", "25 / 30", "2.0", "能力 200", "24.0 小时", "0.31"):
        assert words in listed
    assert 'href="/detectors/sim_box"' not in client.get("/detectors?drift=calm").text
    shown = client.get("/detectors/sim_box").text
    assert "25 / 30 · 95% 区间 66.0%–93.0% · 近 30 天" in shown
    assert "60 条 / 30 天 · 每日处置能力 200 条" in shown
    cells = client.get("/detectors/list.csv?q=sim_box").text.splitlines()[1].split(",")
    assert {"25.0", "30.0", "alarm", "24.0"} <= set(cells)


@pytest.mark.parametrize(("role", "figures", "labels"), [(Role.DEPUTY, 200, 403), (Role.OFFICE, 200, 403), (Role.AUDITOR, 200, 403), (Role.BANK_AGENT, 403, 403)])
def test_who_may_count_and_who_may_see_labels(platform: Platform, client: TestClient, sign_in: SignIn, role: Role, figures: int, labels: int) -> None:
    learned(platform)
    sign_in(client, role)
    page = client.get("/learning")
    assert page.status_code == figures
    assert "/learning/labels" not in page.text
    assert client.get("/learning/labels").status_code == labels


def test_the_nights_jobs_fill_the_page(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    fill(platform)
    learning.gathered(platform)
    learning.watch(platform)
    assert "与涉诈号码通话" in client.get("/learning").text


# ---- model cards


def test_a_model_card_says_what_it_was_trained_on_and_where_its_limits_are(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.AUDITOR)
    assert client.get("/models/none@1").status_code == 404
    if not models.all_models():
        assert "没有模型" in client.get("/models").text
        pytest.skip("the shipped models are not built: make models")
    reference = models.all_models()[0].reference
    assert f'href="/models/{reference}"' in client.get("/models").text
    card = client.get(f"/models/{reference}").text
    for words in ("只用模拟城市训练", "局限", "可靠性", "起作用的特征", "可选的门槛"):
        assert words in card
    assert Path(models.folder_of(reference)).is_dir()
