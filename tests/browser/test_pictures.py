"""The README's pictures in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.house.tree import ROOT

PICTURE_OCTETS_MIN = 20_000
"""A blank picture is far smaller as a PNG."""
FILES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page without a console on it."""
    context = chromium.new_context(viewport={"width": 900, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_chromium_shows_it_as_an_image_in_the_scheme_of_its_reader(path: Path, page: Page, tmp_path: Path) -> None:
    """Laid out the same when it is scaled down; not blank, and another picture in the dark."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown: dict[str, bytes] = {}
    for scheme in ("light", "dark"):
        reader = tmp_path / f"{scheme}.html"
        reader.write_text(f'<body style="color-scheme: {scheme}"><img style="width: 800px" src="{path.as_uri()}">')
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(reader.as_uri())
        assert page.evaluate("document.images[0].naturalWidth") == 1080
        shown[scheme] = page.locator("img").screenshot()

    assert all(len(picture) > PICTURE_OCTETS_MIN for picture in shown.values())
    assert shown["light"] != shown["dark"]
    assert {url.partition(":")[0] for url in asked} == {"file"}
