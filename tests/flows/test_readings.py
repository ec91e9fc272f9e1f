"""Ids that are spelled otherwise in receipts: learned, proposed, and read anew once an operator says so."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.carriers.ids import CarrierIdForms
from angarium.checks import EdgeChecks
from angarium.core.clocktime import SECOND_MS
from angarium.core.status_codes import DELIVERED_TO_GATEWAY, RECEIVED
from angarium.flows.desk import Desk
from angarium.flows.readings import READ_AGAIN_FOR_MS, Learning, accept_proposal, decline_proposal
from angarium.ports.carrier import CarrierReceipt, Reply, Submission
from angarium.ports.readings import Proposal, Readings
from angarium.ports.store import CarrierRow, NotFound
from tests.gateway import RECIPIENT, Gateway, accepted, receipt

FORMS = CarrierIdForms()
PLAIN = Readings("as_is", "as_is")
SPELLINGS = {
    "hex here, decimal there": (["1E240", "1E241", "1E24A"], ["123456", "123457", "123466"], Readings("hex", "as_is")),
    "decimal here, hex there": (["123456", "123457", "123466"], ["1e240", "1e241", "1e24a"], Readings("as_is", "hex")),
    "over 32 bits": (
        ["16FEE0E525", "16FEE0E526", "16FEE0E52A"],
        ["98765432101", "98765432102", "98765432106"],
        Readings("hex", "as_is"),
    ),
    "negative": (["FFFFFFFF", "FFFFFFFE", "80000000"], ["-1", "-2", "-2147483648"], Readings("hex", "decimal")),
    "leading zeros": (["0001E240", "0001E241", "0001E24A"], ["0000123456", "0000123457", "0000123466"], None),
}


class School:
    """A gateway whose carrier spells ids in its own way, and the leg that learns it."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.store: Any = gateway.store
        self.told: list[Proposal] = []
        self.learning = self.new_leg()

    def new_leg(self) -> Learning:
        """The leg of a process that starts."""
        return Learning(
            store=self.store,
            tables=self.gateway.tables,
            clock=self.gateway.clock,
            bell=self.gateway.bell,
            receipts=self.gateway.receipts,
            forms=FORMS,
            on_proposal=lambda _, proposal: self.told.append(proposal),
        )

    @property
    def carrier(self) -> CarrierRow:
        """The carrier as its settings stand."""
        (row,) = self.gateway.tables.carriers
        return row

    @property
    def readings(self) -> Readings:
        """How its ids are read now."""
        found = FORMS.readings(self.carrier.settings)
        assert found is not None
        return found

    @property
    def desk(self) -> Desk:
        """An operator at work."""
        mint: Any = None
        return Desk(store=self.store, checks=EdgeChecks(), mint=mint, author="cli:test", now=self.gateway.clock.now())

    def taken(self, submission: Submission, raw: str) -> Reply:
        """The carrier takes a segment under this id."""
        return accepted(submission, raw)._replace(match_id=FORMS.in_response(raw, self.readings))

    def said(self, raw: str, recipient: int) -> CarrierReceipt:
        """The carrier says that it was delivered."""
        return receipt(raw, recipient=str(recipient))._replace(match_id=FORMS.in_receipt(raw, self.readings))

    async def traffic(self, in_responses: list[str], in_receipts: list[str]) -> list[int]:
        """As many messages, each to a number of its own, with their receipts."""
        to = [RECIPIENT + at for at in range(len(in_responses))]
        message_ids = await self.gateway.send(to=to)
        submissions = await self.gateway.submit()
        replies = [self.taken(each, raw) for each, raw in zip(submissions, in_responses, strict=True)]
        await self.gateway.answer(*replies)
        await self.gateway.deliver(*(self.said(raw, number) for raw, number in zip(in_receipts, to, strict=True)))
        return message_ids

    async def learn(self, *, after_ms: int = 60 * SECOND_MS) -> None:
        """Let time go on, and the leg run until it has nothing to do."""
        self.gateway.clock.at += after_ms
        while await self.learning.run_once():
            pass

    async def accept(self) -> None:
        """The operator accepts what is proposed."""
        await accept_proposal(self.desk, self.carrier)
        await self.gateway.tables.refresh(self.store)


