"""The application: which operation a request asks for, who asks, and the answer.

Order of checks: path, method, token, scope, parameters, body. Changes of one process go one after the other, so that
none is made from a state that another has just changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from angarium.core.refusals import Reason, Refusal
from angarium.flows import operators
from angarium.flows.desk import Desk, Mistaken
from angarium.httpd import Request, Response, StreamResponse
from angarium.operator_api import problems
from angarium.operator_api.document import describe
from angarium.operator_api.operations import Call, Operation, Router, Surroundings
from angarium.operator_api.page import STYLE_POLICY, page
from angarium.operator_api.problems import Code, Trouble
from angarium.operator_api.reading import body_of, parameters_of
from angarium.operator_api.table import TABLE
from angarium.operator_api.values import NoReply, Streamed
from angarium.ports.admin import OperatorStore
from angarium.ports.checks import Checks, Mint
from angarium.ports.clock import Clock
from angarium.ports.store import AlreadyExists, NotFound, StoreUnavailable

BASE: Final = "/v1/"
DOCUMENT: Final = "/openapi.json"
PAGE: Final = "/openapi"
CHANGES_WAITING_MAX: Final = 100
"""Changes that may wait for their turn; more are answered 429."""
CACHE_S: Final = 300
TABLES: Final = "tables"
"""The topic of the tables that an operator sets."""

Count = Callable[[str, int, str], None]
"""Told of each answer: operation, HTTP status, code of the problem or empty."""


class OperatorApp:
    """Answers the requests of the operator's API, and those for its document; see `handle`."""

    def __init__(
        self,
        *,
        store: OperatorStore,
        checks: Checks,
        mint: Mint,
        clock: Clock,
        surroundings: Surroundings,
        version: str,
        others: Mapping[str, Any] | None = None,
        count: Count | None = None,
    ) -> None:
        """`others` is what the document says beside this table: paths and components of the REST API."""
        self._store = store
        self._checks = checks
        self._mint = mint
        self._clock = clock
        self._surroundings = surroundings
        self._count = count or _count_nothing
        self._router = Router(TABLE)
        self._change = asyncio.Lock()
        self._changes_waiting = 0
        document = describe(TABLE, version=version, others=others or {})
        self._document = _Kept(msgspec.json.encode(document), b"application/json")
        self._page = _Kept(page(document), b"text/html; charset=utf-8", (b"Content-Security-Policy", STYLE_POLICY))

    def handle(self, request: Request) -> Response | Awaitable[Response] | None:
        """Answer one request, or None when it is for somebody else."""
        return self._answer(request) if request.path.startswith(BASE) else self.pages(request)

    def pages(self, request: Request) -> Response | None:
        """Answer a request for the document or its readable page, or None when it is for something else."""
        path = request.path
        if path not in {DOCUMENT, PAGE}:
            return None
        if request.method not in {"GET", "HEAD"}:
            return problems.response(Trouble(Code.METHOD, allow="GET, HEAD"))
        return (self._document if path == DOCUMENT else self._page).answer(request)

    def error_page(self, status: int, request: Request | None) -> Response:
        """The answer to an error that the HTTP server found itself."""
        code = problems.OF_STATUS.get(status, Code.INTERNAL if status >= 500 else Code.MALFORMED)
        return self._said("http", Trouble(code))

    async def _answer(self, request: Request) -> Response:
        name = "unknown"
        try:
            methods, places = self._router.find(request.path)
            operation = methods.get("GET" if request.is_head else request.method)
            if not methods:
                raise Trouble(Code.UNKNOWN, f"there is nothing at {request.path[:200]}")
            if operation is None:
                allowed = sorted({*methods, "HEAD"} if "GET" in methods else methods)
                raise Trouble(Code.METHOD, f"{request.method} is not for this path", allow=", ".join(allowed))
            name = operation.name
            desk = await self._desk(operation, request)
            parameters = parameters_of(operation, places, request.query)
            call = Call(desk, parameters, body_of(operation, request), self._surroundings)
            waits_its_turn = operation.changes and not operation.calls_out
            reply = await (self._in_turn(operation, call) if waits_its_turn else operation.run(call))
        except Trouble as trouble:
            return self._said(name, trouble)
        except Mistaken as error:
            return self._said(name, Trouble(Code.INVALID, str(error), field=error.field))
        except NotFound as error:
            return self._said(name, Trouble(Code.UNKNOWN, _text(error)))
        except AlreadyExists as error:
            return self._said(name, Trouble(Code.CONFLICT, _text(error)))
        except StoreUnavailable as error:
            return self._said(name, Trouble(Code.UNAVAILABLE, _text(error)))
        except Refusal as refusal:
            code = Code.UNKNOWN if refusal.reason is Reason.UNKNOWN_MESSAGE else Code.INVALID
            return self._said(name, Trouble(code, refusal.reason.value, field=refusal.parameter))
        self._count(name, operation.status, "")
        if isinstance(reply, Streamed):
            return StreamResponse(operation.status, reply.content_type.encode(), reply.chunks, _NEVER_KEPT)
        body = b"" if isinstance(reply, NoReply) else msgspec.json.encode(reply)
        return Response(operation.status, b"application/json", body, _NEVER_KEPT)

    async def _desk(self, operation: Operation[Any, Any, Any], request: Request) -> Desk:
        """Who asks. Raises Trouble when the token opens nothing, or not this."""
        scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
        now = self._clock.now()
        row = None
        if scheme.lower() == b"bearer" and token.strip():
            row = await operators.who(self._store, token.strip(), now=now)
        if row is None:
            raise Trouble(Code.UNAUTHENTICATED, "the operator token is missing, unknown, expired or revoked")
        if operation.scope not in row.scopes:
            raise Trouble(Code.FORBIDDEN, f"this needs the scope {operation.scope}, which the token does not have")
        return Desk(store=self._store, checks=self._checks, mint=self._mint, author=f"token:{row.name}", now=now)

    async def _in_turn(self, operation: Operation[Any, Any, Any], call: Call[Any, Any]) -> Any:
        if self._changes_waiting >= CHANGES_WAITING_MAX:
            raise Trouble(Code.TOO_MANY)
        self._changes_waiting += 1
        try:
            async with self._change:
                return await operation.run(call)
        finally:
            self._changes_waiting -= 1
            # This process need not wait until it looks by itself whether anything has changed.
            self._surroundings.ring(TABLES)

    def _said(self, name: str, trouble: Trouble) -> Response:
        self._count(name, problems.KINDS[trouble.code].status, trouble.code)
        return problems.response(trouble)


