"""The program as a process of its own: exit codes, one sentence, and no traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

TIMEOUT_S = 60
"""Only so that a broken test ends; nothing waits for it."""


def environment() -> dict[str, str]:
    """Ours without any variable of the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ANGARIUM_")}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; fail on any traceback."""
    ran = subprocess.run(
        [sys.executable, "-m", "angarium", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert "Traceback" not in ran.stdout + ran.stderr
    return ran


@pytest.fixture
def taken() -> Iterator[str]:
    """An address where somebody listens already."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield f"127.0.0.1:{holder.getsockname()[1]}"


@contextmanager
def start(folder: Path, arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a command that stays, and see it end; a test that fails ends it."""
    # A shell that runs the tests in the background has them, and all that they start, ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "angarium", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def test_a_taken_port_is_one_sentence_and_exit_code_3(tmp_path, taken):
    """The sentence names the address and says what to do."""
    ran = run(
        tmp_path, "run", "--demo", "--http-listen", taken, "--https-listen", "127.0.0.1:0", "--log-level", "error"
    )

    assert ran.returncode == 3
    assert taken in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert not (tmp_path / "var" / "demo" / "demo.env").exists()


def test_the_simulators_port_may_be_taken_too(tmp_path, taken):
    """Every part that listens says it the same way."""
    ran = run(tmp_path, "sim", "--listen", taken, "--control", "127.0.0.1:0")

    assert ran.returncode == 3
    assert taken in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_data_directory_that_cannot_be_made_is_one_sentence(tmp_path):
    """Where a file stands no folder can be."""
    (tmp_path / "file").touch()

    ran = run(tmp_path, "run", "--demo", "--data-dir", "file/data", "--http-listen", "127.0.0.1:0")

    assert ran.returncode == 3
    assert "file/data" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_bad_settings_file_is_told_before_anything_starts(tmp_path):
    """Nothing is made in the data directory."""
    (tmp_path / "angarium.toml").write_text('http_listen = "nowhere"\n', encoding="utf-8")

    ran = run(tmp_path, "run", "--demo")

    assert ran.returncode == 2
    assert ran.stderr.startswith("angarium.toml, line 1: http_listen must be host:port")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_simulator_stops_in_good_order(tmp_path, number):
    """It says where it listens as soon as it does, and ends quietly when told to."""
    with start(tmp_path, ["sim", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--json"]) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        handsets = run(tmp_path, "handset", "--url", said["handsets_url"], "--json")
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT_S)

    assert handsets.stdout == "[]\n"
    assert (process.returncode, err) == (0, "")


def test_ctrl_c_ends_a_watch_quietly_with_130(tmp_path):
    """The code that shells know, and not a word more."""
    with start(tmp_path, ["sim", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--json"]) as sim:
        assert sim.stdout is not None
        said = json.loads(sim.stdout.readline())
        # `handset --watch` says nothing while nothing arrives; a first line shows that it is past its start.
        with start(tmp_path, ["handset", "1", "--watch", "--url", said["handsets_url"]]) as watcher:
            assert watcher.stderr is not None
            assert "Nothing has arrived on 1 yet" in watcher.stderr.readline()
            watcher.send_signal(signal.SIGINT)
            out, err = watcher.communicate(timeout=TIMEOUT_S)
        sim.send_signal(signal.SIGINT)
        sim.communicate(timeout=TIMEOUT_S)

    assert (watcher.returncode, out, err) == (130, "", "")


def test_a_reader_that_goes_away_is_no_complaint(tmp_path):
    """`angarium config table | head -1` ends without a word."""
    with start(tmp_path, ["config", "table", "--json"]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()

    assert process.returncode in {0, 3}
    assert err == ""
