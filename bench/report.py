"""Runs as people read them: one line for each kind of work and gateway, middle values with the range they came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from bench.scenarios import Figures

HEADINGS = (
    "scenario",
    "gateway",
    "runs",
    "messages/s",
    "gateway µs",
    "(range)",
    "sink",
    "load",
    "endpoint",
    "messages/commit",
    "accept ms p50/p99",
    "to submit ms",
    "to final ms",
    "RSS MiB",
)


def line(figures: Figures) -> str:
    """One run, as soon as it is done."""
    before, after = figures.calibration_s
    parts = [
        f"{figures.scenario:14} {figures.gateway:12}",
        f"{figures.messages:8d} messages {figures.messages_per_s:9.0f}/s",
        f"gateway {figures.cpu_us['gateway']:7.1f} µs",
        f"steal {figures.steal_s:.2f} s, others {figures.other_busy_s:.1f} s",
        f"calibration {before:.3f} {after:.3f} s",
    ]
    return "  ".join(parts) + "".join(f"\n    WRONG: {fault}" for fault in figures.faults)


def groups(runs: Iterable[Figures]) -> dict[tuple[str, str], list[Figures]]:
    """The runs by scenario and gateway."""
    found: dict[tuple[str, str], list[Figures]] = {}
    for each in runs:
        found.setdefault((each.scenario, each.gateway), []).append(each)
    return found


def table(runs: Sequence[Figures]) -> str:
    """All runs: medians, and the lowest and highest CPU of the gateway."""
    rows: list[Sequence[str]] = [HEADINGS]
    for (scenario, gateway), group in groups(runs).items():
        ours = [each.cpu_us["gateway"] for each in group]
        rows.append(
            (
                scenario,
                gateway,
                str(len(group)),
                f"{median(each.messages_per_s for each in group):.0f}",
                f"{median(ours):.1f}",
                f"{min(ours):.1f}-{max(ours):.1f}",
                *(f"{median(each.cpu_us[name] for each in group):.1f}" for name in ("sink", "load", "endpoint")),
                f"{median(each.messages_a_commit for each in group):.1f}",
                _spread([each.accept_ms for each in group]),
                _spread([each.accept_to_submit_ms for each in group]),
                _spread([each.submit_to_final_ms for each in group]),
                f"{max(each.rss_peak_mib for each in group):.0f}",
            )
        )
    return aligned(rows)


def ratios(runs: Sequence[Figures]) -> str:
    """How many times the CPU of the first gateway the others take for the same work, from the medians."""
    by_scenario: dict[str, dict[str, float]] = {}
    for (scenario, gateway), group in groups(runs).items():
        by_scenario.setdefault(scenario, {})[gateway] = median(each.cpu_us["gateway"] for each in group)
    lines = []
    for scenario, costs in by_scenario.items():
        (first, cost), *others = costs.items()
        lines += [f"{scenario}: {name} takes {other / cost:.2f} times the CPU of {first}" for name, other in others]
    return "\n".join(lines)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side: words to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _spread(spreads: Sequence[dict[str, float]]) -> str:
    if not spreads[0]:
        return "-"
    return "/".join(f"{median(each[name] for each in spreads):.1f}" for name in ("p50", "p99"))
