"""What nobody understands is kept, acknowledged, and goes nowhere until an operator lets it out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from angarium.carriers.settings import CarrierSettings
from angarium.carriers.translate import Translator
from angarium.checks import EdgeChecks, read_again
from angarium.core.status_codes import DELIVERED_TO_GATEWAY, RECEIVED
from angarium.flows import quarantine
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.carrier import InboundSegment, Unclear
from angarium.ports.quarantine import Release
from angarium.ports.store import NotFound, StoreUnavailable
from angarium.smpp.codec import encode
from angarium.smpp.pdu import DeliverSm
from tests.gateway import RECIPIENT, Gateway, accepted

UNFLAGGED = b"id:A1 sub:001 dlvrd:001 submit date:2611221530 done date:2611221531 stat:%b err:000 text:Hello"


class Ward:
    """The quarantine of a gateway, and where what it lets out goes."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.store: Any = gateway.store
        self.counted: Counter[str] = Counter()
        self.inbound: list[InboundSegment] = []
        self.quarantine = quarantine.Quarantine(
            store=self.store,
            tables=gateway.tables,
            clock=gateway.clock,
            receipts=gateway.receipts,
            inbound=self._take,
            read=read_again,
            count=self.counted.update,
        )

    async def _take(self, _: int, segments: Any) -> None:
        self.inbound += segments

    @property
    def desk(self) -> Desk:
        """An operator at work."""
        mint: Any = None
        return Desk(store=self.store, checks=EdgeChecks(), mint=mint, author="cli:test", now=self.gateway.clock.now())

    async def arrives(self, **fields: Any) -> int:
        """A carrier delivers this, and it is not understood; its number in quarantine."""
        pdu = DeliverSm(source_addr=str(RECIPIENT).encode(), destination_addr=b"1234", **fields)
        found = Translator(CarrierSettings()).inbound(pdu, link="carrier/1")
        assert isinstance(found, Unclear)
        await self.quarantine.keep(self.gateway.carrier.carrier_id, [found])
        (newest, *_) = await self.store.quarantined(limit=1)
        return int(newest.quarantine_id)


@pytest.fixture
def ward(gateway: Gateway) -> Ward:
    """A quarantine that is empty."""
    return Ward(gateway)


async def test_it_is_kept_and_goes_nowhere(ward: Ward) -> None:
    """No customer sees it, however long it waits for an operator (delivery 3.11)."""
    number = await ward.arrives(esm_class=4, short_message=b"Thanks, see you at 8")

    assert not await ward.quarantine.run_once()

    kept = await quarantine.find(ward.desk, number)
    assert (kept.sender, kept.recipient, kept.link) == (str(RECIPIENT), "1234", "carrier/1")
    assert kept.reason == "no message id"
    assert (ward.inbound, ward.counted) == ([], {"kept": 1})


async def test_what_the_store_refuses_is_not_acknowledged(ward: Ward) -> None:
    """It raises, and the carrier repeats it (delivery 1.4)."""
    ward.gateway.store.refuse_next = 1

    with pytest.raises(StoreUnavailable):
        await ward.arrives(esm_class=4, short_message=b"?")

    assert ward.counted == {}


async def test_a_message_that_was_flagged_as_a_receipt_can_be_let_out(ward: Ward) -> None:
    """As what a handset sent, through the usual leg, once (delivery 3.11)."""
    number = await ward.arrives(esm_class=4, short_message=b"Thanks, see you at 8")

    await quarantine.release(ward.desk, number, Release.INBOUND)
    await ward.quarantine.run_once()
    await ward.quarantine.run_once()

    (segment,) = ward.inbound
    assert (segment.sender, segment.user_data.payload) == (str(RECIPIENT), b"Thanks, see you at 8")
    assert ward.counted == {"kept": 1, "released": 1}
    assert await ward.store.quarantined(limit=9) == []
    (entry,) = await ward.store.audit(before_id=None, limit=1)
    assert (entry.author, entry.action, entry.subject) == ("cli:test", "quarantine.release", f"quarantine/{number}")


async def test_a_receipt_that_can_be_read_by_now_counts(ward: Ward) -> None:
    """An operator has changed the settings, or we have learned the form; it settles its message (delivery 3.11)."""
    (message_id,) = await ward.gateway.send()
    await ward.gateway.answer(accepted(await ward.gateway.submit_one()))
    number = await ward.arrives(short_message=UNFLAGGED % b"GONE")
    await ward.store.write(lambda tx: tx.drop_quarantined([number]))
    pdu = DeliverSm(source_addr=str(RECIPIENT).encode(), esm_class=4, short_message=UNFLAGGED % b"DELIVRD")
    readable = Unclear("no such word, then", "", "", "carrier/1", encode(pdu))
    await ward.quarantine.keep(ward.gateway.carrier.carrier_id, [readable])
    ((kept),) = await ward.store.quarantined(limit=9)
    assert await ward.gateway.status(message_id) == DELIVERED_TO_GATEWAY

    await quarantine.release(ward.desk, kept.quarantine_id, Release.RECEIPT)
    await ward.quarantine.run_once()

    assert await ward.gateway.status(message_id) == RECEIVED


async def test_what_is_still_unclear_stays(ward: Ward) -> None:
    """With the new reason, and it is not tried again by itself."""
    number = await ward.arrives(esm_class=4, short_message=b"Thanks, see you at 8")

    await quarantine.release(ward.desk, number, Release.RECEIPT)
    await ward.quarantine.run_once()

    kept = await quarantine.find(ward.desk, number)
    assert (kept.release, kept.reason) == (None, "no message id")
    assert ward.counted == {"kept": 1, "kept again": 1}


async def test_octets_that_were_cut_off_cannot_be_let_out(ward: Ward) -> None:
    """Memory is bounded; an operator can look, and drop it."""
    long = Unclear("long", "1", "2", "carrier/1", b"x" * (quarantine.OCTETS_MAX + 1))
    await ward.quarantine.keep(ward.gateway.carrier.carrier_id, [long])
    (kept,) = await ward.store.quarantined(limit=1)
    assert (len(kept.octets), kept.is_whole) == (quarantine.OCTETS_MAX, False)

    with pytest.raises(Mistaken):
        await quarantine.release(ward.desk, kept.quarantine_id, Release.INBOUND)
    await quarantine.drop(ward.desk, kept.quarantine_id)

    for step in (quarantine.find, quarantine.drop):
        with pytest.raises(NotFound):
            await step(ward.desk, kept.quarantine_id)


async def test_it_is_forgotten_after_its_time(ward: Ward) -> None:
    """Thirty days, and not before."""
    await ward.arrives(esm_class=4, short_message=b"?")
    ward.gateway.clock.at += quarantine.AGE_MAX_MS
    await ward.quarantine.run_once()
    assert len(await ward.store.quarantined(limit=9)) == 1

    ward.gateway.clock.at += 1
    await ward.quarantine.run_once()

    assert await ward.store.quarantined(limit=9) == []
