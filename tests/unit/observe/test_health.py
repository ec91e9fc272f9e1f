"""The pages for those who watch."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

from angarium.httpd import HttpdSettings, Request, Response
from angarium.httpd.head import HeadReader
from angarium.observe import health as health_module
from angarium.observe.health import Health
from angarium.observe.metrics import Metrics
from angarium.ports.store import CarrierRow, QueueDepth, StoreUnavailable

PRIVATE, PUBLIC = "10.1.2.3", "8.8.8.8"


class LinkState(Enum):
    """States as the carrier edge has them."""

    DOWN = "down"
    BOUND = "bound"


class Link(NamedTuple):
    """A link as the carrier edge tells of it."""

    name: str
    state: LinkState
    last_error: str = ""
    window: int = 10
    window_used: int = 2
    throttled: bool = False
    rtt_s: float | None = None
    since_at: int = 0
    pace_per_s: float | None = None
    answered: int = 0
    errors: Mapping[str, int] = MappingProxyType({})
    lately: int = 0
    errors_lately: Mapping[str, int] = MappingProxyType({})
    per_s: float = 0.0


class FakeStore:
    """As much of a store as is asked here; `trouble` is raised by whatever is asked."""

    def __init__(self, *carriers: CarrierRow, trouble: Exception | None = None, is_stuck: bool = False) -> None:
        self.rows = list(carriers)
        self.trouble = trouble
        self.is_stuck = is_stuck

    async def write(self, work: Any) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()
        self._fail()
        await work(self)

    async def probe(self, *, at: int) -> None:
        """A transaction's little write."""
        self.probed_at = at

    async def carriers(self) -> list[CarrierRow]:
        self._fail()
        return self.rows

    async def queue_depths(self, *, depth_max: int) -> list[QueueDepth]:
        return [QueueDepth(1, min(5, depth_max), 98_500), QueueDepth(2, 1, 200_000), QueueDepth(3, 0, None)]

    async def notifications_lag(self) -> int | None:
        return 88_000

    async def orphan_counts(self, *, count_max: int) -> dict[int, int]:
        return {1: min(7, count_max)}

    async def quarantine_counts(self, *, count_max: int) -> dict[int, int]:
        return {2: min(8, count_max)}

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def carrier(number: int, name: str, *, enabled: bool = True) -> CarrierRow:
    """A carrier as an operator set it."""
    return CarrierRow(number, name, {}, enabled)


def make(store: FakeStore | None = None, *links: tuple[str, Link], lag_s: float = 0.0, **arguments: Any) -> Health:
    """A Health over a fake store, at 100 s after the epoch."""
    arguments.setdefault("metrics", Metrics())
    return Health(
        store=store or FakeStore(),  # type: ignore[arg-type]
        clock=SimpleNamespace(now=lambda: 100_000),
        links=lambda: links,
        loop_lag_s=lambda: lag_s,
        **arguments,
    )


def request(path: str, *, method: str = "GET", peer: str = PRIVATE) -> Request:
    """A request as the server makes it."""
    reader = HeadReader(HttpdSettings())
    reader.read(f"{method} {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode(), 0)
    assert reader.head is not None
    return Request(reader.head, b"", (peer, 4711), secure=False)


async def ask(health: Health, path: str, *, peer: str = PRIVATE) -> tuple[int, Any]:
    """GET a page; return status and JSON."""
    answer = health.handle(request(path, peer=peer))
    assert answer is not None
    response = answer if isinstance(answer, Response) else await answer
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("path", ["/", "/rest/message", "/healthz/", "/metrics2"])
def test_other_paths_are_left_to_others(path: str) -> None:
    """None lets the REST API answer."""
    assert make().handle(request(path)) is None


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_pages_are_read_only(path: str) -> None:
    """Another method is 405 with Allow."""
    answer = make().handle(request(path, method="POST"))

    assert isinstance(answer, Response)
    assert (answer.status, answer.headers) == (405, ((b"Allow", b"GET, HEAD"),))


@pytest.mark.parametrize(
    ("lag_s", "status", "page"),
    [
        (0.0, 200, {"alive": True, "parts": {"loop": {"alive": True}}}),
        (4.9, 200, {"alive": True, "parts": {"loop": {"alive": True}}}),
        (
            5.0,
            503,
            {
                "alive": False,
                "parts": {
                    "loop": {"alive": False, "why": "The event loop is 5.0 s late: something blocks it."},
                },
            },
        ),
    ],
)
async def test_a_loop_that_keeps_time_is_alive(lag_s: float, status: int, page: object) -> None:
    """A blocked loop is told with its lag."""
    assert await ask(make(lag_s=lag_s), "/healthz") == (status, page)


async def test_a_service_with_a_bound_link_is_ready() -> None:
    """One bound link is enough."""
    links = ("demo", Link("demo-1", LinkState.DOWN)), ("demo", Link("demo-2", LinkState.BOUND))

    status, page = await ask(make(FakeStore(carrier(1, "demo")), *links), "/readyz")

    assert (status, page) == (200, {"ready": True, "parts": {"store": {"ready": True}, "carriers": {"ready": True}}})


@pytest.mark.parametrize("carriers", [(), (carrier(1, "demo", enabled=False),)])
async def test_a_service_without_carriers_is_ready(carriers: tuple[CarrierRow, ...]) -> None:
    """Nothing to bind to is no fault: an operator is about to set one up."""
    assert (await ask(make(FakeStore(*carriers)), "/readyz"))[0] == 200


async def test_a_service_whose_links_are_down_says_which_and_why() -> None:
    """The page names every link with its last error."""
    links = (
        ("demo", Link("demo-1", LinkState.DOWN, "connection refused")),
        ("acme", Link("acme-1", LinkState.DOWN)),
    )

    status, page = await ask(make(FakeStore(), *links), "/readyz")

    assert status == 503
    assert page["ready"] is False
    assert page["parts"] == {
        "store": {"ready": True},
        "carriers": {
            "ready": False,
            "why": "No link is bound: demo-1 of demo is down (connection refused); acme-1 of acme is down",
        },
    }


async def test_a_carrier_that_could_not_be_started_is_named() -> None:
    """Settings that were refused leave a carrier without links; that is not the same as having no carrier."""
    status, page = await ask(make(FakeStore(carrier(1, "demo"))), "/readyz")

    assert (status, page["parts"]["carriers"]["why"]) == (503, "No link is started for demo: see the log.")


async def test_a_store_that_refuses_writes_is_told() -> None:
    """The store's own sentence is shown."""
    store = FakeStore(trouble=StoreUnavailable("the disk is full"))

    status, page = await ask(make(store), "/readyz")

    assert status == 503
    assert page["parts"]["store"]["why"] == "The store cannot be written: the disk is full"
    assert page["parts"]["carriers"]["why"] == "The carriers cannot be read: the disk is full"


async def test_a_store_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher is never kept waiting by what it watches."""
    monkeypatch.setattr(health_module, "STORE_TIMEOUT_S", 0.0)

    status, page = await ask(make(FakeStore(is_stuck=True)), "/readyz")

    assert (status, page["parts"]["store"]["ready"]) == (503, False)


async def test_a_disk_that_is_nearly_full_is_told_before_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last megabytes are a warning, not a surprise."""
    roomy = (await ask(make(data_dir=tmp_path), "/readyz"))[0]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1024 * 1024))

    status, page = await ask(make(data_dir=tmp_path), "/readyz")

    assert (roomy, status) == (200, 503)
    assert page["parts"]["store"]["why"] == "The disk is nearly full: 1024 KiB are free. Make room."