class _Kept:
    """A page that stays the same while this process runs."""

    def __init__(self, body: bytes, content_type: bytes, *headers: tuple[bytes, bytes]) -> None:
        self._body = body
        self._content_type = content_type
        self._tag = b'"%b"' % _digest(body)
        self._headers = (
            (b"ETag", self._tag),
            (b"Cache-Control", b"public, max-age=%d" % CACHE_S),
            (b"X-Content-Type-Options", b"nosniff"),
            *headers,
        )

    def answer(self, request: Request) -> Response:
        """200 with the page, or 304 when the client has it."""
        known = request.headers.get(b"if-none-match", b"")
        if known == b"*" or self._tag in {each.strip().removeprefix(b"W/") for each in known.split(b",")}:
            return Response(304, headers=self._headers)
        return Response(200, self._content_type, self._body, self._headers)


_NEVER_KEPT: Final = ((b"Cache-Control", b"no-store"),)


def _digest(body: bytes) -> bytes:
    return sha256(body).hexdigest()[:32].encode()


def _text(error: Exception) -> str:
    # KeyError and its kin put quotes around what they say.
    return str(error.args[0]) if error.args else (type(error).__doc__ or "")


def _count_nothing(_operation: str, _status: int, _code: str) -> None:
    """Nobody counts."""
