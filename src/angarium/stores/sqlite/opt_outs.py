"""Who has opted out, over one connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw
import msgspec

from angarium.core.clocktime import UnixMs
from angarium.core.numbers import Msisdn
from angarium.core.optout import OptOut
from angarium.ports.opt_outs import Pair
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import Verbs


class OptOutVerbs(Verbs):
    """The port's OptOutTx."""

    async def opted_out(self, pairs: Iterable[Pair]) -> set[Pair]:
        return {Pair._make(row) for row in self._all("opted_out", msgspec.json.encode(list(pairs)).decode())}

    async def opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        for account_id in sorted({each.account_id for each in opt_outs}):
            if not self._value("any_opt_out", account_id):
                # Its first: from now on it must be looked up, by every process.
                self._all("settings_changed")
        self._many("opt_out", [(o.account_id, o.recipient, o.sender, o.since, o.word) for o in opt_outs])

    async def opt_in(self, pairs: Sequence[Pair]) -> None:
        self._many("opt_in", [(pair.account_id, pair.recipient, pair.sender) for pair in pairs])

    async def may_answer(self, pairs: Sequence[Pair], *, now: UnixMs, pause_ms: int) -> set[Pair]:
        return {Pair._make(row) for row in self._many("may_answer", [(*pair, now, pause_ms) for pair in pairs])}

    async def prune_answers(self, *, before: UnixMs, limit: int) -> int:
        self._all("prune_answers", before, limit)
        return self._database.changes()


class OptOutChanges(Changes):
    """The port's OptOutAdmin and OptOutReads."""

    async def accounts_with_opt_outs(self) -> set[int]:
        found: set[int] = set()
        account_id = self._first("next_account_with_opt_outs", 0)
        while account_id is not None:
            found.add(account_id)
            account_id = self._first("next_account_with_opt_outs", account_id)
        return found

    async def opt_outs(self, account_id: int, *, after: tuple[Msisdn, str] | None = None, limit: int) -> list[OptOut]:
        return [OptOut(*row) for row in self._rows("opt_outs", account_id, *(after or (-1, "")), limit)]

    async def add_opt_outs(self, opt_outs: Sequence[OptOut]) -> int:
        rows = [(o.account_id, o.recipient, o.sender, o.since, o.word) for o in opt_outs]

        def add() -> int:
            for account_id in {each.account_id for each in opt_outs}:
                self._must_exist("accounts", account_id)
            return self._changed_by("opt_out", rows)

        return await self._in_transaction(add)

    async def remove_opt_outs(self, pairs: Sequence[Pair]) -> int:
        rows = [(pair.account_id, pair.recipient, pair.sender) for pair in pairs]
        return await self._in_transaction(lambda: self._changed_by("opt_in", rows))

    def _changed_by(self, name: str, rows: Sequence[tuple[apsw.SQLiteValue, ...]]) -> int:
        before = self._database.total_changes()
        self._database.executemany(self._queries[name], rows)
        return self._database.total_changes() - before
