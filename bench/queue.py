"""A long queue: messages accepted while the carrier is down, then drained. Memory must not grow with the queue."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import machine
from bench.gateway import Angarium
from bench.processes import Failed
from bench.runs import BIND_TIMEOUT_S, SETTLE_S, Plan, Stage
from bench.scenarios import Scenario

MESSAGES = 1_000_000
RECIPIENTS = 200
CONNECTIONS = 16
SAMPLE_S = 0.2
STALLED_S = 60.0
FLAT_GROWTH_MAX = 1.05
"""Memory counts as flat when it grows at most so many times over the last quarter of the filling."""
SCENARIO = Scenario(name="queue", recipients=RECIPIENTS, connections=CONNECTIONS, receipts=True)


class Watch:
    """The gateway's memory over time."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self._started_at = time.monotonic()
        self.samples: list[tuple[float, float]] = []

    def look(self) -> float:
        """One sample: seconds and MiB."""
        rss = machine.rss_mib(self._pids)
        self.samples.append((round(time.monotonic() - self._started_at, 2), round(rss, 1)))
        return rss

    def at(self, share: float) -> float:
        """MiB when this share of the time so far was over; 1 is now."""
        return self.samples[int((len(self.samples) - 1) * share)][1]


def run(directory: Path, *, messages: int, window: int, keep: bool = False) -> tuple[dict[str, Any], list[str]]:
    """Fill, drain, judge; the figures, and what was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="queue-", dir=directory))
    gateway = Angarium()
    with ExitStack() as stack:
        stage = Stage(stack, folder, receipts=True)
        stage.sink.ask("shut")
        stage.start(stack, gateway, SCENARIO, Plan(window=window))
        filled = fill(stage, gateway, messages)
        drained = drain(stage, gateway, filled["accepted"])
        rss_peak = machine.rss_mib(gateway.pids(), peak=True)
        gateway.stop()
        faults, stored = gateway.faults(accepted=filled["accepted"])
        if drained["submitted"] != filled["accepted"]:
            faults.append(f"accepted {filled['accepted']}, but submitted {drained['submitted']}")
        if filled["accepted"] != messages:
            faults.append(f"sent {messages}, but accepted {filled['accepted']}: {filled['statuses']}")
    growth = filled["rss_mib"][3] / filled["rss_mib"][2]
    figures = {
        "filled": filled,
        "drained": drained,
        "rss_peak_mib": round(rss_peak, 1),
        "is_flat": growth <= FLAT_GROWTH_MAX,
        "growth": round(growth, 3),
        **stored,
    }
    tell(figures, faults)
    if not keep and not faults:
        shutil.rmtree(folder)
    return figures, faults


def fill(stage: Stage, gateway: Angarium, messages: int) -> dict[str, Any]:
    """Have so many messages accepted while there is no carrier."""
    watch = Watch(gateway.pids())
    cpu = machine.cpu_s(gateway.pids())
    requests = max(1, messages // RECIPIENTS)
    stage.tell_load(gateway, recipients=RECIPIENTS, connections=CONNECTIONS, messages_max=messages, requests=requests)
    while not stage.load.has_answered():
        watch.look()
        time.sleep(SAMPLE_S)
    sent = stage.load.answer()
    watch.look()
    cpu = machine.cpu_s(gateway.pids()) - cpu
    seconds = sent["ended_at"] - sent["started_at"]
    return {
        "accepted": sent["accepted"],
        "statuses": sent["statuses"],
        "seconds": round(seconds, 1),
        "per_s": round(sent["accepted"] / seconds),
        "cpu_us": round(cpu / max(1, sent["accepted"]) * 1e6, 1),
        "rss_mib": [watch.at(quarter / 4) for quarter in range(1, 5)],
        "samples": watch.samples,
    }


def drain(stage: Stage, gateway: Angarium, accepted: int) -> dict[str, Any]:
    """Let the carrier come up, and wait until it has everything and every receipt is on disk."""
    watch = Watch(gateway.pids())
    cpu = machine.cpu_s(gateway.pids())
    started_at = moved_at = time.monotonic()
    stage.sink.ask("listen", receipts=True)
    before = -1
    while (counts := stage.sink.ask("counts"))["acknowledged"] < accepted:
        if counts["acknowledged"] != before:
            before, moved_at = counts["acknowledged"], time.monotonic()
        elif time.monotonic() - moved_at > max(STALLED_S, BIND_TIMEOUT_S):
            raise Failed(f"the queue stands still at {counts}")
        watch.look()
        time.sleep(SAMPLE_S)
    time.sleep(SETTLE_S)
    cpu = machine.cpu_s(gateway.pids()) - cpu
    seconds = counts["last_at"] - started_at
    return {
        "submitted": counts["submits"],
        "seconds": round(seconds, 1),
        "per_s": round(accepted / seconds),
        "cpu_us": round(cpu / max(1, accepted) * 1e6, 1),
        "rss_max_mib": max((rss for _, rss in watch.samples), default=0.0),
        "samples": watch.samples,
    }


def tell(figures: dict[str, Any], faults: list[str]) -> None:
    """Print what came of it."""
    filled, drained = figures["filled"], figures["drained"]
    word = "flat" if figures["is_flat"] else "NOT flat"
    print(
        f"\nqueue: {filled['accepted']} messages accepted with the carrier down, {filled['per_s']}/s, "
        f"{filled['cpu_us']} µs a message; RSS {' '.join(f'{rss:.0f}' for rss in filled['rss_mib'])} MiB "
        f"after each quarter: {word}\n"
        f"queue: all submitted, with their receipts, in {drained['seconds']} s: {drained['per_s']}/s, "
        f"{drained['cpu_us']} µs a message; RSS at most {drained['rss_max_mib']:.0f} MiB; "
        f"peak {figures['rss_peak_mib']:.0f} MiB; store {figures['store_mib']:.0f} MiB"
    )
    for fault in faults:
        print(f"    WRONG: {fault}")