@pytest.fixture
def school(gateway: Gateway) -> School:
    """Nothing is learned yet."""
    return School(gateway)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_spelling_is_learned_proposed_and_accepted(school: School, spelling: str) -> None:
    """Never silently: an operator says so, and then every orphan finds its message (delivery 3.2)."""
    in_responses, in_receipts, expected = SPELLINGS[spelling]
    message_ids = await school.traffic(in_responses, in_receipts)
    await school.learn()
    (proposal,) = await school.store.proposals()
    assert school.told == [proposal]
    assert expected is None or proposal.readings == expected
    assert (proposal.pairs, {proposal.response_example} <= set(in_responses)) == (3, True)
    await school.learn()
    assert school.readings == PLAIN
    assert {await school.gateway.status(each) for each in message_ids} == {DELIVERED_TO_GATEWAY}

    await school.accept()
    await school.learn()

    assert school.readings == proposal.readings
    assert {await school.gateway.status(each) for each in message_ids} == {RECEIVED}
    assert await school.store.orphans(limit=9) == []
    assert await school.store.proposals() == []
    assert len(school.told) == 1


@pytest.mark.parametrize(
    ("in_response", "in_receipt"),
    [
        ("1E240", "1e240"),
        ("0000123456", "123456"),
        ("550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000"),
        ("18446744073709551615", "18446744073709551615"),
    ],
)
async def test_what_is_only_spelled_otherwise_matches_at_once(
    school: School, in_response: str, in_receipt: str
) -> None:
    """Another case, zeros in front, hyphens, any width: nothing has to be learned (delivery 3.2)."""
    (message_id,) = await school.traffic([in_response], [in_receipt])

    assert await school.gateway.status(message_id) == RECEIVED


async def test_what_still_drains_under_the_old_settings_is_read_anew(school: School) -> None:
    """Answers and receipts that arrive in the old form just after the change find each other, too (delivery 3.2)."""
    await school.traffic(*SPELLINGS["hex here, decimal there"][:2])
    await school.learn()
    (message_id,) = await school.gateway.send()
    submission = await school.gateway.submit_one()
    late = school.taken(submission, "AAAA"), school.said("43690", RECIPIENT)
    await school.accept()
    await school.learn(after_ms=1)
    await school.gateway.answer(late[0])
    await school.gateway.deliver(late[1])

    await school.learn()

    assert await school.gateway.status(message_id) == RECEIVED


async def test_settings_changed_by_hand_are_followed_too(school: School) -> None:
    """Also when the process that learned it has died since (delivery 3.2)."""
    message_ids = await school.traffic(*SPELLINGS["hex here, decimal there"][:2])
    await school.learning.run_once()
    await school.store.change_carrier(school.carrier.carrier_id, settings={"id_in_response": "hex"}, enabled=True)
    await school.gateway.tables.refresh(school.store)
    school.learning = school.new_leg()

    await school.learn()

    assert {await school.gateway.status(each) for each in message_ids} == {RECEIVED}


async def test_a_declined_proposal_is_not_made_again(school: School) -> None:
    """However many receipts stay unmatched."""
    await school.traffic(*SPELLINGS["hex here, decimal there"][:2])
    await school.learn()

    await decline_proposal(school.desk, school.carrier)
    await school.traffic(["AAAA"], ["43690"])
    await school.learn()

    assert await school.store.proposals() == []
    assert len(school.told) == 1
    for step in (accept_proposal, decline_proposal):
        with pytest.raises(NotFound):
            await step(school.desk, school.carrier)


async def test_too_few_or_contradicting_pairs_propose_nothing(school: School) -> None:
    """Two are no proof, and what speaks against is heard (delivery 3.2)."""
    await school.traffic(["1E240", "1E241"], ["123456", "123457"])
    await school.learn()
    assert school.told == []

    await school.traffic(["123466"], ["1e24a"])
    await school.learn()

    assert school.told == []


async def test_strangers_propose_nothing(school: School) -> None:
    """Other numbers, or ids that no reading brings together."""
    await school.gateway.deliver(*(school.said(str(at), 447700900000 + at) for at in range(5)))
    await school.traffic(["1E240", "1E241", "1E242"], ["77", "78", "79"])

    await school.learn()

    assert school.told == []
    assert len(await school.store.orphans(limit=99)) == 8


async def test_reading_anew_comes_to_an_end(school: School) -> None:
    """After a while nothing is looked through any more."""
    await school.traffic(*SPELLINGS["hex here, decimal there"][:2])
    await school.learn()
    await school.accept()
    await school.learn()

    await school.learn(after_ms=READ_AGAIN_FOR_MS + 1)
    await school.learn()

    assert school.learning._passes == {}
