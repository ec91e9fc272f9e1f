"""From what a person types to the thing meant: a name, or its number."""

from __future__ import annotations

import re
from typing import Final

from angarium.carriers.settings import features_of
from angarium.core.account import Account, ApiConnection
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore
from angarium.ports.store import CarrierRow, MessageView, NotFound

_PUBLIC_ID: Final = re.compile("[0-9a-fA-F]{32}")


async def tables_of(store: OperatorStore) -> Tables:
    """The operator's tables as a server has them: with what each carrier can take."""
    tables = Tables(features_of=lambda row: features_of(row.settings))
    await tables.refresh(store)
    return tables


async def find_account(store: OperatorStore, text: str) -> Account:
    """The account of this name, or else of this number; raises NotFound."""
    accounts = await store.accounts()
    for account in accounts:
        if account.name == text:
            return account
    for account in accounts:
        if str(account.account_id) == text:
            return account
    raise NotFound(f"There is no account {text!r}. {_there_are([account.name for account in accounts])}")


async def find_connection(store: OperatorStore, text: str) -> ApiConnection:
    """The connection of this number, of this `account/name`, or of this name if only one has it; raises NotFound."""
    connections = await store.connections()
    names = {account.account_id: account.name for account in await store.accounts()}
    full = {f"{names[one.account_id]}/{one.name}": one for one in connections}
    if text in full:
        return full[text]
    alike = [one for one in connections if one.name == text]
    if len(alike) > 1:
        raise NotFound(f"More than one connection is called {text!r}: give it as account/name.")
    alike = alike or [one for one in connections if str(one.connection_id) == text]
    if alike:
        return alike[0]
    raise NotFound(f"There is no connection {text!r}. {_there_are(list(full))}")


async def find_carrier(store: OperatorStore, text: str) -> CarrierRow:
    """The carrier of this name, or else of this number; raises NotFound."""
    carriers = await store.carriers()
    for wanted in (lambda carrier: carrier.name == text, lambda carrier: str(carrier.carrier_id) == text):
        for carrier in carriers:
            if wanted(carrier):
                return carrier
    raise NotFound(f"There is no carrier {text!r}. {_there_are([carrier.name for carrier in carriers])}")


async def find_message(store: OperatorStore, text: str, *, account: str | None = None) -> MessageView:
    """The message of this id, or else the newest with this client message id; raises NotFound."""
    from angarium.app import open_public_ids

    if _PUBLIC_ID.fullmatch(text):
        message_id = (await open_public_ids(store)).read(text)
        view = None if message_id is None else await store.message(message_id)
        if view is not None:
            return view
    accounts = await store.accounts() if account is None else [await find_account(store, account)]
    found = [(each, view) for each in accounts if (view := await store.newest_message(each.account_id, text))]
    if not found:
        raise NotFound(f"There is no message {text!r}, neither by its own id nor by a customer's.")
    if len(found) > 1:
        names = ", ".join(each.name for each, _ in found)
        raise NotFound(f"More than one account has a message {text!r}: say which with --account. They are: {names}.")
    return found[0][1]


def _there_are(names: list[str]) -> str:
    return f"There are: {', '.join(names[:20])}." if names else "There is none yet."
