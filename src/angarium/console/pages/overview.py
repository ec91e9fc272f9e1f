"""Where one comes in: to one's account, to the choice among several, or to the service."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.pages.home import is_fresh
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.account import Account


async def start(visit: Visit) -> Response:
    """An operator sees the service, a member of one account that account or its first message, others the choice."""
    accounts = _own(visit)
    if visit.who.person.is_operator:
        return visit.go("/service")
    if len(accounts) == 1:
        account_id = accounts[0].account_id
        return visit.go(f"/accounts/{account_id}/{'first-message' if await is_fresh(visit, account_id) else ''}")
    return visit.show("accounts.html", accounts=accounts)


async def welcome(visit: Visit) -> Response:
    """Where the demo's link leads: to the first message as long as there is none, an operator too."""
    for account in _own(visit):
        if await is_fresh(visit, account.account_id):
            return visit.go(f"/accounts/{account.account_id}/first-message")
    return await start(visit)


async def choose(visit: Visit) -> Response:
    """The accounts that one is a member of, an operator's own among them."""
    return visit.show("accounts.html", accounts=_own(visit))


def _own(visit: Visit) -> list[Account]:
    accounts = visit.parts.tables.directory.accounts
    return [accounts[each] for each in sorted(visit.who.roles) if each in accounts]


PAGES: Final = (
    Page("/", start, Needs.PERSON),
    Page("/welcome", welcome, Needs.PERSON),
    Page("/accounts", choose, Needs.PERSON),
)