async def test_a_data_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    """A directory that was unmounted is a reason in words."""
    status, page = await ask(make(data_dir=tmp_path / "gone"), "/readyz")

    assert status == 503
    assert "data directory cannot be read" in page["parts"]["store"]["why"]


@pytest.mark.parametrize("peer", [PUBLIC, "2001:4860:4860::8888", "", "nonsense"])
async def test_strangers_learn_no_reasons(peer: str) -> None:
    """A public address gets yes or no, and no metrics at all."""
    health = make(FakeStore(), ("demo", Link("demo-1", LinkState.DOWN, "connection refused")))

    assert await ask(health, "/readyz", peer=peer) == (503, {"ready": False})
    assert await ask(health, "/healthz", peer=peer) == (200, {"alive": True})
    assert health.handle(request("/metrics", peer=peer)) is None


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "192.168.0.9", "fe80::1%eth0"])
async def test_neighbours_learn_the_reasons(peer: str) -> None:
    """Loopback, private and link-local addresses are the operator's own."""
    assert "parts" in (await ask(make(), "/readyz", peer=peer))[1]


async def test_the_metrics_page_shows_counts_queues_and_links() -> None:
    """Queues carry their carrier's name, ages count from the clock, and an unknown carrier has its number."""
    metrics = Metrics()
    metrics.request("send", 202, "")
    store = FakeStore(carrier(1, "demo"), carrier(2, "acme"))
    health = make(store, ("demo", Link("demo-1", LinkState.BOUND, rtt_s=0.5)), metrics=metrics)

    answer = health.handle(request("/metrics"))
    assert answer is not None
    response = answer if isinstance(answer, Response) else await answer

    lines = response.body.decode().splitlines()
    assert (response.status, response.content_type) == (200, b"text/plain; version=0.0.4; charset=utf-8")
    for expected in (
        'angarium_http_requests_total{code="",operation="send",status="202"} 1.0',
        'angarium_queue_depth{carrier="demo"} 5.0',
        'angarium_queue_oldest_age_seconds{carrier="demo"} 1.5',
        'angarium_queue_oldest_age_seconds{carrier="acme"} 0.0',
        'angarium_queue_depth{carrier="3"} 0.0',
        'angarium_link_state{carrier="demo",link="demo-1",state="bound"} 1.0',
        'angarium_link_state{carrier="demo",link="demo-1",state="down"} 0.0',
        'angarium_link_round_trip_seconds{carrier="demo",link="demo-1"} 0.5',
        "angarium_callback_lag_seconds 12.0",
    ):
        assert sorted(expected) in [sorted(line) for line in lines], expected


async def test_the_metrics_page_does_without_a_store_that_fails() -> None:
    """When the store is in trouble the counts are wanted most."""
    health = make(FakeStore(trouble=StoreUnavailable("gone")), ("demo", Link("demo-1", LinkState.BOUND)))

    response = await health.metrics_page()

    assert response.status == 200
    assert b"angarium_link_state{" in response.body
    assert b"angarium_queue_depth{" not in response.body


async def test_an_operator_sees_each_part_in_words(tmp_path: Path) -> None:
    """What is as it should be, and what is not: here the clock, which somebody set back."""
    found = await make(data_dir=tmp_path, lag_s=0.012).checks()
    good = {each.name: each.why for each in found}
    details = {each.name: each.detail for each in found}
    behind = {each.name: each.why for each in await make(clock_behind_ms=lambda: 60_000).checks()}

    assert set(good.values()) == {""}
    assert good.keys() == {"Store", "Disk", "Clock", "Event loop", "Carriers"}
    assert "set back by 60 s" in behind["Clock"]
    assert details["Store"].startswith("a write is on disk after ")
    assert details["Clock"].endswith(" UTC")
    assert details["Event loop"] == "12 ms late"
