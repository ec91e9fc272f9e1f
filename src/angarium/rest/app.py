"""The application: which operation a request asks for, the checks of a call in their order, and the answer.

Order (rest-api 1.7): token, address, headers, body, parameters of the whole request, each recipient. What
needs no waiting is answered at once; a send is answered when the messages are safe on disk.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from angarium.core.account import Caller
from angarium.core.clocktime import UnixMs
from angarium.core.message import Accepted, Refused, Result, SendRequest
from angarium.core.public_ids import PublicIds
from angarium.core.refusals import Reason, Refusal
from angarium.flows import lookup, stop
from angarium.flows.intake import Call
from angarium.flows.protection import Protection
from angarium.flows.retries import Once, Replied
from angarium.flows.tables import Tables
from angarium.httpd import Proxies, Request, Response
from angarium.ports.clock import Clock
from angarium.ports.retries import Reply
from angarium.ports.store import Store, StoreUnavailable
from angarium.rest import codes, pages, wire
from angarium.rest.auth import authenticate, check_lockdown
from angarium.rest.headers import IDEMPOTENCY_KEY, JSON, body_form, check_version, idempotency_key, reply_form
from angarium.rest.parameters import client_message_id, send_request
from angarium.rest.wire import Fields, Form, Malformed, Members

Send = Callable[[Call], Awaitable[list[Result] | Replied]]
"""Takes one call: a result for each recipient in order, or, of a repeatable call, its reply.

Raises Refusal for the whole, or StoreUnavailable.
"""

Count = Callable[[str, int, str], None]
"""Told of each answer: operation, HTTP status, error code or empty."""

Answer = Response | Awaitable[Response]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSettings:
    """What an operator may choose about the REST API."""

    documentation_base: str = ""
    """What `documentation` links begin with, such as https://host/errors; empty means this server's own pages."""


class _Call(NamedTuple):
    """One request on its way through an operation."""

    request: Request
    operation: str
    form: Form
    """How the answer is spelled."""
    argument: str
    """What the path holds after the operation's own part."""
    caller: Caller
    now: UnixMs


_Operations = Mapping[str, tuple[str, Callable[[_Call], Answer]]]
"""What the methods of one path ask for: the operation's name, and what runs it."""

_DIFFERENT: Final = frozenset({202, 207})
"""What a send is answered unless all its recipients are refused alike."""
_MALFORMED: Final = ("100", "Data malformed")
_HTTP_FAULTS: Final[Mapping[int, tuple[str, str]]] = {
    404: ("101", "Invalid or missing parameter: path"),
    405: ("101", "Invalid or missing parameter: method"),
    413: ("101", "Invalid or missing parameter: body"),
    414: ("101", "Invalid or missing parameter: path"),
    417: ("101", "Invalid or missing parameter: Expect"),
    431: ("101", "Invalid or missing parameter: headers"),
    501: ("101", "Invalid or missing parameter: method"),
    505: ("101", "Invalid or missing parameter: HTTP version"),
}
"""How errors that are found below this API are said in it; any other fault of the client's is malformed data."""


