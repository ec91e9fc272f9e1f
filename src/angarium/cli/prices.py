"""What `route`, `rate` and `cost` read and show alike."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account, find_carrier
from angarium.core.credit import Credits, format_credits, parse_credits
from angarium.core.numbers import MSISDN_DIGITS_MAX, is_sender, normal_sender
from angarium.ports.admin import OperatorStore

Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="First digits of a number, such as 27; '' for all.")]
ForAccount = Annotated[str | None, typer.Option("--account", help="Only for this account.")]
ForCarrier = Annotated[str | None, typer.Option("--carrier", help="Only over this carrier.")]


def read_prefix(text: str) -> str:
    """The digits of a prefix; raises CommandMistaken for anything else."""
    digits = text.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= MSISDN_DIGITS_MAX):
        raise CommandMistaken(
            f"{text!r} is not a prefix: give 1 to 15 digits, country code first, or '' for all numbers."
        )
    return digits


def read_price(text: str, *, name: str) -> Credits:
    """A rate or a cost; raises CommandMistaken for less than nothing."""
    amount = parse_credits(text)
    if amount < 0:
        raise CommandMistaken(f"A {name} is 0 or more.")
    return amount


def read_sender(text: str | None) -> str | None:
    """A sender as messages carry it; raises CommandMistaken for what none can be."""
    if text is None:
        return None
    if not is_sender(text):
        raise CommandMistaken(f"{text!r} is not a sender: up to 16 digits, or up to 11 letters, digits and spaces.")
    return normal_sender(text)


def shown(amount: Credits | None) -> str | None:
    """An amount with all its decimals; None stays None."""
    return None if amount is None else format_credits(amount, 6)


async def account_id_of(store: OperatorStore, account: str | None) -> int | None:
    """The number of the account meant; None when none was named."""
    return None if account is None else (await find_account(store, account)).account_id


async def carrier_id_of(store: OperatorStore, carrier: str | None) -> int | None:
    """The number of the carrier meant; None when none was named."""
    return None if carrier is None else (await find_carrier(store, carrier)).carrier_id


async def account_names(store: OperatorStore) -> dict[int | None, str]:
    """Names by number."""
    return {account.account_id: account.name for account in await store.accounts()}


async def carrier_names(store: OperatorStore) -> dict[int | None, str]:
    """Names by number."""
    return {carrier.carrier_id: carrier.name for carrier in await store.carriers()}
