"""Senders: what an account's messages may come from; asked for by its people, registered by an operator."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.account import Account
from angarium.flows import senders as flow
from angarium.flows.accounts import find_account
from angarium.flows.desk import Mistaken
from angarium.ports.store import NotFound

BASE: Final = "/accounts/{account_id:int}/senders"
SERVICE: Final = "/service/senders"


async def senders(visit: Visit) -> Response:
    """Registered ones, and those that were asked for."""
    return await _show(visit)


async def ask(visit: Visit) -> Response:
    """Ask for one."""
    account = await find_account(visit.desk, visit.of.account_id)
    form = await visit.form()
    try:
        await flow.ask(visit.desk, account, form.get("sender", ""))
    except Mistaken as error:
        visit.mistake(error)
        return await _show(visit)
    return visit.go("./senders", "The operator sees it, and registers the sender or not.")


async def withdraw(visit: Visit) -> Response:
    """Ask for it no more."""
    account = await find_account(visit.desk, visit.of.account_id)
    await flow.drop(visit.desk, account, (await visit.form()).get("sender", ""))
    return visit.go("./senders", "It is not asked for any more.")


async def all_asked(visit: Visit) -> Response:
    """For operators: what was asked for, and a form to register a sender that was not."""
    return await _show_all(visit)


async def register(visit: Visit) -> Response:
    """Let an account use a sender."""
    form = await visit.form()
    try:
        account = await _account(visit, form.get("account_id", ""))
    except Gone:
        visit.problem("account_id", "Choose an account.")
        return await _show_all(visit)
    try:
        await flow.register(visit.desk, account, form.get("sender", ""))
    except Mistaken as error:
        visit.mistake(error)
        return await _show_all(visit)
    return visit.go(SERVICE, f"{account.name} may use it from now on.")


async def refuse(visit: Visit) -> Response:
    """Say no to what was asked for."""
    form = await visit.form()
    account = await _account(visit, form.get("account_id", ""))
    await flow.drop(visit.desk, account, form.get("sender", ""))
    return visit.go(SERVICE, "It is refused.")


async def _account(visit: Visit, text: str) -> Account:
    """The account of a form. Raises Gone."""
    account_id = read_key(text)
    if account_id is None:
        raise Gone
    try:
        return await find_account(visit.desk, account_id)
    except NotFound:
        raise Gone from None


async def _show(visit: Visit) -> Response:
    return visit.show("senders.html", account=await find_account(visit.desk, visit.of.account_id))


async def _show_all(visit: Visit) -> Response:
    accounts = await visit.parts.store.accounts()
    asked = [(account, sender) for account in accounts for sender in account.settings.senders_asked]
    return visit.show("service_senders.html", accounts=accounts, asked=asked)


PAGES: Final = (
    Page(BASE, senders, Needs.VIEWER),
    Page(BASE, ask, Needs.DEVELOPER, "POST"),
    Page(BASE + "/withdraw", withdraw, Needs.DEVELOPER, "POST"),
    Page(SERVICE, all_asked, Needs.OPERATOR),
    Page(SERVICE, register, Needs.OPERATOR, "POST"),
    Page(SERVICE + "/refuse", refuse, Needs.OPERATOR, "POST"),
)
