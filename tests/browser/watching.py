"""A browser page that is listened to, axe, the check for sideways scrolling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page

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


_RUN = """async (options) => (await axe.run(options)).violations.map(
  (one) => `${one.id} (${one.impact}): ${one.help} at ${one.nodes.slice(0, 4).map((node) => node.target.join(' ')).join('; ')}`)"""
_ONCE = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}


def axe_violations(page: Page, palette: Palette | None = None) -> list[str]:
    """What axe finds wrong, one line each with the first places; contrast but for what the palette holds already."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    return [*page.evaluate(_RUN, _ONCE), *(palette or Palette()).violations(page)]


_CONTRAST = """async (judged) => {
  const known = new Map(), behind = (el) => {
    if (!el) return '';
    if (!known.has(el)) {
      const style = getComputedStyle(el);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode].join();
      known.set(el, (own === 'rgba(0, 0, 0, 0),none,1,none,normal' ? '' : own + '|') + behind(el.parentElement));
    }
    return known.get(el);
  };
  const look = (el) => {
    const style = getComputedStyle(el);
    return [style.color, style.fontSize, style.fontWeight, style.textShadow, el.closest(':disabled, [aria-disabled=true]') ? 'off' : '', behind(el)].join();
  };
  const says = (el) => el.matches('input, select, textarea') || [...el.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const written = [...document.body.querySelectorAll('*')].filter((el) => el.checkVisibility({ visibilityProperty: true }) && says(el));
  const seen = new Set(judged), fresh = written.filter((el) => !seen.has(look(el)));
  if (!fresh.length) return { bad: [], judged: [] };
  const found = await axe.run({ include: fresh }, { runOnly: ['color-contrast'], elementRef: true, resultTypes: ['violations', 'passes'] });
  const nodes = (kind) => kind.flatMap((one) => one.nodes);
  return {
    bad: nodes(found.violations).map((node) => `color-contrast: ${node.any.map((one) => one.message).join(' ')} at ${node.target.join(' ')}`).slice(0, 8),
    judged: [...new Set(nodes([...found.passes, ...found.violations]).map((node) => look(node.element)))],
  };
}"""


@dataclass
class Palette:
    """Looks of text whose contrast axe has judged: colour, size and weight over everything that lies behind.

    Contrast is a function of the look, and axe spends two thirds of its time on it: text of a look that it has judged is not judged again. What it could not
    judge (a picture behind, something on top) stays unknown and is looked at again on every page.
    """

    judged: set[str] = field(default_factory=set)

    def violations(self, page: Page) -> list[str]:
        """Text of a look not judged before that cannot be told from what is behind it."""
        found = page.evaluate(_CONTRAST, sorted(self.judged))
        self.judged.update(found["judged"])
        return list(found["bad"])


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
