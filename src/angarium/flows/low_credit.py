"""Owners are told by letter, once, when an account has less credit than they want it to have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from angarium.core.people import Role, mail_address
from angarium.flows import letters
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore
from angarium.ports.clock import Clock
from angarium.ports.credit import WatchRow
from angarium.ports.mail import Letter, Mail
from angarium.ports.store import Tx


class LowCredit:
    """Looks at all accounts whose owners want to be warned."""

    def __init__(
        self,
        *,
        store: OperatorStore,
        tables: Tables,
        clock: Clock,
        mail: Mail | None,
        address: Callable[[], str],
        service: str,
    ) -> None:
        self._store = store
        self._tables = tables
        self._clock = clock
        self._mail = mail
        self._address = address
        self._service = service

    async def run_once(self) -> bool:
        """Warn where it is time. The mark comes first: a letter that is lost is better than one each minute."""
        for row in await self._store.credit_watches():
            is_low = row.free < row.warn_below
            if is_low is (row.warned_at is not None):
                continue
            await self._mark(row, is_low=is_low)
            if is_low and self._mail is not None:
                found = await self._letters(row)
                self._mail.post(_given(found))
        return False

    async def _mark(self, row: WatchRow, *, is_low: bool) -> None:
        at = self._clock.now() if is_low else None

        async def work(tx: Tx) -> None:
            await tx.set_credit_warned(row.account_id, at=at)

        await self._store.write(work)

    async def _letters(self, row: WatchRow) -> list[Letter]:
        account = self._tables.directory.accounts.get(row.account_id)
        if account is None:
            return []
        roles = {each.person_id: each.role for each in await self._store.memberships(account_id=row.account_id)}
        link = f"{self._address()}/console/accounts/{row.account_id}/credit"
        return [
            letters.low_credit(
                address, link, account=account.name, free=row.free, limit=row.warn_below, service=self._service
            )
            for person in await self._store.people(row.account_id)
            if roles.get(person.person_id) is Role.OWNER and person.disabled_at is None
            if (address := mail_address(person.login)) is not None
        ]


def _given(found: list[Letter]) -> Callable[[], Awaitable[Sequence[Letter]]]:
    async def write() -> list[Letter]:
        return found

    return write
