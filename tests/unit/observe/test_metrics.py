"""What Prometheus sees after the flows have told their counts."""

from __future__ import annotations

from collections import Counter

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from angarium.core.message import Accepted, Refused
from angarium.core.refusals import Reason, Refusal
from angarium.core.states import Cause
from angarium.observe.metrics import METRICS, LinkReading, Metrics, QueueReading, Readings

STATES = ("down", "connecting", "bound")


def samples(metrics: Metrics, readings: Readings | None = None) -> dict[tuple[str, ...], float]:
    """Scrape, and return each value by its name and label values, in the table's order of labels."""
    page = metrics.page(readings or Readings()).decode()
    order = {row.name: row.labels for row in METRICS}
    return {
        (sample.name, *(sample.labels[label] for label in order.get(family.name) or sample.labels)): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_the_page_shows_exactly_the_metrics_of_the_table() -> None:
    """Each row is on the page with its type and sentence, and the page has nothing else but the process."""
    page = Metrics().page(Readings()).decode()

    families = {family.name: family for family in text_string_to_metric_families(page)}
    own = {name: family for name, family in families.items() if name.startswith("angarium_")}
    assert [(row.name, row.type, row.sentence) for row in METRICS] == [
        (family.name, family.type, family.documentation) for family in own.values()
    ]
    assert {name.split("_")[0] for name in families} == {"angarium", "process"}


def test_labels_on_the_page_are_those_of_the_table() -> None:
    """A dashboard can rely on the table."""
    metrics = Metrics()
    metrics.outcomes([[Refused("1", Refusal(Reason.BAD_RECIPIENT))]])
    metrics.moved({cause.name: 1 for cause in Cause})
    metrics.request("send", 202, "")
    metrics.trouble("notify")
    metrics.proposed("demo")
    readings = Readings(
        queues=[QueueReading("demo", 1, 1.0)],
        orphans={"demo": 2},
        quarantine={"demo": 3},
        links=[LinkReading("demo", "demo-1", "bound", STATES, 10, 1, throttled=False, rtt_s=0.1)],
        callback_lag_s=1.0,
    )

    labels = {
        family.name: {tuple(sorted(sample.labels.keys() - {"le"})) for sample in family.samples}
        for family in text_string_to_metric_families(metrics.page(readings).decode())
    }

    assert {row.name: {tuple(sorted(row.labels))} for row in METRICS} == {
        name: shown for name, shown in labels.items() if name.startswith("angarium_")
    }


def test_messages_are_counted_by_recipient() -> None:
    """A group of requests is counted at once: accepted ones together, refused ones by reason and code."""
    metrics = Metrics(codes={Reason.BAD_RECIPIENT: "105"})
    accepted, refused = Accepted(27990000001, 1), Refused("333", Refusal(Reason.BAD_RECIPIENT))

    metrics.outcomes([[accepted, refused, accepted], Refusal(Reason.NO_CREDIT), [accepted]])
    metrics.outcomes([[Refused("27990000002", Refusal(Reason.NO_ROUTE))]])

    shown = samples(metrics)
    assert shown["angarium_messages_accepted_total",] == 3
    assert shown["angarium_messages_refused_total", "bad_recipient", "105"] == 1
    assert shown["angarium_messages_refused_total", "no_route", ""] == 1


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause.CARRIER_ACCEPTED, [("messages_submitted_total",)]),
        (Cause.CARRIER_BUSY, [("messages_deferred_total", "carrier_busy")]),
        (Cause.CARRIER_FAILED_FOR_NOW, [("messages_deferred_total", "carrier_failed_for_now")]),
        (Cause.RETURNED_UNSENT, [("messages_deferred_total", "returned_unsent")]),
        (Cause.PARKED, [("messages_deferred_total", "parked")]),
        (Cause.IN_DOUBT_RESENT, [("messages_in_doubt_total", "resent")]),
        (
            Cause.IN_DOUBT_GIVEN_UP,
            [("messages_failed_total", "001", "in_doubt_given_up"), ("messages_in_doubt_total", "given_up")],
        ),
        (Cause.RECEIPT_DELIVERED, [("messages_delivered_total",)]),
        (Cause.RECEIPT_UNDELIVERABLE, [("messages_failed_total", "007", "receipt_undeliverable")]),
        (Cause.RECEIPT_EXPIRED, [("messages_failed_total", "010", "receipt_expired")]),
        (Cause.RECEIPT_REJECTED, [("messages_failed_total", "005", "receipt_rejected")]),
        (Cause.RECEIPT_UNKNOWN, [("messages_failed_total", "001", "receipt_unknown")]),
        (Cause.REFUSED_CONTENT, [("messages_failed_total", "005", "refused_content")]),
        (Cause.REFUSED_RECIPIENT, [("messages_failed_total", "007", "refused_recipient")]),
        (Cause.REFUSED_ROUTE, [("messages_failed_total", "009", "refused_route")]),
        (Cause.EXPIRED_HERE, [("messages_failed_total", "010", "expired_here")]),
        (Cause.NO_RECEIPT, [("messages_failed_total", "001", "no_receipt")]),
        (Cause.STOPPED, [("messages_cancelled_total",)]),
    ],
)
def test_each_cause_counts_towards_its_metric(cause: Cause, expected: list[tuple[str, ...]]) -> None:
    """A cause is counted where the table says, and nowhere else."""
    metrics = Metrics()

    metrics.moved(Counter({cause.name: 2}))
    metrics.moved({cause.name: 1})

    shown = {key: value for key, value in samples(metrics).items() if key[0].startswith("angarium_messages") and value}
    assert shown == {(f"angarium_{name}", *labels): 3.0 for name, *labels in expected}


