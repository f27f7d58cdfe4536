"""A browser for the pages, the machine's Chromium, and a folder for their pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: FANZHA_TEST_BROWSER or the machine's Chromium. Without one the tests skip.

    Not one a session: while it is open its event loop runs in this thread, and no other test could run one of its own.
    """
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
