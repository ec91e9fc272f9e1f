"""The site builds without a warning, asks no other host for anything, and shows every page."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Sphinx, in a process in which any attempt to reach another host is an error.
BUILD = """
import socket, sys
def refuse(*_):
    raise OSError("the site is built without a network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""
LOADED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "form": "action",
}


class Loaded(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.images_without_words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element loads."""
        given = dict(attrs)
        if tag in LOADED and given.get(LOADED[tag]):
            self.urls.append(str(given[LOADED[tag]]))
        if tag == "img" and not given.get("alt"):
            self.images_without_words.append(str(given.get("src")))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-c", BUILD, "-W", "--keep-going", "-q", "-b", "html", "-d", str(folder / "trees")]
    built = subprocess.run(
        [*command, "docs", str(folder / "html")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "html"


def test_every_page_is_built(site: Path) -> None:
    """Each Markdown page of docs/ has its page in the site."""
    pages = [path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")]

    assert pages
    assert [page.as_posix() for page in pages if not (site / page).exists()] == []


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    """Scripts, styles, fonts and pictures come with the site: reading it tells nobody."""
    abroad = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
    fetched: dict[str, list[str]] = {}
    for path in site.rglob("*.html"):
        page = Loaded()
        page.feed(path.read_text(encoding="utf-8"))
        fetched[path.name] = [url for url in page.urls if abroad.match(url)]
    for path in site.rglob("*.css"):
        imports = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", path.read_text(encoding="utf-8"))
        fetched[path.name] = [url for pair in imports for url in pair if abroad.match(url)]

    assert fetched
    assert {name: urls for name, urls in fetched.items() if urls} == {}


def test_every_picture_has_words_for_those_who_do_not_see_it(site: Path) -> None:
    """An image carries its alternative text."""
    bare: dict[str, list[str]] = {}
    for path in site.rglob("*.html"):
        page = Loaded()
        page.feed(path.read_text(encoding="utf-8"))
        bare[path.name] = page.images_without_words

    assert {name: images for name, images in bare.items() if images} == {}
