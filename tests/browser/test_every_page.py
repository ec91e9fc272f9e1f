"""What holds for every page of the console, with something on each."""

from __future__ import annotations

import pytest

from angarium.console.pages import TABLE
from tests.browser.browsing import Window
from tests.browser.gallery import TRIED, dress, fill, paths, show
from tests.product import Product

PAGES_MIN = 3


@pytest.fixture(scope="module")
def samples(product: Product) -> dict[str, str]:
    """A demo with messages of every fate."""
    return dict(fill(product))


def test_every_page_is_fit_for_everybody(window: Window, samples: dict[str, str]) -> None:
    """In light and dark, wide and narrow: nothing serious for axe, nothing to scroll sideways, a title of its own."""
    faults: list[str] = []
    titles: dict[str, str] = {}
    for path in list(paths(window, samples)):
        show(window, path)
        for look in TRIED:
            dress(window, look)
            faults += [f"{path} ({look.name}): {fault}" for fault in window.faults()]
        titles[path] = window.page.title()
        if window.page.locator("h1").count() != 1:
            faults.append(f"{path}: a page has one main heading")

    assert faults == []
    assert len(titles) >= PAGES_MIN
    assert [path for path, title in titles.items() if title.startswith("·") or title == ""] == []


def test_every_page_is_in_the_table_once() -> None:
    """One path and method, one page."""
    places = [(page.method, page.path) for page in TABLE]

    assert len(places) == len(set(places))
