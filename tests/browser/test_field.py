"""The phone in an officer's hand: five taps from the list to a sent answer, a network that comes and goes, news that arrives by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route
from sqlalchemy import select, text
from tests.browser.watching import PHONE, Watched, axe_violations, overflow, watched
from tests.desks.warnings_kit import SYSTEM, build_city, finding, merge

from fanzha.desks import identity
from fanzha.desks.identity import SessionLimits, User
from fanzha.desks.identity.domain import SignInMethod
from fanzha.desks.warnings.model import WarningOrder
from fanzha.faces.cli.serving import serving
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.vocab.risk import RiskLevel

pytestmark = pytest.mark.browser
_PLENTY = Rate(10_000_000, 1)
MOST_TAPS = 5


@dataclass
class Thumb:
    """Counts every tap."""

    page: Page
    taps: list[str] = field(default_factory=list)

    def tap(self, target: Locator) -> None:
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, f"{target} is too low for a thumb: {box['height']}"
        self.taps.append(target.inner_text().strip())
        target.click()


@dataclass(frozen=True)
class Post:
    """A served station with one officer signed in on a phone."""

    url: str
    cookie: str

    @contextmanager
    def phone(self, browser: Browser) -> Iterator[Watched]:
        with watched(browser, width=PHONE, cookies=[{"name": "fz_session", "value": self.cookie, "url": self.url}]) as seen:
            yield seen


@pytest.fixture
def post(platform: Platform) -> Iterator[Post]:
    officer = build_city(platform).officer
    with platform.database.work(SYSTEM) as work:
        user = work.session.get_one(User, officer.user_id)
        limits = SessionLimits(timedelta(hours=10), timedelta(hours=1))
        opened = identity.sessions.open_session(work, user, limits, SignInMethod.PASSWORD, address="here", agent="test")
    with serving(create_app(platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))) as url:
        yield Post(url, opened.token)


def warn(platform: Platform, name: str = "a", person: str = "1") -> None:
    merge(platform, finding(name, person, RiskLevel.RED, at=clock.now()), at=clock.now())


def test_from_the_list_to_a_sent_answer_in_five_taps(platform: Platform, post: Post, chromium: Browser, screenshots: Path) -> None:
    warn(platform)
    with post.phone(chromium) as seen:
        page, thumb = seen.page, Thumb(seen.page)
        seen.visit(f"{post.url}/field")
        page.screenshot(path=screenshots / "field-list.png", full_page=True)
        thumb.tap(page.get_by_role("button", name="签收"))
        page.wait_for_url("**/field/tasks/*")
        call = page.get_by_role("link", name="拨打")
        assert call.get_attribute("href") == "tel:13900000001"
        page.evaluate("document.querySelector('.call-link').addEventListener('click', (event) => event.preventDefault())")  # no telephone here
        thumb.tap(call)
        page.screenshot(path=screenshots / "field-task.png", full_page=True)
        thumb.tap(page.get_by_role("button", name="接通本人"))
        page.get_by_text("已记录联系结果").wait_for()
        thumb.tap(page.get_by_role("button", name="已见面，已核实身份"))
        page.get_by_text("已记录见面").wait_for()
        assert page.get_by_label("已劝阻").is_checked()
        assert axe_violations(page) == []
        assert overflow(page) == []
        page.screenshot(path=screenshots / "field-answer.png", full_page=True)
        thumb.tap(page.get_by_role("button", name="提交反馈"))
        page.get_by_text("已反馈").first.wait_for()
        assert seen.complaints == []
    assert len(thumb.taps) <= MOST_TAPS, thumb.taps
    with platform.database.work(SYSTEM) as work:
        order = work.session.scalars(select(WarningOrder)).one()
        assert (order.state, order.outcome) == ("fed_back", "dissuaded")


def test_without_a_network_nothing_typed_is_lost_and_a_second_arrival_changes_nothing(platform: Platform, post: Post, chromium: Browser) -> None:
    warn(platform)
    with post.phone(chromium) as seen:
        page = seen.page
        seen.visit(f"{post.url}/field")
        page.get_by_role("button", name="签收").click()
        page.wait_for_url("**/field/tasks/*")
        page.get_by_role("button", name="无人接听").click()
        page.get_by_text("已记录联系结果").wait_for()
        page.get_by_text("金额、环节、证据、回访日期").click()
        page.get_by_label("证据说明").fill("邻居说出门了")
        page.route("**/steps/*", lambda route: route.abort())
        page.get_by_role("button", name="提交反馈").click()
        page.get_by_text("没有网络").wait_for()
        page.unroute("**/steps/*")
        page.reload()
        assert page.get_by_label("证据说明").input_value() == "邻居说出门了"

        def lose_the_answer(route: Route) -> None:
            route.fetch(max_redirects=0)
            route.abort()

        page.route("**/steps/*", lose_the_answer)
        page.get_by_role("button", name="提交反馈").click()
        page.get_by_text("没有网络").wait_for()
        page.unroute("**/steps/*")
        page.get_by_role("button", name="提交反馈").click()
        page.get_by_text("已反馈").first.wait_for()
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('fanzha-draft:'))") == []
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalar(text("SELECT count(*) FROM warning_feedback")) == 1
        assert work.session.scalars(select(WarningOrder.state)).one() == "not_found_yet"


def test_a_new_task_appears_by_itself_and_is_announced(platform: Platform, post: Post, chromium: Browser) -> None:
    with post.phone(chromium) as seen:
        page = seen.page
        # The first hint to reload shows that the stream is up.
        with page.expect_response("**/field/rows"):
            seen.visit(f"{post.url}/field")
        page.get_by_text("没有待办任务").wait_for()
        warn(platform)
        page.get_by_role("button", name="签收").wait_for()
        assert seen.complaints == []