class RestApp:
    """Answers the requests of the REST API; see `handle` and `error_page`."""

    def __init__(
        self,
        *,
        send: Send,
        store: Store,
        tables: Tables,
        public_ids: PublicIds,
        clock: Clock,
        settings: RestSettings,
        proxies: Proxies | None = None,
        count: Count | None = None,
        moved: Callable[[Counter[str]], None] | None = None,
    ) -> None:
        """`proxies` tells where a request comes from. `moved` is told how many messages a stop has moved, by cause."""
        self._moved = moved
        self._proxies = proxies or Proxies()
        self._protection = Protection(tables)
        self._take = send
        self._store = store
        self._tables = tables
        self._public_ids = public_ids
        self._clock = clock
        self._documentation_base = settings.documentation_base.rstrip("/")
        self._count = count or _count_nothing
        message: _Operations = {"GET": ("status", self._status_by_client_id), "POST": ("send", self._send)}
        one_message: _Operations = {"GET": ("status", self._status), "DELETE": ("stop", self._stop)}
        # A POST with a trailing slash is known from working clients (rest-api 1.9).
        self._exact: dict[str, _Operations] = {
            "/rest/message": message,
            "/rest/message/": {**one_message, "POST": ("send", self._send)},
            "/rest/account/balance": {"GET": ("balance", self._balance)},
            "/rest/account/balance/": {"GET": ("balance", self._balance)},
        }
        self._prefixes: tuple[tuple[str, _Operations], ...] = (
            ("/rest/message/", one_message),
            ("/rest/coverage/", {"GET": ("coverage", self._coverage)}),
        )

    def handle(self, request: Request) -> Answer:
        """Answer one request, at once or later. Raises nothing that a request can cause."""
        path = request.path
        if path.startswith(pages.PATH):
            return self._page(request)
        operations = self._exact.get(path)
        argument = ""
        if operations is None:
            for prefix, candidates in self._prefixes:
                if path.startswith(prefix):
                    operations, argument = candidates, path[len(prefix) :]
                    break
            else:
                return self.error_page(404, request)
        found = operations.get("GET" if request.is_head else request.method)
        if found is None:
            return self._not_allowed(request, operations)
        operation, run = found
        headers = request.headers
        form = reply_form(headers)
        try:
            now = self._clock.now()
            directory = self._tables.directory
            caller = authenticate(headers, directory, now=now)
            if caller.connection.settings.networks:
                check_lockdown(request, caller, directory=directory, proxies=self._proxies)
            check_version(headers)
            if form is None:
                raise Refusal(Reason.BAD_PARAMETER, "Accept")
            return run(_Call(request, operation, form, argument, caller, now))
        except Refusal as refusal:
            return self._refuse(request, operation, form or JSON, refusal)

    def error_page(self, status: int, request: Request | None) -> Response:
        """The answer to an error that the HTTP server found itself: every error has a body (rest-api 1.8)."""
        form = JSON if request is None else reply_form(request.headers) or JSON
        if status >= 500 and status not in _HTTP_FAULTS:
            # A fault of ours is always said in the words, and with the status, of code 901.
            said = codes.SPELLINGS[Reason.STORE_UNAVAILABLE]
        else:
            code, description = _HTTP_FAULTS.get(status, _MALFORMED)
            said = codes.Spelling(status, code, description)
        return self._spell_error(request, "http", form, said)

    # --- operations

    def _send(self, call: _Call) -> Answer:
        request = call.request
        headers = request.headers
        form, charset = body_form(headers)
        key = idempotency_key(headers)
        try:
            fields = form.read(request.body, charset=charset)
        except Malformed:
            raise Refusal(Reason.DATA_MALFORMED) from None
        if request.query:
            # The body wins; the query fills in what it lacks (rest-api 1.9).
            fields = _query_fields(request.query) | fields
        caller = call.caller
        if key is None and not caller.connection.settings.client_message_id_once:
            sending = self._take(Call(caller, send_request(fields, caller=caller, now=call.now)))
        else:
            sending = self._take(self._repeatable(call, key, fields))
        if not isinstance(sending, asyncio.Future):
            return self._wait_for_sent(call, sending)
        # A future needs no task to be waited for: this is the path of most messages.
        answer: asyncio.Future[Response] = sending.get_loop().create_future()
        sending.add_done_callback(partial(self._sent, call, answer))
        return answer

    def _repeatable(self, call: _Call, key: str | None, fields: Fields) -> Call:
        """A send under a key. The header goes before the clientMessageId; a call without either is like any other."""
        caller = call.caller
        parameter = IDEMPOTENCY_KEY
        if key is None:
            parameter, key = "clientMessageId", client_message_id(fields)
        asked: SendRequest | Refusal
        try:
            asked = send_request(fields, caller=caller, now=call.now)
        except Refusal as refusal:
            if key is None:
                raise
            asked = refusal.with_traceback(None)
        if key is None:
            return Call(caller, asked)
        digest = sha256(b"%d %b%b" % (len(call.request.query), call.request.query, call.request.body)).digest()
        return Call(caller, asked, Once(parameter, key, digest, partial(self._reply, call)))

    async def _wait_for_sent(self, call: _Call, sending: Awaitable[list[Result] | Replied]) -> Response:
        try:
            return self._spell_sent(call, await sending)
        except (Refusal, StoreUnavailable) as error:
            return self._refuse_call(call, error)

    def _sent(
        self, call: _Call, answer: asyncio.Future[Response], sending: asyncio.Future[list[Result] | Replied]
    ) -> None:
        if answer.cancelled():
            return
        if sending.cancelled():
            answer.cancel()
            return
        error = sending.exception()
        if error is None:
            answer.set_result(self._spell_sent(call, sending.result()))
        elif isinstance(error, (Refusal, StoreUnavailable)):
            answer.set_result(self._refuse_call(call, error))
        else:
            answer.set_exception(error)

    def _spell_sent(self, call: _Call, sent: list[Result] | Replied) -> Response:
        if isinstance(sent, Replied):
            reply, results = sent
        else:
            reply, results = self._reply(call, sent), sent
        status, content_type, body = reply
        # A repetition has no results: it is counted by its status alone.
        refused = results[0] if status not in _DIFFERENT and results else None
        self._count("send", status, codes.spelling(refused.refusal).code if isinstance(refused, Refused) else "")
        return Response(status, content_type, body, _extra_headers(status))

    def _reply(self, call: _Call, results: Sequence[Result]) -> Reply:
        """202, 207, or the status on which all refusals agree (rest-api 2.5). Without effects: see `Once.reply`."""
        accepted = [result.message_id for result in results if type(result) is Accepted]
        ids = [self._public_ids.show(accepted[0])] if len(accepted) == 1 else self._public_ids.show_all(accepted)
        form = call.form
        if len(ids) == len(results):
            return Reply(202, form.content_type, form.write_messages(results, ids, ""))
        given = iter(ids)
        shown = ["" if type(result) is Refused else next(given) for result in results]
        body = form.write_messages(results, shown, self._base(call.request))
        alike = {result.refusal.reason for result in results if type(result) is Refused}
        if ids or len(alike) > 1:
            return Reply(207, form.content_type, body)
        return Reply(codes.SPELLINGS[alike.pop()].http_status, form.content_type, body)

    def _status(self, call: _Call) -> Answer:
        if not call.argument:
            if b"clientMessageId=" in call.request.query:
                return self._status_by_client_id(call)
            raise Refusal(Reason.BAD_PARAMETER, "apiMessageId")
        message_id = self._public_ids.read(call.argument.removesuffix("/"))
        return self._later(
            call,
            lookup.status(message_id, caller=call.caller, store=self._store, now=call.now),
            self._status_members,
        )

    def _status_by_client_id(self, call: _Call) -> Answer:
        client_message_id = _query_fields(call.request.query).get("clientMessageId")
        if not client_message_id:
            raise Refusal(Reason.BAD_PARAMETER, "clientMessageId")
        return self._later(
            call,
            lookup.newest_status(client_message_id, caller=call.caller, store=self._store, now=call.now),
            self._status_members,
        )

    def _stop(self, call: _Call) -> Answer:
        if not call.argument:
            raise Refusal(Reason.BAD_PARAMETER, "apiMessageId")
        message_id = self._public_ids.read(call.argument.removesuffix("/"))
        return self._later(
            call,
            stop.stop(
                message_id,
                caller=call.caller,
                store=self._store,
                now=call.now,
                count=self._moved,
            ),
            self._stopped_members,
        )

    def _coverage(self, call: _Call) -> Answer:
        caller = call.caller
        judge = self._protection.judge(caller)
        coverage = lookup.coverage(call.argument, caller=caller, tables=self._tables, judge=judge)
        return self._spell_data(call, wire.coverage_members(coverage))

    def _balance(self, call: _Call) -> Answer:
        return self._later(call, lookup.free_credit(caller=call.caller, store=self._store), wire.balance_members)

    def _page(self, request: Request) -> Response:
        explanation = pages.explanation_at(request.path)
        if explanation is None:
            return self.error_page(404, request)
        if request.method not in {"GET", "HEAD"}:
            return self._not_allowed(request, {"GET": None})
        self._count("errors", 200, "")
        return Response(200, b"text/html; charset=utf-8", pages.page(explanation))

    # --- answers

    async def _later(self, call: _Call, asking: Coroutine[Any, Any, _T], members: Callable[[_T], Members]) -> Response:
        try:
            return self._spell_data(call, members(await asking))
        except (Refusal, StoreUnavailable) as error:
            return self._refuse_call(call, error)

    def _status_members(self, status: lookup.MessageStatus) -> Members:
        return wire.status_members(status, self._public_ids.show(status.message_id))

    def _stopped_members(self, status: lookup.MessageStatus) -> Members:
        return wire.stopped_members(status, self._public_ids.show(status.message_id))

    def _spell_data(self, call: _Call, members: Members) -> Response:
        self._count(call.operation, 200, "")
        return Response(200, call.form.content_type, call.form.write_data(members))

    def _refuse_call(self, call: _Call, error: Refusal | StoreUnavailable) -> Response:
        refusal = error if isinstance(error, Refusal) else Refusal(Reason.STORE_UNAVAILABLE)
        return self._refuse(call.request, call.operation, call.form, refusal)

    def _refuse(self, request: Request, operation: str, form: Form, refusal: Refusal) -> Response:
        said = codes.spelling(refusal)
        return self._spell_error(request, operation, form, said, retry_after_s=refusal.retry_after_s)

    def _not_allowed(self, request: Request, operations: Mapping[str, object]) -> Response:
        response = self.error_page(405, request)
        allowed = sorted({*operations, "HEAD"} if "GET" in operations else operations)
        response.headers += ((b"Allow", ", ".join(allowed).encode("ascii")),)
        return response

    def _spell_error(
        self,
        request: Request | None,
        operation: str,
        form: Form,
        said: codes.Spelling,
        *,
        retry_after_s: int | None = None,
    ) -> Response:
        self._count(operation, said.http_status, said.code)
        body = form.write_error(wire.error_members(said, self._base(request)))
        return Response(said.http_status, form.content_type, body, _extra_headers(said.http_status, retry_after_s))

    def _base(self, request: Request | None) -> str:
        if self._documentation_base:
            return self._documentation_base
        return pages.PATH[:-1] if request is None else pages.own_base(request)


def _query_fields(query: bytes) -> Fields:
    """The parameters of a query string, badly encoded ones as well as can be; `to` may be given more than once."""
    fields: Fields = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name == "to":
            fields.setdefault("to", []).append(value)
        else:
            fields[name] = value
    return fields


def _extra_headers(status: int, retry_after_s: int | None = None) -> tuple[tuple[bytes, bytes], ...]:
    if status in {429, 503}:
        return ((b"Retry-After", b"%d" % (retry_after_s or codes.RETRY_AFTER_S)),)
    if status == 401:
        return ((b"WWW-Authenticate", b"Bearer"),)
    return ()


def _count_nothing(_operation: str, _status: int, _code: str) -> None:
    """Nobody counts."""
