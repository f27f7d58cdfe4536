"""A browser page that is listened to, axe, the check for sideways scrolling, and a server for the length of a block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page
from starlette.types import ASGIApp

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 360, "height": 740}
_WAIT_MS = 30_000


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


def axe_violations(page: Page, *, colours: bool = True) -> list[str]:
    """What axe finds wrong, one line each with the first places. Contrast is half of its time and the same at every width: leave it out by `colours`."""
    options = _OPTIONS if colours else _OPTIONS | {"rules": {"color-contrast": {"enabled": False}}}
    results = _axe.run(page, options=options).response["violations"]
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
