"""The table of fates."""

from __future__ import annotations

import pytest

from angarium.sim.fates import DELIVERED, FATES, Fate, Lasting, Manner, fate_of
from angarium.smpp.constants import CommandStatus, MessageState

PASSING = [fate for fate in FATES if fate.lasting is not Lasting.ALWAYS]


@pytest.mark.parametrize(
    "number",
    [b"27990000001", b"27990000002", b"2799900001", b"+27990000001", b"27999111222", b"447700900123", b"9", b""],
)
def test_an_ordinary_number_is_delivered(number: bytes) -> None:
    """The example numbers of the documentation, and any that do not end like a row of the table."""
    assert fate_of(number) is DELIVERED


@pytest.mark.parametrize("fate", FATES[1:], ids=lambda fate: fate.name)
def test_the_last_four_digits_decide(fate: Fate) -> None:
    """Whatever stands before them, and however the number is written."""
    assert fate_of(b"2799" + fate.suffix.encode()) is fate
    assert fate_of(b"+4477009" + fate.suffix.encode()) is fate


def test_suffixes_are_four_digits_in_order_and_named_once() -> None:
    """The table can be read by a person."""
    suffixes = [fate.suffix for fate in FATES[1:]]

    assert all(len(suffix) == 4 and suffix.startswith("90") and suffix.isdigit() for suffix in suffixes)
    assert suffixes == sorted(set(suffixes))
    assert len({fate.name for fate in FATES}) == len(FATES)
    assert all(fate.sentence.endswith(".") for fate in FATES)


@pytest.mark.parametrize("fate", PASSING, ids=lambda fate: fate.name)
def test_a_passing_trouble_ends_in_delivery(fate: Fate) -> None:
    """What refuses or drops only for a while delivers afterwards."""
    assert fate.refusal != CommandStatus.ESME_ROK or fate.manner is not Manner.ANSWER
    assert fate.receipts == DELIVERED.receipts


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.name)
def test_only_what_is_delivered_reaches_the_handset(fate: Fate) -> None:
    """A message that the receipt calls undeliverable is not shown; one without a receipt is."""
    states = {saying.state for saying in fate.receipts}

    assert fate.reaches_handset == (not states or MessageState.DELIVERED in states)
