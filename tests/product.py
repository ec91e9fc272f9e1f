"""The real product in a process of its own: started, called over HTTP, stopped or killed, and its ledger checked."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.command_line import CommandLine

STOP_TIMEOUT_S = 60


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of the product that whoever runs the tests may have."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANGARIUM_")}
    return clean | dict(extra or {})


@dataclass
class Product:
    """One running service."""

    data_dir: Path
    arguments: tuple[str, ...] = ("--demo",)
    settings: Mapping[str, str] = field(default_factory=dict)
    """More environment variables."""
    commands: CommandLine | None = None
    """Runs its commands; without it each starts Python, as it does for a person."""
    ready: dict[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def start(self) -> Product:
        """Start it on free ports and wait until it says that it is ready."""
        log = (self.data_dir.parent / f"{self.data_dir.name}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "angarium", "--json", "--data-dir", str(self.data_dir), "run", *self.arguments],
            env=environment(
                {"ANGARIUM_HTTP_LISTEN": "127.0.0.1:0", "ANGARIUM_HTTPS_LISTEN": "127.0.0.1:0", **self.settings}
            ),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"it did not start: {self.log()}"
        self.ready = json.loads(line)
        return self

    @property
    def url(self) -> str:
        """Where it serves plain HTTP."""
        return str(self.ready["url"])

    @property
    def https_url(self) -> str:
        """Where it serves HTTPS, with a self-signed certificate."""
        return str(self.ready["https_url"])

    @property
    def handsets_url(self) -> str:
        """Where the demo's handsets are read."""
        return str(self.ready["handsets_url"])

    @property
    def token(self) -> str:
        """The demo's token."""
        return self.env()["ANGARIUM_TOKEN"]

    @property
    def api_id(self) -> int:
        """The demo's API connection."""
        return int(self.ready["api_id"])

    def env(self) -> dict[str, str]:
        """What demo.env says."""
        lines = (self.data_dir / "demo.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def log(self) -> str:
        """What it has logged so far."""
        return (self.data_dir.parent / f"{self.data_dir.name}.log").read_text()

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._close()

    def _close(self) -> None:
        assert self._process is not None
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and neither stopped nor killed since."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a CLI command on the same data directory."""
        words = ("--data-dir", str(self.data_dir), *arguments)
        if self.commands is not None:
            return self.commands.run(*words, variables=environment())
        return subprocess.run(
            [sys.executable, "-m", "angarium", *words], env=environment(), capture_output=True, text=True, check=False
        )

    def check_ledger(self) -> None:
        """Fail unless the money of every account adds up."""
        checked = self.command("credit", "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr


@contextmanager
def running(data_dir: Path, commands: CommandLine, settings: Mapping[str, str] | None = None) -> Iterator[Product]:
    """The demo as a process of its own, as after its first start; in the end it stops well, and its money adds up."""
    product = Product(data_dir, settings=settings or {}, commands=commands).start()
    try:
        yield product
    finally:
        code = product.stop()
    assert code == 0, product.log()
    product.check_ledger()


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def call(
    url: str, method: str, path: str, *, token: str = "", body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One HTTP request to a loopback server, its body spelled as JSON unless it is bytes already."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    sent = {"X-Version": "1", "Accept": "application/json", "Content-Type": "application/json"}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, body=data, headers={**sent, **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()
