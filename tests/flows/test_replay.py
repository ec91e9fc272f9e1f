"""Notifications that a person has tried once more."""

from __future__ import annotations

from typing import Any, cast

from angarium.checks import EdgeChecks
from angarium.core.states import Cause
from angarium.core.status_codes import DELIVERED_TO_GATEWAY, RECEIVED
from angarium.flows.desk import Desk
from angarium.flows.replay import replay
from tests.gateway import Gateway, accepted, not_taken, receipt


def desk(gateway: Gateway) -> Desk:
    """Where a person asks for it."""
    mint = cast(Any, None)
    return Desk(store=gateway.store, checks=EdgeChecks(), mint=mint, author="person:ada", now=gateway.clock.now())


async def test_one_that_waits_for_another_takes_it_along(gateway: Gateway) -> None:
    """Both are told at once, in their order, long before the schedule would (rest-api 8.5)."""
    await gateway.send(callback=7)
    await gateway.answer(accepted(await gateway.submit_one()))
    await gateway.deliver(receipt("A1", Cause.RECEIPT_DELIVERED))
    (first,) = await gateway.tell()
    await gateway.notify.settle([not_taken(first)])
    assert await gateway.tell() == []

    await replay(desk(gateway), first.notification.notification_id + 1)

    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, RECEIVED]