def test_receipts_count_as_receipts_and_as_moves() -> None:
    """A receipt that moves a message counts twice, in two metrics; the others count as receipts only."""
    metrics = Metrics()

    metrics.receipts({"intermediate": 1, "repeated": 2, "orphaned": 3, "RECEIPT_DELIVERED": 4, "RECEIPT_EXPIRED": 5})

    shown = samples(metrics)
    assert [
        shown["angarium_receipts_total", effect] for effect in ("intermediate", "repeated", "orphaned", "settled")
    ] == [1, 2, 3, 9]
    assert shown["angarium_messages_delivered_total",] == 4
    assert shown["angarium_messages_failed_total", "010", "receipt_expired"] == 5


def test_requests_callbacks_and_workers_are_counted() -> None:
    """The rest of the counters."""
    metrics = Metrics()

    metrics.request("send", 202, "")
    metrics.request("send", 202, "")
    metrics.request("send", 401, "001")
    metrics.callbacks({"delivered": 5, "retry": 2})
    metrics.trouble("notify")

    shown = samples(metrics)
    assert shown["angarium_http_requests_total", "send", "202", ""] == 2
    assert shown["angarium_http_requests_total", "send", "401", "001"] == 1
    assert shown["angarium_callback_attempts_total", "delivered"] == 5
    assert shown["angarium_callback_attempts_total", "exhausted"] == 0
    assert shown["angarium_worker_failures_total", "notify"] == 1


def test_commits_fall_into_cumulative_buckets() -> None:
    """A value on a bound belongs to it; one above all bounds is in the last bucket only."""
    metrics = Metrics()

    for works, seconds in ((1, 0.001), (200, 0.002), (5000, 60.0)):
        metrics.committed(works, seconds)
    metrics.loop_lag(0.2)

    shown = samples(metrics)
    assert [
        shown["angarium_commit_seconds_bucket", bound] for bound in ("0.0005", "0.001", "0.0025", "5.0", "+Inf")
    ] == [
        0,
        1,
        2,
        2,
        3,
    ]
    assert (shown["angarium_commit_seconds_count",], shown["angarium_commit_seconds_sum",]) == (3, 60.003)
    assert [shown["angarium_commit_works_bucket", bound] for bound in ("1.0", "100.0", "200.0", "+Inf")] == [1, 1, 2, 3]
    assert shown["angarium_loop_lag_seconds_count",] == 1


def test_readings_are_shown_as_gauges() -> None:
    """Queues and links are shown as they were read for this page."""
    metrics = Metrics()
    links = [
        LinkReading("demo", "demo-1", "bound", STATES, 10, 3, throttled=True, rtt_s=0.25),
        LinkReading("demo", "demo-2", "down", STATES, 0, 0, throttled=False, rtt_s=None),
    ]

    shown = samples(metrics, Readings(queues=[QueueReading("demo", 7, 1.5)], links=links, callback_lag_s=12.0))

    assert (shown["angarium_queue_depth", "demo"], shown["angarium_queue_oldest_age_seconds", "demo"]) == (7, 1.5)
    assert [shown["angarium_link_state", "demo", "demo-1", state] for state in STATES] == [0, 0, 1]
    assert [shown["angarium_link_state", "demo", "demo-2", state] for state in STATES] == [1, 0, 0]
    assert (shown["angarium_link_window", "demo", "demo-1"], shown["angarium_link_window_used", "demo", "demo-1"]) == (
        10,
        3,
    )
    assert shown["angarium_link_throttled", "demo", "demo-1"] == 1
    assert shown["angarium_link_round_trip_seconds", "demo", "demo-1"] == 0.25
    assert ("angarium_link_round_trip_seconds", "demo", "demo-2") not in shown
    assert shown["angarium_callback_lag_seconds",] == 12


def test_old_readings_do_not_stay() -> None:
    """A link that is gone, or a queue that cannot be read, is not shown with its last value."""
    metrics = Metrics()
    metrics.page(Readings(queues=[QueueReading("demo", 7, 1.5)], callback_lag_s=1.0))

    shown = samples(metrics)

    assert ("angarium_queue_depth", "demo") not in shown
    assert ("angarium_callback_lag_seconds",) not in shown


def test_two_processes_worth_of_metrics_do_not_meet() -> None:
    """Each has a registry of its own, and the library's global one stays out of it."""
    before = {family.name for family in REGISTRY.collect()}
    one, other = Metrics(), Metrics()

    one.trouble("notify")

    assert ("angarium_worker_failures_total", "notify") not in samples(other)
    assert {family.name for family in REGISTRY.collect()} == before
