"""The product as it is shipped: `python -m angarium run` in a process of its own, over a new store on a real disk."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Protocol

from bench import load, machine
from bench.processes import ROOT, Failed, end, read_line, spawn, tail
from bench.scenarios import FINAL_STATUSES, Scenario

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 60.0
COMMIT_LINE = re.compile(r"^angarium_commit_seconds_(count|sum) ([0-9.e+-]+)$", re.MULTILINE)


class Gateway(Protocol):
    """A gateway under load, ours or another."""

    name: str
    host: str
    port: int

    def pids(self) -> list[int]:
        """Every process that works for it."""
        ...

    def form(self) -> bytes:
        """A request with a gap for each recipient."""
        ...

    def commits(self) -> tuple[int, float]:
        """How many commits there have been, and how many seconds they took together; zeros where nobody knows."""
        ...

    def stop(self) -> None:
        """End it in good order."""
        ...

    def faults(self, *, accepted: int) -> tuple[list[str], dict[str, Any]]:
        """After the stop: what is wrong with what it stored, and what else it says of that."""
        ...


class Angarium:
    """Our own, from this tree or from another one."""

    def __init__(self, *, name: str = "angarium", tree: Path = ROOT, is_profiled: bool = False) -> None:
        self.name = name
        self.host = "127.0.0.1"
        self.port = 0
        self._tree = tree
        self._is_profiled = is_profiled

    def start(
        self, folder: Path, scenario: Scenario, *, sink_port: int, window: int, links: int, callback_port: int
    ) -> None:
        """Prepare the store and start the service."""
        self._scenario = scenario
        self._data_dir = folder / "data"
        self._log = folder / "gateway.log"
        callback_url = f"http://127.0.0.1:{callback_port}/status" if scenario.callbacks else ""
        wanted = {"port": sink_port, "window": window, "links": links, "callback_url": callback_url}
        self._token = self._tables("prepare", json.dumps(wanted))["token"]
        module = ["bench.profiled", str(folder / "gateway.prof")] if self._is_profiled else ["angarium"]
        listen = ["--http-listen", "127.0.0.1:0", "--https-listen", "127.0.0.1:0"]
        self._process = spawn(
            [sys.executable, "-m", *module, "run", "--json", "--data-dir", str(self._data_dir), *listen],
            log=self._log,
            cwd=self._tree,
            env={**self._environment(), "ANGARIUM_CALLBACK_NETWORKS_ALLOWED": "127.0.0.0/8"},
            pipes=True,
        )
        ready = read_line(self._process, timeout_s=START_TIMEOUT_S, log=self._log)
        self.port = int(ready["url"].rpartition(":")[2])

    def pids(self) -> list[int]:
        return machine.family(self._process.pid)

    def form(self) -> bytes:
        callback = FINAL_STATUSES if self._scenario.callbacks else 0
        return load.rest_form(
            host=self.host, token=self._token, recipients=self._scenario.recipients, callback=callback
        )

    def commits(self) -> tuple[int, float]:
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:  # another tree may not have this page yet
            return 0, 0.0
        found = {name: float(value) for name, value in COMMIT_LINE.findall(text)}
        return int(found.get("count", 0)), found.get("sum", 0.0)

    def stop(self) -> None:
        code = end(self._process, grace_s=STOP_TIMEOUT_S)
        if code != 0:
            raise Failed(f"{self.name} ended with exit code {code}\n{tail(self._log)}")

    def faults(self, *, accepted: int) -> tuple[list[str], dict[str, Any]]:
        found = self._tables("check")
        expected = "delivered" if self._scenario.receipts else "submitted"
        faults = [f"the ledger: {each}" for each in found["ledger_faults"]]
        if found["states"] != ({expected: accepted} if accepted else {}):
            faults.append(f"accepted {accepted}, but stored {found['states']}")
        if found["undone_notifications"]:
            faults.append(f"{found['undone_notifications']} callbacks are still to be made")
        logged = [line for line in self._log.read_text().splitlines() if "error" in line or "Traceback" in line]
        if logged:
            faults.append(f"{len(logged)} errors in the log, the first: {logged[0]}")
        return faults, {"states": found["states"], "store_mib": found["store_mib"]}

    def kill(self) -> None:
        """End it however it is, after something went wrong."""
        if hasattr(self, "_process"):
            end(self._process, grace_s=5.0)

    def _environment(self) -> dict[str, str]:
        paths = [str(self._tree / "src"), str(self._tree), os.environ.get("PYTHONPATH", "")]
        return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    def _tables(self, verb: str, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "bench.tables", verb, str(self._data_dir), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._tree,
            env={**os.environ, **self._environment()},
        )
        if done.returncode != 0:
            raise Failed(f"bench.tables {verb}: {done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
