"""A browser for the pages: the machine's Chromium, a record of what it complains about, axe, and screenshots to look at."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from starlette.types import ASGIApp

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 360, "height": 740}
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WAIT_MS = 15_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the session: FANZHA_TEST_BROWSER or the machine's Chromium. Without one the tests skip."""
    program = os.environ.get("FANZHA_TEST_BROWSER") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium found: install Debian's `chromium`, or name one in FANZHA_TEST_BROWSER")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages go: FANZHA_TEST_SCREENSHOTS, or a temporary folder."""
    folder = Path(os.environ.get("FANZHA_TEST_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Watched:
    """A page whose complaints are kept."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def visit(self, url: str) -> int:
        """Open an address, wait until it stands still, and return its status."""
        answer = self.page.goto(url, wait_until="load")
        self.page.wait_for_selector(".chart-canvas:not(:has(canvas))", state="detached")
        return answer.status if answer else 0


@contextmanager
def watched(browser: Browser, *, width: dict[str, int] | None = None, cookies: list[dict[str, object]] | None = None, dark: bool = False) -> Iterator[Watched]:
    """A fresh context whose page reports errors, failed requests and policy violations."""
    context = browser.new_context(viewport=width or WIDE, locale="zh-CN", timezone_id="Asia/Shanghai", color_scheme="dark" if dark else "light", reduced_motion="reduce")  # type: ignore[arg-type]
    if cookies:
        context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(_WAIT_MS)
    found = Watched(page)
    page.on("console", found.hear)
    page.on("pageerror", lambda error: found.complaints.append(f"page error: {error}"))
    try:
        yield found
    finally:
        context.close()


_axe = Axe()
_OPTIONS = {"resultTypes": ["violations"]}


def axe_violations(page: Page) -> list[str]:
    """What axe finds wrong, one line each with the first places."""
    results = _axe.run(page, options=_OPTIONS).response["violations"]
    return [f"{one['id']} ({one['impact']}): {one['help']} at {'; '.join(' '.join(map(str, node['target'])) for node in one['nodes'][:4])}" for one in results]


_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')]
    .filter((el) => el.getBoundingClientRect().right > width + 1 && !el.closest('.table-scroll, .tabs, pre, .sidebar'))
    .slice(0, 5)
    .map((el) => el.tagName + '.' + el.className + ' ' + Math.round(el.getBoundingClientRect().right));
}"""


def overflow(page: Page) -> list[str]:
    """Elements that stick out at the right, where the page can be scrolled sideways."""
    return list(page.evaluate(_OVERFLOW))


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The application on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, name="fanzha-test-server", daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
