"""Every page of every role, as a browser sees it: no console error, no policy violation, no axe violation, no sideways scrolling; wide and narrow, in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from tests.browser.crawl import Walk, page_routes, sign_in, walk
from tests.browser.town import build
from tests.browser.watching import NARROWEST, PHONE, WIDE, Palette, Watched, axe_violations, overflow, watched

from fanzha.faces.cli.serving import serving
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.vocab.roles import Role

Install = Callable[[Path], AbstractContextManager[Platform]]

pytestmark = pytest.mark.browser

NOBODY = "nobody"
WHO = (NOBODY, *(role.value for role in Role))
VIEWS: dict[str, tuple[dict[str, int], ...]] = {"zh": (WIDE, PHONE), "en": (WIDE, NARROWEST)}
WANTED = bool(os.environ.get("FANZHA_TEST_SCREENSHOTS"))
"""Whole pages are pictured only where somebody wants to look at them."""

NO_PAGES = {
    "/appeals/of-order/{order_id}": "a fragment of the order",
    "/appeals/{appeal_id}/answer.pdf": "a file",
    "/appeals/{appeal_id}/documents/{document_id}": "a file",
    "/portal/appeals/answer/{appeal}": "a file",
    "/portal/appeals/code": "shown after a number was given; tests/faces covers it",
    "/portal/appeals/mine": "shown after the code; tests/faces covers it",
    "/": "leads to one's first page",
    "/account/first-password": "shown only before the first password is changed; tests/faces covers it",
    "/audit/export": "a file",
    "/backtests/{backtest_id}/progress": "a fragment of the backtest",
    "/detectors/list.csv": "a file",
    "/field/rows": "a fragment of the tasks",
    "/live": "a stream of events",
    "/indicators/export": "a file",
    "/overview/figures": "a fragment of the overview",
    "/rule-editor/features": "a fragment of the rule editor",
    "/rules": "leads to the detectors",
    "/rules/{rule_id}": "leads to the detector",
    "/series/of/{report_id}": "a fragment of the report",
    "/series/{series_id}/graph": "what the graph of a series asks for",
    "/sign-in/oidc": "leads to the organisation's own sign-in",
    "/sign-in/oidc/callback": "the way back from it",
    "/traces/{trace_id}/flow": "a fragment of the money trail",
    "/clock/of-case/{case_id}": "a fragment of the case",
    "/clock/of-report/{report_id}": "a fragment of the report",
    "/appeals/of-case/{case_id}": "a fragment of the case",
    "/lines/of-case/{case_id}": "a fragment of the case",
    "/lines/of-report/{report_id}": "a fragment of the report",
    "/lines/rows": "a fragment of the queue of numbers",
    "/lines/top": "a fragment of the queue of numbers",
    "/order-inbox/rows": "a fragment of the inbox",
    "/orders/of-case/{case_id}": "a fragment of the case",
    "/orders/of-report/{report_id}": "a fragment of the report",
    "/orders/rows": "a fragment of the orders",
    "/orders/top": "a fragment of the orders",
    "/series/of-case/{case_id}": "a fragment of the case",
    "/orders/{order_id}/body": "a fragment of the order",
    "/withdrawals/of/{place}/{target_id}": "a fragment of what a withdrawal reached",
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
def site(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("town")
    with ExitStack() as stack:
        platform = stack.enter_context(install(home))
        town = build(platform, home)
        url = stack.enter_context(serving(create_app(platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))))
        clients = {who: stack.enter_context(httpx.Client(base_url=url, follow_redirects=True, timeout=30)) for who in WHO}
        for one in town.staff.signins:
            sign_in(clients[one.role], one.login, one.password)
        routes = page_routes()
        starts = [address for address in ("/sign-in", "/portal") if address in routes]
        yield Site(url, {who: walk(routes, client, starts if who == NOBODY else ("/", *town.further.get(who, ()))) for who, client in clients.items()}, clients)


@dataclass
class Look:
    """One role's browser in one language: opens pages and notes what is wrong with them."""

    seen: Watched
    site: Site
    who: str
    language: str
    folder: Path
    problems: list[str]
    palette: Palette

    def at(self, template: str, address: str, widths: tuple[dict[str, int], ...]) -> None:
        """Open the page once and look at it in every width."""
        self.seen.page.set_viewport_size(widths[0])  # type: ignore[arg-type]
        status = self.seen.visit(self.site.url + address)
        found = [] if status == 200 else [f"answered {status}"]
        for width in widths:
            self.seen.page.set_viewport_size(width)  # type: ignore[arg-type]
            found += axe_violations(self.seen.page, self.palette)
            found += [] if width is WIDE else overflow(self.seen.page)
            if WANTED:
                self._picture(template, width["width"])
        self.problems += [f"{address} {self.language}: {one}" for one in [*found, *self.seen.complaints]]
        self.seen.complaints.clear()

    def _picture(self, template: str, width: int) -> None:
        name = re.sub(r"[^a-z0-9]+", "-", template).strip("-") or "home"
        self.seen.page.screenshot(path=self.folder / f"{name}-{self.who}-{self.language}-{width}.png", full_page=True)


@pytest.mark.parametrize("who", WHO)
def test_every_page_is_sound(chromium: Browser, site: Site, screenshots: Path, who: str) -> None:
    """The first role that reaches a page sees it in both languages and all widths, the others in Chinese on a phone."""
    walked, palette = site.walks[who], Palette()
    problems = [f"{who}: {failure}" for failure in walked.failures]
    for language, widths in VIEWS.items():
        with watched(chromium, cookies=site.cookies(who, language)) as seen:
            look = Look(seen, site, who, language, screenshots, problems, palette)
            for template, address in walked.pages.items():
                if site.first_reader(template) == who:
                    look.at(template, address, widths)
                elif language == "zh":
                    look.at(template, address, (PHONE,))
    assert "\n".join(problems) == ""


def test_no_page_is_out_of_reach(site: Site) -> None:
    reached = {template for one in site.walks.values() for template in one.pages}
    unreached = set(page_routes()) - reached
    assert unreached == set(NO_PAGES), f"not excused: {sorted(unreached - set(NO_PAGES))}; excused in vain: {sorted(set(NO_PAGES) - unreached)}"


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
