"""The verbs of readings and proposals."""

from __future__ import annotations

from collections.abc import Sequence

from angarium.ports.readings import AwaitingId, KnownReadings, Proposal, Readings
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import Verbs


class ReadingsVerbs(Verbs):
    """The port's ReadingsTx."""

    async def known_readings(self, carrier_id: int) -> KnownReadings | None:
        for in_response, in_receipt, since in self._all("known_readings", carrier_id):
            return KnownReadings(Readings(in_response, in_receipt), since)
        return None

    async def set_known_readings(self, carrier_id: int, known: KnownReadings) -> None:
        self._all("set_known_readings", carrier_id, *known.readings, known.since)

    async def rename_awaiting(self, carrier_id: int, renamed: Sequence[tuple[AwaitingId, str]]) -> None:
        self._many("rename_awaiting", [(match_id, *each[:3], carrier_id) for each, match_id in renamed])

    async def propose(self, proposal: Proposal) -> bool:
        self._all("propose", proposal.carrier_id, *proposal.readings, *proposal[2:6])
        return self._database.changes() > 0

    async def decline_proposal(self, carrier_id: int) -> bool:
        self._all("decline_proposal", carrier_id)
        return self._database.changes() > 0

    async def drop_proposal(self, carrier_id: int) -> bool:
        self._all("drop_proposal", carrier_id)
        return self._database.changes() > 0


class ReadingsRecords(Changes):
    """The port's ReadingsReads."""

    async def proposals(self) -> list[Proposal]:
        return [
            Proposal(row[0], Readings(row[1], row[2]), row[3], row[4], row[5], row[6], bool(row[7]))
            for row in self._rows("proposals")
        ]

    async def awaiting_ids(self, carrier_id: int, *, after: AwaitingId | None, limit: int) -> list[AwaitingId]:
        if after is None:
            rows = self._rows("first_awaiting_ids", carrier_id, limit)
        else:
            rows = self._rows("next_awaiting_ids", carrier_id, after.match_id, *after[:3], limit)
        return [AwaitingId._make(row) for row in rows]

    async def recent_awaiting_ids(self, carrier_id: int, *, limit: int) -> list[AwaitingId]:
        return [AwaitingId._make(row) for row in self._rows("recent_awaiting_ids", carrier_id, limit)]
