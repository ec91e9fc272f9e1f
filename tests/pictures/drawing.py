"""A page as one SVG file: its HTML as XHTML in a foreignObject, with its stylesheet, and nothing that runs or loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from xml.sax.saxutils import escape, quoteattr

WIDTH: Final = 1080
ROOT_PX: Final = 16
XHTML: Final = "http://www.w3.org/1999/xhtml"
SVG: Final = "http://www.w3.org/2000/svg"
VOID: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
DROPPED: Final = frozenset({"script", "noscript", "title", "link", "meta"})
SPELLED: Final = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
"""Attributes that XML wants in the case that HTML forgets."""
KEPT: Final = frozenset(
    {
        *(
            "class",
            "id",
            "dir",
            "lang",
            "value",
            "placeholder",
            "type",
            "rows",
            "colspan",
            "open",
            "checked",
            "selected",
        ),
        *("aria-current", "aria-hidden", "data-name", "data-copy", "d", "points", "x", "y", "x1", "x2", "y1", "y2"),
        *("width", "height", "fill", "opacity", "viewbox", "preserveaspectratio", "max", "hidden"),
    }
)
"""Attributes that a look depends on. Links and forms lead nowhere in a picture."""
FRAME: Final = """
svg > foreignObject > * { display: block; height: 100%; overflow: hidden; background: var(--ground);
  border: 1px solid var(--line); border-radius: 12px; }
"""


class NotDrawable(ValueError):
    """The page is no well-formed tree, or asks for something outside."""


def drawn(html: str, css: str, *, sentence: str, height: int) -> str:
    """The SVG text of a page. Raises NotDrawable."""
    body = _Body()
    body.feed(html)
    body.close()
    if body.open:
        raise NotDrawable(f"<{body.open[-1]}> is never closed.")
    sheet = _at_width(css, WIDTH / ROOT_PX) + FRAME
    if re.search(r"@import|url\(", sheet):
        raise NotDrawable("The stylesheet loads something.")
    return (
        f'<svg xmlns="{SVG}" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"<title>{escape(sentence)}</title>\n<style>{escape(sheet)}</style>\n"
        f'<foreignObject width="{WIDTH}" height="{height}">\n<html xmlns="{XHTML}">'
        f"{_lean(''.join(body.parts))}</html>\n</foreignObject>\n</svg>\n"
    )


class _Body(HTMLParser):
    """Reads a page and writes its body as XHTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self._within = 0
        """How deep in something that is dropped."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write it, unless it is dropped."""
        if tag == "body" or self.open:
            hidden = tag == "input" and ("type", "hidden") in attrs
            if not (self._within or hidden or tag in DROPPED):
                self.parts.append(f"<{tag}{''.join(_attributes(tag, attrs, self.open))}{'/' * (tag in VOID)}>")
            if tag not in VOID:
                self.open.append(tag)
                self._within += tag in DROPPED or self._within > 0

    def handle_endtag(self, tag: str) -> None:
        """Close it, and nothing else."""
        if not self.open or tag in VOID:
            return
        if self.open.pop() != tag:
            raise NotDrawable(f"</{tag}> closes something else.")
        if not self._within:
            self.parts.append(f"</{tag}>")
        self._within -= self._within > 0

    def handle_data(self, data: str) -> None:
        """Write text as text."""
        if self.open and not self._within:
            self.parts.append(escape(data))


def _attributes(tag: str, attrs: list[tuple[str, str | None]], parents: list[str]) -> Iterator[str]:
    if tag == "svg":
        yield f' xmlns="{SVG}"'
    if tag == "details" and "nav" not in parents and "main" not in parents:
        # The menu is always open on a wide screen, by a rule that not every browser knows.
        yield ' open="open"'
    for name, value in attrs:
        if name in KEPT and not (name == "id" and tag != "div"):
            yield f" {SPELLED.get(name, name)}={quoteattr(name if value is None else value)}"


def _lean(xhtml: str) -> str:
    """Without the indentation of templates; what is written in <pre> and <textarea> stays."""
    pieces = re.split(r"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", xhtml, flags=re.DOTALL)
    return "".join(piece if place % 2 else re.sub(r"\s*\n\s*", "\n", piece) for place, piece in enumerate(pieces))


def _at_width(css: str, width_rem: float) -> str:
    """The sheet as it holds at a width: what a picture is scaled to is no reason to lay it out otherwise."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    kept: list[str] = []
    while (at := css.find("@media")) >= 0:
        head, body, rest = _block(css, at)
        kept.append(css[:at])
        if _holds(head, width_rem):
            kept.append(body)
        css = rest
    lines = (line.strip() for line in "".join((*kept, css)).splitlines())
    return "\n" + "\n".join(line for line in lines if line) + "\n"


def _block(css: str, at: int) -> tuple[str, str, str]:
    """The condition, the content and what follows of the block that begins here."""
    begins = css.index("{", at)
    depth, end = 1, begins + 1
    while depth:
        depth += {"{": 1, "}": -1}.get(css[end], 0)
        end += 1
    return css[at:begins], css[begins + 1 : end - 1], css[end:]


def _holds(condition: str, width_rem: float) -> bool:
    found = re.fullmatch(r"@media \((min|max)-width: ([\d.]+)rem\)\s*", condition)
    if found is None:
        # Print, and movement, which a picture has none of.
        return False
    limit = float(found[2])
    return width_rem >= limit if found[1] == "min" else width_rem <= limit
