"""The rule editor in a browser: nothing typed is lost, the keyboard suffices, features are inserted by a click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text as sql
from tests.browser.watching import NARROWEST, Watched, axe_violations, overflow, watched
from tests.desks.detectors.kit import text
from tests.faces.conftest import PLENTY

from fanzha.desks import identity
from fanzha.desks.identity import SessionLimits
from fanzha.desks.identity.domain import SignInMethod
from fanzha.faces.cli.serving import serving
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Desk:
    """A served platform with an analyst signed in."""

    url: str
    cookie: str
    platform: Platform

    @property
    def cookies(self) -> list[dict[str, object]]:
        return [{"name": "fz_session", "value": self.cookie, "url": self.url}]

    def end_sessions(self) -> None:
        with self.platform.database.work(Scope.system("test")) as work:
            work.session.execute(sql("DELETE FROM sessions"))


@pytest.fixture
def desk(platform: Platform) -> Iterator[Desk]:
    with platform.database.work(Scope.system("test")) as work:
        org = identity.service.create_organisation(work, code="centre", kind=OrgKind.POLICE_CITY, name="反诈中心", region="3503")
        made = identity.service.create_user(
            work, login="analyst", name="陈研判", org=org, roles=(Role.ANALYST,), password_hash="no password fits", must_change_password=False
        )
        limits = SessionLimits(timedelta(hours=10), timedelta(hours=1))
        opened = identity.sessions.open_session(work, made.user, limits, SignInMethod.PASSWORD, address="here", agent="test")
    with serving(create_app(platform, Limits(PLENTY, PLENTY, PLENTY, PLENTY))) as url:
        yield Desk(url, opened.token, platform)


def editor(seen: Watched, desk: Desk) -> Page:
    seen.visit(f"{desk.url}/rule-editor")
    return seen.page


def test_nothing_typed_is_lost_when_the_network_or_the_session_goes(desk: Desk, chromium: Browser) -> None:
    with watched(chromium, cookies=desk.cookies) as seen:
        page = editor(seen, desk)
        typed = text().replace("fires: [wang]", "fires: [zhang]")
        page.get_by_label("规则文本").fill(typed)
        page.get_by_text("1 个样例不符").wait_for()
        page.get_by_role("button", name="保存为草稿").click()
        page.get_by_text("没有保存：请先改好下面指出的地方。").wait_for()
        assert page.get_by_label("规则文本").input_value() == typed
        page.route("**/rule-editor", lambda route: route.abort())
        page.get_by_role("button", name="保存为草稿").click()
        page.get_by_text("网络断开。内容已留在本机").wait_for()
        page.unroute("**/rule-editor")
        page.on("dialog", lambda dialog: dialog.accept())  # leaving with unsaved changes is asked about
        page.reload()
        assert "my_new_rule" in page.get_by_label("规则文本").input_value()
        page.get_by_role("button", name="恢复").click()
        assert page.get_by_label("规则文本").input_value() == typed
        page.get_by_label("规则文本").fill(text())
        page.get_by_text("2 个样例全部通过").wait_for()
        desk.end_sessions()
        page.get_by_role("button", name="保存为草稿").click()
        page.get_by_text("登录已过期。内容已留在本机").wait_for()
        assert page.get_by_label("规则文本").input_value() == text()
        assert page.evaluate("Object.keys(localStorage)") == ["fanzha-rule:new"]


def test_a_check_after_the_session_has_ended_does_not_leave_the_page(desk: Desk, chromium: Browser) -> None:
    with watched(chromium, cookies=desk.cookies) as seen:
        page = editor(seen, desk)
        page.on("dialog", lambda dialog: dialog.accept())
        desk.end_sessions()
        page.get_by_label("规则文本").fill(text())
        page.get_by_text("登录已过期。内容已留在本机").wait_for()
        assert page.get_by_label("规则文本").input_value() == text()


def test_the_keyboard_suffices(desk: Desk, chromium: Browser) -> None:
    with watched(chromium, width=NARROWEST, cookies=desk.cookies) as seen:
        page = editor(seen, desk)
        field = page.get_by_label("规则文本")
        field.fill("tests:\n")
        page.keyboard.press("Tab")
        page.keyboard.type("- name: x")
        page.keyboard.press("Enter")
        page.keyboard.type("fires: []")
        page.keyboard.press("Shift+Tab")
        assert field.input_value() == "tests:\n  - name: x\nfires: []"
        page.get_by_text("缺少 id。").wait_for()
        expect(page.locator(".editor-lines .bad").first).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(field).not_to_be_focused()
        page.get_by_label("搜索").fill("paid payee 30")
        page.locator("#features").get_by_role("button", name="new_payee").wait_for()
        field.fill("when: ")
        page.locator("#features").get_by_role("button", name="new_payee").click()
        assert field.input_value() == "when: new_payee"
        assert axe_violations(page) == []
        assert overflow(page) == []
        field.fill(text())
        page.get_by_text("2 个样例全部通过").wait_for()
        page.keyboard.press("Control+s")
        page.wait_for_url("**/detectors/trial_rule?version=1")
        page.get_by_text("已保存为草稿。").wait_for()
        assert page.evaluate("Object.keys(localStorage)") == []
        assert seen.complaints == []
