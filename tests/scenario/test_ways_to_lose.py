"""Ways in which gateways lose messages, tried on the whole product (delivery 4)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from angarium.core.account import DoubtPolicy
from angarium.flows.dispatch import Dispatch
from angarium.flows.intake import Intake
from angarium.flows.notify import Notify
from angarium.flows.receipts import Receipts
from angarium.lifecycle import LocalBell
from angarium.stores.sqlite.database import DATABASE_FILE
from tests.scenario.simulation import AT_ONCE
from tests.service import Customer, check_ledger, rows, whole_service

WAIT_FOR_COMMIT_MS = 10_000
NUMBERS = [f"2799{number:05}00" for number in range(40)]


async def refused(customer: Customer, *to: str) -> tuple[int, str, bool]:
    """What a send is refused with: status, code, and whether it says when to come again."""
    answer = await customer.call("POST", "/rest/message", {"text": "Hello", "to": to})
    return answer.status, answer.json()["error"]["code"], "Retry-After" in answer.headers


async def test_a_bell_that_never_rings_delays_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every wake-up is lost, and everything goes on by the intervals alone (delivery 4.9)."""
    monkeypatch.setattr(LocalBell, "ring", lambda self, topic: None)
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        sent = await customer.send(*NUMBERS)
        await service.final(sent)
        monkeypatch.undo()

    assert [service.callbacks[message_id][-1] for message_id in sent] == ["004"] * len(sent)


@pytest.mark.parametrize("leg", [Dispatch, Receipts, Notify])
async def test_a_fault_of_ours_is_told_and_what_it_hit_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leg: type[Dispatch | Receipts | Notify]
) -> None:
    """An exception that nobody foresaw, where replies, receipts or attempts are settled, drops none of them
    (delivery 4.3).
    """
    real, left = leg.settle, [3]

    async def faulty(self: object, *arguments: object) -> None:
        if left[0] and arguments[-1]:
            left[0] -= 1
            raise ZeroDivisionError("a fault of ours")
        await real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(leg, "settle", faulty)
    async with whole_service(tmp_path, doubt=DoubtPolicy.UNKNOWN) as service, service.customer() as customer:
        await service.bound(1)
        sent = await customer.send(*NUMBERS)
        await service.final(sent)

    assert left == [0]
    assert [set(service.callbacks[message_id]) for message_id in sent] == [{"003", "004"}] * len(sent)
    assert service.simulator.taken() == dict.fromkeys(NUMBERS, 1)
    assert service.metrics.troubles or service.simulator.counters.deliveries_refused


async def test_a_fault_of_ours_while_accepting_is_an_error_and_never_a_202(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer is told to come again, and nothing of it is stored (delivery 4.3, 4.5)."""
    real = Intake.accept
    async with whole_service(tmp_path) as service, service.customer() as customer:

        async def faulty(self: Intake, calls: object) -> object:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr(Intake, "accept", faulty)
        said = await refused(customer, NUMBERS[0])
        monkeypatch.setattr(Intake, "accept", real)
        (sent,) = await customer.send(NUMBERS[1])
        await service.final([sent])

    assert said[:2] == (503, "901")
    assert service.simulator.taken() == {NUMBERS[1]: 1}


async def test_another_process_that_takes_the_database_stops_nothing_for_good(tmp_path: Path) -> None:
    """While it holds the file new messages are refused and receipts are left to the carrier; then both are taken.

    What holds for the embedded store of what a fail-over may bring (delivery 4.14).
    """
    held = replace(AT_ONCE, receipt_delay_s=None, redelivery_delay_s=None)
    async with (
        whole_service(tmp_path, simulator=held, doubt=DoubtPolicy.UNKNOWN, store_busy_max_s=0.05) as service,
        service.customer() as customer,
    ):
        simulator = service.simulator
        await service.bound(1)
        sent = await customer.send(*NUMBERS)
        await service.until(lambda: all(service.callbacks[message_id] == ["003"] for message_id in sent))
        other = apsw.Connection(str(service.data_dir / DATABASE_FILE))
        other.set_busy_timeout(WAIT_FOR_COMMIT_MS)
        other.execute("BEGIN IMMEDIATE")
        said = await refused(customer, "27990099900")
        status = await customer.status(sent[0])
        simulator.release_receipts()
        await service.until(lambda: simulator.counters.deliveries_refused == len(sent))
        other.execute("ROLLBACK")
        other.close()
        simulator.release_redeliveries()
        await service.final(sent)

    assert said == (503, "901", True)
    assert status == "003"
    assert [service.callbacks[message_id] for message_id in sent] == [["003", "004"]] * len(sent)
    assert simulator.taken() == dict.fromkeys(NUMBERS, 1)


@pytest.mark.parametrize("is_replaced", [True, False], ids=["replaced", "moved away"])
async def test_nothing_is_accepted_into_a_database_that_a_restart_would_not_find(
    tmp_path: Path, is_replaced: bool
) -> None:
    """Somebody puts another file in its place, or takes it away: 503 until the right one is back (delivery 4.14)."""
    aside = tmp_path / "aside.db"
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        sent = await customer.send(*NUMBERS)
        await service.final(sent)
        path = service.data_dir / DATABASE_FILE
        os.rename(path, aside)  # noqa: PTH104 - the plain call of the system is the point
        if is_replaced:
            path.write_bytes(aside.read_bytes())
        said = await refused(customer, "27990099900")
        ready = await customer.call("GET", "/readyz")
        os.replace(aside, path)  # noqa: PTH105
        later = await customer.send("27990099901")
        await service.final(later)

    assert said == (503, "901", True)
    assert ready.status == 503
    assert "moved, deleted or replaced" in ready.body.decode()
    assert service.simulator.taken()["27990099900"] == 0
    assert rows(service.data_dir, "SELECT count(*) FROM messages") == [(len(NUMBERS) + 1,)]
    await check_ledger(service.data_dir)
