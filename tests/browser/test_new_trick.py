"""From a trick that nobody has seen to a warning for it: an analyst writes a rule in the console, tries it on the past days and submits it; a second person
approves; the next run warns. The simulator's new trick is one that no shipped rule knows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text
from tests.browser.crawl import sign_in
from tests.browser.watching import WIDE, Watched, axe_violations, watched

from fanzha.bootstrap import open_platform
from fanzha.desks import intake
from fanzha.desks.detection.tasks import detect
from fanzha.desks.intake import IntakeKind
from fanzha.faces.cli.demonstration.staff import Staff, hire
from fanzha.faces.cli.serving import serving
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker.run import run_waiting
from fanzha.kit import clock
from fanzha.settings import Settings
from fanzha.simulator import Plan, simulate
from fanzha.store import Scope

pytestmark = pytest.mark.browser

_PLENTY = Rate(10_000_000, 1)
TOWN = "350302001"
RULE = "medical_card_split"
TITLE = "医保卡异常：数分钟内拆分转入多个新账户"

WRITTEN = f"""id: {RULE}
version: 1
on: transfers
subject: payer
target: victim
fraud_type: authority
level: red
owner: 反诈中心研判组
title: {{zh: "{TITLE}", en: "Medical insurance card: savings split over several new accounts within minutes"}}
when: |
  new_payee AND amount_fen >= 100000 AND payer_new_payees_1h >= 2 AND payer_paid_1h_fen >= 500000
reason:
  zh: 前1小时已向{{payer_new_payees_1h}}个新账户转出{{payer_paid_1h_fen:yuan}}元，又向新账户转出{{amount_fen:yuan}}元。
  en: "{{payer_paid_1h_fen:yuan}} yuan to {{payer_new_payees_1h}} new payees in the hour before, and now {{amount_fen:yuan}} yuan to another."
tests:
  - name: 五分钟一笔，三个新账户
    fires: [wang]
    persons: {{a1: wang}}
    transfers: [{{at: "2026-03-01 10:00", payer: a1, payee: "m{{n}}", yuan: 8000, repeat: 3, every: 300}}]
  - name: 一天内买了三样东西
    fires: []
    persons: {{a1: wang}}
    transfers: [{{at: "2026-03-01 08:00", payer: a1, payee: "shop{{n}}", yuan: 120, repeat: 3, every: 18000}}]
"""


def work_off(platform: Platform) -> None:
    """Run the waiting jobs as the worker does, in a thread of its own: this one has the browser's event loop."""
    with ThreadPoolExecutor(1) as worker:
        worker.submit(run_waiting, platform).result()


@dataclass(frozen=True)
class City:
    """A served city in which a new trick has been going on for days, and the tokens of its victims."""

    url: str
    platform: Platform
    staff: Staff
    victims: frozenset[str]
    clients: dict[str, httpx.Client]

    def cookies(self, who: str) -> list[dict[str, object]]:
        kept = {cookie.name: cookie.value or "" for cookie in self.clients[who].cookies.jar}
        return [{"name": name, "value": value, "url": self.url} for name, value in (kept | {"lang": "zh"}).items()]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("city")
    now = clock.now()
    plan = Plan(people=400, days=4, seed=5, start=clock.local_day(now) - timedelta(days=3), until=now, new_trick=6)
    simulate(plan, home / "files")
    with ExitStack() as stack:
        platform = stack.enter_context(open_platform(Settings(home=home)))
        staff = hire(platform, TOWN, home / "sign-ins.json")
        for kind in (IntakeKind.SIMS, IntakeKind.ACCOUNTS, IntakeKind.CALLS, IntakeKind.MESSAGES, IntakeKind.VISITS, IntakeKind.TRANSFERS):
            intake.service.take(platform, Scope.system("test"), home / "files" / f"{kind.value}.parquet", kind, "模拟城市")
        detect(platform)
        work_off(platform)
        url = stack.enter_context(serving(create_app(platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))))
        clients = {who: stack.enter_context(httpx.Client(base_url=url, follow_redirects=True, timeout=30)) for who in ("analyst", "duty_officer")}
        for one in staff.signins:
            if one.role in clients:
                sign_in(clients[one.role], one.login, one.password)
        frauds = pl.read_parquet(home / "files" / "truth" / "frauds.parquet").filter(pl.col("loss_fen") > 0)
        yield City(url, platform, staff, frozenset(platform.tokens.seal("id_card", each) for each in frauds["victim"]), clients)


