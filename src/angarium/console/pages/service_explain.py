"""What would happen to a message to this number: the decision of acceptance, step by step."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.linkwords import NEEDS, carriers_up
from angarium.console.mistakes import beside_fields, read_amount
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.core.account import Account, ApiConnection
from angarium.flows.desk import read_sender
from angarium.flows.explain import Asked, Explanation, Where, explain
from angarium.text.segments import Content

TEXT_CHARACTERS_MAX: Final = 5_000
NUMBER_CHARACTERS_MAX: Final = 40
TEXT: Final = "Hello"


async def what_would_happen(visit: Visit) -> Response:
    """The form, and beneath it each check and each route with what it says to this message. Nothing is sent."""
    found: Explanation | None = None
    if visit.asked("number"):
        visit.typed = dict(visit.request.query_params)
        with beside_fields(visit):
            found = await _explained(visit)
    directory = visit.parts.tables.directory
    accounts = sorted(directory.accounts.values(), key=lambda account: account.name.lower())
    account = _account(visit)
    own = [] if account is None else _connections(visit, account)
    return visit.show(
        "service_explain.html",
        found=found,
        needs=[] if found is None else [NEEDS.get(each, each.lower()) for each in found.needs],
        account=account,
        accounts=[("", "Any"), *((account.account_id, account.name) for account in accounts)],
        connections=[(each.connection_id, each.name) for each in own],
        text=TEXT,
    )


async def _explained(visit: Visit) -> Explanation:
    asked, tables = visit.asked, visit.parts.tables
    sender = asked("sender").strip()
    content = Content.of_text(asked("text", TEXT)[:TEXT_CHARACTERS_MAX] or TEXT)
    await tables.refresh(visit.parts.store)
    up = carriers_up(visit.parts.links())
    account = _account(visit)
    supposed = Asked(
        number=asked("number").strip()[:NUMBER_CHARACTERS_MAX],
        content=content,
        account=account,
        connection=None if account is None else _connection(visit, account),
        sender=read_sender(sender, field="sender") if sender else None,
        flash="flash" in visit.typed,
        credits_max=read_amount(asked("max_credits"), field="max_credits") if asked("max_credits").strip() else None,
    )
    where = Where(
        visit.parts.store,
        tables,
        visit.parts.protection,
        visit.parts.running.countries(),
        visit.now,
        is_up={row.carrier_id for row in tables.carriers if row.name in up}.__contains__,
    )
    return await explain(supposed, where)


def _account(visit: Visit) -> Account | None:
    return visit.parts.tables.directory.accounts.get(read_key(visit.asked("account")) or 0)


def _connections(visit: Visit, account: Account) -> list[ApiConnection]:
    own = [each for each in visit.parts.tables.directory.connections.values() if each.account_id == account.account_id]
    return sorted(own, key=lambda each: each.connection_id)


def _connection(visit: Visit, account: Account) -> ApiConnection | None:
    """The one that was chosen, if it is of this account; another account may have been chosen meanwhile."""
    chosen = visit.asked("connection")
    return next((each for each in _connections(visit, account) if str(each.connection_id) == chosen), None)


PAGES: Final = (Page("/service/explain", what_would_happen, Needs.OPERATOR),)
