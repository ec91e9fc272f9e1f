"""What is measured: the kinds of work, and the figures of one run of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

FINAL_STATUSES = 2
"""The `callback` parameter that asks for one callback a message, when it has ended (rest-api 8.2)."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One kind of work."""

    name: str
    recipients: int
    receipts: bool = False
    callbacks: bool = False
    connections: int


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="one", recipients=1, connections=32),
        Scenario(name="one-full", recipients=1, connections=32, receipts=True, callbacks=True),
        Scenario(name="many", recipients=200, connections=16),
        Scenario(name="many-receipts", recipients=200, connections=16, receipts=True),
        Scenario(name="many-full", recipients=200, connections=16, receipts=True, callbacks=True),
    )
}


@dataclass(kw_only=True)
class Figures:
    """What one run has shown. Times in milliseconds, CPU in microseconds a message unless it says otherwise."""

    scenario: str
    gateway: str
    messages: int
    requests: int
    seconds: float
    accepted_per_s: float
    messages_per_s: float
    """From the first request to the last sign that a message is done."""
    cpu_us: dict[str, float]
    messages_a_commit: float
    """Messages through their whole life, for each commit of any leg; 0 where the gateway does not say."""
    commit_ms: float
    accept_ms: dict[str, float]
    accept_to_submit_ms: dict[str, float]
    submit_to_final_ms: dict[str, float]
    rss_peak_mib: float
    steal_s: float
    other_busy_s: float
    """CPU seconds of the machine that went to none of our processes."""
    calibration_s: tuple[float, float]
    """Before and after."""
    faults: list[str]
    more: dict[str, Any] = field(default_factory=dict)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of sorted values lies; 0 for none at all."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def spread_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Middle and tail of durations, in milliseconds."""
    ordered = sorted(seconds)
    shares = {"p50": 0.5, "p99": 0.99}
    return {name: round(percentile(ordered, share) * 1000, 2) for name, share in shares.items()}
