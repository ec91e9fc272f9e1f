"""A carrier goes away, and what waits for it takes another way."""

from __future__ import annotations

import json
from pathlib import Path

from angarium.core.queues import Hold
from angarium.stores.sqlite.store import SqliteStore
from tests.command_line import CommandLine
from tests.service import Carrier, whole_service

NOBODY_LISTENS = {"port": 1}


async def test_what_waits_for_a_dead_carrier_is_delivered_by_another(tmp_path: Path, commands: CommandLine) -> None:
    """Accepted for the one, submitted by the other, at the price that was told (delivery 2.6)."""
    carriers = (Carrier("dead", "2799", NOBODY_LISTENS), Carrier("alive", ""))
    async with whole_service(tmp_path, *carriers, carrier_down_s=0.0) as service, service.customer() as customer:
        sent = await customer.send(*[f"2799000{at:04}" for at in range(10)])
        await service.final(sent)

        assert {service.callbacks[each][-1] for each in sent} == {"004"}
        took = "SELECT DISTINCT c.name, m.reroutes FROM messages m JOIN carriers c ON c.carrier_id = m.carrier_id"
        assert service.rows(took) == [("alive", 1)]
        explained = json.loads(await service.command(commands, "route", "explain", "27990000001", "--json"))
        assert [route["carrier"] for route in explained["candidates"]] == ["dead", "alive"]


async def hold(store: SqliteStore, _: int) -> None:
    """Hold the only carrier's queue."""
    (carrier,) = await store.carriers()
    await store.hold_carrier(carrier.carrier_id, Hold.HELD)


async def test_a_held_queue_waits_for_the_operators_word(tmp_path: Path, commands: CommandLine) -> None:
    """Held: links are bound, and nothing is submitted. Resumed: what was not cancelled is delivered (rest-api 2.7)."""
    async with whole_service(tmp_path, furnish=hold) as service, service.customer() as customer:
        kept, cancelled = await customer.send("27990000002", "27990000003")
        await service.bound(1)
        counted = json.loads(await service.command(commands, "queue", "cancel", "--prefix", "27990000003", "--json"))
        await service.command(commands, "queue", "cancel", "--prefix", "27990000003", "--yes")

        assert counted == {"messages": 1, "nothing has left of": 1, "reserved": "0.800000"}
        assert [await customer.status(each) for each in (kept, cancelled)] == ["008", "006"]
        await service.command(commands, "queue", "resume", "north")
        await service.final([kept])

        assert service.callbacks == {kept: ["003", "004"]}
        assert service.log.links("bound") == 1
