"""Counts for Prometheus: what each metric means stands in one table, METRICS.

The hot path adds to plain dicts, in batches; Prometheus's own objects are made when somebody asks. Everything here
belongs to one loop: no locks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from angarium.core.message import Accepted
from angarium.core.refusals import Reason, Refusal
from angarium.core.states import FINAL, Cause, State, after
from angarium.core.status_codes import settled_status_code
from angarium.flows.intake import Outcome
from angarium.flows.retries import Replied

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"


class MetricRow(NamedTuple):
    """One metric: its name as scraped, less the suffix that its type adds, and a sentence."""

    name: str
    type: str
    labels: tuple[str, ...]
    sentence: str


METRICS: Final = (
    MetricRow("angarium_messages_accepted", "counter", (), "Messages that are on disk and were answered as accepted."),
    MetricRow(
        "angarium_messages_refused",
        "counter",
        ("reason", "code"),
        "Recipients that were refused, by reason and error code (rest-api 5).",
    ),
    MetricRow("angarium_messages_submitted", "counter", (), "Messages that a carrier has taken, all segments of each."),
    MetricRow("angarium_messages_delivered", "counter", (), "Messages that a receipt reported as delivered."),
    MetricRow(
        "angarium_messages_failed",
        "counter",
        ("status", "cause"),
        "Messages that ended undelivered, by status number (rest-api 7) and cause.",
    ),
    MetricRow("angarium_messages_cancelled", "counter", (), "Messages that were stopped before they left."),
    MetricRow(
        "angarium_messages_in_doubt",
        "counter",
        ("outcome",),
        "Messages whose submission had no answer, by what was done: resent or given_up.",
    ),
    MetricRow(
        "angarium_messages_deferred",
        "counter",
        ("cause",),
        "Submissions that put a message back into the queue, by cause.",
    ),
    MetricRow(
        "angarium_receipts",
        "counter",
        ("effect",),
        "Receipts by effect: settled (moved a message), noted (settled a segment alone), intermediate, repeated, "
        "contradicting (an earlier final word stands), or orphaned until its segment is known.",
    ),
    MetricRow(
        "angarium_id_proposals",
        "counter",
        ("carrier",),
        "Proposals to read a carrier's message ids otherwise: see `angarium carrier proposals`.",
    ),
    MetricRow(
        "angarium_quarantined",
        "counter",
        ("effect",),
        "What carriers delivered and nobody understands: kept, released by an operator, or kept again because it still "
        "cannot be read.",
    ),
    MetricRow(
        "angarium_callback_attempts",
        "counter",
        ("result",),
        "Attempts to deliver a notification, by result: delivered, retry or exhausted.",
    ),
    MetricRow(
        "angarium_inbound_messages",
        "counter",
        ("outcome",),
        "What handsets sent: messages owed to a reply URL, kept without one, unowned or incomplete; duplicate parts.",
    ),
    MetricRow(
        "angarium_inbound_attempts",
        "counter",
        ("result",),
        "Attempts to push an inbound message, by result: delivered, retry or exhausted.",
    ),
    MetricRow(
        "angarium_http_requests",
        "counter",
        ("operation", "status", "code"),
        "REST requests answered, by operation, HTTP status and error code (empty for none).",
    ),
    MetricRow(
        "angarium_worker_failures", "counter", ("worker",), "Steps of a background worker that failed and are repeated."
    ),
    MetricRow("angarium_commit_seconds", "histogram", (), "Time to flush one commit to disk."),
    MetricRow("angarium_commit_works", "histogram", (), "Pieces of work that shared one commit."),
    MetricRow("angarium_loop_lag_seconds", "histogram", (), "How late the event loop came to a timer."),
    MetricRow(
        "angarium_queue_depth",
        "gauge",
        ("carrier",),
        "Messages queued for a carrier, scheduled ones included; 100000 means so many or more.",
    ),
    MetricRow(
        "angarium_queue_oldest_age_seconds",
        "gauge",
        ("carrier",),
        "How long the message that was due first has been due; 0 when none is.",
    ),
    MetricRow(
        "angarium_orphans",
        "gauge",
        ("carrier",),
        "Receipts that found no message and wait for it; 10000 means so many or more.",
    ),
    MetricRow(
        "angarium_quarantine",
        "gauge",
        ("carrier",),
        "What nobody understands and waits for an operator; 10000 means so many or more.",
    ),
    MetricRow(
        "angarium_link_state",
        "gauge",
        ("carrier", "link", "state"),
        "1 for the state in which a link is, 0 for the others.",
    ),
    MetricRow(
        "angarium_link_window", "gauge", ("carrier", "link"), "Requests that may be unanswered on a link; 0 while down."
    ),
    MetricRow("angarium_link_window_used", "gauge", ("carrier", "link"), "Requests that are unanswered on a link."),
    MetricRow(
        "angarium_link_throttled",
        "gauge",
        ("carrier", "link"),
        "1 while the carrier's complaints hold a link below its pace.",
    ),
    MetricRow(
        "angarium_link_round_trip_seconds",
        "gauge",
        ("carrier", "link"),
        "Mean time from a submission to its answer; absent until there was one.",
    ),
    MetricRow(
        "angarium_callback_lag_seconds",
        "gauge",
        (),
        "How long the notification that was due first has been due; 0 when none is.",
    ),
)
"""Every metric, in the order in which they are shown. Beside them stand the `process_` metrics of prometheus-client."""

COMMIT_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
COMMIT_WORKS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
LOOP_LAG_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class QueueReading(NamedTuple):
    """What waits for one carrier."""

    carrier: str
    depth: int
    oldest_age_s: float


class LinkReading(NamedTuple):
    """How one link stands; `states` are all it could be in."""

    carrier: str
    link: str
    state: str
    states: tuple[str, ...]
    window: int
    window_used: int
    throttled: bool
    rtt_s: float | None


@dataclass(frozen=True, slots=True)
class Readings:
    """What is asked for at the moment of a scrape. None: it could not be read, and is left out."""

    queues: Sequence[QueueReading] | None = None
    orphans: Mapping[str, int] = field(default_factory=dict)
    """By carrier."""
    quarantine: Mapping[str, int] = field(default_factory=dict)
    links: Sequence[LinkReading] = ()
    callback_lag_s: float | None = None


_Count = tuple[str, tuple[str, ...]]
"""Name and label values of one count."""


class Metrics:
    """The counts of one process, in a registry of their own."""

    def __init__(self, *, codes: Mapping[Reason, str] | None = None) -> None:
        """`codes` tells the error code by which the API calls each reason."""
        self._codes = codes or {}
        self._counts: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        self._requests = self._counts["angarium_http_requests"]
        self._histograms = {
            "angarium_commit_seconds": _Histogram(COMMIT_SECONDS),
            "angarium_commit_works": _Histogram(COMMIT_WORKS),
            "angarium_loop_lag_seconds": _Histogram(LOOP_LAG_SECONDS),
        }
        for name, labels in _SHOWN_FROM_THE_START:
            self._counts[name][labels] = 0
        self._collector = _Collector(self._counts, self._histograms)
        self.registry = CollectorRegistry()
        self.registry.register(self._collector)
        ProcessCollector(registry=self.registry)

    # --- told by the flows and edges

    def outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Intake has answered these requests: one result for each recipient, or the refusal of a whole request.

        A whole refusal names no recipients and counts among the HTTP requests only.
        """
        accepted = 0
        refused = self._counts["angarium_messages_refused"]
        for outcome in outcomes:
            if isinstance(outcome, Refusal):
                continue
            for result in outcome.results if isinstance(outcome, Replied) else outcome:
                if isinstance(result, Accepted):
                    accepted += 1
                else:
                    reason = result.refusal.reason
                    refused[reason.name.lower(), self._codes.get(reason, "")] += 1
        self._counts["angarium_messages_accepted"][()] += accepted

    def moved(self, causes: Mapping[str, int]) -> None:
        """Messages have moved, so many for each cause (names of `Cause`)."""
        counts = self._counts
        for cause, count in causes.items():
            for name, labels in _OF_CAUSE.get(cause) or (("angarium_messages_deferred", (cause.lower(),)),):
                counts[name][labels] += count

    def receipts(self, effects: Mapping[str, int]) -> None:
        """Receipts have come, so many for each effect: the cause by which a message moved, or why none did."""
        counts = self._counts["angarium_receipts"]
        moved = {}
        for effect, count in effects.items():
            if effect in _OF_CAUSE:
                moved[effect] = count
                counts["settled",] += count
            else:
                counts[effect,] += count
        if moved:
            self.moved(moved)

    def proposed(self, carrier: str) -> None:
        """Another reading of a carrier's ids was proposed."""
        self._counts["angarium_id_proposals"][carrier,] += 1

    def quarantined(self, effects: Mapping[str, int]) -> None:
        """So many things came into quarantine, or were let out."""
        counts = self._counts["angarium_quarantined"]
        for effect, count in effects.items():
            counts[effect.replace(" ", "_"),] += count

    def callbacks(self, results: Mapping[str, int]) -> None:
        """Callback attempts have ended, so many with each result."""
        counts = self._counts["angarium_callback_attempts"]
        for result, count in results.items():
            counts[result,] += count

    def inbound(self, outcomes: Mapping[str, int]) -> None:
        """Handsets have sent something, so much with each outcome."""
        counts = self._counts["angarium_inbound_messages"]
        for outcome, count in outcomes.items():
            counts[outcome,] += count

    def inbound_attempts(self, results: Mapping[str, int]) -> None:
        """Attempts to push inbound messages have ended, so many with each result."""
        counts = self._counts["angarium_inbound_attempts"]
        for result, count in results.items():
            counts[result,] += count

    def request(self, operation: str, status: int, code: str) -> None:
        """One REST request has been answered."""
        self._requests[operation, str(status), code] += 1

    def trouble(self, worker: str) -> None:
        """A step of a worker has failed."""
        self._counts["angarium_worker_failures"][worker,] += 1

    def committed(self, works: int, seconds: float) -> None:
        """One commit is on disk."""
        self._histograms["angarium_commit_works"].observe(works)
        self._histograms["angarium_commit_seconds"].observe(seconds)

    def loop_lag(self, seconds: float) -> None:
        """The event loop came so late to a timer."""
        self._histograms["angarium_loop_lag_seconds"].observe(seconds)

    # --- asked

    def page(self, readings: Readings) -> bytes:
        """Everything in Prometheus's text format, with what was read just now."""
        self._collector.readings = readings
        return bytes(generate_latest(self.registry))


