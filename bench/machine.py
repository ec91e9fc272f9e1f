"""What the kernel says of processes and of the machine, and a fixed piece of work to see how fast it is right now."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Iterable
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
CALIBRATION_ROUNDS = 20


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds, user and system, of all threads of these processes so far; one that has gone counts 0."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_S


def family(pid: int) -> list[int]:
    """A process and all that it has started, and they."""
    found: list[int] = []
    todo = [pid]
    while todo:
        parent = todo.pop()
        found.append(parent)
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                todo += map(int, children.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def rss_mib(pids: Iterable[int], *, peak: bool = False) -> float:
    """Resident memory of these processes together, now or at its highest."""
    name = "VmHWM" if peak else "VmRSS"
    total = 0
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        total += int(found[1]) if found else 0
    return total / 1024


def steal_s() -> float:
    """CPU seconds that the host has given to others while we wanted them."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8]) / TICKS_PER_S


def busy_s() -> float:
    """CPU seconds that the whole machine has worked, whoever asked for it."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _, _, interrupts, soft_interrupts, _ = fields
    return (user + nice + system + interrupts + soft_interrupts) / TICKS_PER_S


def calibrate() -> float:
    """CPU seconds of a fixed piece of plain Python: the yardstick that shows how fast the machine is at this moment."""
    started = time.process_time()
    for _ in range(CALIBRATION_ROUNDS):
        table: dict[str, int] = {}
        for number in range(20_000):
            key = f"{number % 997:x}"
            table[key] = table.get(key, 0) + number
    return time.process_time() - started


def describe() -> dict[str, object]:
    """What the figures were taken on."""
    cpu = re.search(r"model name\s+: (.+)", Path("/proc/cpuinfo").read_text())
    return {
        "python": platform.python_version(),
        "kernel": platform.release(),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cpus": os.cpu_count(),
        "load_average": [round(each, 2) for each in os.getloadavg()],
    }