def warned(city: City) -> set[str]:
    """The victims of the trick for whom a warning stands."""
    query = text("SELECT DISTINCT f.subject_token FROM warning_findings w JOIN findings f ON f.id = w.finding_id WHERE f.target = 'victim'")
    with city.platform.database.work(Scope.system("test")) as work:
        return set(work.session.scalars(query)) & city.victims


def test_from_a_new_trick_to_its_first_warning(city: City, chromium: Browser, screenshots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(city.victims) >= 3
    assert warned(city) == set(), "the trick is to be one that no shipped rule knows"
    began, cpu = time.monotonic(), time.process_time()
    with watched(chromium, width=WIDE, cookies=city.cookies("analyst")) as seen:
        _write(seen, city, screenshots)
        _try(seen.page, city, screenshots)
        _submit(seen.page)
        assert seen.complaints == []
    with watched(chromium, width=WIDE, cookies=city.cookies("duty_officer")) as seen:
        _approve(seen, city)
        assert seen.complaints == []
    work_off(city.platform)
    assert len(warned(city)) >= 2
    with watched(chromium, width=WIDE, cookies=city.cookies("analyst")) as seen:
        seen.visit(f"{city.url}/warnings")
        seen.page.locator("tbody tr a").first.click()
        expect(seen.page.get_by_text("个新账户转出").first).to_be_visible()
        seen.page.screenshot(path=screenshots / "new-trick-warning.png", full_page=bool(os.environ.get("FANZHA_TEST_SCREENSHOTS")))
        assert seen.complaints == []
    wall, used = (time.monotonic() - began) / 60, (time.process_time() - cpu) / 60
    with capsys.disabled():
        sys.stdout.write(f"\nnew trick → warning: {wall:.2f} min by the clock, {used:.2f} min of processor; {len(warned(city))}/{len(city.victims)} warned\n")


def _write(seen: Watched, city: City, screenshots: Path) -> None:
    """A first try with a misspelt feature is told at its place; the mended text is saved and tried."""
    page = seen.page
    seen.visit(f"{city.url}/detectors")
    page.get_by_role("link", name="新建规则").click()
    editor = page.get_by_label("规则文本")
    editor.fill(WRITTEN.replace("payer_new_payees_1h >= 2", "payer_new_payee_1h >= 2"))
    fault = page.get_by_role("button", name="没有名为 payer_new_payee_1h 的特征")
    fault.wait_for()
    page.screenshot(path=screenshots / "new-trick-fault.png")
    fault.click()
    expect(editor).to_be_focused()
    editor.fill(WRITTEN)
    page.get_by_text("2 个样例全部通过").wait_for()
    assert axe_violations(page) == []
    page.get_by_label("版本说明").fill("两起警情说的是同一手法")


def _try(page: Page, city: City, screenshots: Path) -> None:
    page.get_by_role("button", name="保存并回测").click()
    page.wait_for_url("**/backtests/*")
    work_off(city.platform)
    page.get_by_role("heading", name="每日命中").wait_for()  # the page has noticed by itself that the backtest has ended
    assert axe_violations(page) == []
    page.screenshot(path=screenshots / "new-trick-backtest.png", full_page=bool(os.environ.get("FANZHA_TEST_SCREENSHOTS")))
    expect(page.locator("table", has=page.get_by_text("触发理由")).locator("tbody tr").first).to_contain_text("个新账户转出")


def _submit(page: Page) -> None:
    page.get_by_role("link", name="去办理上线").click()
    page.get_by_role("button", name="上线", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill("新手法，已回测，误报少")
    dialog.get_by_role("button", name="提交审批").click()
    page.get_by_text("已提交，等待另一人审批。").wait_for()
    assert page.get_by_role("button", name="批准").count() == 0  # whoever wrote it cannot approve it


def _approve(seen: Watched, city: City) -> None:
    seen.visit(f"{city.url}/detectors")
    page = seen.page
    page.get_by_role("button", name="批准", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="批准", exact=True).click()
    page.get_by_text("已批准").first.wait_for()
    expect(page.get_by_text("在用").first).to_be_visible()
