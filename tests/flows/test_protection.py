"""What protects accounts and those they write to, through the door that every message takes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from angarium.core.account import AccountSettings, ConnectionSettings
from angarium.core.blocks import Block
from angarium.core.clocktime import DAY_MS, SECOND_MS
from angarium.core.credit import CREDIT
from angarium.core.inbound_numbers import NumberSettings
from angarium.core.limits import Limits, Period, ends_at
from angarium.core.message import SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows import lookup
from angarium.flows.intake import Call
from angarium.flows.protection import Policy, Protection
from angarium.flows.retries import Once, Replied
from angarium.ports.retries import Reply
from angarium.ports.store import StoreUnavailable
from angarium.text.segments import Content
from tests.flows.test_intake import reasons
from tests.gateway import NOON, RATE, RECIPIENT, Gateway

PREDEFINED = "Hello from the operator."
OTHER = str(RECIPIENT + 1)


def request(*to: str, text: str = "Hello", **parameters: Any) -> SendRequest:
    """A send to these recipients."""
    return SendRequest(recipients=to or (str(RECIPIENT),), content=Content.of_text(text), **parameters)


async def settle(gateway: Gateway, *, connection: ConnectionSettings | None = None, **account: Any) -> None:
    """Change the account, and the connection, as an operator does, and let the process notice."""
    await gateway.store.change_account(gateway.account.account_id, AccountSettings(**account))
    if connection is not None:
        await gateway.store.change_connection(gateway.resending.connection_id, connection)
    await notice(gateway)


async def notice(gateway: Gateway) -> None:
    """Load the tables again."""
    await gateway.tables.refresh(gateway.store)
    directory = gateway.tables.directory
    gateway.account = directory.accounts[gateway.account.account_id]
    gateway.resending = directory.connections[gateway.resending.connection_id]


def with_policy(gateway: Gateway, policy: Policy) -> None:
    """Let the operator decide something for all accounts."""
    gateway.intake.protection.policy = policy


# --- pre-defined content


async def new_account(gateway: Gateway) -> None:
    """An account that has credit to try with, and no purchase."""
    account = await gateway.store.create_account("trying", AccountSettings(), at=NOON)
    connection = await gateway.store.create_connection(account.account_id, "web", ConnectionSettings(), at=NOON)
    await gateway.store.buy_credit(account.account_id, 10 * RATE, note="to try", at=NOON, is_trial=True)
    gateway.account, gateway.resending = account, connection
    await notice(gateway)
    with_policy(gateway, Policy(predefined_text=PREDEFINED))


async def text_of(gateway: Gateway) -> str | None:
    """Send a long text; what is stored of it."""
    outcome = await gateway.ask(request(text="x" * 200))
    text: str | None = await gateway.store.message_text(outcome[0].message_id)
    return text


async def test_until_the_first_purchase_messages_say_what_the_operator_says(gateway: Gateway) -> None:
    """The reply is as usual; parts and charge are those of what is sent (rest-api 3.2)."""
    await new_account(gateway)

    assert await text_of(gateway) == PREDEFINED
    assert (await gateway.balance()).reserved == RATE

    # At once, also before this process has loaded its tables again.
    await gateway.store.buy_credit(gateway.account.account_id, 10 * RATE, note="invoice 1", at=NOON)

    assert await text_of(gateway) == "x" * 200
    assert (await gateway.balance()).reserved == 3 * RATE


@pytest.mark.parametrize("parameters", [{"text": ""}, {"text": "x" * 460}, {"sender": "no such!"}])
async def test_the_content_is_judged_before_it_is_replaced(gateway: Gateway, parameters: dict[str, Any]) -> None:
    """A program that is tried out hears of its mistakes as it will later (rest-api 3.2)."""
    usual = await gateway.ask(request(**parameters))
    await new_account(gateway)

    assert isinstance(usual, Refusal)
    assert await gateway.ask(request(**parameters)) == usual


async def test_binary_content_is_replaced_as_well(gateway: Gateway) -> None:
    """Header and all (rest-api 3.2)."""
    await new_account(gateway)
    binary = request()._replace(content=Content.of_binary(b"\x01\x02", b"\x06\x05\x04\x0b\x84\x23\xf0"))

    outcome = await gateway.ask(binary)

    assert await gateway.store.message_text(outcome[0].message_id) == PREDEFINED


async def test_an_adjustment_undoes_no_purchase(gateway: Gateway) -> None:
    """Whoever has bought once has bought, whatever is taken back (rest-api 3.2)."""
    await new_account(gateway)
    await gateway.store.buy_credit(gateway.account.account_id, -RATE, note="back", at=NOON)
    await notice(gateway)
    assert not gateway.account.has_purchased

    await gateway.store.buy_credit(gateway.account.account_id, RATE, note="invoice", at=NOON)
    await gateway.store.buy_credit(gateway.account.account_id, -RATE, note="back", at=NOON)
    await notice(gateway)

    assert gateway.account.has_purchased


# --- senders


async def test_a_sender_must_be_registered_where_the_account_says_so(gateway: Gateway) -> None:
    """None registered leaves the choice to the carrier, and any other sender is refused (rest-api 3, 5)."""
    await settle(gateway, senders_registered=True)

    assert await gateway.ask(request(sender="ACME")) == Refusal(Reason.BAD_SENDER)
    assert reasons(await gateway.ask(request())) == [None]

    await settle(gateway, senders_registered=True, senders=("ACME",))
    assert reasons(await gateway.ask(request(sender="ACME"))) == [None]
    assert await gateway.ask(request(sender="OTHER")) == Refusal(Reason.BAD_SENDER)


async def test_an_operator_may_want_all_senders_registered(gateway: Gateway) -> None:
    """Whatever the accounts' own settings say (rest-api 3, 5)."""
    assert reasons(await gateway.ask(request(sender="ACME"))) == [None]

    with_policy(gateway, Policy(senders_registered=True))

    assert await gateway.ask(request(sender="ACME")) == Refusal(Reason.BAD_SENDER)


