"""How Sphinx builds the site: see docs/decisions for why it is this one."""

# ruff: noqa: A001 - Sphinx reads these names

from __future__ import annotations

import re
from typing import Final

from sphinx.application import Sphinx

import angarium

project = "Angarium"
author = "the Angarium maintainers"
copyright = f"{author}; Apache License 2.0"
version = release = angarium.__version__

extensions = ["myst_parser"]
exclude_patterns = ["_generate"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
# A block without a language is a listing of ours.
highlight_language = "none"
nitpicky = True

html_theme = "furo"
html_title = f"Angarium {release}"
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False
html_show_sourcelink = False

_UP: Final = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+)[^)]*\)")


def _leave_the_tree(_: Sphinx, page: str, source: list[str]) -> None:
    """Links to files beside docs/ work in the repository; the site shows their words."""
    depth = page.count("/")
    source[0] = _UP.sub(lambda link: link[1] if link[2].count("/") > depth else link[0], source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _leave_the_tree)
