"""What stands against a message at the door, as an operator is told it."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.account import AccountSettings
from angarium.core.blocks import Block
from angarium.core.countries import Countries
from angarium.core.optout import ANY_SENDER, OptOut
from angarium.core.refusals import Reason
from angarium.flows.at_door import DoorCheck, at_the_door
from tests.flows.test_protection import notice, settle
from tests.gateway import NOON, RATE, RECIPIENT, Gateway

COUNTRIES = Countries.load()


async def asked(gateway: Gateway, **more: Any) -> dict[str, DoorCheck]:
    """The checks of a message to the recipient, by name."""
    values: dict[str, Any] = {"sender": "", "charge": RATE, **more}
    checks = await at_the_door(
        gateway.account, RECIPIENT, store=gateway.store, tables=gateway.tables, countries=COUNTRIES, **values
    )
    return {check.name: check for check in checks}


async def test_nothing_stands_against_an_account_that_has_nothing_set(gateway: Gateway) -> None:
    """Each question has its answer all the same."""
    checks = await asked(gateway)

    assert [check.refusal for check in checks.values()] == [None] * 5


@pytest.mark.parametrize(
    ("settings", "name", "refusal"),
    [
        (AccountSettings(countries=("GB",)), "Country", Reason.NO_ROUTE),
        (AccountSettings(countries=("GB", "ZA")), "Country", None),
        (AccountSettings(senders=("Acme",)), "Sender", Reason.BAD_SENDER),
        (AccountSettings(senders=("Shop",)), "Sender", None),
    ],
)
async def test_an_accounts_own_lists_are_asked(
    gateway: Gateway, settings: AccountSettings, name: str, refusal: Reason | None
) -> None:
    """Countries and senders, as intake asks them (rest-api 5)."""
    await settle(gateway, countries=settings.countries, senders=settings.senders)

    assert (await asked(gateway, sender="Shop"))[name].refusal is refusal


@pytest.mark.parametrize(
    ("digits", "is_prefix", "is_delisted", "refusal"),
    [
        (str(RECIPIENT), False, False, Reason.BLOCKED),
        (str(RECIPIENT), False, True, Reason.DELISTED),
        (str(RECIPIENT)[:4], True, False, Reason.BLOCKED),
        (str(RECIPIENT + 1), False, False, None),
    ],
)
async def test_a_block_is_told_with_its_note(
    gateway: Gateway, digits: str, is_prefix: bool, is_delisted: bool, refusal: Reason | None
) -> None:
    """By number or by prefix (rest-api 5)."""
    await gateway.store.add_blocks([Block(digits, is_prefix, None, is_delisted, "by phone", NOON)])
    await notice(gateway)

    found = (await asked(gateway))["Block list"]

    assert found.refusal is refusal
    assert ("by phone" in found.answer) is (refusal is not None and not is_prefix)


@pytest.mark.parametrize(
    ("of", "recipient", "is_out"),
    [(ANY_SENDER, RECIPIENT, True), ("Shop", RECIPIENT, True), ("Other", RECIPIENT, False), ("", RECIPIENT + 1, False)],
)
async def test_an_opt_out_counts_for_its_sender_and_its_handset(
    gateway: Gateway, of: str, recipient: int, is_out: bool
) -> None:
    """With the moment since which it holds (rest-api 9.5)."""
    await gateway.store.add_opt_outs([OptOut(gateway.account.account_id, of, recipient, NOON, "stop")])

    found = (await asked(gateway, sender="Shop"))["Opt-out"]

    assert (found.refusal, found.since) == ((Reason.OPTED_OUT, NOON) if is_out else (None, None))


async def test_credit_must_cover_the_charge(gateway: Gateway) -> None:
    """What is reserved is not free."""
    free = (await gateway.store.balance(gateway.account.account_id)).free

    assert (await asked(gateway, charge=free))["Credit"].refusal is None
    assert (await asked(gateway, charge=free + 1))["Credit"].refusal is Reason.NO_CREDIT
