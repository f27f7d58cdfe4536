"""A case from its narrative to a solved case, as an officer does it in a browser; the case's pages in three widths and both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.town_cases import STORY, file_cases
from tests.browser.watching import NARROWEST, WIDE, Palette, Watched, axe_violations, overflow, watched
from tests.desks.series.series_kit import report, take, the_series

from fanzha.desks import identity
from fanzha.desks.identity import SessionLimits
from fanzha.desks.identity.domain import SignInMethod
from fanzha.faces.cli.serving import serving
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

pytestmark = pytest.mark.browser
_PLENTY = Rate(10_000_000, 1)


@contextmanager
def at_work(platform: Platform, chromium: Browser, language: str) -> Iterator[tuple[Watched, str, str]]:
    """(the watched page, the site's address, a case's id), signed in as a duty officer."""
    with platform.database.work(Scope.system("test")) as work:
        org = identity.service.create_organisation(work, code="centre", kind=OrgKind.POLICE_CITY, name="反诈中心", region="3503")
        made = identity.service.create_user(
            work, login="duty", name="值班员", org=org, roles=(Role.DUTY_OFFICER,), password_hash="no password fits", must_change_password=False
        )  # fmt: skip
        limits = SessionLimits(timedelta(hours=10), timedelta(hours=1))
        opened = identity.sessions.open_session(work, made.user, limits, SignInMethod.PASSWORD, address="test", agent="test")
        principal = identity.sessions.principal_of(made.user)
    case_id = file_cases(platform, principal)
    with serving(create_app(platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))) as url:
        cookies: list[dict[str, object]] = [{"name": "fz_session", "value": opened.token, "url": url}, {"name": "lang", "value": language, "url": url}]
        with watched(chromium, cookies=cookies) as seen:
            yield seen, url, case_id


def test_from_a_narrative_to_a_solved_case(platform: Platform, chromium: Browser) -> None:
    with at_work(platform, chromium, "zh") as (seen, url, _):
        page = seen.page
        seen.visit(f"{url}/cases/new")
        page.fill("textarea[name=narrative]", STORY)
        page.click("button:has-text('读取案情')")
        page.wait_for_selector("text=请逐项核对")
        assert "17000000001" in page.input_value("textarea[name=suspects]")
        page.fill("input[name=victim_name]", "测试丁")
        page.click("form[action='/cases'] button.primary")
        page.wait_for_selector("text=案件已立")
        page.click("summary:has-text('添加损失')")
        page.fill("input[name=amount]", "888")
        page.click("form[action$='/losses'] button.primary")
        page.wait_for_selector("text=888.00 元")
        page.click("button:has-text('破案')")
        page.fill("dialog[open] textarea[name=reason]", "嫌疑人已到案")
        page.click("dialog[open] .actions button:not([type=button])")
        page.wait_for_selector("text=已破案")
        seen.visit(f"{url}/cases?q=刷单返利")
        assert page.locator("mark").first.inner_text() == "刷单返利"
        assert seen.complaints == []


def test_a_report_is_taken_by_keyboard_and_a_filed_narrative_read(platform: Platform, chromium: Browser, screenshots: Path) -> None:
    with at_work(platform, chromium, "zh") as (seen, url, case_id):
        page = seen.page
        seen.visit(f"{url}/reports/new")
        page.focus("textarea[name=narrative]")
        page.keyboard.type("报警人称对方电话17000000005，昨天转账3000元被骗。")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=读到的内容")
        assert page.input_value("input[name=loss]") == "3000.00"
        found = axe_violations(page)
        page.screenshot(path=screenshots / "case-report-read.png", full_page=True)
        page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
        found += overflow(page)
        page.screenshot(path=screenshots / "case-report-read-360.png", full_page=True)
        page.click("form[action='/reports'] .actions button.primary")
        page.wait_for_selector("text=警情已登记")
        seen.visit(f"{url}/cases/{case_id}/narrative")
        page.fill("input[name=purpose]", "提取涉案要素")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=登记到本案")
        found += [*axe_violations(page), *overflow(page)]
        page.screenshot(path=screenshots / "case-narrative-read-360.png", full_page=True)
        assert [*found, *seen.complaints] == []


_PLACE = """value => {
  const canvas = document.querySelector('.graph-canvas'), node = canvas._cyreg?.cy?.nodes('[kind = "phone"]');
  if (!node?.length) return null;
  const [box, at] = [canvas.getBoundingClientRect(), node.renderedPosition()];
  const [x, y, before] = [box.x + at.x, box.y + at.y, window.placeBefore];
  window.placeBefore = {x, y, looks: before?.x === x && before?.y === y ? before.looks + 1 : 0};
  return window.placeBefore.looks < 3 ? null : {x, y, nodes: canvas._cyreg.cy.nodes().length};
}"""
"""Where the value is once it stands still: panels that come later push the graph down."""


def test_a_node_of_a_series_is_opened(platform: Platform, chromium: Browser) -> None:
    """A tap on a value draws the cases of it that had no room at first; the tables have had them all the while."""
    with at_work(platform, chromium, "zh") as (seen, url, _):
        take(platform, *(report(str(number), "13900000001") for number in range(30)))
        page = seen.page
        seen.visit(f"{url}/series/{the_series(platform, '1')}")
        page.wait_for_load_state("networkidle")
        page.locator(".graph-canvas").scroll_into_view_if_needed()
        before = page.wait_for_function(_PLACE, polling=200).json_value()
        assert before["nodes"] == 25
        page.mouse.click(before["x"], before["y"])
        page.wait_for_function("() => document.querySelector('.graph-canvas')._cyreg.cy.nodes().length === 31")
        assert "139****0001" in page.inner_text("figcaption[data-graph-target=told]")
        assert "139****0001" in page.inner_text("#ties tbody")
        assert page.locator("#cases tbody tr").count() == 30
        assert seen.complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_sound(platform: Platform, chromium: Browser, screenshots: Path, language: str) -> None:
    with at_work(platform, chromium, language) as (seen, url, case_id):
        problems: list[str] = []
        palette = Palette()
        for path in ("/cases", "/cases?q=刷单返利", "/cases/new", f"/cases/{case_id}", f"/cases/{case_id}/edit", f"/cases/{case_id}/narrative", "/tasks", "/reports/new"):
            seen.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
            assert seen.visit(url + path) == 200
            for width in (WIDE, NARROWEST):
                seen.page.set_viewport_size(width)  # type: ignore[arg-type]
                problems += [f"{path}: {one}" for one in (*axe_violations(seen.page, palette), *(() if width is WIDE else overflow(seen.page)))]
                name = re.sub(r"[^a-z]+", "-", path.replace(case_id, "one")).strip("-")
                seen.page.screenshot(path=screenshots / f"case-{name}-{language}-{width['width']}.png", full_page=True)
        assert [*problems, *seen.complaints] == []
