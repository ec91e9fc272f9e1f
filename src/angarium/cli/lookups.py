"""From what a person types to the thing meant: a name, or its number."""

from __future__ import annotations

from angarium.core.account import Account, ApiConnection
from angarium.ports.admin import OperatorStore
from angarium.ports.store import CarrierRow, NotFound


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


def _there_are(names: list[str]) -> str:
    return f"There are: {', '.join(names[:20])}." if names else "There is none yet."
