"""Requests that were just accepted need not be read to be claimed; whatever memory has lost is in the store."""

from __future__ import annotations

from angarium.flows import fresh as module
from angarium.flows.fresh import FreshRequests
from angarium.ports.store import Request
from angarium.text.segments import Content
from tests.gateway import Gateway


def request(request_id: int) -> Request:
    """A request."""
    return Request(request_id, 1, 1, None, "", Content.of_text("Hello"), False, 1, 0, 0, 1)


def test_a_request_is_handed_out_once() -> None:
    """Whoever claims its first message keeps it; the next one reads the store."""
    fresh = FreshRequests()
    fresh.put([request(1), request(2)])

    assert fresh.take([1, 3]) == [request(1)]
    assert fresh.take([1, 2]) == [request(2)]


def test_a_long_queue_fills_no_memory() -> None:
    """While a carrier is down, only the newest are kept."""
    fresh = FreshRequests()
    fresh.put([request(number) for number in range(module.FRESH_MAX + 2)])

    assert fresh.take([0, 1]) == []
    assert len(fresh.take(range(module.FRESH_MAX + 2))) == module.FRESH_MAX


async def test_what_memory_lost_is_read_from_the_store(gateway: Gateway) -> None:
    """Each message leaves with its own text, whether its request was still in memory or not."""
    for text in ("one", "two", "three"):
        await gateway.send(text=text)
        if text == "two":
            gateway.fresh._requests.clear()

    submissions = await gateway.submit()

    assert [each.payload.user_data[0].payload for each in submissions] == [b"one", b"two", b"three"]
