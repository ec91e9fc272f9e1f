"""The console in the test's own process, and people of each kind who ask it for anything, well made or not."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

from angarium import app
from angarium.config import Settings
from angarium.console.app import BASE, FORM_COOKIE, FORM_FIELD, SESSION_COOKIE
from angarium.core.account import AccountSettings, token_hash
from angarium.core.clocktime import UnixMs
from angarium.core.people import Role
from angarium.flows.people import SESSION_IDLE_MS
from angarium.lifecycle import SystemClock
from angarium.ports.people import SessionRow
from angarium.ports.store import AlreadyExists, Tx
from angarium.reception import FORM_KEY_OCTETS
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.sqlite.store import SqliteStore
from tests.service import ANY_PORT

T = TypeVar("T")

DEMO_ACCOUNT: Final = 1
FORM: Final = "application/x-www-form-urlencoded"
FORM_SECRET: Final = "of-this-browser"
STREAM_ENDS_S_MAX: Final = 30.0
LAST_CHUNK: Final = b"0\r\n\r\n"
EVENTS: Final = "text/event-stream"
HEAD_END: Final = b"\r\n\r\n"
Fields = Sequence[tuple[str, str]]
NO_HEADERS: Final[Mapping[str, str]] = {}
KINDS: Final = ("nobody", "stranger", "viewer", "developer", "owner", "operator")


class Seen(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    cookies: Sequence[str]
    body: str


class Town:
    """A running demo and the people around it; the stranger owns an account of their own."""

    def __init__(self, runner: asyncio.Runner, url: str, store: SqliteStore, form_key: bytes) -> None:
        self.store = store
        self.secrets = {"nobody": ""}
        self.person_ids: dict[str, int] = {}
        self.stranger_account = 0
        self._runner = runner
        self._address = urlsplit(url)
        self._form_key = form_key

    def run(self, work: Awaitable[T]) -> T:
        """Let the town live until this is done."""

        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    def settle(self) -> None:
        """Make whoever is missing, and let everybody be what they are: whatever was done to them is undone."""
        self.run(self._settle())

    def is_settled(self, who: str) -> bool:
        """Whether somebody still is who they are."""
        return who == "nobody" or self.run(self._is_settled(who))

    def cookies(self, who: str) -> str:
        """What somebody's browser sends."""
        secret = self.secrets[who]
        session = f"{SESSION_COOKIE}={secret}; " if secret else ""
        return f"{session}{FORM_COOKIE}={FORM_SECRET}"

    def form_token(self, who: str) -> str:
        """What stands in the forms of somebody's pages."""
        said = f"{FORM_SECRET} {self.secrets[who]}".encode()
        return hmac.new(self._form_key, said, hashlib.sha256).hexdigest()

    def ask(
        self, who: str, method: str, path: str, fields: Fields = (), headers: Mapping[str, str] = NO_HEADERS
    ) -> Seen:
        """Ask for a page, or send a form that comes from one of somebody's own pages."""
        if method == "POST":
            return self.form(who, path, [*fields, (FORM_FIELD, self.form_token(who))], headers)
        return self.raw(method, BASE + path, b"", {**self._sent(who), **headers})

    def form(self, who: str, path: str, fields: Fields, headers: Mapping[str, str] = NO_HEADERS) -> Seen:
        """Send just these fields."""
        body = urlencode(fields, errors="surrogatepass").encode()
        return self.raw("POST", BASE + path, body, {"Content-Type": FORM, **self._sent(who), **headers})

    def _sent(self, who: str) -> Mapping[str, str]:
        return {"Host": self._address.netloc, "Cookie": self.cookies(who)}

    async def asked(self, who: str, path: str) -> Seen:
        """Ask for a page, for what is under way already."""
        return await self._ask(_request("GET", BASE + path, b"", self._sent(who)))

    def raw(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Seen:
        """One request as it stands; of a stream of events the first piece."""
        return self.run(self._ask(_request(method, target, body, headers)))

    def at_once(self, asks: Sequence[tuple[str, str, Fields]]) -> list[Seen]:
        """Send forms at the same moment, each by somebody to a path."""

        async def work() -> list[Seen]:
            return await asyncio.gather(*(self._ask(self._form(who, path, fields)) for who, path, fields in asks))

        return self._runner.run(work())

    def _form(self, who: str, path: str, fields: Fields) -> bytes:
        body = urlencode([*fields, (FORM_FIELD, self.form_token(who))]).encode()
        return _request("POST", BASE + path, body, {"Content-Type": FORM, **self._sent(who)})

    def watch(self, live: Sequence[tuple[str, str]], meanwhile: Callable[[], Awaitable[None]]) -> list[str]:
        """Open streams of events, each by somebody; what each says from then on until it ends, while this is done."""

        async def work() -> list[str]:
            opened = [await asyncio.open_connection(self._address.hostname, self._address.port) for _ in live]
            for (who, path), (reader, writer) in zip(live, opened, strict=True):
                sent = "".join(f"{name}: {value}\r\n" for name, value in self._sent(who).items())
                writer.write(f"GET {BASE}{path} HTTP/1.1\r\n{sent}\r\n".encode())
                await reader.readuntil(b"event: content")
            await meanwhile()
            async with asyncio.timeout(STREAM_ENDS_S_MAX):
                said = [(await reader.readuntil(LAST_CHUNK)).decode() for reader, _ in opened]
            for _, writer in opened:
                writer.close()
            return said

        return self._runner.run(work())

    async def _ask(self, request: bytes) -> Seen:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        try:
            writer.write(request)
            head = (await reader.readuntil(HEAD_END)).decode("latin-1").split("\r\n")
            pairs = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in head[1:] if line)]
            headers = dict(pairs)
            is_endless = headers.get("content-type", "").startswith(EVENTS)
            body = await (reader.readuntil(b"\n\n") if is_endless else reader.read())
        finally:
            writer.close()
        cookies = [value for name, value in pairs if name == "set-cookie"]
        return Seen(int(head[0].split()[1]), headers, cookies, body.decode())

    async def _is_settled(self, who: str) -> bool:
        now = SystemClock().now()
        session = await self.store.session(token_hash(self.secrets[who].encode()), now=now)
        person = await self.store.person_of_login(who)
        if session is None or person is None or person.disabled_at is not None:
            return False
        if who == "operator":
            return person.is_operator
        roles = await self.store.memberships(person_id=person.person_id)
        wanted = (self.stranger_account, Role.OWNER) if who == "stranger" else (DEMO_ACCOUNT, Role(who))
        return [(each.account_id, each.role) for each in roles] == [wanted]

    async def _settle(self) -> None:
        now = SystemClock().now()
        store = self.store
        try:
            account = await store.create_account("stranger", AccountSettings(), at=now)
            self.stranger_account = account.account_id
        except AlreadyExists:
            pass
        for name in KINDS[1:]:
            self.person_ids[name] = await self._settle_one(name, now=now)

    async def _settle_one(self, name: str, *, now: UnixMs) -> int:
        person = await self.store.person_of_login(name)
        secret = self.secrets[name] = f"secret-of-{name}"

        async def work(tx: Tx) -> int:
            person_id = person.person_id if person else await tx.add_person(name, name, is_operator=False, at=now)
            await tx.change_person(person_id, name=name, is_operator=name == "operator", disabled_at=None)
            await tx.set_totp(person_id, None)
            await tx.end_sessions(person_id)
            if name == "stranger":
                await tx.set_membership(person_id, self.stranger_account, Role.OWNER)
                await tx.set_membership(person_id, DEMO_ACCOUNT, None)
            elif name != "operator":
                await tx.set_membership(person_id, DEMO_ACCOUNT, Role(name))
            session = SessionRow(0, person_id, None, False, now, now, now + SESSION_IDLE_MS, "127.0.0.1", "")
            await tx.add_session(token_hash(secret.encode()), session)
            return person_id

        return await self.store.write(work)


def _request(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, "Connection: close", f"Content-Length: {len(body)}", "", ""])
    return head.encode("latin-1") + body


@contextmanager
def town(data_dir: Path, **settings: object) -> Iterator[Town]:
    """A demo that runs while somebody asks it something, and one person of each kind."""
    ports = dict.fromkeys(("http_listen", "https_listen", "sim_listen", "sim_handsets_listen"), ANY_PORT)
    wanted = Settings(data_dir=data_dir, **{**ports, **settings})  # type: ignore[arg-type]
    with asyncio.Runner() as runner:
        demo = app.running(wanted, demo=True)
        ready = runner.run(_entered(demo.__aenter__))
        store = runner.run(_opened(data_dir))
        key = runner.run(store.secret("forms", octets=FORM_KEY_OCTETS))
        made = Town(runner, ready.url, store, key)
        made.settle()
        try:
            yield made
        finally:
            runner.run(store.close())
            runner.run(_entered(lambda: demo.__aexit__(None, None, None)))


async def _entered(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


async def _opened(data_dir: Path) -> SqliteStore:
    return SqliteStore(data_dir / DATABASE_FILE)
