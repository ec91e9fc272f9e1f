"""A real browser before the real console: what every test here gets, and what is held against every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.browsing import CHROMIUM, CHROMIUM_FLAGS, Window, entered
from tests.product import Product


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """The driver of browsers; it keeps an event loop to itself, so that it must end before other tests begin."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def demo_session(product: Product, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session of the demo's person, who is an operator and owns the demo account: signed in once a module."""
    return entered(chromium, product, tmp_path_factory.mktemp("session") / "state.json")


@pytest.fixture
def window(product: Product, chromium: Browser, demo_session: Path) -> Iterator[Window]:
    """A window of the demo's person, at the start of the console."""
    with Window.opened(chromium, product, session=demo_session) as window:
        yield window


@pytest.fixture
def stranger(product: Product, chromium: Browser) -> Iterator[Window]:
    """A window of somebody who has not signed in."""
    with Window.opened(chromium, product) as window:
        yield window
