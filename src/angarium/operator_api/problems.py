"""What can go wrong, as problem details (RFC 9457): a code for programs, a sentence and a cure for people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from angarium.httpd import Response

CONTENT_TYPE: Final = b"application/problem+json"
RETRY_AFTER_S: Final = 5
TYPE_BASE: Final = "/openapi#problem-"
"""Where the readable page explains a code."""


class Code(StrEnum):
    """Kinds of problems."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    METHOD = "method"
    TIMEOUT = "timeout"
    CONFLICT = "conflict"
    TOO_LARGE = "too-large"
    PATH_TOO_LONG = "path-too-long"
    MEDIA_TYPE = "media-type"
    EXPECTATION = "expectation"
    INVALID = "invalid"
    TOO_MANY = "too-many"
    HEADERS_TOO_LARGE = "headers-too-large"
    INTERNAL = "internal"
    NOT_IMPLEMENTED = "not-implemented"
    UNAVAILABLE = "unavailable"
    HTTP_VERSION = "http-version"


class Kind(NamedTuple):
    """What is always said of a code."""

    status: int
    title: str
    cure: str


KINDS: Final[Mapping[Code, Kind]] = {
    Code.MALFORMED: Kind(400, "The request cannot be read", "Send a body that is one JSON object."),
    Code.UNAUTHENTICATED: Kind(
        401, "No valid operator token", "Send `Authorization: Bearer TOKEN` with an operator token that is valid."
    ),
    Code.FORBIDDEN: Kind(403, "The token lacks a scope", "Use a token with the scope that is named."),
    Code.UNKNOWN: Kind(404, "There is no such thing", "Check the path and the number in it."),
    Code.METHOD: Kind(405, "This path does not take this method", "Use a method that the Allow header names."),
    Code.TIMEOUT: Kind(408, "The request came too slowly", "Send the whole request at once."),
    Code.CONFLICT: Kind(409, "Something else stands in the way", "Do what the sentence says, or choose another name."),
    Code.TOO_LARGE: Kind(413, "The body is too large", "Send a smaller body."),
    Code.PATH_TOO_LONG: Kind(414, "The path is too long", "Shorten path and query."),
    Code.MEDIA_TYPE: Kind(415, "The body is of no type that is read here", "Send `Content-Type: application/json`."),
    Code.EXPECTATION: Kind(417, "The Expect header asks for too much", "Leave the Expect header out."),
    Code.INVALID: Kind(422, "A value cannot be used", "Correct the field that is named."),
    Code.TOO_MANY: Kind(429, "Too many changes wait already", "Send the request again in a moment."),
    Code.HEADERS_TOO_LARGE: Kind(431, "The headers are too large", "Send fewer or shorter headers."),
    Code.INTERNAL: Kind(500, "A fault of the server", "Report it with the server's log of this moment."),
    Code.NOT_IMPLEMENTED: Kind(501, "The server does not know this method", "Use a method of the document."),
    Code.UNAVAILABLE: Kind(503, "The store cannot be used now", "Nothing was changed: send the request again later."),
    Code.HTTP_VERSION: Kind(505, "This version of HTTP is not spoken here", "Use HTTP/1.1."),
}
OF_STATUS: Final[Mapping[int, Code]] = {kind.status: code for code, kind in KINDS.items()}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong (RFC 9457)."""

    type: str
    """Where the code is explained."""
    title: str
    status: int
    detail: str
    """A sentence about this very request."""
    code: str
    """What a program should look at."""
    cure: str
    """What to do."""
    field: str | None = None
    """The parameter or member that cannot be used, such as `callback.url`; absent when it is none."""


class Trouble(Exception):
    """Ends a request with a problem."""

    def __init__(self, code: Code, detail: str = "", *, field: str = "", allow: str = "") -> None:
        super().__init__(detail or KINDS[code].title)
        self.code = code
        self.detail = detail
        self.field = field
        self.allow = allow


def response(trouble: Trouble) -> Response:
    """The answer."""
    kind = KINDS[trouble.code]
    problem = Problem(
        type=TYPE_BASE + trouble.code,
        title=kind.title,
        status=kind.status,
        detail=sentence(trouble.detail or kind.title),
        code=trouble.code,
        cure=kind.cure,
        field=trouble.field or None,
    )
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if kind.status in {429, 503}:
        headers = ((b"Retry-After", b"%d" % RETRY_AFTER_S),)
    elif kind.status == 401:
        headers = ((b"WWW-Authenticate", b"Bearer"),)
    elif trouble.allow:
        headers = ((b"Allow", trouble.allow.encode("ascii")),)
    return Response(kind.status, CONTENT_TYPE, msgspec.json.encode(problem), headers)


def sentence(text: str) -> str:
    """With a capital and a stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
