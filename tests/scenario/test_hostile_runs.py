"""Hundreds of messages through a carrier that sets every trap we know: the books close, whatever it does.

Each run ends with accepted = delivered + failed + unknown, nothing open, credit exact and every callback made, first
refused ones included (`tests.scenario.hostile` checks it). The seed decides whom the traps strike.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from angarium.core.account import DoubtPolicy
from angarium.sim.switches import SWITCHES, read_switches
from tests.scenario.hostile import CARRIER, SIMULATOR, hostile_run, until_all_is_over
from tests.service import Carrier, whole_service

RESEND, UNKNOWN = DoubtPolicy.RESEND, DoubtPolicy.UNKNOWN

PATIENT = {"response_s": 1.0}
"""Long enough for an answer on a busy machine, where a test counts the answers that never come."""

RECEIPTS = {
    "receipt-early": 0.1,
    "receipt-elsewhere": 0.2,
    "receipt-stranger": 0.1,
    "receipt-late": {"rate": 0.1, "seconds": 0.1},
    "receipt-twice": 0.2,
    "receipt-contradicted": 0.2,
    "receipt-intermediate": 0.2,
    "receipt-form": 0.3,
    "receipt-flag": 0.1,
    "receipt-missing": 0.05,
    "id-form": 0.3,
    "id-reused": {"rate": 0.1, "ids": 20},
}
ANSWERS = {
    "throttled": {"every": 150, "length": 2},
    "failing": 0.1,
    "nacked": 0.05,
    "answer-missing": {"rate": 0.05, "taken": "yes"},
    "answer-disordered": 0.5,
    "answer-late": {"rate": 0.1, "seconds": 0.05},
    "answer-twice": 0.2,
    "answer-stray": 0.2,
}
LINKS = {
    "unknown-command": 0.05,
    "garbage": 0.01,
    "absurd-length": {"rate": 0.01, "length": 1 << 31},
    "reset": {"rate": 0.01, "taken": "yes"},
    "half-open": 0.01,
    "stall": {"rate": 0.02, "seconds": 0.05},
    "unbind": 0.01,
    "bind-refused": {"binds": 3},
    "enquire-unanswered": 0.2,
    "coalesced": 0.3,
    "split": {"rate": 0.3, "octets": 7},
}
EVERYTHING = {
    **{name: rate for name, rate in RECEIPTS.items() if name != "receipt-late"},
    **{name: rate for name, rate in ANSWERS.items() if name != "throttled"},
    **LINKS,
    "half-open": 0.005,
}


@pytest.mark.parametrize(("seed", "doubt"), [(1, UNKNOWN), (2, RESEND)])
async def test_receipts_as_bad_as_they_come(tmp_path: Path, seed: int, doubt: DoubtPolicy) -> None:
    """Early, late, double, contrary, strange, senseless and missing ones (delivery 1.2, 1.5, 3.1, 3.3, 3.4, 3.9)."""
    run = await hostile_run(tmp_path, RECEIPTS, seed=seed, doubt=doubt, carrier={"response_s": 10.0})

    assert run.struck.keys() == RECEIPTS.keys()
    assert set(run.counts()) <= {"004", "007", "001"}
    assert max(run.taken.values()) == 1


@pytest.mark.parametrize(("seed", "doubt"), [(1, UNKNOWN), (2, RESEND)])
async def test_answers_as_bad_as_they_come(tmp_path: Path, seed: int, doubt: DoubtPolicy) -> None:
    """Throttled, failing, nacked, lost, late, double and out of order (delivery 1.3, 2.1, 2.2, 2.3, 2.5)."""
    run = await hostile_run(tmp_path, ANSWERS, seed=seed, doubt=doubt, messages=200, carrier=PATIENT)

    assert run.struck.keys() == ANSWERS.keys()
    if doubt is RESEND:
        assert run.counts() == {"004": 200}, "all are delivered"
        assert max(run.taken.values()) > 1, "some of them twice: that is what the policy says"
    else:
        assert 0 < run.counts()["001"] <= run.struck["answer-missing"], "doubt is shown where there is doubt"


@pytest.mark.parametrize(("seed", "doubt"), [(1, UNKNOWN), (2, RESEND)])
async def test_links_as_bad_as_they_come(tmp_path: Path, seed: int, doubt: DoubtPolicy) -> None:
    """Links that die, hang, babble, refuse and say goodbye in mid-window (delivery 1.2, 1.3, 2.5, 2.6, 2.7)."""
    run = await hostile_run(tmp_path, LINKS, seed=seed, doubt=doubt)

    assert len(run.struck) >= len(LINKS) - 2, "a link that dies spares its messages the other traps"
    assert set(run.counts()) <= {"004", "001"}
    assert run.counts()["004"] > 0


@pytest.mark.parametrize(("seed", "doubt"), [(1, RESEND), (2, UNKNOWN)])
async def test_everything_at_once(tmp_path: Path, seed: int, doubt: DoubtPolicy) -> None:
    """Every trap in one run (delivery 1.2, 1.3, 1.5)."""
    run = await hostile_run(tmp_path, EVERYTHING, seed=seed, doubt=doubt, messages=200)

    assert len(run.struck) >= len(EVERYTHING) - 3, "a link that dies spares its messages the other traps"
    assert set(run.counts()) <= {"004", "007", "001"}


SWITCHES_ALONE = {
    "receipt-late": {"seconds": 0.01},
    "answer-late": {"seconds": 0.01},
    "answer-missing": {"taken": "yes"},
    "throttled": {"every": 20, "length": 1},
    "stall": {"rate": 0.2, "seconds": 0.01},
    "split": {"octets": 7},
    "enquire-unanswered": {"rate": 0.5},
    "receipt-form": {"form": "words"},
    "id-form": {"form": "uuid"},
}
ENDS_OTHERWISE = {
    "receipt-missing": "001",
    "answer-missing": "001",
    "garbage": "001",
    "absurd-length": "001",
    "reset": "001",
    "half-open": "001",
    "unbind": "001",
}
"""With every message struck, and a policy that repeats nothing. All others are delivered."""


async def test_each_trap_alone_on_a_running_simulator(tmp_path: Path) -> None:
    """Switched on and off one after another while the service runs: each message ends as it must (delivery 1.2)."""
    settings = {**CARRIER, **PATIENT}
    carriers = [Carrier("north", "2799", settings), Carrier("south", "2798", settings)]
    async with (
        whole_service(tmp_path, *carriers, simulator=SIMULATOR, doubt=DoubtPolicy.UNKNOWN) as service,
        service.customer() as customer,
    ):
        await service.bound(4)
        hostility = service.simulator.hostility
        ended: dict[str, set[str]] = {}
        for at, switch in enumerate(SWITCHES):
            hostility.switch(read_switches({switch.name: SWITCHES_ALONE.get(switch.name, True)}))
            if switch.name == "bind-refused":
                down = service.log.links("down")
                service.simulator.drop_links()
                await service.until(lambda: service.log.links("down") >= down + 4)  # noqa: B023 - awaited at once
            sent = await customer.send(*(f"2799{at:02}{number:03}00" for number in range(4)))
            if (name := switch.name) in {"failing", "nacked"}:
                await service.until(lambda: hostility.struck[name] >= 4)
                hostility.switch({})
            await until_all_is_over(service)
            if switch.name == "enquire-unanswered":
                # A link asks only when it has been quiet for a while.
                await service.until(lambda: hostility.struck["enquire-unanswered"])
            if switch.name == "half-open":
                bound = service.log.links("bound")
                service.simulator.drop_links()
                await service.bound(bound + 4)
            ended[switch.name] = {await customer.status(message_id) for message_id in sent}
        hostility.switch({})

    assert ended == {switch.name: {ENDS_OTHERWISE.get(switch.name, "004")} for switch in SWITCHES}
    assert {switch.name for switch in SWITCHES} <= hostility.struck.keys()
