"""The few charsets that a request body may be in (rest-api 1.5: the Content-Type may carry one)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from angarium.rest.wire import Malformed

UTF_8_MARK: Final = b"\xef\xbb\xbf"
"""A byte order mark, which some clients put before UTF-8."""

_CHARSETS: Final[Mapping[str, str]] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "iso8859-1": "iso-8859-1",
    "iso_8859-1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "utf-16": "utf-16",
    "utf-16le": "utf-16le",
    "utf-16be": "utf-16be",
}


def known_charset(name: str) -> str:
    """The one name of a charset that we read, or empty for any other: then the body must speak for itself."""
    return _CHARSETS.get(name.strip().strip("\"'").lower(), "")


def to_utf_8(body: bytes, charset: str) -> bytes:
    """A body of a known charset in UTF-8; raises Malformed when it is not in that charset."""
    if charset == "utf-8":
        return body
    try:
        return body.decode(charset).encode()
    except UnicodeError as error:
        raise Malformed(str(error)) from None
