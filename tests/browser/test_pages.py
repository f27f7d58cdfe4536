"""Every page of every role, as a browser sees it: no console error, no policy violation, no axe violation, no sideways scrolling; wide and narrow, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from fanzha.bootstrap import open_platform
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.settings import Settings
from fanzha.vocab.roles import Role
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Watched, axe_violations, overflow, serving, watched
from tests.browser.crawl import Walk, page_routes, sign_in, walk
from tests.browser.town import build

pytestmark = pytest.mark.browser

NOBODY = "nobody"
WHO = (NOBODY, *(role.value for role in Role))
VIEWS = (("zh", WIDE), ("zh", PHONE), ("en", WIDE), ("en", NARROWEST))
NO_PAGES = {
    "/": "leads to one's first page",
    "/account/first-password": "shown only before the first password is changed; tests/faces covers it",
    "/audit/export": "a file",
    "/field/rows": "a fragment of the tasks",
    "/live": "a stream of events",
    "/field/rows": "a fragment of the tasks",
    "/indicators/export": "a file",
    "/live": "server-sent events",
    "/overview/figures": "a fragment of the overview",
    "/sign-in/oidc": "leads to the organisation's own sign-in",
    "/sign-in/oidc/callback": "the way back from it",
    "/warnings/rows": "a fragment of the queue",
    "/warnings/rows": "a fragment of the queue",
}
"""Path templates that answer GET and are no page of their own, and why."""

_PLENTY = Rate(10_000_000, 1)


@dataclass(frozen=True)
class Site:
    """The served town: who reaches which pages, and their sessions."""

    url: str
    walks: dict[str, Walk]
    clients: dict[str, httpx.Client]

    def cookies(self, who: str, language: str) -> list[dict[str, object]]:
        kept = {cookie.name: cookie.value or "" for cookie in self.clients[who].cookies.jar}
        return [{"name": name, "value": value, "url": self.url} for name, value in (kept | {"lang": language}).items()]

    def first_reader(self, template: str) -> str:
        """The one role whose view of a page is looked at in every size and language."""
        return next(who for who in WHO if template in self.walks[who].pages)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("town")
    with ExitStack() as stack:
        platform = stack.enter_context(open_platform(Settings(home=home)))
        staff = build(platform, home)
        url = stack.enter_context(serving(create_app(platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))))
        clients = {who: stack.enter_context(httpx.Client(base_url=url, follow_redirects=True, timeout=30)) for who in WHO}
        for one in staff.signins:
            sign_in(clients[one.role], one.login, one.password)
        routes = page_routes()
        starts = [address for address in ("/sign-in", "/portal") if address in routes]
        yield Site(url, {who: walk(routes, client, starts if who == NOBODY else ("/",)) for who, client in clients.items()}, clients)


def _look(seen: Watched, address: str, narrow: bool) -> list[str]:
    status = seen.visit(address)
    found = [*seen.complaints, *axe_violations(seen.page), *(overflow(seen.page) if narrow else [])]
    seen.complaints.clear()
    return found if status == 200 else [f"answered {status}", *found]


def _picture(folder: Path, who: str, template: str, language: str, width: int) -> Path:
    return folder / f"{re.sub(r'[^a-z0-9]+', '-', template).strip('-') or 'home'}-{who}-{language}-{width}.png"


@pytest.mark.parametrize("who", WHO)
def test_every_page_is_sound(chromium: Browser, site: Site, screenshots: Path, who: str) -> None:
    walked = site.walks[who]
    problems = [f"{who}: {failure}" for failure in walked.failures]
    for language, width in VIEWS:
        mine = [template for template in walked.pages if site.first_reader(template) == who or (language, width) == ("zh", PHONE)]
        with watched(chromium, width=width, cookies=site.cookies(who, language)) as seen:
            for template in mine:
                found = _look(seen, site.url + walked.pages[template], width is not WIDE)
                problems += [f"{walked.pages[template]} {language} {width['width']}: {one}" for one in found]
                seen.page.screenshot(path=_picture(screenshots, who, template, language, width["width"]), full_page=True)
    assert "\n".join(problems) == ""


def test_no_page_is_out_of_reach(site: Site) -> None:
    reached = {template for one in site.walks.values() for template in one.pages}
    assert sorted(set(page_routes()) - reached) == sorted(NO_PAGES)


def test_one_signs_in_with_the_keyboard(chromium: Browser, site: Site) -> None:
    with watched(chromium, width=PHONE) as seen:
        seen.visit(f"{site.url}/sign-in")
        page = seen.page
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        page.focus("input[name=login]")
        page.keyboard.type("nobody.here")
        page.focus("input[name=password]")
        page.keyboard.type("wrong password")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert], .field-error")
        assert axe_violations(page) == []
