"""The bench measures what it says: a tiny run of everything it starts, and no word about time."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.gateway import Angarium
from bench.runs import Plan, counter_faults, measure
from bench.scenarios import SCENARIOS, spread_ms

REQUESTS = 50


def test_a_small_run_counts_every_message_from_the_request_to_its_callback(tmp_path: Path) -> None:
    """Fifty messages with receipts and callbacks arrive once each, end as delivered, and the money adds up."""
    figures = measure(Angarium(), SCENARIOS["one-full"], Plan(requests=REQUESTS, connections=4), tmp_path)

    assert figures.faults == []
    assert (figures.messages, figures.requests) == (REQUESTS, REQUESTS)
    assert set(figures.more["states"]) == {"delivered"}
    assert set(figures.cpu_us) == {"gateway", "sink", "load", "endpoint"}
    assert set(figures.accept_ms) == set(figures.accept_to_submit_ms) == set(figures.submit_to_final_ms)
    assert figures.rss_peak_mib > 0


def test_a_small_run_of_long_lists_counts_every_recipient(tmp_path: Path) -> None:
    """Three requests of 200 recipients, without receipts, are 600 messages that the carrier took."""
    figures = measure(Angarium(), SCENARIOS["many"], Plan(requests=3), tmp_path)

    assert figures.faults == []
    assert (figures.messages, figures.requests) == (600, 3)
    assert set(figures.more["states"]) == {"submitted"}


@pytest.mark.parametrize(
    ("counter", "count"),
    [
        ("submits", 9),
        ("submits", 11),
        ("acknowledged", 9),
        ("callbacks", 11),
        ("receipts_refused", 1),
        ("strangers", 1),
    ],
)
def test_a_message_too_few_or_too_many_is_told(counter: str, count: int) -> None:
    """A counter that differs from the number of accepted messages is a fault of the run, and names itself."""
    counts = {"submits": 10, "acknowledged": 10, "callbacks": 10, "receipts_refused": 0, "strangers": 0}
    sent = {"statuses": {"202": 10}, "examples": {}}

    whole = counter_faults(counts, sent, SCENARIOS["one-full"], 10)
    broken = counter_faults({**counts, counter: count}, sent, SCENARIOS["one-full"], 10)

    assert whole == []
    assert [fault.split()[0] for fault in broken] == [counter]


def test_an_answer_other_than_202_is_told() -> None:
    """A refused request shows in the run's faults with what was answered."""
    counts = {"submits": 9, "acknowledged": 0, "callbacks": 0, "receipts_refused": 0, "strangers": 0}
    sent = {"statuses": {"202": 9, "503": 1}, "examples": {"503": "try again"}}

    (fault,) = counter_faults(counts, sent, SCENARIOS["one"], 9)

    assert "503" in fault


def test_the_middle_and_the_tail_are_those_of_the_sorted_values() -> None:
    """Of a hundred durations from 1 to 100 ms, in any order, the median is the 51st and p99 the hundredth."""
    assert spread_ms([number / 1000 for number in range(100, 0, -1)]) == {"p50": 51.0, "p99": 100.0}
    assert spread_ms([]) == {"p50": 0.0, "p99": 0.0}
