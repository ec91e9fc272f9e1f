"""Measure the product, alone or turn by turn with another gateway; bench/README.md says what the figures mean."""

from __future__ import annotations

import argparse
import json
import pstats
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import console, kannel, kernels, machine, queue, report
from bench.gateway import Angarium
from bench.processes import ROOT, Failed
from bench.runs import Plan, measure
from bench.scenarios import SCENARIOS, Figures
from bench.watched import Watched

PROFILE_LINES = 40
EXTRAS = ("queue", "kernels", "console")


def options() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--scenario", action="append", choices=[*SCENARIOS, *EXTRAS], help="once or more; default: all but the extras")
    add("--seconds", type=float, default=5.0, help="how long each run sends (default %(default)g)")
    add("--requests", type=int, default=-1, help="how many requests each run sends, instead of a time")
    add("--rounds", type=int, default=3, help="runs of each scenario and gateway, taken in turn (default %(default)d)")
    add("--connections", type=int, default=0, help="HTTP connections (default: the scenario's own)")
    add("--rate", type=float, default=0.0, help="requests a second in all; default: as fast as they are answered")
    add("--window", type=int, default=500, help="unanswered submit_sm on a link (default %(default)d)")
    add("--links", type=int, default=1, help="SMPP links (default %(default)d)")
    add("--receipt-delay", type=float, default=0.0, metavar="S", help="seconds from submit_sm to its receipt")
    add("--against", help="`kannel`, or the folder of another tree of ours: taken in turn with this one")
    add("--live", type=int, default=0, metavar="N", help="take turns with itself under live pages in N browsers")
    add("--dir", type=Path, default=ROOT / "var" / "bench", help="where stores are made; must be on a real disk")
    add("--keep", action="store_true", help="keep the stores and logs of all runs, not only of those that went wrong")
    add("--profile", action="store_true", help="run the gateway under cProfile (its figures are then too high)")
    add("--messages", type=int, default=queue.MESSAGES, help="of the scenario queue (default %(default)d)")
    add("--json", type=Path, metavar="FILE", help="write all figures of all runs")
    add("--label", default="", help="a name for these figures, kept in the JSON")
    return parser


def gateways(asked: argparse.Namespace) -> list[Callable[[], Angarium | kannel.Kannel]]:
    """What takes turns in each round. Raises Failed."""
    found: list[Callable[[], Angarium | kannel.Kannel]] = [lambda: Angarium(is_profiled=asked.profile)]
    if asked.live:
        found.append(lambda: Watched(browsers=asked.live, is_profiled=asked.profile))
    if asked.against == "kannel":
        if not kannel.is_installed():
            raise Failed("kannel is not installed: apt-get install kannel")
        found.append(kannel.Kannel)
    elif asked.against:
        tree = Path(asked.against).resolve()
        if not (tree / "bench" / "tables.py").exists():
            raise Failed(f"{tree} is no tree of ours")
        found.append(lambda: Angarium(name=tree.name, tree=tree, is_profiled=asked.profile))
    return found


def run_rounds(asked: argparse.Namespace, names: Sequence[str]) -> list[Figures]:
    """All rounds, each figure printed when it is there."""
    plan = Plan(
        seconds=asked.seconds if asked.requests < 0 else 1e6,
        requests=asked.requests,
        connections=asked.connections,
        rate=asked.rate,
        window=asked.window,
        links=asked.links,
        receipt_delay_s=asked.receipt_delay,
    )
    makers = gateways(asked)
    runs: list[Figures] = []
    for _ in range(asked.rounds):
        for name in names:
            for make in makers:
                gateway = make()
                folder = Path(tempfile.mkdtemp(prefix=f"{name}-{gateway.name}-", dir=asked.dir))
                figures = measure(gateway, SCENARIOS[name], plan, folder)
                runs.append(figures)
                print(report.line(figures), flush=True)
                if asked.profile:
                    print_profile(folder / "gateway.prof")
                if not asked.keep and not figures.faults:
                    shutil.rmtree(folder)
    return runs


def print_profile(path: Path) -> None:
    """Where the gateway's main thread spent its time."""
    if path.exists():
        pstats.Stats(str(path), stream=sys.stdout).sort_stats("tottime").print_stats(PROFILE_LINES)


def commit() -> str:
    """Which state of the source was measured."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def run(asked: argparse.Namespace) -> int:
    """Do what was asked; 1 if anything was wrong with a message."""
    names = asked.scenario or list(SCENARIOS)
    asked.dir.mkdir(parents=True, exist_ok=True)
    found: dict[str, object] = {"label": asked.label, "commit": commit(), "machine": machine.describe()}
    print(" ".join(f"{name}: {value};" for name, value in machine.describe().items()), flush=True)
    faults: list[str] = []
    if "kernels" in names:
        found["kernels_us"] = kernels.run(asked.dir)
    if "console" in names:
        found["console_ms"], dear = console.run(asked.dir)
        faults += dear
    timed = [name for name in names if name not in EXTRAS]
    runs = run_rounds(asked, timed) if timed else []
    if runs:
        print(f"\nCPU in µs a message, medians of {asked.rounds} rounds\n{report.table(runs)}")
        if ratios := report.ratios(runs):
            print(f"\n{ratios}")
        found["runs"] = [asdict(each) for each in runs]
        faults += [fault for each in runs for fault in each.faults]
    if "queue" in names:
        found["queue"], wrong = queue.run(asked.dir, messages=asked.messages, window=asked.window, keep=asked.keep)
        faults += wrong
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")
    if faults:
        print(f"\n{len(faults)} things were wrong; the folders of those runs are kept in {asked.dir}", file=sys.stderr)
    return 1 if faults else 0


def main() -> int:
    """The program. Ctrl-C and SIGTERM end every process it has started."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        return run(options().parse_args())
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
