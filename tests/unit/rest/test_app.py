"""The application around the forms: waiting, errors of others, links, counts (for the wire itself see tests/wire)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from angarium.core.message import Accepted, Result, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.httpd import Request, Response
from angarium.ports.store import StoreUnavailable
from angarium.rest.app import RestApp, RestSettings, Send
from tests.wire.world import World, open_world, read_request

SEND = (
    b"POST /rest/message HTTP/1.1\r\nHost: sms.example\r\nAuthorization: Bearer open-token\r\n"
    b'Content-Type: application/json\r\n\r\n{"text":"Hello","to":["27990000001"]}'
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A REST API over a temporary store."""
    async with open_world(tmp_path) as world:
        yield world


def app_with(world: World, send: Send) -> RestApp:
    """An application whose sends end as a test says."""
    return RestApp(
        send=send,
        store=world.store,
        tables=world.tables,
        public_ids=world.public_ids,
        clock=world.clock,
        settings=RestSettings(),
        count=lambda *counted: world.counted.append(counted),
    )


async def answer_of(app: RestApp, raw: bytes = SEND) -> Response:
    """What the application answers, at once or later."""
    answer = app.handle(read_request(raw))
    return answer if isinstance(answer, Response) else await answer


def get(path: str, *, token: str = "open-token") -> Request:
    """A plain request."""
    return read_request(f"GET {path} HTTP/1.1\r\nHost: sms.example\r\nAuthorization: Bearer {token}\r\n\r\n".encode())


# --- waiting for a send ----------------------------------------------------------------------------------------------

OUTCOMES: dict[str, tuple[list[Result] | Exception, int]] = {
    "accepted": ([Accepted(27990000001, 1)], 202),
    "no credit": (Refusal(Reason.NO_CREDIT), 402),
    "store": (StoreUnavailable("the disk is full"), 503),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_a_future_and_a_coroutine_are_answered_alike(world: World, outcome: str) -> None:
    """A send that is a future needs no task, and says the same."""
    value, status = OUTCOMES[outcome]
    future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()

    async def coroutine(call: Call) -> list[Result]:
        if isinstance(value, Exception):
            raise value
        return value

    waiting = app_with(world, lambda call: future).handle(read_request(SEND))
    assert isinstance(waiting, asyncio.Future)
    assert not waiting.done()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    by_future = await waiting
    by_coroutine = await answer_of(app_with(world, coroutine))

    assert by_future.status == by_coroutine.status == status
    assert by_future.body == by_coroutine.body
    assert world.counted[0] == world.counted[1]


async def test_a_fault_of_ours_is_not_hidden(world: World) -> None:
    """What nobody expected reaches the server, which tells it and answers 901."""
    future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
    future.set_exception(RuntimeError("a fault"))

    with pytest.raises(RuntimeError, match="a fault"):
        await answer_of(app_with(world, lambda call: future))


async def test_a_send_that_is_cancelled_cancels_its_answer(world: World) -> None:
    """At a stop nothing is left waiting."""
    future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
    waiting = app_with(world, lambda call: future).handle(read_request(SEND))
    assert isinstance(waiting, asyncio.Future)

    future.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_answer_that_nobody_waits_for_disturbs_nobody(world: World) -> None:
    """The server gave up on the answer; the messages are sent all the same."""
    future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
    waiting = app_with(world, lambda call: future).handle(read_request(SEND))
    assert isinstance(waiting, asyncio.Future)

    waiting.cancel()
    future.set_result([Accepted(27990000001, 1)])
    await asyncio.sleep(0)

    assert waiting.cancelled()
    assert world.counted == []


async def test_the_whole_request_reaches_the_send(world: World) -> None:
    """Caller and parameters arrive as one value each."""
    taken: list[Call] = []

    async def send(call: Call) -> list[Result]:
        taken.append(call)
        return [Accepted(27990000001, 1)]

    await answer_of(app_with(world, send), SEND.replace(b'{"text"', b'{"validityPeriod":5,"text"'))

    ((caller, request, once),) = taken
    assert once is None
    assert isinstance(request, SendRequest)
    assert caller == world.caller()
    assert (request.recipients, request.content.text(), request.validity_min) == (("27990000001",), "Hello", 5)


async def test_two_hundred_recipients_have_an_entry_each(world: World) -> None:
    """In the order given, each with an id of its own."""
    to = [str(27990000000 + index) for index in range(200)]
    body = json.dumps({"text": "Hello", "to": to}).encode()

    head = SEND.partition(b"\r\n\r\n")[0].replace(b"open-token", b"rich-token")

    response = await answer_of(world.app, head + b"\r\n\r\n" + body)

    entries = json.loads(response.body)["data"]["message"]
    assert response.status == 202
    assert [entry["to"] for entry in entries] == to
    assert [world.public_ids.read(entry["apiMessageId"]) for entry in entries] == list(range(1, 201))


async def test_one_recipient_more_than_allowed_sends_nothing(world: World) -> None:
    """The limit is for the whole request."""
    body = json.dumps({"text": "Hello", "to": ["27990000001"] * 201}).encode()

    response = await answer_of(world.app, SEND.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body)

    assert (response.status, json.loads(response.body)["error"]["code"]) == (400, "101")
    assert await world.store.message(1) is None


# --- errors that the server finds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answered", "code"),
    [
        (400, 400, "100"),
        (404, 404, "101"),
        (405, 405, "101"),
        (408, 408, "100"),
        (413, 413, "101"),
        (414, 414, "101"),
        (417, 417, "101"),
        (431, 431, "101"),
        (500, 503, "901"),
        (501, 501, "101"),
        (503, 503, "901"),
        (505, 505, "101"),
        (599, 503, "901"),
    ],
)
def test_an_error_below_us_has_our_body(world: World, status: int, answered: int, code: str) -> None:
    """Every error has a body that a client of this API can read (rest-api 1.8)."""
    response = world.app.error_page(status, None)

    error = json.loads(response.body)["error"]
    assert (response.status, error["code"]) == (answered, code)
    assert list(error) == ["code", "description", "documentation"]
    assert (b"Retry-After", b"5") in response.headers or answered != 503


