"""How tests here run a command, and a server that says what a test tells it to say."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from angarium.cli.main import run

TRACEBACK = "Traceback (most recent call last)"


class Ran(NamedTuple):
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """What it said went wrong, under --json."""
        return json.loads(self.err)["error"]


Command = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and no variable of ours."""
    for name in os.environ:
        if name.startswith("ANGARIUM_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def angarium(folder: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command line in the empty folder."""

    def command(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        assert TRACEBACK not in out + err
        return Ran(code, out, err)

    return command


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an account, a connection, a carrier, a route and a rate: made once, copied for each."""
    data_dir = tmp_path_factory.mktemp("prepared") / "var"
    for words in (
        "account create Acme --country any --any-sender",
        "connection create Acme web --sender ACME --country-prefix 27",
        "carrier add north --host smsc.example --port 2776 --system-id 12345 --password s3cret",
        "route add 27 north --rate 0.8",
    ):
        assert run(["--data-dir", str(data_dir), *words.split()]) == 0, words
    return data_dir


@pytest.fixture
def made(angarium: Command, folder: Path, prepared: Path) -> Command:
    """The commands, over a copy of the prepared store."""
    shutil.copytree(prepared, folder / "var")
    return angarium


class Call(NamedTuple):
    """One request the scripted server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


Script = Callable[[Call], tuple[int, Any] | tuple[int, Any, dict[str, str]] | None]


@dataclass
class ScriptedApi:
    """An HTTP server of a test. `answer` maps a request to status, body and headers; None hangs up without a word."""

    url: str
    calls: list[Call] = field(default_factory=list)
    answer: Script = lambda _: (404, {"error": {"code": "103", "description": "Unknown API message ID"}})


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    """A server that a test scripts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def any_method(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            octets = self.rfile.read(length)
            call = Call(self.command, self.path, dict(self.headers), json.loads(octets) if octets else None)
            scripted.calls.append(call)
            said = scripted.answer(call)
            if said is None:
                self.close_connection = True
                return
            status, content, *headers = said
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **(headers[0] if headers else {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = any_method  # noqa: N815 - the library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Threads of open connections end with their sockets; closing does not wait for clients that keep theirs.
    server.daemon_threads = True
    server.block_on_close = False
    scripted = ScriptedApi(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def accept_all(call: Call) -> tuple[int, Any]:
    """Take every recipient; ids count up within the request."""
    return 202, {
        "data": {
            "message": [
                {"accepted": True, "to": to, "apiMessageId": f"{at:032x}"} for at, to in enumerate(call.body["to"])
            ]
        }
    }


@pytest.fixture
def accepting(api: ScriptedApi) -> ScriptedApi:
    """A server that takes everything."""
    api.answer = accept_all
    return api