@dataclass(slots=True)
class _Histogram:
    bounds: tuple[float, ...]
    total: float = 0.0
    counts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as Prometheus wants them."""
        bounds = (*map(str, self.bounds), "+Inf")
        shown: list[tuple[str, float]] = list(zip(bounds, accumulate(self.counts), strict=True))
        return shown


class _Collector(Collector):
    """Shows the counts in the order of METRICS."""

    def __init__(self, counts: Mapping[str, Counter[tuple[str, ...]]], histograms: Mapping[str, _Histogram]) -> None:
        self.readings = Readings()
        self._counts = counts
        self._histograms = histograms

    def collect(self) -> Iterator[Metric]:
        gauges = _gauges(self.readings)
        for row in METRICS:
            if row.type == "counter":
                counter = CounterMetricFamily(row.name, row.sentence, labels=row.labels)
                for labels, value in self._counts.get(row.name, {}).items():
                    counter.add_metric(labels, value)
                yield counter
            elif row.type == "histogram":
                histogram = self._histograms[row.name]
                family = HistogramMetricFamily(row.name, row.sentence, labels=row.labels)
                family.add_metric((), histogram.buckets(), histogram.total)
                yield family
            else:
                gauge = GaugeMetricFamily(row.name, row.sentence, labels=row.labels)
                for labels, reading in gauges[row.name]:
                    gauge.add_metric(labels, reading)
                yield gauge


def _gauges(readings: Readings) -> Mapping[str, list[tuple[tuple[str, ...], float]]]:
    shown: defaultdict[str, list[tuple[tuple[str, ...], float]]] = defaultdict(list)
    for queue in readings.queues or ():
        shown["angarium_queue_depth"].append(((queue.carrier,), queue.depth))
        shown["angarium_queue_oldest_age_seconds"].append(((queue.carrier,), queue.oldest_age_s))
    for name, by_carrier in (("angarium_orphans", readings.orphans), ("angarium_quarantine", readings.quarantine)):
        shown[name] += [((carrier,), float(count)) for carrier, count in by_carrier.items()]
    for link in readings.links:
        labels = (link.carrier, link.link)
        for state in link.states:
            shown["angarium_link_state"].append(((*labels, state), float(state == link.state)))
        shown["angarium_link_window"].append((labels, link.window))
        shown["angarium_link_window_used"].append((labels, link.window_used))
        shown["angarium_link_throttled"].append((labels, float(link.throttled)))
        if link.rtt_s is not None:
            shown["angarium_link_round_trip_seconds"].append((labels, link.rtt_s))
    if readings.callback_lag_s is not None:
        shown["angarium_callback_lag_seconds"].append(((), readings.callback_lag_s))
    return shown


def _final_state(cause: Cause) -> State | None:
    """The final state that a cause leads to, whence ever it strikes."""
    for state in (State.SUBMITTED, State.SUBMITTING, State.QUEUED):
        reached = after(state, cause)
        if reached in FINAL:
            return reached
    return None


def _metrics_of_causes() -> dict[str, tuple[_Count, ...]]:
    """What each cause counts towards; any other is a deferral."""
    found: dict[str, tuple[_Count, ...]] = {
        Cause.CARRIER_ACCEPTED.name: (("angarium_messages_submitted", ()),),
        Cause.IN_DOUBT_RESENT.name: (("angarium_messages_in_doubt", ("resent",)),),
        Cause.LINK_LOST_RESENT.name: (("angarium_messages_in_doubt", ("resent",)),),
    }
    for cause in Cause:
        state = _final_state(cause)
        if state is State.DELIVERED:
            found[cause.name] = (("angarium_messages_delivered", ()),)
        elif state is State.CANCELLED:
            found[cause.name] = (("angarium_messages_cancelled", ()),)
        elif state is not None:
            status = f"{settled_status_code(state, cause):03}"
            found[cause.name] = (("angarium_messages_failed", (status, cause.name.lower())),)
    found[Cause.IN_DOUBT_GIVEN_UP.name] += (("angarium_messages_in_doubt", ("given_up",)),)
    return found


_OF_CAUSE: Final = _metrics_of_causes()
_SHOWN_FROM_THE_START: Final = (
    ("angarium_messages_accepted", ()),
    ("angarium_messages_submitted", ()),
    ("angarium_messages_delivered", ()),
    ("angarium_messages_cancelled", ()),
    ("angarium_messages_in_doubt", ("resent",)),
    ("angarium_messages_in_doubt", ("given_up",)),
    ("angarium_quarantined", ("kept",)),
    *(("angarium_callback_attempts", (result,)) for result in ("delivered", "retry", "exhausted")),
    *(
        ("angarium_receipts", (effect,))
        for effect in ("settled", "noted", "intermediate", "repeated", "contradicting", "orphaned")
    ),
    *(("angarium_inbound_attempts", (result,)) for result in ("delivered", "retry", "exhausted")),
    *(("angarium_inbound_messages", (outcome,)) for outcome in ("owed", "kept", "unowned", "incomplete", "duplicate")),
)
"""A rate needs a first value of 0, or the first event is not seen."""
