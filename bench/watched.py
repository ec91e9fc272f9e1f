"""Our gateway while people look at it: live pages are open, each a stream that says what is new once a second."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

from bench.gateway import Angarium
from bench.processes import ROOT, wait_until
from bench.scenarios import Scenario
from tests.scenario.test_console_access import Person

LIVE = ("/accounts/1/messages/live", "/service/live", "/service/carriers/1/live")
"""A trace of PDUs is left out: it is opened to look for something, and shows each of them."""
OPENED_TIMEOUT_S = 30.0
PIECE_OCTETS = 64 * 1024


class Watched(Angarium):
    """Every live page that needs no message of its own is open in so many browsers."""

    def __init__(self, *, browsers: int, is_profiled: bool = False) -> None:
        super().__init__(name=f"live-{browsers}", is_profiled=is_profiled)
        self._browsers = browsers
        self._opened = 0

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://{self.host}:{self.port}"

    def start(
        self, folder: Path, scenario: Scenario, *, sink_port: int, window: int, links: int, callback_port: int
    ) -> None:
        """The same, and open the pages."""
        super().start(folder, scenario, sink_port=sink_port, window=window, links=links, callback_port=callback_port)
        # One person may hold so many streams open, and no more.
        for number in range(self._browsers):
            invitation = (f"watcher-{number}", "--account", "bench", "--role", "owner", "--operator")
            person = Person(self, *invitation)  # type: ignore[arg-type]
            for path in LIVE:
                Thread(target=self._listen, args=(path, person.cookies), daemon=True).start()
        wait_until(
            lambda: self._opened == len(LIVE) * self._browsers,
            what="not every live page has said something",
            timeout_s=OPENED_TIMEOUT_S,
        )

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command on the same data directory."""
        return subprocess.run(
            [sys.executable, "-m", "angarium", "--data-dir", str(self._data_dir), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, **self._environment()},
        )

    def _listen(self, path: str, cookies: str) -> None:
        """Read one stream until it ends, as a browser does."""
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.request("GET", f"/console{path}", headers={"Cookie": cookies})
        answer = connection.getresponse()
        is_open = False
        # A service that stops ends its streams in the middle.
        with suppress(http.client.HTTPException, OSError):
            while answer.status == http.HTTPStatus.OK and answer.read1(PIECE_OCTETS):
                if not is_open:
                    is_open = True
                    self._opened += 1
