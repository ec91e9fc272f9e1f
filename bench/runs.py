"""One run of one scenario through one gateway: start all, warm up, load, wait for the last sign of life, judge."""

from __future__ import annotations

import time
from array import array
from contextlib import ExitStack
from dataclasses import dataclass
from operator import sub
from pathlib import Path
from typing import Any

from bench import load, machine
from bench.gateway import Angarium, Gateway
from bench.kannel import Kannel
from bench.processes import Child, Failed, wait_until
from bench.scenarios import Figures, Scenario, spread_ms

BIND_TIMEOUT_S = 30.0
STILL_S = 2.0
"""When nothing has been counted for so long, nothing more will come."""
SETTLE_S = 0.3
"""After the last sign of a message its last commit may still be under way."""
WARM_UP_MESSAGES = 200


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a run is made."""

    seconds: float = 5.0
    requests: int = -1
    connections: int = 0
    """0 leaves it to the scenario."""
    rate: float = 0.0
    window: int = 500
    links: int = 1
    receipt_delay_s: float = 0.0


class Stage:
    """The sink, the endpoint and the load, and a gateway among them."""

    def __init__(self, stack: ExitStack, folder: Path, *, receipts: bool, receipt_delay_s: float = 0.0) -> None:
        self.folder = folder
        self.sink = self._child(stack, "sink")
        self.endpoint = self._child(stack, "endpoint")
        self.load = self._child(stack, "load")
        self.sink_port: int = self.sink.ask("listen", receipts=receipts, receipt_delay_s=receipt_delay_s)["port"]
        self.callback_port: int = self.endpoint.ask("listen")["port"]
        self._sent = 0
        self._still_s = STILL_S + receipt_delay_s

    def _child(self, stack: ExitStack, name: str) -> Child:
        child = Child(f"bench.{name}", log=self.folder / f"{name}.log")
        stack.callback(child.stop)
        return child

    def start(self, stack: ExitStack, gateway: Angarium | Kannel, scenario: Scenario, plan: Plan) -> None:
        """Start the gateway; it is ended whatever happens."""
        stack.callback(gateway.kill)
        gateway.start(
            self.folder,
            scenario,
            sink_port=self.sink_port,
            window=plan.window,
            links=plan.links,
            callback_port=self.callback_port,
        )

    def bound(self, links: int) -> None:
        """Wait until every link of the gateway is bound."""
        wait_until(
            lambda: self.sink.ask("counts")["binds"] >= links,
            what="the gateway has not bound",
            timeout_s=BIND_TIMEOUT_S,
        )

    def tell_load(self, gateway: Gateway, *, recipients: int, connections: int, messages_max: int, **more: Any) -> Path:
        """Begin to send; every recipient is a new number. Returns where the answers will be written down."""
        path = self.folder / f"load-{self._sent}.bin"
        self.load.tell(
            "run",
            host=gateway.host,
            port=gateway.port,
            form=gateway.form().decode(),
            path=str(path),
            connections=connections,
            recipients=recipients,
            first=self._sent,
            **more,
        )
        self._sent += messages_max
        return path

    def counts(self) -> dict[str, Any]:
        """All counters together."""
        sink, endpoint = self.sink.ask("counts"), self.endpoint.ask("counts")
        return {**endpoint, **sink, "last_at": max(sink["last_at"], endpoint["last_at"])}

    def drain(self, scenario: Scenario, accepted: int) -> dict[str, Any]:
        """Wait until every message has come to its end, or until nothing moves any more."""
        before, moved_at = self.counts(), time.monotonic()
        while not _is_done(before, scenario, accepted) and time.monotonic() - moved_at < self._still_s:
            time.sleep(0.02)
            counts = self.counts()
            if counts != before:
                before, moved_at = counts, time.monotonic()
        time.sleep(SETTLE_S)
        return self.counts()


def _is_done(counts: dict[str, Any], scenario: Scenario, accepted: int) -> bool:
    """Whether all signs of so many messages are there."""
    return (
        counts["submits"] >= accepted
        and (not scenario.receipts or counts["acknowledged"] >= accepted)
        and (not scenario.callbacks or counts["callbacks"] >= accepted)
    )


def measure(gateway: Angarium | Kannel, scenario: Scenario, plan: Plan, folder: Path) -> Figures:
    """One run, from an empty store to an empty queue. Raises Failed when it cannot be made."""
    calibrated = machine.calibrate()
    with ExitStack() as stack:
        stage = Stage(stack, folder, receipts=scenario.receipts, receipt_delay_s=plan.receipt_delay_s)
        stage.start(stack, gateway, scenario, plan)
        stage.bound(plan.links)
        warmed_up = _warm_up(stage, gateway, scenario)
        processes = {
            "gateway": gateway.pids(),
            "sink": stage.sink.pids,
            "load": stage.load.pids,
            "endpoint": stage.endpoint.pids,
        }
        commits_before = gateway.commits()
        cpu = {name: machine.cpu_s(pids) for name, pids in processes.items()}
        steal, busy = machine.steal_s(), machine.busy_s()
        answers = stage.tell_load(
            gateway,
            recipients=scenario.recipients,
            connections=plan.connections or scenario.connections,
            messages_max=1 << 30,
            seconds=plan.seconds,
            requests=plan.requests,
            rate=plan.rate,
        )
        sent = stage.load.answer(timeout_s=plan.seconds + 300)
        counts = stage.drain(scenario, warmed_up + sent["accepted"])
        cpu = {name: machine.cpu_s(pids) - cpu[name] for name, pids in processes.items()}
        steal, busy = machine.steal_s() - steal, machine.busy_s() - busy
        commits, commit_s = map(sub, gateway.commits(), commits_before)
        rss_peak = machine.rss_mib(gateway.pids(), peak=True)
        gateway.stop()
        accepted = warmed_up + sent["accepted"]
        faults, more = gateway.faults(accepted=accepted)
        faults = counter_faults(counts, sent, scenario, accepted) + faults
        latencies, repeated = _latencies(stage, scenario, answers, warmed_up)
        faults += repeated
    messages = max(1, sent["accepted"])
    return Figures(
        scenario=scenario.name,
        gateway=gateway.name,
        messages=sent["accepted"],
        requests=sent["requests"],
        seconds=round(counts["last_at"] - sent["started_at"], 3),
        accepted_per_s=round(messages / (sent["ended_at"] - sent["started_at"]), 1),
        messages_per_s=round(messages / (counts["last_at"] - sent["started_at"]), 1),
        cpu_us={name: round(seconds / messages * 1e6, 2) for name, seconds in cpu.items()},
        messages_a_commit=round(messages / commits, 2) if commits else 0.0,
        commit_ms=round(commit_s / commits * 1000, 2) if commits else 0.0,
        **latencies,
        rss_peak_mib=round(rss_peak, 1),
        steal_s=round(steal, 2),
        other_busy_s=round(busy - sum(cpu.values()), 2),
        calibration_s=(round(calibrated, 4), round(machine.calibrate(), 4)),
        faults=faults,
        more=more,
    )


def _warm_up(stage: Stage, gateway: Gateway, scenario: Scenario) -> int:
    """Send a little, so that every part has been loaded and every connection opened once; how many were accepted."""
    requests = max(1, WARM_UP_MESSAGES // scenario.recipients)
    stage.tell_load(
        gateway,
        recipients=scenario.recipients,
        connections=min(4, requests),
        messages_max=requests * scenario.recipients,
        requests=requests,
    )
    sent = stage.load.answer(timeout_s=60)
    stage.drain(scenario, sent["accepted"])
    if not sent["accepted"]:
        raise Failed(f"{gateway.name} accepts nothing: {sent['statuses']} {sent['examples']}")
    return int(sent["accepted"])


def counter_faults(counts: dict[str, Any], sent: dict[str, Any], scenario: Scenario, accepted: int) -> list[str]:
    """What the counters say: accepted = submitted = final, and nothing else."""
    expected = {
        "submits": accepted,
        "acknowledged": accepted if scenario.receipts else 0,
        "callbacks": accepted if scenario.callbacks else 0,
        "receipts_refused": 0,
        "strangers": 0,
    }
    faults = [f"{name} {counts[name]}, not {count}" for name, count in expected.items() if counts[name] != count]
    if set(sent["statuses"]) - {"202"}:
        faults.append(f"answers {sent['statuses']}, such as {sent['examples']}")
    return faults


def _columns(path: Path, *codes: str) -> list[array[Any]]:
    """Read back what a process has written down, column by column."""
    rows = path.stat().st_size // (8 * len(codes))
    columns = [array(code) for code in codes]
    with path.open("rb") as file:
        for column in columns:
            column.fromfile(file, rows)
    return columns


def _latencies(stage: Stage, scenario: Scenario, answers: Path, warmed_up: int) -> tuple[dict[str, Any], list[str]]:
    """How long each message took from stage to stage, joined by its number; and numbers that came twice or never."""
    stage.sink.ask("dump", path=str(stage.folder / "sink.bin"))
    stage.endpoint.ask("dump", path=str(stage.folder / "endpoint.bin"))
    recipients, submitted_at, acknowledged_at = _columns(stage.folder / "sink.bin", "Q", "d", "d")
    submits = dict(zip(recipients, submitted_at, strict=True))
    numbers, accepted, sent_at, answered_at = _columns(answers, "Q", "Q", "d", "d")
    accept_to_submit: list[float] = []
    missing = 0
    for first, count, at in zip(numbers, accepted, answered_at, strict=True):
        if count != scenario.recipients:
            continue
        for number in range(first, first + scenario.recipients):
            submit = submits.get(number)
            if submit is None:
                missing += 1
            else:
                accept_to_submit.append(submit - at)
    if scenario.callbacks:
        ends = zip(*_columns(stage.folder / "endpoint.bin", "Q", "d"), strict=True)
    else:
        ends = zip(recipients, acknowledged_at, strict=True)
    measured = load.FIRST_NUMBER + warmed_up
    finals = [at - submits[number] for number, at in ends if at and number >= measured and number in submits]
    faults = []
    if len(submits) != len(recipients):
        faults.append(f"{len(recipients) - len(submits)} messages were submitted twice")
    if missing:
        faults.append(f"{missing} accepted messages were never submitted")
    return {
        "accept_ms": spread_ms([done - at for at, done in zip(sent_at, answered_at, strict=True)]),
        "accept_to_submit_ms": spread_ms(accept_to_submit),
        "submit_to_final_ms": spread_ms(finals) if scenario.receipts else {},
    }, faults