async def test_a_connections_own_sender_must_be_registered_too(gateway: Gateway) -> None:
    """A sender that was taken away is not used by default either (rest-api 5)."""
    await settle(gateway, connection=ConnectionSettings(sender="ACME"), senders_registered=True)

    assert await gateway.ask(request()) == Refusal(Reason.BAD_SENDER)


async def test_a_connections_inbound_number_needs_no_registration(gateway: Gateway) -> None:
    """Who gets the answers may ask the questions (rest-api 9)."""
    number = "27990000099"
    await gateway.store.add_number(
        number, gateway.resending.connection_id, keyword="", carrier_id=None, settings=NumberSettings()
    )
    await settle(gateway, senders_registered=True)

    assert reasons(await gateway.ask(request(sender=number))) == [None]
    assert await gateway.ask(request(sender=number), once=True) == Refusal(Reason.BAD_SENDER)


# --- countries


async def test_only_the_chosen_countries_can_be_written_to(gateway: Gateway) -> None:
    """To any other there is no way for this account (rest-api 5, code 114)."""
    await gateway.store.add_route("44", gateway.carrier.carrier_id)
    await gateway.store.set_rate("44", RATE)
    to = ("27990000001", "447700900001", "441481960001")
    await settle(gateway)
    assert reasons(await gateway.ask(request(*to))) == [None, None, None]

    await settle(gateway, countries=("ZA", "GG"))
    assert reasons(await gateway.ask(request(*to))) == [None, Reason.NO_ROUTE, None]

    await settle(gateway, countries=())
    assert reasons(await gateway.ask(request(*to))) == [Reason.NO_ROUTE] * 3


async def test_short_numbers_belong_to_no_country(gateway: Gateway) -> None:
    """A route that names one is the operator's word; without it, it is no number (rest-api 6)."""
    await gateway.store.add_route("31234", gateway.carrier.carrier_id)
    await gateway.store.set_rate("31234", RATE)
    await settle(gateway, countries=("ZA",))

    assert reasons(await gateway.ask(request("31234", "333", "112"))) == [None, Reason.BAD_RECIPIENT, Reason.NO_ROUTE]


async def test_coverage_says_what_the_account_may_write_to(gateway: Gateway) -> None:
    """It promises nothing that a send would refuse (rest-api 2.8)."""
    await settle(gateway, countries=("GB",))
    judge = Protection(gateway.tables).judge(gateway.caller())

    found = lookup.coverage("27990000001", caller=gateway.caller(), tables=gateway.tables, judge=judge)

    assert (found.routable, found.charge) == (False, 0)


# --- limits


async def test_too_fast_is_refused_until_there_is_room(gateway: Gateway) -> None:
    """The whole request, with the time to wait, and nothing is charged (rest-api 1.2, 5, delivery 1.6)."""
    await settle(gateway, limits=Limits(messages_per_s_max=2))
    assert reasons(await gateway.ask(request(*[OTHER] * 7))) == [None] * 7

    refused = await gateway.ask(request())
    assert refused == Refusal(Reason.LIMIT_REACHED, retry_after_s=3)
    gateway.clock.at += 3 * SECOND_MS - 1
    assert isinstance(await gateway.ask(request()), Refusal)
    gateway.clock.at += 1
    assert reasons(await gateway.ask(request())) == [None]
    assert (await gateway.balance()).reserved == 8 * RATE


