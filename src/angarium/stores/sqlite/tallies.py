"""Tallies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from angarium.core.clocktime import UnixMs
from angarium.core.message_ids import COUNT_BITS, EPOCH_AT
from angarium.core.states import Cause, State
from angarium.core.tallies import BIN_FIRST_MS, Tally
from angarium.ports.tallies import TallyMarks, TallyRow
from angarium.stores.sqlite.reads import Reads
from angarium.stores.sqlite.verbs import Verbs

_STATES: Final = {int(state): state for state in State}
_CAUSES: Final = {int(cause): cause for cause in Cause}


class _Written(msgspec.Struct, frozen=True):
    """A tally as it is stored."""

    fates: list[tuple[int, int, int]]
    spent: int
    times: list[tuple[int, int]]


_DECODER: Final = msgspec.json.Decoder(_Written)


def _written(tally: Tally) -> str:
    fates = [(int(state), int(cause), count) for (state, cause), count in sorted(tally.fates.items())]
    return msgspec.json.encode(_Written(fates, tally.spent, sorted(tally.times.items()))).decode()


def _read(detail: str) -> Tally:
    stored = _DECODER.decode(detail)
    fates = Counter({(_STATES[state], _CAUSES[cause]): count for state, cause, count in stored.fates})
    return Tally(fates, stored.spent, Counter(dict(stored.times)))


class TallyVerbs(Verbs):
    """The port's TalliesTx."""

    async def set_tallies(
        self,
        bucket_at: UnixMs,
        tallies: Mapping[int, Tally],
        *,
        look_at: UnixMs | None,
        counted_to: UnixMs,
        keep_since: UnixMs,
    ) -> None:
        self._many("set_tally", [(account_id, bucket_at, _written(each)) for account_id, each in tallies.items()])
        self._many("prune_tallies", [(account_id, keep_since) for account_id in tallies])
        if look_at is None:
            self._all("remove_tally_look", bucket_at)
        else:
            self._all("set_tally_look", bucket_at, look_at)
        self._all("set_counted_to", counted_to)


class TallyRecords(Reads):
    """The port's TallyReads."""

    async def messages_to_tally(self, *, first_id: int, before_id: int, limit: int) -> list[TallyRow]:
        delivered, first_ms = int(State.DELIVERED), BIN_FIRST_MS
        rows: list[TallyRow] = self._rows(
            "messages_to_tally", first_id, before_id, limit, delivered, first_ms, EPOCH_AT, COUNT_BITS
        )
        return rows

    async def tally_marks(self) -> TallyMarks:
        return TallyMarks(self._first("counted_to"), dict(self._rows("tally_looks")))

    async def tallies(self, account_id: int, *, since: UnixMs, until: UnixMs) -> dict[UnixMs, Tally]:
        return {bucket_at: _read(detail) for bucket_at, detail in self._rows("tallies", account_id, since, until)}

    async def last_tally(self, account_id: int, *, before: UnixMs) -> UnixMs | None:
        found: UnixMs | None = self._first("last_tally", account_id, before)
        return found
