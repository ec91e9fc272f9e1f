"""The pages behind documentation links: what a code means and what to do, for a person (rest-api 5)."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from angarium.httpd import Request
from angarium.rest.codes import EXPLANATIONS, Explanation

PATH: Final = "/errors/"
_PAGE_NAME: Final = re.compile(r"([0-9]{3})\.htm")
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def own_base(request: Request) -> str:
    """Where this server's own pages are, by the name that the client called it; a bare path when it named none."""
    host = request.headers.get(b"host", b"")
    if _HOST.fullmatch(host) is None:
        return PATH[:-1]
    return f"{'https' if request.secure else 'http'}://{host.decode('ascii')}{PATH[:-1]}"


def explanation_at(path: str) -> Explanation | None:
    """What is explained at this path, such as /errors/105.htm; None for any other."""
    match = _PAGE_NAME.fullmatch(path[len(PATH) :])
    return EXPLANATIONS.get(match[1]) if match else None


def page(explanation: Explanation) -> bytes:
    """One page, readable with and without a browser."""
    return _PAGE.format(
        code=explanation.code,
        description=escape(explanation.description, quote=False),
        meaning=escape(explanation.meaning, quote=False),
        cure=escape(explanation.cure, quote=False),
    ).encode()


_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Error {code}: {description}</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style>
</head>
<body>
<h1>{code} {description}</h1>
<h2>What it means</h2>
<p>{meaning}</p>
<h2>What to do</h2>
<p>{cure}</p>
</body>
</html>
"""
