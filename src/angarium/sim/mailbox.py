"""What one system_id is owed: receipts and replies, kept until they are acknowledged. They outlive any link."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from angarium.sim.link import SmscLink
    from angarium.smpp.pdu import DeliverSm


class Parcel:
    """One deliver_sm on its way to the gateway."""

    __slots__ = ("avoids", "deliver_sm", "is_sent", "on_settled", "redeliveries")

    def __init__(self, deliver_sm: DeliverSm, *, avoids: SmscLink | None = None) -> None:
        self.deliver_sm = deliver_sm
        self.avoids = avoids
        """The link that it must not take as long as there is another."""
        self.redeliveries = 0
        self.is_sent = False
        self.on_settled: Callable[[], None] | None = None
        """Called once when it is acknowledged, or cannot be sent now: for what must not come before it."""

    def settle(self) -> None:
        """Let happen what waited for this parcel."""
        waiting, self.on_settled = self.on_settled, None
        if waiting is not None:
            waiting()


class Mailbox:
    """Parcels for one system_id, and the links that can carry them."""

    def __init__(self, system_id: bytes) -> None:
        self.system_id = system_id
        self.waiting: deque[Parcel] = deque()
        self.links: list[SmscLink] = []

    def put_back(self, parcels: list[Parcel]) -> None:
        """Put parcels that were lost with a link before those that wait, in their order."""
        for parcel in parcels:
            parcel.is_sent = False
        self.waiting.extendleft(reversed(parcels))

    def pump(self, now: float) -> list[SmscLink]:
        """Hand as many parcels to links as their windows take, in turns, and return the links that must be flushed."""
        waiting, used = self.waiting, []
        is_alone = len(self.links) == 1
        for link in self.links:
            room = link.deliver_room()
            if room and waiting:
                used.append(link)
                passed_over = []
                for _ in range(min(room, len(waiting))):
                    parcel = waiting.popleft()
                    if parcel.avoids is link and not is_alone:
                        passed_over.append(parcel)
                    else:
                        link.deliver(parcel, now)
                waiting.extendleft(reversed(passed_over))
        if len(self.links) > 1:
            self.links.append(self.links.pop(0))
        return used
