"""Links to carriers as operators have them: in pairs, over TLS, several at once, slow, down, changed, and stopped."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import ssl
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from angarium.app import open_store
from angarium.carriers import pace
from angarium.config import Settings
from angarium.core.account import DoubtPolicy
from angarium.core.clocktime import HOUR_MS, SECOND_MS
from angarium.core.states import Cause, State
from angarium.httpd import ensure_self_signed
from tests.command_line import CommandLine
from tests.product import Product
from tests.scenario.simulation import AT_ONCE
from tests.scripted_smsc import ScriptedSmsc, Watch
from tests.service import (
    Carrier,
    Customer,
    WatchedSimulator,
    check_ledger,
    prepare_with_callbacks,
    rows,
    whole_service,
)

THROTTLED = "27990009013"
SLOW = "27990009020"
NEVER_ANSWERED = "27990009021"


def numbers(count: int, prefix: str = "2799") -> list[str]:
    """So many numbers without a fate of their own."""
    return [f"{prefix}{at:05}00" for at in range(count)]


async def ready(customer: Customer) -> tuple[int, str]:
    """What /readyz says."""
    answer = await customer.call("GET", "/readyz")
    return answer.status, answer.body.decode()


async def test_a_transmitter_and_a_receiver_do_what_one_transceiver_does(tmp_path: Path) -> None:
    """Sent on one, the receipt comes on the other."""
    async with (
        whole_service(tmp_path, Carrier("north", "", {"bind": "pair", "links": 2})) as service,
        service.customer() as customer,
    ):
        await service.bound(4)
        sent = await customer.send(*numbers(40))
        await service.final(sent)

        assert service.simulator.counters.binds == 4
        assert {tuple(service.callbacks[message_id]) for message_id in sent} == {("003", "004")}


async def test_a_carrier_is_reached_over_tls_with_a_ca_of_its_own(tmp_path: Path) -> None:
    """The CA file of the carrier's settings is what its certificate is checked against, and nothing else will do."""
    certificate, key = ensure_self_signed(tmp_path, names=("127.0.0.1",), now=datetime.now(UTC))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    trusting = Carrier("north", "2799", {"tls": True, "tls_ca_file": str(certificate)})
    doubting = Carrier("south", "2798", {"tls": True})
    async with (
        whole_service(tmp_path, trusting, doubting, tls=context) as service,
        service.customer() as customer,
    ):
        await service.bound(1)
        sent, waiting = await customer.send("27990000001", "27980000001")
        await service.final([sent])
        await service.until(lambda: any("certificate" in str(line.keys.get("problem")) for line in service.log.lines))

        assert service.callbacks[sent] == ["003", "004"]
        assert await customer.status(waiting) in {"002", "008"}
        assert service.simulator.counters.binds == 1


async def test_a_receipt_counts_on_whichever_link_it_comes(tmp_path: Path) -> None:
    """The key is carrier and id, never link (delivery 3.3)."""
    async with ScriptedSmsc() as smsc:
        carrier = Carrier("north", "", {"links": 2, "port": smsc.port})
        async with whole_service(tmp_path, carrier) as service, service.customer() as customer:
            await smsc.link(number=2)
            (sent,) = await customer.send("27990000001")
            await service.until(lambda: service.callbacks[sent] == ["003"])
            other = next(link for link in smsc.connections if not link.submits)
            text = b"id:1 sub:001 dlvrd:001 submit date:2611221200 done date:2611221200 stat:DELIVRD err:000 text:"
            other.deliver(esm_class=4, source_addr=b"27990000001", destination_addr=b"1", short_message=text)
            await service.final([sent])

            assert service.callbacks[sent] == ["003", "004"]


