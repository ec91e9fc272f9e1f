"""Whatever a carrier does to a message, it ends with the status that is due, is told of once, and is paid right."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

from angarium.core.account import DoubtPolicy
from angarium.core.clocktime import DAY_MS, SECOND_MS
from angarium.core.states import Cause
from angarium.sim.fates import FATES
from tests.scenario.simulation import AT_ONCE
from tests.service import RATE, Carrier, check_ledger, whole_service

ENDINGS = {
    "delivered": ["003", "004"],
    "undeliverable": ["003", "007"],
    "expired": ["003", "010"],
    "rejected": ["003", "005"],
    "deleted": ["003", "007"],
    "unknown": ["003", "001"],
    "refused recipient": ["007"],
    "refused content": ["005"],
    "refused sender": ["005"],
    "throttled": ["003", "004"],
    "queue full": ["003", "004"],
    "system error": ["003", "004"],
    "system error for ever": ["010"],
    "unheard-of status": ["003", "004"],
    "slow answer": ["003", "004"],
    "no answer": ["001"],
    "link lost, not taken": ["003", "004"],
    "link lost, taken": ["003", "004"],
    "link killer": ["001"],
    "answer without an id": ["003", "001"],
    "receipt first": ["003", "004"],
    "receipt late": ["003", "004"],
    "receipt twice": ["003", "004"],
    "no receipt": ["003", "001"],
    "hex and decimal": ["003", "004"],
    "on its way": ["003", "004"],
    "receipt in TLVs": ["003", "004"],
    "receipt as a message": ["003", "004"],
    "receipt garbled": ["003", "004"],
    "changed mind": ["003", "004"],
}
"""Everything that is pushed of a message of each fate, in this order, with mask 7 and the policy to send again."""
BY_TIME = {"system error for ever", "no answer", "link killer", "answer without an id", "no receipt"}
"""Fates that only time ends: the message's validity, or the wait for its receipt."""
NOT_TAKEN = {fate for fate, told in ENDINGS.items() if "003" not in told}
DOUBTFUL = {"no answer", "link killer"}
"""Fates of messages that may have left: they end as unknown, and are paid."""
TROUBLESOME = ("throttled", "queue full", "no answer", "link lost, not taken", "link lost, taken", "link killer")
"""Fates that slow down or kill a link: here each has a carrier of its own, so that the others are not disturbed."""
SUFFIXES = {fate.name: fate.suffix or "0001" for fate in FATES}
QUICK: dict[str, Any] = {"submit_retry_pauses_s": (0.01,), "receipt_margin_s": 60.0}
ONE_REFUSAL = dataclasses.replace(AT_ONCE, refused_tries=1)
HEX = {"id_in_response": "hex", "id_in_receipt": "decimal"}


def number(fate: str, prefix: str = "2799") -> str:
    """A number with this fate."""
    return f"{prefix}000{SUFFIXES[fate]}"


def test_the_table_of_endings_leaves_no_fate_out() -> None:
    """A fate that the simulator learns is added here too."""
    assert set(ENDINGS) == set(SUFFIXES)


async def test_every_fate_ends_as_it_should_and_is_told_once(tmp_path: Path) -> None:
    """One message of each fate, all at once; then a day passes, and what only time can end has ended too (delivery 1.2,
    2, 3.2, 3.8, 3.9, 3.10, 3.11).
    """
    prefixes = {fate: f"278{at}" for at, fate in enumerate(TROUBLESOME)}
    carriers = [Carrier("kind", "2799", HEX)]
    carriers += [Carrier(f"trouble-{at}", prefixes[fate], {"response_s": 0.2}) for at, fate in enumerate(TROUBLESOME)]
    numbers = {fate: number(fate, prefixes.get(fate, "2799")) for fate in ENDINGS}
    async with (
        whole_service(tmp_path, *carriers, simulator=ONE_REFUSAL, **QUICK) as service,
        service.customer() as customer,
    ):
        simulator = service.simulator
        await service.bound(len(carriers))
        sent = dict(zip(numbers, await customer.send(*numbers.values()), strict=True))
        await service.until(lambda: simulator.taken()[numbers["slow answer"]])
        simulator.release_answers()
        await service.until(lambda: service.callbacks[sent["receipt late"]] == ["003"])
        await service.until(lambda: service.callbacks[sent["changed mind"]] == ["003", "004"])
        assert simulator.release_late() == 2
        await service.final(sent[fate] for fate in ENDINGS.keys() - BY_TIME)
        await service.until(lambda: service.metrics.causes[Cause.PARKED.name] == 1)
        open_still = {fate: await customer.status(sent[fate]) for fate in sorted(BY_TIME)}
        service.clock.ahead_ms += DAY_MS + 120 * SECOND_MS
        await service.final(sent.values())
        await service.until(lambda: not simulator.deliveries_waiting)

        assert {fate: service.callbacks[message_id] for fate, message_id in sent.items()} == ENDINGS
        assert {fate: await customer.status(sent[fate]) for fate in sent} == {
            fate: told[-1] for fate, told in ENDINGS.items()
        }
        assert open_still == {
            "answer without an id": "003",
            "link killer": "002",
            "no answer": "002",
            "no receipt": "003",
            "system error for ever": "002",
        }
        taken = {fate: simulator.taken()[numbers[fate]] for fate in ENDINGS}
        assert taken == {fate: fate not in NOT_TAKEN for fate in ENDINGS} | {"link lost, taken": 2}
        assert service.metrics.troubles == []
    balance = await check_ledger(tmp_path / "data")
    assert (balance.reserved, balance.spent) == (0, RATE * len(ENDINGS.keys() - NOT_TAKEN | DOUBTFUL))


