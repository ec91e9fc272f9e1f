"""Whom the switches strike: the same by the same seed, whatever the order."""

from __future__ import annotations

import pytest

from angarium.sim import hostility as module
from angarium.sim.fates import DELIVERED, Form, When
from angarium.sim.hostility import Hostility
from angarium.sim.switches import read_switches

NUMBERS = [b"2799%06d00" % number for number in range(400)]


def struck_by(hostility: Hostility, numbers: list[bytes]) -> set[bytes]:
    """The numbers whose first submit gets no receipt."""
    return {number for number in numbers if not hostility.bend(DELIVERED, number).fate.receipts}


def hostile(seed: int = 0, **switches: object) -> Hostility:
    """A hostility with these switches on."""
    made = Hostility(seed=seed)
    made.switch(read_switches({name.replace("_", "-"): values for name, values in switches.items()}))
    return made


def test_the_same_seed_strikes_the_same_in_any_order() -> None:
    """Order, and what else is on, change nothing; another seed does."""
    first = struck_by(hostile(7, receipt_missing=0.25), NUMBERS)
    again = struck_by(hostile(7, receipt_missing=0.25, answer_twice=0.5), NUMBERS[::-1])
    other = struck_by(hostile(8, receipt_missing=0.25), NUMBERS)

    assert first == again != other
    assert 70 < len(first) < 130


def test_a_number_that_comes_again_has_another_chance() -> None:
    """A trouble with a rate below 1 passes by itself."""
    hostility = hostile(receipt_missing=0.5)
    tries = [bool(hostility.bend(DELIVERED, NUMBERS[0]).fate.receipts) for _ in range(40)]

    assert set(tries) == {True, False}


def test_switches_bend_one_plan_together() -> None:
    """Each adds its own; the fate's own receipt is bent, and the table of fates stays as it is."""
    plan = hostile(receipt_early=1, receipt_form={"form": "tlvs"}, receipt_twice=1, answer_twice=3 / 4).bend(
        DELIVERED, b"27990000001"
    )

    first, second = plan.fate.receipts
    assert (first.when, first.form, second.form) == (When.BEFORE_ANSWER, Form.TLVS, Form.TLVS)
    assert DELIVERED.receipts[0].form is Form.TEXT


def test_waves_are_counted_in_submits() -> None:
    """The first of every so many are throttled, then none until the next wave."""
    hostility = hostile(throttled={"every": 5, "length": 2})

    refused = [hostility.bend(DELIVERED, number).refusal for number in NUMBERS[:10]]

    assert [bool(status) for status in refused] == [True, True, False, False, False] * 2


def test_binds_are_refused_for_as_many_as_were_asked() -> None:
    """Then they are let in again; null refuses them until it is switched off."""
    hostility = hostile(bind_refused={"binds": 2})
    for_ever = hostile(bind_refused={"binds": None})

    assert [hostility.bind_refusal(number) for number in range(4)] == [0x0D, 0x0D, None, None]
    assert {for_ever.bind_refusal(number) for number in range(20)} == {0x0D}
    for_ever.switch({})
    assert for_ever.bind_refusal(21) is None


def test_a_shuffle_is_never_the_order_that_was() -> None:
    """Even of two."""
    hostility = hostile(answer_disordered=1)

    assert hostility.shuffled(2) == [1, 0]
    assert sorted(hostility.shuffled(8)) == list(range(8))
    assert hostility.shuffled(1) == [0]


def test_numbers_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded, however many numbers come."""
    monkeypatch.setattr(module, "NUMBERS_MAX", 10)
    hostility = hostile(receipt_missing=0.5)

    for number in NUMBERS:
        hostility.bend(DELIVERED, number)

    assert len(hostility._times) == 10
    assert hostility.struck["receipt-missing"] > 0
