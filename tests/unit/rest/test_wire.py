"""The neutral shapes of answers."""

from __future__ import annotations

import pytest

from angarium.core.message import Refused
from angarium.core.refusals import Reason, Refusal
from angarium.flows.lookup import Coverage, MessageStatus
from angarium.rest.codes import Spelling
from angarium.rest.wire import (
    Amount,
    balance_members,
    coverage_members,
    error_members,
    refused_members,
    status_members,
    stopped_members,
)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0"),
        (1_000_000, "1"),
        (800_000, "0.8"),
        (1, "0.000001"),
        (12_345_670, "12.34567"),
        (100_000_000, "100"),
        (10**18 + 1, "1000000000000.000001"),
    ],
)
def test_an_amount_is_shown_exactly(amount: int, shown: str) -> None:
    """Neither a float's noise nor an exponent ever reaches a customer's parser."""
    assert str(Amount(amount)) == shown


def test_a_status_ends_with_the_clients_id_if_there_is_one() -> None:
    """The order is the published one, and an absent id is absent (rest-api 2.6)."""
    without = status_members(MessageStatus(1, 3, 800_000, None), "id")
    with_one = status_members(MessageStatus(1, 3, 800_000, "mine"), "id")

    assert without == [
        ("charge", Amount(800_000)),
        ("messageStatus", "003"),
        ("description", "Delivered to gateway"),
        ("apiMessageId", "id"),
    ]
    assert with_one == [*without, ("clientMessageId", "mine")]


def test_a_stop_shows_no_charge() -> None:
    """Three members, in their order (rest-api 2.7)."""
    assert stopped_members(MessageStatus(1, 6, 0, "mine"), "id") == (
        ("messageStatus", "006"),
        ("description", "User cancelled message delivery"),
        ("apiMessageId", "id"),
    )


def test_coverage_and_balance_have_no_other_members() -> None:
    """A strict client maps them (rest-api 2.8, 2.9)."""
    coverage = coverage_members(Coverage(routable=True, destination="27990000001", charge=800_000))

    assert coverage == (("routable", True), ("destination", "27990000001"), ("minimumCharge", Amount(800_000)))
    assert balance_members(41_259_999) == (("balance", "41.25"),)


def test_a_refused_recipient_keeps_its_empty_id() -> None:
    """The id is empty, never missing; the error comes last (rest-api 2.4)."""
    members = refused_members(Refused("333", Refusal(Reason.BAD_RECIPIENT)), "base")

    assert members == (
        ("accepted", False),
        ("to", "333"),
        ("apiMessageId", ""),
        ("error", error_members(Spelling(400, "105", "Invalid Destination Address"), "base")),
    )
    assert error_members(Spelling(400, "105", "Words"), "base")[2] == ("documentation", "base/105.htm")