async def test_throttling_slows_a_link_which_then_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier's complaint shows in the metrics until time has healed it; it is no attempt, and nothing is lost
    (delivery 2.2).
    """
    gauge = 'angarium_link_throttled{carrier="north",link="north/1"}'
    patience = dataclasses.replace(AT_ONCE, refused_tries=1)
    async with whole_service(tmp_path, simulator=patience) as service, service.customer() as customer:

        async def throttled() -> str:
            lines = (await customer.call("GET", "/metrics")).body.decode().splitlines()
            return next(line.removeprefix(gauge).strip() for line in lines if line.startswith(gauge))

        await service.bound(1)
        before = await throttled()
        sent = await customer.send(THROTTLED, *numbers(20))
        await service.until(lambda: service.metrics.causes[Cause.CARRIER_BUSY.name] == 1)
        during = await throttled()
        monkeypatch.setattr(pace, "RECOVERY_S", 0.001)
        await service.final(sent)
        after = await throttled()

        assert (before, during, after) == ("0.0", "1.0", "0.0")
        assert {tuple(service.callbacks[message_id]) for message_id in sent} == {("003", "004")}
        assert service.rows("SELECT DISTINCT attempts FROM messages") == [(1,)]


async def test_messages_wait_while_the_carrier_is_down_and_go_when_it_is_back(tmp_path: Path) -> None:
    """Accepted all the same, not ready said plainly, and sent once as soon as there is a link (delivery 2.6, 4.1)."""
    async with (
        whole_service(tmp_path, Carrier("north", "", {"rebind_pause_s_max": 0.05})) as service,
        service.customer() as customer,
    ):
        await service.bound(1)
        _, port = service.simulator.address
        await service.simulator.stop()
        await service.until(lambda: service.log.links("down") >= 1)
        sent = await customer.send(*numbers(30))
        statuses = {await customer.status(message_id) for message_id in sent}
        while_down = await ready(customer)
        again = WatchedSimulator(dataclasses.replace(AT_ONCE, smsc_port=port), watch=service.watch)
        await again.start()
        try:
            await service.final(sent)
            when_up = await ready(customer)
            taken = again.taken()
        finally:
            await again.stop()

        assert statuses == {"008"}
        assert while_down[0] == 503
        assert "no connection to 127.0.0.1" in while_down[1]
        assert when_up[0] == 200
        assert taken == Counter(numbers(30))


async def test_links_that_die_under_load_lose_nothing(tmp_path: Path) -> None:
    """All links die again and again: every message ends as delivered, and copies are counted as in doubt (delivery 1.2,
    2.5).
    """
    async with (
        whole_service(
            tmp_path,
            Carrier("north", "", {"window": 20, "links": 2, "rebind_pause_s_max": 0.02}),
            submit_retry_pauses_s=(0.01,),
        ) as service,
        service.customer() as customer,
    ):
        await service.bound(2)
        sent: list[str] = []
        for batch in range(5):
            taken = service.simulator.counters.taken
            sent += await customer.send(*numbers(60, f"279{batch}"))
            await service.until(lambda taken=taken: service.simulator.counters.taken >= taken + 20)
            service.simulator.drop_links()
        await service.final(sent)

        assert {service.callbacks[message_id][-1] for message_id in sent} == {"004"}
        doubts = dict(service.rows("SELECT recipient, doubts FROM messages"))
        assert len(doubts) == 300
        assert all(count <= 1 + doubts[int(number)] for number, count in service.simulator.taken().items())


async def test_an_orderly_stop_waits_for_the_answers_that_are_owed(tmp_path: Path) -> None:
    """What was sent is written down as sent when its answer comes during the drain: nothing is in doubt."""
    async with asyncio.TaskGroup() as tasks, whole_service(tmp_path, doubt=DoubtPolicy.UNKNOWN) as service:

        async def answer_late() -> None:
            await service.until(lambda: service.log.links("draining"))
            assert service.simulator.release_answers() == 1

        async with service.customer() as customer:
            await service.bound(1)
            await customer.send(SLOW)
            await service.until(lambda: service.simulator.taken()[SLOW])
        tasks.create_task(answer_late())
    (state, doubts) = rows(tmp_path / "data", "SELECT state, doubts FROM messages")[0]
    assert (State(state) in {State.SUBMITTED, State.DELIVERED}, doubts) == (True, 0)


async def test_a_stop_in_mid_load_leaves_nothing_in_doubt_and_the_next_start_sends_the_rest(tmp_path: Path) -> None:
    """SIGTERM to the real process: what left has its answer, what did not is queued, and each message goes once."""
    watch = Watch()
    simulator = WatchedSimulator(AT_ONCE, watch=watch)
    _, port = await simulator.start()
    data_dir = tmp_path / "data"
    carrier = Carrier("north", "", {"window": 20, "pace_per_s": 400})
    try:
        async with prepare_with_callbacks(data_dir, [carrier], smsc_port=port, watch=watch) as (token, callbacks):
            product = Product(data_dir, arguments=(), settings={"ANGARIUM_CALLBACK_NETWORKS_ALLOWED": "127.0.0.0/8"})
            await asyncio.to_thread(product.start)
            async with Customer(product.url, token) as customer:
                sent = await customer.send(*numbers(200)) + await customer.send(*numbers(200, "2798"))
            await watch.until(lambda: simulator.counters.taken >= 60)
            stopped = await asyncio.to_thread(product.stop)
            counts = dict(rows(data_dir, "SELECT state, count(*) FROM messages GROUP BY state"))
            doubts = rows(data_dir, "SELECT sum(doubts) FROM messages")
            taken = simulator.counters.taken
            await asyncio.to_thread(product.start)
            await watch.until(lambda: all("004" in callbacks[message_id] for message_id in sent))
            stopped_again = await asyncio.to_thread(product.stop)
    finally:
        await simulator.stop()

    assert (stopped, stopped_again) == (0, 0)
    assert doubts == [(0,)]
    assert State.SUBMITTING not in counts
    assert 0 < counts[State.QUEUED] == 400 - taken
    assert set(simulator.taken().values()) == {1}
    assert len(simulator.taken()) == 400
    await check_ledger(data_dir)


async def test_a_carrier_changed_by_the_command_line_is_bound_anew(tmp_path: Path, commands: CommandLine) -> None:
    """More links, then none, then again: the running service follows, and what waited meanwhile is sent."""
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        await service.command(commands, "carrier", "set", "north", "--set", "links=3")
        await service.bound(4)
        in_an_hour = datetime.fromtimestamp(service.clock.now() / SECOND_MS, UTC) + timedelta(hours=1)
        (sent,) = await customer.send("27990000001", scheduledDeliveryTime=in_an_hour.isoformat())
        await service.command(commands, "carrier", "disable", "north")
        await service.until(lambda: service.log.links("stopped") == 4)
        service.clock.ahead_ms += HOUR_MS + SECOND_MS
        waiting = await customer.status(sent)
        unroutable = await customer.call("GET", "/rest/coverage/27990000001")
        await service.command(commands, "carrier", "enable", "north")
        await service.final([sent])

        assert waiting == "008"
        assert unroutable.json()["data"]["routable"] is False
        assert service.callbacks[sent] == ["003", "004"]
        assert (await ready(customer))[0] == 200


async def test_a_carrier_with_impossible_settings_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is named in the log and in /readyz; the other one works on."""
    async with (
        whole_service(tmp_path, Carrier("north", "2799"), Carrier("south", "2798")) as service,
        service.customer() as customer,
    ):
        await service.bound(2)
        async with open_store(Settings(data_dir=service.data_dir)) as store:
            south = next(row for row in await store.carriers() if row.name == "south")
            await store.change_carrier(south.carrier_id, settings={"window": "wide"}, enabled=True)
        await service.until(lambda: any(line.event == "carrier.settings_refused" for line in service.log.lines))
        sent, waiting = await customer.send("27990000001", "27980000001")
        await service.final([sent])

        assert await customer.status(waiting) == "008"
        refused = next(line for line in service.log.lines if line.event == "carrier.settings_refused")
        assert refused.keys["carrier"] == "south"
        assert "window must be a whole number" in json.dumps(refused.keys)


async def test_a_carrier_that_is_slow_to_stop_holds_up_no_other_change(tmp_path: Path, commands: CommandLine) -> None:
    """While one carrier drains, waiting for an answer that never comes, another change is taken over."""
    async with (
        whole_service(
            tmp_path,
            *(Carrier("north", "2799", {"response_s": 3600}), Carrier("south", "2798")),
            doubt=DoubtPolicy.UNKNOWN,
            drain_timeout_s=3600.0,
        ) as service,
        service.customer() as customer,
    ):
        await service.bound(2)
        (stuck,) = await customer.send(NEVER_ANSWERED)
        await service.until(lambda: service.simulator.counters.unanswered == 1)
        await service.command(commands, "carrier", "set", "north", "--set", "links=2")
        await service.until(lambda: service.log.links("draining") == 1)
        await service.command(commands, "carrier", "set", "south", "--set", "links=2")
        await service.bound(4)
        (sent,) = await customer.send("27980000001")
        await service.final([sent])
        still_stuck = await customer.status(stuck)
        service.simulator.drop_links()
        await service.final([stuck])

        assert still_stuck == "002"
