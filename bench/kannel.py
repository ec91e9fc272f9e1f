"""Kannel from Debian, set up as well as we know how, to be measured by the same load against the same sink.

bearerbox with its file store (which never calls fsync) and smsbox, one SMPP link for each of ours, no limit on
throughput, the same window, logs down to warnings only, receipts kept in memory, callbacks by dlr-url.
"""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

from bench import machine
from bench.load import TEXT
from bench.processes import Failed, end, spawn, tail, wait_until
from bench.scenarios import Scenario

START_TIMEOUT_S = 30.0
RECEIPT_DELIVERED = 1
WARNINGS = "2"
CONFIGURATION = """\
group = core
admin-port = {admin_port}
admin-password = bench
smsbox-port = {box_port}
box-allow-ip = 127.0.0.1
box-deny-ip = *.*.*.*
store-type = file
store-location = {folder}/kannel.store
dlr-storage = internal
log-level = {log_level}

{smscs}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
log-level = {log_level}

group = sendsms-user
username = bench
password = bench
default-sender = 27990000000
concatenation = true
max-messages = 3

group = sms-service
keyword = default
max-messages = 0
text = none
"""
SMSC = """\
group = smsc
smsc = smpp
smsc-id = sink
host = 127.0.0.1
port = {sink_port}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = bench
max-pending-submits = {window}
"""


def is_installed() -> bool:
    """Whether Debian's kannel is here."""
    return bool(shutil.which("bearerbox") and shutil.which("smsbox"))


class Kannel:
    """bearerbox and smsbox."""

    def __init__(self) -> None:
        self.name = "kannel"
        self.host = "127.0.0.1"
        self.port = 0
        self._processes: list[Any] = []

    def start(
        self, folder: Path, scenario: Scenario, *, sink_port: int, window: int, links: int, callback_port: int
    ) -> None:
        """Write the configuration and start both boxes."""
        self._scenario = scenario
        self._callback_port = callback_port
        self._processes = []
        self.port, box_port, admin_port = _free_ports(3)
        (folder / "kannel.conf").write_text(
            CONFIGURATION.format(
                folder=folder,
                port=self.port,
                box_port=box_port,
                admin_port=admin_port,
                log_level=WARNINGS,
                smscs="\n".join([SMSC.format(sink_port=sink_port, window=window)] * links),
            )
        )
        self._start_box("bearerbox", folder, box_port)
        self._start_box("smsbox", folder, self.port)

    def _start_box(self, program: str, folder: Path, port: int) -> None:
        log = folder / f"{program}.log"
        found = shutil.which(program)
        if found is None:
            raise Failed(f"{program} is not installed: apt-get install kannel")
        process = spawn([found, "-v", WARNINGS, str(folder / "kannel.conf")], log=log, cwd=folder)
        self._processes.append(process)

        def is_up() -> bool:
            if process.poll() is not None:
                raise Failed(f"{program} has ended\n{tail(log)}")
            return _is_open(port)

        wait_until(is_up, what=f"{program} does not listen", timeout_s=START_TIMEOUT_S, step_s=0.1)

    def pids(self) -> list[int]:
        return [pid for process in self._processes for pid in machine.family(process.pid)]

    def form(self) -> bytes:
        numbers = "+".join(["%d"] * self._scenario.recipients)
        text = TEXT.replace(" ", "+")
        query = f"username=bench&password=bench&to={numbers}&text={text}"
        if self._scenario.receipts:
            query += f"&dlr-mask={RECEIPT_DELIVERED}"
        if self._scenario.callbacks:
            # Its own escapes, %p and the like, are the last to be percent-encoded.
            url = f"http%3A%2F%2F127.0.0.1%3A{self._callback_port}%2Fstatus%3Fstatus%3D%25d%26to%3D%25p"
            query += f"&dlr-url={url}"
        return f"GET /cgi-bin/sendsms?{query} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode()

    def commits(self) -> tuple[int, float]:
        return 0, 0.0

    def stop(self) -> None:
        for process in reversed(self._processes):
            end(process, grace_s=20.0)

    def kill(self) -> None:
        """End it however it is, after something went wrong."""
        for process in reversed(self._processes):
            end(process, grace_s=5.0)

    def faults(self, *, accepted: int) -> tuple[list[str], dict[str, Any]]:
        return [], {}


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens at."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
