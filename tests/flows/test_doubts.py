"""A message that took its link down twice waits for an operator, who tries it again or gives it up (delivery 2.6)."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.checks import EdgeChecks
from angarium.core.states import Cause, State
from angarium.flows import doubts
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.store import NotFound
from tests.gateway import RATE, Gateway, in_doubt


def desk(gateway: Gateway) -> Desk:
    """An operator at work on this gateway's store."""
    store: Any = gateway.store
    mint: Any = None
    return Desk(store=store, checks=EdgeChecks(), mint=mint, author="person:test", now=gateway.clock.now())


async def parked(gateway: Gateway) -> int:
    """A message that is."""
    (message_id,) = await gateway.send()
    for _ in range(2):
        await gateway.answer(in_doubt(await gateway.submit_one(), killed_link=True))
    assert (await gateway.view(message_id)).cause is Cause.PARKED
    return message_id


async def test_a_parked_message_is_tried_again(gateway: Gateway) -> None:
    """At once, as one that may take a link down; the carrier is told of work."""
    message_id = await parked(gateway)
    rung: list[str] = []

    await doubts.try_again(desk(gateway), message_id, ring=rung.append)

    view = await gateway.view(message_id)
    assert (view.state, view.cause, view.due_at) == (State.QUEUED, Cause.LINK_LOST_RESENT, gateway.clock.now())
    assert len(rung) == 1
    with pytest.raises(Mistaken):
        await doubts.try_again(desk(gateway), message_id, ring=rung.append)


async def test_a_parked_message_is_given_up(gateway: Gateway) -> None:
    """It ends as unknown, and what may have left is paid: the same as at the end of its validity."""
    message_id = await parked(gateway)

    state = await doubts.give_up(desk(gateway), message_id, tables=gateway.tables, ring=lambda _: None)

    assert state is State.UNKNOWN
    assert (await gateway.view(message_id)).cause is Cause.IN_DOUBT_GIVEN_UP
    balance = await gateway.store.balance(gateway.account.account_id)
    assert (balance.spent, balance.reserved, balance.adds_up) == (RATE, 0, True)
    with pytest.raises(Mistaken):
        await doubts.give_up(desk(gateway), message_id, tables=gateway.tables, ring=lambda _: None)
    with pytest.raises(NotFound):
        await doubts.try_again(desk(gateway), 1, ring=lambda _: None)
