"""Where one comes in: to one's account, to the choice among several, or to the service."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Visit


async def start(visit: Visit) -> Response:
    """An operator sees the service, a member of one account that account, anybody else the choice."""
    directory = visit.parts.tables.directory
    accounts = [directory.accounts[each] for each in sorted(visit.who.roles) if each in directory.accounts]
    if visit.who.person.is_operator:
        return visit.go("/service")
    if len(accounts) == 1:
        return visit.go(f"/accounts/{accounts[0].account_id}/")
    return visit.show("accounts.html", accounts=accounts)


async def home(visit: Visit) -> Response:
    """One account at a glance."""
    balance = await visit.parts.store.balance(visit.of.account_id)
    return visit.show("home.html", balance=balance)


PAGES: Final = (
    Page("/", start, Needs.PERSON),
    Page("/accounts/{account_id:int}/", home, Needs.VIEWER),
)