async def test_an_account_and_its_connections_have_rates_of_their_own(gateway: Gateway) -> None:
    """What one connection has used up, another may still send, within the account's rate (rest-api 1.2)."""
    slow = ConnectionSettings(limits=Limits(messages_per_s_max=1))
    await settle(gateway, connection=slow, limits=Limits(messages_per_s_max=2))

    outcomes = [await gateway.ask(request(), once=other) for other in (False, False, True, True)]

    assert [isinstance(each, Refusal) for each in outcomes] == [False, True, False, True]


async def test_what_is_refused_anyway_uses_up_no_rate(gateway: Gateway) -> None:
    """Only what would be sent counts."""
    await settle(gateway, limits=Limits(messages_per_s_max=1))
    for _ in range(3):
        await gateway.ask(request("no number"))

    assert reasons(await gateway.ask(request())) == [None]


async def test_a_days_count_runs_out_on_the_way(gateway: Gateway) -> None:
    """As credit does: the first are taken, the rest is refused one by one (rest-api 5, code 130)."""
    await settle(gateway, limits=Limits(messages_per_day_max=2))

    assert reasons(await gateway.ask(request(*[OTHER] * 3))) == [None, None, Reason.LIMIT_REACHED]
    assert await gateway.ask(request()) == Refusal(Reason.LIMIT_REACHED, retry_after_s=_left(gateway, Period.DAY))


