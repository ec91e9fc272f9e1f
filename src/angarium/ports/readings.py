"""How a carrier's message ids are read: what its settings say, and what its receipts suggest instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class Readings(NamedTuple):
    """How to read the ids of one carrier, in the words of its settings."""

    in_response: str
    in_receipt: str


class KnownReadings(NamedTuple):
    """The readings under which what awaits a receipt is stored, and since when."""

    readings: Readings
    since: UnixMs


class Proposal(NamedTuple):
    """What the receipts of a carrier suggest about its ids. An operator decides; nothing changes by itself."""

    carrier_id: int
    readings: Readings
    pairs: int
    """How many receipts agreed, each with a segment to the same recipient."""
    response_example: str
    """An id as it stood in submit_sm_resp, and the same one in the receipt."""
    receipt_example: str
    proposed_at: UnixMs
    is_declined: bool = False


class AwaitingId(NamedTuple):
    """A segment that awaits its receipt, as far as ids are concerned."""

    message_id: int
    segment_no: int
    copy_no: int
    carrier_message_id: str
    match_id: str
    recipient: int
    submitted_at: UnixMs


class IdForms(Protocol):
    """The carriers' edge, as far as ids are concerned."""

    def readings(self, settings: Mapping[str, object], /) -> Readings | None:
        """What a carrier's settings say; None when they cannot be used."""
        ...

    def in_response(self, carrier_message_id: str, readings: Readings, /) -> str:
        """The canonical form of an id of submit_sm_resp."""
        ...

    def in_receipt(self, carrier_message_id: str, readings: Readings, /) -> str:
        """The canonical form of an id of a receipt."""
        ...

    def matching(self, in_response: str, in_receipt: str, /) -> list[Readings]:
        """The readings under which these two are the same id, plainest first."""
        ...


class ReadingsTx(Protocol):
    """The verbs of readings and proposals."""

    async def known_readings(self, carrier_id: int) -> KnownReadings | None:
        """The readings under which this carrier's ids are stored; None at first."""
        ...

    async def set_known_readings(self, carrier_id: int, known: KnownReadings) -> None:
        """Remember them."""
        ...

    async def rename_awaiting(self, carrier_id: int, renamed: Sequence[tuple[AwaitingId, str]]) -> None:
        """Let segments await their receipts under these ids."""
        ...

    async def propose(self, proposal: Proposal) -> bool:
        """Keep a proposal, one for each carrier; False when the same one is there already, or was declined."""
        ...

    async def decline_proposal(self, carrier_id: int) -> bool:
        """Remember that it is not wanted; False when there is none."""
        ...

    async def drop_proposal(self, carrier_id: int) -> bool:
        """Forget it; False when there is none."""
        ...


class ReadingsReads(Protocol):
    """Reading them, as committed last."""

    async def proposals(self) -> list[Proposal]:
        """Those that wait for an operator, by carrier."""
        ...

    async def awaiting_ids(self, carrier_id: int, *, after: AwaitingId | None, limit: int) -> list[AwaitingId]:
        """Segments of a carrier that await a receipt, in the order of their match ids."""
        ...

    async def recent_awaiting_ids(self, carrier_id: int, *, limit: int) -> list[AwaitingId]:
        """Those among the newest `limit` segments of all carriers, newest first."""
        ...