def test_an_error_below_us_is_in_the_form_asked_for(world: World) -> None:
    """When the head could be read its Accept counts; one that allows neither form gets JSON."""
    request = read_request(b"POST /rest/message HTTP/1.1\r\nHost: sms.example\r\nAccept: application/xml\r\n\r\n")
    picky = read_request(b"POST /rest/message HTTP/1.1\r\nHost: sms.example\r\nAccept: image/png\r\n\r\n")

    assert world.app.error_page(413, request).body.endswith(
        b"<documentation>http://sms.example/errors/101.htm</documentation></error></response>"
    )
    assert world.app.error_page(413, picky).content_type == b"application/json"


# --- paths, links, counts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/rest", "/rest/", "/rest/message2", "/rest/coverage", "/rest/account", "/REST/message", "//rest/message"],
)
async def test_another_path_is_not_found(world: World, path: str) -> None:
    """Paths are exact, but for a slash at the end."""
    answer = world.app.handle(get(path))

    assert isinstance(answer, Response)
    assert answer.status == 404


@pytest.mark.parametrize("base", ["https://docs.example/errors", "https://docs.example/errors/"])
async def test_documentation_may_be_elsewhere(world: World, base: str) -> None:
    """An operator with pages of their own has the links lead there."""
    app = world.app_with(RestSettings(documentation_base=base))

    answer = app.handle(get("/rest/account/balance", token="nobodys"))

    assert isinstance(answer, Response)
    assert json.loads(answer.body)["error"]["documentation"] == "https://docs.example/errors/001.htm"


async def test_every_answer_is_counted(world: World) -> None:
    """By operation, status and code, refused or not."""
    for path in ("/rest/account/balance", "/rest/message/none", "/rest/coverage/1", "/nowhere", "/errors/001.htm"):
        await world.respond(get(path))
    await answer_of(world.app)
    await answer_of(world.app, SEND.replace(b"Bearer", b"Basic"))

    assert world.counted == [
        ("balance", 200, ""),
        ("status", 404, "103"),
        ("coverage", 200, ""),
        ("http", 404, "101"),
        ("errors", 200, ""),
        ("send", 202, ""),
        ("send", 401, "001"),
    ]


async def test_a_page_is_only_read(world: World) -> None:
    """Nothing can be sent to an error page."""
    request = read_request(b"DELETE /errors/105.htm HTTP/1.1\r\nHost: sms.example\r\n\r\n")

    answer = await world.respond(request)

    assert answer.status == 405
    assert (b"Allow", b"GET, HEAD") in answer.headers


async def test_an_id_may_end_with_a_slash_and_be_in_upper_case(world: World) -> None:
    """The same message, however its id is written."""
    entries = json.loads((await answer_of(world.app)).body)["data"]["message"]
    public_id = entries[0]["apiMessageId"]

    answers = [
        await world.respond(get(f"/rest/message/{path}")) for path in (public_id, f"{public_id}/", public_id.upper())
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert {json.loads(answer.body)["data"]["apiMessageId"] for answer in answers} == {public_id}


async def test_an_own_id_is_found_beside_an_empty_one(world: World) -> None:
    """Some clients leave the slash before the query."""
    await answer_of(world.app, SEND.replace(b'{"text"', b'{"clientMessageId":"mine","text"'))

    answer = await world.respond(get("/rest/message/?clientMessageId=mine"))

    assert json.loads(answer.body)["data"]["clientMessageId"] == "mine"