async def test_who_wants_no_second_copy_gets_none(tmp_path: Path) -> None:
    """With the policy `unknown` whatever is in doubt is sent once, ends as 001 and is paid: it may have arrived
    (delivery 1.3).
    """
    fates = ("no answer", "link lost, not taken", "link lost, taken")
    carriers = [Carrier(f"trouble-{at}", f"278{at}", {"response_s": 0.2}) for at in range(len(fates))]
    numbers = [number(fate, f"278{at}") for at, fate in enumerate(fates)]
    async with (
        whole_service(tmp_path, *carriers, doubt=DoubtPolicy.UNKNOWN) as service,
        service.customer() as customer,
    ):
        await service.bound(len(carriers))
        sent = await customer.send(*numbers)
        await service.final(sent)
        await service.bound(len(carriers) + 2)

        assert [service.callbacks[message_id] for message_id in sent] == [["001"]] * 3
        assert sorted(record.destination_addr.decode() for record in service.simulator.submits) == numbers
    balance = await check_ledger(tmp_path / "data")
    assert (balance.reserved, balance.spent) == (0, RATE * 3)


async def test_a_message_that_kills_links_takes_no_other_with_it(tmp_path: Path) -> None:
    """Two link killers among a hundred on one link: they are parked after a few tries, the others are delivered
    (delivery 2.7).
    """
    killers = [number("link killer"), number("link killer", "2798")]
    others = [f"27970{at:06}" for at in range(100)]
    async with (
        whole_service(tmp_path, Carrier("north", "", {"window": 50})) as service,
        service.customer() as customer,
    ):
        await service.bound(1)
        sent = await customer.send(*others[:50], *killers, *others[50:])
        parked, delivered = sent[50:52], sent[:50] + sent[52:]
        await service.final(delivered)
        await service.until(lambda: service.metrics.causes[Cause.PARKED.name] == 2)

        assert {service.callbacks[message_id][-1] for message_id in delivered} == {"004"}
        assert [await customer.status(message_id) for message_id in parked] == ["002", "002"]
        tries = Counter(record.destination_addr.decode() for record in service.simulator.submits)
        assert all(tries[killer] <= 3 for killer in killers)
        # Whoever was in a dying window is sent again, and counted as in doubt; nobody else is.
        doubts = dict(service.rows("SELECT recipient, doubts FROM messages"))
        assert all(tries[each] <= 1 + doubts[int(each)] for each in others)


async def test_a_message_that_is_never_answered_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """Tried twice in a row at the most: then it waits its turn, and those behind it have the link to themselves."""
    async with (
        whole_service(tmp_path, Carrier("north", "", {"response_s": 0.2}), submit_retry_pauses_s=(3600.0,)) as service,
        service.customer() as customer,
    ):
        await service.bound(1)
        await customer.send(number("no answer"))
        await service.until(lambda: service.metrics.causes[Cause.IN_DOUBT_RESENT.name] == 2)
        sent = await customer.send(*(f"27970{at:06}" for at in range(50)))
        await service.final(sent)

        assert service.simulator.counters.unanswered == 2
