"""What a gateway is owed."""

from __future__ import annotations

from typing import cast

from angarium.sim.link import SmscLink
from angarium.sim.mailbox import Mailbox, Parcel
from angarium.smpp.pdu import DeliverSm


class Link:
    """A link with so much room that remembers what it was given."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.given: list[bytes] = []

    def deliver_room(self) -> int:
        """How many more it takes."""
        return self.room - len(self.given)

    def deliver(self, parcel: Parcel, now: float) -> None:
        """Take one."""
        self.given.append(parcel.deliver_sm.short_message)


def mailbox_with(count: int, *links: Link) -> Mailbox:
    """Return a mailbox with so many parcels, named by their number."""
    mailbox = Mailbox(b"gateway")
    mailbox.waiting.extend(parcel(number) for number in range(count))
    mailbox.links.extend(cast(SmscLink, link) for link in links)
    return mailbox


def parcel(number: int) -> Parcel:
    """Return a parcel with this number as its text."""
    return Parcel(DeliverSm(short_message=b"%d" % number))


def test_parcels_go_out_in_order_as_far_as_windows_allow() -> None:
    """What does not fit waits; only links that got something need a write."""
    full, free = Link(0), Link(2)
    mailbox = mailbox_with(3, full, free)

    used = mailbox.pump(now=0.0)

    assert cast(list[object], used) == [free]
    assert free.given == [b"0", b"1"]
    assert len(mailbox.waiting) == 1


def test_links_take_turns() -> None:
    """The first to be served changes from pump to pump."""
    one, other = Link(1), Link(1)
    mailbox = mailbox_with(1, one, other)
    mailbox.pump(now=0.0)
    mailbox.waiting.append(parcel(1))
    mailbox.pump(now=0.0)

    assert (one.given, other.given) == ([b"0"], [b"1"])


def test_what_was_lost_goes_before_what_waits() -> None:
    """In its own order."""
    mailbox = mailbox_with(1)

    mailbox.put_back([parcel(7), parcel(8)])

    assert [each.deliver_sm.short_message for each in mailbox.waiting] == [b"7", b"8", b"0"]


def test_what_waits_for_a_parcel_happens_once() -> None:
    """Settling twice is settling once."""
    happened: list[str] = []
    each = parcel(1)
    each.on_settled = lambda: happened.append("answered")

    each.settle()
    each.settle()

    assert happened == ["answered"]
