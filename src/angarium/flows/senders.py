"""Senders that an account may use: asked for by its people, registered by an operator (rest-api 3, `from`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from angarium.core.account import Account
from angarium.flows.accounts import keep_account_settings
from angarium.flows.desk import Desk, Mistaken, read_sender

SENDERS_ASKED_MAX: Final = 20
"""Of one account, and not answered yet."""


async def ask(desk: Desk, account: Account, text: str) -> Account:
    """Ask for a sender. Raises Mistaken or NotFound."""
    sender, settings = read_sender(text.strip(), field="sender"), account.settings
    if sender in settings.senders:
        raise Mistaken("sender", "This sender is registered already.")
    if sender in settings.senders_asked:
        raise Mistaken("sender", "This sender was asked for already: it waits for the operator.")
    if len(settings.senders_asked) >= SENDERS_ASKED_MAX:
        raise Mistaken("sender", f"{SENDERS_ASKED_MAX} senders wait for the operator already.")
    return await keep_account_settings(
        desk, account, replace(settings, senders_asked=(*settings.senders_asked, sender))
    )


async def register(desk: Desk, account: Account, text: str) -> Account:
    """Let the account use a sender, asked for or not. Raises Mistaken or NotFound."""
    sender, settings = read_sender(text.strip(), field="sender"), account.settings
    return await keep_account_settings(
        desk,
        account,
        replace(
            settings,
            senders=tuple(dict.fromkeys((*settings.senders, sender))),
            senders_asked=tuple(each for each in settings.senders_asked if each != sender),
        ),
    )


async def drop(desk: Desk, account: Account, sender: str) -> Account:
    """Take back, or refuse, what was asked for. Raises NotFound."""
    left = tuple(each for each in account.settings.senders_asked if each != sender)
    return await keep_account_settings(desk, account, replace(account.settings, senders_asked=left))
