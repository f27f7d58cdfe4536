"""Every building block in a browser: no complaint, no axe violation, no sideways scrolling, light and dark, both languages; and the controllers work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from tests.browser.watching import NARROWEST, PHONE, WIDE, Palette, axe_violations, overflow, watched

from fanzha.faces.cli.serving import serving
from fanzha.faces.common import assets
from fanzha.faces.common.security import CONTENT_SECURITY_POLICY
from fanzha.faces.common.templating import Templates
from fanzha.kit.clock import now
from fanzha.kit.paging import Page, PageRequest

pytestmark = pytest.mark.browser

_GALLERY = Path(__file__).with_name("gallery.html").read_text(encoding="utf-8")


class _Nav(dict[str, object]):
    __getattr__ = dict.__getitem__


def _gallery(request: Request) -> Response:
    values: dict[str, object] = {
        "due": now() + timedelta(minutes=20),
        "late": now() - timedelta(minutes=5),
        "rows": Page(list(range(50)), 120, PageRequest(2, 50)),
        "csrf_token": "t",
        "flashes": [("success", "已签收")],
        "url": str(request.url),
        "geo": assets.map_url("3503"),
        "nav": [_Nav(key=k, label=k, url=f"/{k}", icon=i, active=k == "a") for k, i in (("a", "home"), ("b", "bell"))],
        "base": request.query_params.get("base", "base.html"),
    }
    locale = request.query_params.get("lang", "zh")
    page = Templates().environment(locale).from_string(_GALLERY).render({"page": None, "live_url": "/live" if "live" in request.query_params else None} | values)  # type: ignore[arg-type]
    return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})


async def _reveal(request: Request) -> Response:
    form = await request.form()
    return JSONResponse({"value": "13800001111"} if form["csrf_token"] == "t" else {"detail": "no"})


def _live(request: Request) -> Response:
    del request
    return Response('data: {"topic": "warnings", "text": "新的红色预警", "level": "red", "url": "/w/1"}\n\n', media_type="text/event-stream")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    routes = [
        Route("/", _gallery),
        Route("/reveal", _reveal, methods=["POST"]),
        Route("/live", _live),
        Mount("/static", StaticFiles(directory=assets.STATIC)),
    ]
    with serving(Starlette(routes=routes)) as url:
        yield url


@pytest.mark.parametrize(
    ("query", "width", "dark"),
    [
        ("lang=zh", WIDE, False),
        ("lang=zh", WIDE, True),
        ("lang=en", NARROWEST, False),
        ("lang=zh&base=field_base.html", PHONE, False),
        ("lang=en&base=field_base.html", NARROWEST, True),
        ("lang=zh&base=portal_base.html", PHONE, True),
        ("lang=zh&base=auth_base.html", NARROWEST, False),
    ],
)
def test_the_building_blocks_are_accessible(chromium: Browser, site: str, screenshots: Path, query: str, width: dict[str, int], dark: bool) -> None:
    with watched(chromium, width=width, dark=dark) as seen:
        seen.visit(f"{site}/?{query}")
        seen.page.wait_for_selector(".chart-canvas canvas >> nth=2")
        seen.page.screenshot(path=screenshots / f"macros-{query.replace('=', '-').replace('&', '-')}-{width['width']}{'-dark' if dark else ''}.png", full_page=True)
        assert seen.complaints == []
        assert axe_violations(seen.page) == []
        assert overflow(seen.page) == []


PALE = '<p style="color:#aaa;background:#fff">{}</p>'
DARK = '<div style="background:#222"><p style="color:#aaa">{}</p></div>'
LANDMARK = '<!doctype html><html lang="en"><title>t</title><body style="background:#222;color:#fff"><main><h1>t</h1>{}</main>'


def test_a_look_is_judged_once_and_every_new_one_is(chromium: Browser) -> None:
    """The palette leaves out what axe has judged, and nothing else: a colour behind that differs is another look; what is hidden has not been judged."""
    hidden = PALE.format("hidden").replace("style=\"", 'style="display:none;')
    with watched(chromium) as seen:
        palette = Palette()
        pages = (DARK.format("one") + hidden, 0), (DARK.format("two"), 0), (PALE.format("three") + PALE.format("four"), 2), (PALE.format("five"), 0)
        for body, bad in pages:
            seen.page.set_content(LANDMARK.format(body))
            assert len(axe_violations(seen.page, palette)) == bad, body
        assert len(axe_violations(seen.page)) == 1, "a palette of its own judges everything"


def test_the_controllers_work(chromium: Browser, site: str) -> None:
    with watched(chromium) as seen:
        page = seen.page
        seen.visit(f"{site}/?live=1")
        page.wait_for_selector(".toast.tone-red a")

        page.click(".masked .icon-button >> nth=0")
        page.fill(".masked dialog[open] input[name=purpose]", "核实身份")
        page.click(".masked dialog[open] .primary")
        expect(page.locator(".masked code").first).to_have_text("13800001111")

        page.click(".confirm > .button")
        assert page.is_visible("dialog[open]")
        page.keyboard.press("Escape")
        assert not page.is_visible("dialog[open]")

        page.keyboard.press("?")
        assert page.is_visible("#shortcuts")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.type") == "search"
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('tbody tr') !== null")

        page.click("[data-controller=theme]")
        assert page.get_attribute("html", "data-theme") == "light"
        page.reload()
        assert page.get_attribute("html", "data-theme") == "light"
        assert seen.complaints == []


def test_a_file_dropped_on_the_page_is_taken_into_the_form(chromium: Browser, site: str) -> None:
    with watched(chromium) as seen:
        page = seen.page
        seen.visit(site)
        dropped = page.evaluate_handle("() => { const data = new DataTransfer(); data.items.add(new File(['x'.repeat(1500000)], '通话.csv')); return data }")
        page.dispatch_event(".dropzone", "dragover", {"dataTransfer": dropped})
        assert page.get_attribute(".dropzone", "data-over") is not None
        page.dispatch_event(".dropzone", "drop", {"dataTransfer": dropped})
        assert page.get_attribute(".dropzone", "data-over") is None
        assert page.evaluate("[...document.querySelector('.dropzone input').files].map((file) => file.name)") == ["通话.csv"]
        assert "通话.csv (1.5" in page.inner_text(".dropzone [data-dropzone-target=names]")
        assert seen.complaints == []


def test_the_drawer_of_a_phone_opens_and_closes_by_keyboard(chromium: Browser, site: str) -> None:
    with watched(chromium, width=PHONE) as seen:
        seen.visit(site)
        assert not seen.page.is_visible("#navigation a")
        seen.page.focus(".drawer-button")
        seen.page.keyboard.press("Enter")
        assert seen.page.is_visible("#navigation a")
        seen.page.keyboard.press("Escape")
        seen.page.wait_for_selector("#navigation a", state="hidden")
        assert seen.page.evaluate("document.activeElement.className").endswith("drawer-button")


def test_filters_go_into_the_address_without_the_empty_ones(chromium: Browser, site: str) -> None:
    with watched(chromium) as seen:
        seen.visit(site)
        seen.page.select_option(".filter-bar select", "red")
        seen.page.wait_for_url("**/?level=red")
        assert seen.page.input_value(".filter-bar select") == "red"
