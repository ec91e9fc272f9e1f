"""What receipts suggest about a carrier's ids, by command."""

from __future__ import annotations

import pytest

from angarium.ports.readings import Proposal, Readings
from tests.gateway import open_gateway


@pytest.fixture
async def proposed(folder):
    """A store in which hex is proposed for the ids in responses."""
    async with open_gateway(folder / "var") as gateway:
        proposal = Proposal(gateway.carrier.carrier_id, Readings("hex", "decimal"), 3, "1E240", "123456", 0)
        await gateway.store.write(lambda tx: tx.propose(proposal))


def test_a_proposal_is_listed_and_accepted(proposed, angarium):
    """With an example; accepting it changes the carrier's settings, and it is gone (delivery 3.2)."""
    (row,) = angarium("carrier", "proposals", "--json").json
    assert (row["carrier"], row["id_in_response"], row["id_in_receipt"]) == ("carrier", "hex", "decimal")
    assert (row["pairs"], row["example"]) == (3, "1E240 is 123456")

    accepted = angarium("carrier", "accept-proposal", "carrier", "--json").json

    assert accepted["settings"] == {"id_in_response": "hex", "id_in_receipt": "decimal"}
    assert "Nothing is proposed." in angarium("carrier", "proposals").err


def test_a_proposal_is_declined(proposed, angarium):
    """The settings stay, and nothing is left to decide."""
    assert angarium("carrier", "decline-proposal", "carrier").code == 0

    assert angarium("carrier", "proposals", "--json").json == []
    for command in ("accept-proposal", "decline-proposal"):
        ran = angarium("carrier", command, "carrier")
        assert (ran.code, "is proposed for carrier 1" in ran.err) == (1, True)
