"""What an account's own settings, its credit and its recipients' wishes say to a message: the checks of acceptance."""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.account import Account
from angarium.core.blocks import refusals
from angarium.core.clocktime import UnixMs
from angarium.core.countries import Countries
from angarium.core.credit import Credits
from angarium.core.numbers import MSISDN_DIGITS_MIN, Msisdn
from angarium.core.optout import ANY_SENDER
from angarium.core.refusals import Reason
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore

SENDERS_OF_HANDSET_MAX: Final = 100
"""Opt-outs of one handset that are read: one for each sender."""

_LAST_SENDER: Final = "\U0010ffff"


class DoorCheck(NamedTuple):
    """One thing that is asked before a message is taken."""

    name: str
    answer: str
    """What was found, as a clause."""
    refusal: Reason | None
    """Why the message would be refused; None when this is no reason."""
    since: UnixMs | None = None
    """When that began, where it is known."""


async def at_the_door(
    account: Account,
    recipient: Msisdn,
    *,
    sender: str,
    charge: Credits,
    store: OperatorStore,
    tables: Tables,
    countries: Countries,
) -> list[DoorCheck]:
    """Ask what intake asks about an account and a recipient, beside routes (rest-api 5). Limits are not looked at."""
    return [
        _country(account, recipient, countries),
        _sender(account, sender, tables),
        await _block(account, recipient, store, tables),
        await _opt_out(account, recipient, sender, store),
        await _credit(account, charge, store),
    ]


def _country(account: Account, recipient: Msisdn, countries: Countries) -> DoorCheck:
    allowed = account.settings.countries
    if allowed is None:
        return DoorCheck("Country", "the account may write to any", None)
    if len(str(recipient)) < MSISDN_DIGITS_MIN:
        return DoorCheck("Country", "a short number belongs to none", None)
    code = countries.of(recipient)
    name = countries.name(code) if code else "this number's country"
    if code in allowed:
        return DoorCheck("Country", f"{name} is on the account's list", None)
    return DoorCheck("Country", f"{name} is not on the account's list", Reason.NO_ROUTE)


def _sender(account: Account, sender: str, tables: Tables) -> DoorCheck:
    if not sender:
        return DoorCheck("Sender", "none was given: the API connection's or the carrier's is used", None)
    own = {
        each.connection_id for each in tables.directory.connections.values() if each.account_id == account.account_id
    }
    if account.may_use(sender) or any(tables.numbers.is_owned_by(each, sender) for each in own):
        return DoorCheck("Sender", "the account may use it", None)
    return DoorCheck("Sender", "it is not on the account's list", Reason.BAD_SENDER)


async def _block(account: Account, recipient: Msisdn, store: OperatorStore, tables: Tables) -> DoorCheck:
    blocks = [
        each
        for each in await store.blocked([recipient])
        if each.account_id is None or each.account_id == account.account_id
    ]
    found = refusals(blocks, account_id=account.account_id).get(recipient)
    if found is not None:
        note = next((f": {each.note}" for each in blocks if each.note), "")
        return DoorCheck("Block list", f"the number is on it{note}", found.reason, blocks[0].blocked_at or None)
    by_prefix = tables.blocks.refusal(recipient, account_id=account.account_id)
    if by_prefix is not None:
        return DoorCheck("Block list", "numbers that begin so are on it", by_prefix.reason)
    return DoorCheck("Block list", "the number is not on it", None)


async def _opt_out(account: Account, recipient: Msisdn, sender: str, store: OperatorStore) -> DoorCheck:
    before = (recipient - 1, _LAST_SENDER)
    found = await store.opt_outs(account.account_id, after=before, limit=SENDERS_OF_HANDSET_MAX)
    ours = [each for each in found if each.recipient == recipient and each.sender in {ANY_SENDER, sender}]
    if not ours:
        return DoorCheck("Opt-out", "its owner has not opted out", None)
    of = f"messages from {ours[0].sender}" if ours[0].sender else "all that the account sends"
    return DoorCheck("Opt-out", f"its owner has opted out of {of}", Reason.OPTED_OUT, ours[0].since or None)


async def _credit(account: Account, charge: Credits, store: OperatorStore) -> DoorCheck:
    free = (await store.balance(account.account_id)).free
    if free >= charge:
        return DoorCheck("Credit", "enough is free for it", None)
    return DoorCheck("Credit", "less is free than it costs", Reason.NO_CREDIT)
