"""Scripted HTTP servers on loopback, and a callback client whose clock and resolver the test moves."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from angarium.callbacks.addresses import AddressBook, AddressRules
from angarium.callbacks.client import Client
from angarium.callbacks.connection import Endpoint, Exchange
from angarium.callbacks.settings import CallbackSettings
from angarium.callbacks.urls import read_url

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
HERE = ("127.0.0.1/32",)


@dataclass
class Request:
    """A request as the server read it."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def always(octets: bytes, *, close: bool = False) -> Script:
    """A server that answers the same to everything."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        if close:
            writer.close()

    return script


async def never(request: Request, writer: asyncio.StreamWriter) -> None:
    """A server that listens and says nothing."""


@dataclass
class Server:
    """What a scripted server has seen."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    seen: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def has(self, count: int) -> None:
        """Return when so many requests have been read."""
        async with self.seen:
            await self.seen.wait_for(lambda: len(self.requests) >= count)


async def read_request(reader: asyncio.StreamReader, connection: int) -> Request:
    """One request off the wire."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(connection, method, target, headers, body)


@asynccontextmanager
async def serving(
    script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server on a free port of loopback."""
    server = Server()
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        number = server.connections
        writers.append(writer)
        try:
            while True:
                request = await read_request(reader, number)
                server.requests.append(request)
                await script(request, writer)
                async with server.seen:
                    server.seen.notify_all()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listener = await asyncio.start_server(serve, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


class Now:
    """Monotonic time that moves by assignment."""

    def __init__(self) -> None:
        self.at = 5000.0

    def __call__(self) -> float:
        return self.at


class Names:
    """A resolver whose answers are assigned. Each entry may be a list of answers, given one after another."""

    def __init__(self, names: dict[str, list[Sequence[str]]]) -> None:
        self.names = names

    async def __call__(self, host: str) -> Sequence[str]:
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Caller:
    """A client with its clock, and a short way to push."""

    def __init__(
        self,
        settings: CallbackSettings,
        *,
        names: dict[str, list[Sequence[str]]] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.now = Now()
        book = AddressBook(
            AddressRules.allowing(settings.networks_allowed), resolve=Names(names or {}), now=self.now, ttl_s=30.0
        )
        self.client = Client(settings, addresses=book, now=self.now, tls=tls)
        self.ended: list[Exchange] = []

    def start(
        self, url: str, *, body: bytes | None = None, credentials: bytes = b"", verify_tls: bool = True
    ) -> asyncio.Future[Exchange]:
        """Push a GET, or a POST when there is a body; the future is done when the exchange is."""
        read = read_url(url)
        done: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()

        def settle(exchange: Exchange) -> None:
            assert not done.done(), "an exchange ends once"
            self.ended.append(exchange)
            done.set_result(exchange)

        self.client.start(
            Exchange(
                endpoint=Endpoint(read.scheme, read.host, read.port, verify_tls),
                host=read.authority.encode(),
                method=b"GET" if body is None else b"POST",
                target=read.target.encode(),
                headers=b"User-Agent: test\r\n",
                credentials=credentials,
                entity=b"" if body is None else b"Content-Type: text/plain\r\nContent-Length: %d\r\n" % len(body),
                body=body or b"",
                done=settle,
            )
        )
        return done

    async def push(self, url: str, **how) -> Exchange:
        """Push and wait for the end."""
        return await self.start(url, **how)


@asynccontextmanager
async def calling(
    *, names: dict[str, list[Sequence[str]]] | None = None, tls: ssl.SSLContext | None = None, **settings
) -> AsyncIterator[Caller]:
    """A client that may call 127.0.0.1, closed at the end."""
    caller = Caller(CallbackSettings(**({"networks_allowed": HERE} | settings)), names=names, tls=tls)
    try:
        yield caller
    finally:
        await caller.client.close()
        assert caller.client.connections == 0
