"""Templates, and what they can ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from angarium.console import words
from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits, decimals, format_credits
from angarium.core.numbers import show_recipient
from angarium.core.people import Role
from angarium.core.visible import visible

MEBI: Final = 1024 * 1024
STATIC_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Static:
    """The files of `static/`, read once, each with a name that changes with its content."""

    def __init__(self) -> None:
        folder = files("angarium.console").joinpath("static")
        self.files: dict[str, tuple[bytes, str]] = {}
        self._versions: dict[str, str] = {}
        for entry in folder.iterdir():
            suffix = entry.name[entry.name.rfind(".") :]
            if suffix in STATIC_TYPES:
                octets = entry.read_bytes()
                self.files[entry.name] = (octets, STATIC_TYPES[suffix])
                self._versions[entry.name] = hashlib.sha256(octets).hexdigest()[:12]

    def url(self, base: str, name: str) -> str:
        """Where a page finds a file; it may be kept for ever."""
        return f"{base}/static/{name}?v={self._versions[name]}"


def environment(static: Static, *, base: str) -> Environment:
    """Jinja with escaping everywhere, and an error for every name that a page forgot to give."""
    jinja = Environment(
        loader=PackageLoader("angarium.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals.update(
        base=base,
        static=partial(static.url, base),
        status_word=words.status,
        cause_sentence=words.cause,
        decimals=decimals,
        Role=Role,
    )
    filters: dict[str, Any] = {
        "credits": credits_text,
        "amount": amount_text,
        "count": count_text,
        "rate": rate_text,
        "when": when,
        "clock": clock,
        "day": day_text,
        "duration": words.duration,
        "browser": words.browser,
        "number": show_recipient,
        "visible": visible,
        "excerpt": words.excerpt,
        "octets": octets_text,
        "mebibytes": mebibytes_text,
    }
    jinja.filters.update(filters)
    return jinja


def mebibytes_text(octets: int) -> str:
    """The size of a file as people say it."""
    return f"{octets / MEBI:g} MB" if octets >= MEBI else f"{octets / 1024:g} KB"


def octets_text(octets: bytes) -> str:
    """What a stranger's program sent, as text in which every character can be seen."""
    return visible(octets.decode("utf-8", "replace"))


def credits_text(amount: Credits, decimals: int = 2) -> str:
    """Credits with thin spaces between thousands."""
    sign, text = ("\u2212", format_credits(-amount, decimals)) if amount < 0 else ("", format_credits(amount, decimals))
    whole, _, fraction = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", "\u202f")
    return f"{sign}{grouped}.{fraction}" if fraction else sign + grouped


def amount_text(amount: Credits) -> str:
    """Credits with as many decimals as they have, two at the least."""
    return credits_text(amount, decimals([amount]))


def count_text(number: int) -> str:
    """A count with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def rate_text(per_s: float) -> str:
    """So many a second; with one decimal where that makes a difference."""
    return f"{per_s:.1f}" if 0.05 <= per_s < 10 else count_text(round(per_s))


def when(at: UnixMs | None) -> Markup:
    """A moment as a time element, in UTC; the browser's own zone is shown where scripts run."""
    return Markup("") if at is None else _time_element(at, slice(0, 19))


def clock(at: UnixMs) -> Markup:
    """A moment of today as a time element that shows hours and minutes."""
    return _time_element(at, slice(11, 16), 'class="clock" ')


def _time_element(at: UnixMs, shown: slice, more: str = "") -> Markup:
    exact = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    title = f"{exact[:10]} {exact[11:19]}"
    # Digits need no escaping, which would be a third of drawing a list.
    return Markup(f'<time {more}datetime="{exact}" title="{title} UTC">{title[shown]}</time>')  # noqa: S704


def day_text(at: UnixMs) -> str:
    """The day of a moment, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
