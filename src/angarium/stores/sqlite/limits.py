"""The verbs of limits."""

from __future__ import annotations

from collections.abc import Sequence

from angarium.core.limits import Period
from angarium.ports.limits import Usage
from angarium.stores.sqlite.verbs import Verbs, numbers


class LimitsVerbs(Verbs):
    """The port's LimitsTx."""

    async def usage(self, account_ids: Sequence[int]) -> list[Usage]:
        rows = self._all("usage", numbers(set(account_ids)))
        return [Usage(row[0], row[1], Period(row[2]), *row[3:]) for row in rows]

    async def set_usage(self, usage: Sequence[Usage]) -> None:
        self._many("set_usage", [(*each[:2], int(each.period), *each[3:]) for each in usage])