def _left(gateway: Gateway, period: Period) -> int:
    """Seconds until the next day or month, rounded up."""
    return -((gateway.clock.at - ends_at(period, gateway.clock.at)) // SECOND_MS)


async def test_a_days_count_survives_a_crash_and_ends_with_the_day(gateway: Gateway) -> None:
    """It is one commit with what it counts (rest-api 1.2, delivery 1.1)."""
    await settle(gateway, limits=Limits(messages_per_day_max=1))
    await gateway.ask(request())
    await gateway.crash()
    await notice(gateway)

    refused = await gateway.ask(request())
    gateway.clock.at += refused.retry_after_s * SECOND_MS

    assert refused.reason is Reason.LIMIT_REACHED
    assert reasons(await gateway.ask(request())) == [None]


async def test_two_works_of_one_commit_share_the_days_count(gateway: Gateway) -> None:
    """Whoever is second finds it used up."""
    await settle(gateway, limits=Limits(messages_per_day_max=1))

    outcomes = await asyncio.gather(gateway.ask(request()), gateway.ask(request()))

    assert sorted(isinstance(outcome, Refusal) for outcome in outcomes) == [False, True]


async def test_two_requests_of_one_group_share_the_days_count(gateway: Gateway) -> None:
    """Within one transaction too."""
    await settle(gateway, limits=Limits(messages_per_day_max=1))

    first, second = await gateway.intake.accept([Call(gateway.caller(), request()), Call(gateway.caller(), request())])

    assert reasons(first) == [None]
    assert isinstance(second, Refusal)


async def test_what_was_not_stored_was_not_counted(gateway: Gateway) -> None:
    """A store that fails counts nothing (delivery 1.1)."""
    await settle(gateway, limits=Limits(messages_per_day_max=1))
    gateway.store.lose_next_commit()
    with pytest.raises(StoreUnavailable):
        await gateway.ask(request())

    assert reasons(await gateway.ask(request())) == [None]


@pytest.mark.parametrize(
    ("limits", "period"),
    [
        (Limits(credits_per_day_max=2 * RATE), Period.DAY),
        (Limits(credits_per_month_max=2 * RATE + RATE - 1), Period.MONTH),
        (Limits(credits_per_day_max=2 * RATE, credits_per_month_max=2 * RATE), Period.MONTH),
    ],
)
async def test_spending_has_a_ceiling(gateway: Gateway, limits: Limits, period: Period) -> None:
    """In credits, over a day or a month: 130 with the time to wait, since buying credit would not help."""
    await settle(gateway, limits=limits)

    assert reasons(await gateway.ask(request(*[OTHER] * 3))) == [None, None, Reason.LIMIT_REACHED]
    refused = await gateway.ask(request())
    assert refused == Refusal(Reason.LIMIT_REACHED, retry_after_s=_left(gateway, period))
    gateway.clock.at += refused.retry_after_s * SECOND_MS
    assert reasons(await gateway.ask(request())) == [None]


async def test_no_credit_is_told_before_a_limit_that_is_not_reached(gateway: Gateway) -> None:
    """402 stays 402 for an account with limits (rest-api 5)."""
    await settle(gateway, limits=Limits(credits_per_day_max=1000 * CREDIT))
    free = (await gateway.balance()).free
    await gateway.store.buy_credit(gateway.account.account_id, -free, note="", at=NOON)

    assert await gateway.ask(request()) == Refusal(Reason.NO_CREDIT)


async def test_a_limit_that_is_raised_lets_through_at_once(gateway: Gateway) -> None:
    """And the count goes on from where it was."""
    await settle(gateway, limits=Limits(messages_per_day_max=1, messages_per_s_max=1))
    await gateway.ask(request())
    await settle(gateway, limits=Limits(messages_per_day_max=2, messages_per_s_max=100))

    assert reasons(await gateway.ask(request(OTHER, OTHER))) == [None, Reason.LIMIT_REACHED]


async def test_a_clock_that_is_set_back_a_day_counts_that_day(gateway: Gateway) -> None:
    """A count of a day that has not begun holds up nobody."""
    await settle(gateway, limits=Limits(messages_per_day_max=1))
    await gateway.ask(request())
    gateway.clock.at -= DAY_MS

    assert reasons(await gateway.ask(request())) == [None]


async def test_a_repeated_call_gets_its_first_reply_although_the_limit_is_reached(gateway: Gateway) -> None:
    """It sends nothing, so nothing stands in its way; and a refusal under a key is not kept (rest-api 3.3)."""
    await settle(gateway, limits=Limits(messages_per_s_max=1, messages_per_day_max=1))
    once = Once("Idempotency-Key", "k", b"", lambda results: Reply(202, b"", repr(results).encode()))
    first = await gateway.ask(request(), retry=once)

    again = await gateway.ask(request(), retry=once)
    refused = await gateway.ask(request(), retry=once._replace(key="l"))

    assert again == Replied(first.reply)
    assert isinstance(refused, Refusal)
    gateway.clock.at += DAY_MS
    assert len((await gateway.ask(request(), retry=once._replace(key="l"))).results) == 1


# --- blocked numbers


async def test_a_blocked_number_is_not_written_to(gateway: Gateway) -> None:
    """Numbers and prefixes, in the words of their kind; the others are sent (rest-api 5, codes 121 and 128)."""
    await gateway.store.add_blocks(
        [Block("27990000002"), Block("27990000003", is_delisted=True), Block("2798", is_prefix=True)]
    )
    await notice(gateway)

    outcome = await gateway.ask(request("27990000001", "27990000002", "27990000003", "27980000001", "27990000002"))

    assert reasons(outcome) == [None, Reason.BLOCKED, Reason.DELISTED, Reason.BLOCKED, Reason.BLOCKED]
    assert (await gateway.balance()).reserved == RATE


async def test_a_number_that_one_account_blocks_is_another_accounts_to_write_to(gateway: Gateway) -> None:
    """An entry of an account is its own (rest-api 5)."""
    other = await gateway.store.create_account("other", AccountSettings(), at=NOON)
    number, prefix = Block(OTHER, account_id=other.account_id), Block("27", True, other.account_id)
    await gateway.store.add_blocks([number, prefix])
    await notice(gateway)
    assert reasons(await gateway.ask(request(OTHER))) == [None]

    await gateway.store.add_blocks([number._replace(account_id=gateway.account.account_id)])

    assert reasons(await gateway.ask(request(OTHER, str(RECIPIENT)))) == [Reason.BLOCKED, None]


async def test_a_number_that_is_freed_is_written_to_again(gateway: Gateway) -> None:
    """As soon as the process has noticed."""
    await gateway.store.add_blocks([Block(OTHER)])
    await notice(gateway)
    assert reasons(await gateway.ask(request(OTHER))) == [Reason.BLOCKED]

    await gateway.store.remove_blocks([Block(OTHER)])
    await notice(gateway)

    assert reasons(await gateway.ask(request(OTHER))) == [None]


async def test_nobody_looks_for_blocked_numbers_while_there_is_none(gateway: Gateway) -> None:
    """An empty list costs nothing."""
    await gateway.store.add_blocks([Block("2798", is_prefix=True)])
    await notice(gateway)

    async def blocked(_: object) -> list[Block]:
        raise AssertionError("there is nothing to look for")

    vars(gateway.store)["blocked"] = blocked
    assert reasons(await gateway.ask(request())) == [None]


async def test_settings_of_an_older_store_allow_what_they_allowed(gateway: Gateway) -> None:
    """An account that was stored without any of these settings writes to any country, from any sender."""
    await settle(gateway)
    settings = replace(gateway.account.settings)

    assert (settings.countries, settings.limits, settings.senders_registered) == (None, None, False)
