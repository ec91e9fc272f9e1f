"""What stands against a message at the door, as an operator is told it: never otherwise than a send is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from angarium.core.account import ConnectionSettings
from angarium.core.blocks import Block
from angarium.core.clocktime import SECOND_MS
from angarium.core.countries import Countries
from angarium.core.limits import Limits
from angarium.core.message import Refused, SendRequest
from angarium.core.optout import ANY_SENDER, OptOut
from angarium.core.queues import Hold
from angarium.core.refusals import Refusal
from angarium.flows.at_door import DoorCheck
from angarium.flows.explain import Asked, Explanation, Verdict, Where, explain
from angarium.flows.protection import Policy
from angarium.text.segments import Content
from tests.flows.test_protection import PREDEFINED, new_account, notice, settle, with_policy
from tests.gateway import NOON, RATE, RECIPIENT, Gateway

COUNTRIES = Countries.load()
LONG = "x" * 200
Setting = Callable[[Gateway], Awaitable[None]]


async def explained(gateway: Gateway, number: str = str(RECIPIENT), **more: Any) -> Explanation:
    """What would happen to a message of the account, over its usual connection."""
    text = more.pop("text", "Hello")
    values: dict[str, Any] = {"account": gateway.account, "connection": gateway.resending, **more}
    store: Any = gateway.store
    where = Where(store, gateway.tables, gateway.intake.protection, COUNTRIES, gateway.clock.now())
    return await explain(Asked(number, Content.of_text(text), **values), where)


async def checks(gateway: Gateway, number: str = str(RECIPIENT), **more: Any) -> dict[str, DoorCheck]:
    """The checks of it, by name."""
    return {check.name: check for check in (await explained(gateway, number, **more)).checks}


# --- the same as a send


def account(**settings: Any) -> Setting:
    """The account has these settings."""
    return lambda gateway: settle(gateway, **settings)


def connection(**settings: Any) -> Setting:
    """Its connection has these."""
    return lambda gateway: settle(gateway, connection=ConnectionSettings(**settings))


def policy(**values: Any) -> Setting:
    """The operator wants this of all accounts."""

    async def let(gateway: Gateway) -> None:
        with_policy(gateway, Policy(**values))

    return let


def block(digits: str, **more: Any) -> Setting:
    """These digits are on the block list."""

    async def let(gateway: Gateway) -> None:
        await gateway.store.add_blocks([Block(digits, blocked_at=NOON, **more)])
        await notice(gateway)

    return let


def opt_out(sender: str) -> Setting:
    """The recipient has opted out of this sender."""

    async def let(gateway: Gateway) -> None:
        await gateway.store.add_opt_outs([OptOut(gateway.account.account_id, sender, RECIPIENT, NOON, "stop")])
        await notice(gateway)

    return let


def sent_before(count: int, *, after_ms: int = 0, **limits: Any) -> Setting:
    """With these limits, so many have been sent already, so long ago."""

    async def let(gateway: Gateway) -> None:
        await settle(gateway, limits=Limits(**limits))
        for _ in range(count):
            await gateway.send(to=[RECIPIENT + 1])
        gateway.clock.at += after_ms

    return let


async def poor(gateway: Gateway) -> None:
    """All its credit but a little is gone."""
    free = (await gateway.balance()).free
    await gateway.store.buy_credit(gateway.account.account_id, RATE - 1 - free, note="back", at=NOON)


async def nothing(gateway: Gateway) -> None:
    """Nothing is set."""


CASES: list[tuple[str, Setting, dict[str, Any]]] = [
    ("accepted", nothing, {}),
    ("accepted", nothing, {"text": LONG}),
    ("bad_number", nothing, {"number": "no number"}),
    ("bad_number", nothing, {"number": "333"}),
    ("bad_number", nothing, {"number": "0990000001"}),
    ("accepted", connection(country_prefix="27"), {"number": "0990000001"}),
    ("emergency", nothing, {"number": "112"}),
    ("no_route", nothing, {"number": "447700900123"}),
    ("empty", nothing, {"text": ""}),
    ("too_long", connection(segments_max=1), {"text": LONG}),
    ("too_long", nothing, {"text": LONG * 3}),
    ("other_country", account(countries=("GB",)), {}),
    ("other_country", account(countries=()), {}),
    ("accepted", account(countries=("GB", "ZA")), {}),
    ("bad_sender", account(senders=("Acme",)), {"sender": "Shop"}),
    ("accepted", account(senders=("Shop",)), {"sender": "Shop"}),
    ("bad_sender", account(senders_registered=True), {"sender": "Shop"}),
    ("bad_sender", policy(senders_registered=True), {"sender": "Shop"}),
    ("accepted", policy(senders_registered=True), {}),
    ("bad_sender", connection(sender="no such!"), {}),
    ("blocked", block(str(RECIPIENT)), {}),
    ("delisted", block(str(RECIPIENT), is_delisted=True), {}),
    ("blocked", block(str(RECIPIENT)[:4], is_prefix=True), {}),
    ("accepted", block(str(RECIPIENT + 1)), {}),
    ("opted_out", opt_out(ANY_SENDER), {}),
    ("opted_out", opt_out("Shop"), {"sender": "Shop"}),
    ("accepted", opt_out("Other"), {"sender": "Shop"}),
    ("limit_reached", sent_before(1, messages_per_day_max=1), {}),
    ("accepted", sent_before(1, messages_per_day_max=2), {}),
    ("limit_reached", sent_before(1, credits_per_day_max=2 * RATE - 1), {}),
    ("accepted", sent_before(1, credits_per_day_max=2 * RATE), {}),
    ("limit_reached", sent_before(1, credits_per_month_max=RATE), {}),
    ("limit_reached", sent_before(1, messages_per_s_max=1), {}),
    ("accepted", sent_before(1, messages_per_s_max=1, after_ms=SECOND_MS), {}),
    ("no_credit", poor, {}),
    ("too_costly", nothing, {"credits_max": RATE - 1}),
    ("accepted", nothing, {"credits_max": RATE}),
    ("accepted", new_account, {"text": LONG}),
]


@pytest.mark.parametrize(("verdict", "setting", "asked"), CASES)
async def test_what_is_told_is_what_a_send_is_answered(
    gateway: Gateway, verdict: str, setting: Setting, asked: dict[str, Any]
) -> None:
    """Whatever stands against it, and whatever it would cost (rest-api 1.7, 5)."""
    await setting(gateway)
    more = dict(asked)
    request = SendRequest((more.pop("number", str(RECIPIENT)),), Content.of_text(more.pop("text", "Hello")), **more)
    before = await gateway.balance()

    told = await explained(gateway, **asked)
    again = await explained(gateway, **asked)
    (outcome,) = [await gateway.ask(request)]

    result = outcome if isinstance(outcome, Refusal) else outcome[0]
    answered = result.refusal if isinstance(result, Refused) else result
    assert told.verdict is Verdict[verdict.upper()]
    assert told.refusal == (answered if isinstance(answered, Refusal) else None)
    # Asking takes nothing, so it can be asked again.
    assert again == told
    reserved = before.free - (await gateway.balance()).free
    assert told.charge == reserved


@pytest.mark.parametrize(("verdict", "setting", "asked"), CASES)
async def test_the_check_that_refuses_is_named(
    gateway: Gateway, verdict: str, setting: Setting, asked: dict[str, Any]
) -> None:
    """What is refused for any other reason than its number or its routes has a check that says so (rest-api 5)."""
    await setting(gateway)

    told = await explained(gateway, **asked)

    refusals = {check.refusal for check in told.checks} - {None}
    by_itself = {"bad_number", "emergency", "no_route", "too_costly", "accepted"}
    wanted = set() if verdict in by_itself or told.refusal is None else {told.refusal.reason}
    assert refusals == wanted


# --- how it is told


async def test_a_block_is_told_with_its_note_and_since_when(gateway: Gateway) -> None:
    """So that whoever is asked can say why (rest-api 5)."""
    await block(str(RECIPIENT), note="by phone")(gateway)

    found = (await checks(gateway))["Block list"]

    assert (found.answer, found.since) == ("the number is on it: by phone", NOON)


async def test_an_opt_out_is_told_with_its_moment(gateway: Gateway) -> None:
    """Of which sender, and since when (rest-api 9.5)."""
    await opt_out("Shop")(gateway)

    found = (await checks(gateway, sender="Shop"))["Opt-out"]

    assert (found.answer, found.since) == ("its owner has opted out of messages from Shop", NOON)


async def test_limits_are_told_with_what_is_used_and_when_there_is_room(gateway: Gateway) -> None:
    """Counts of the day, and the end of it (rest-api 1.2)."""
    await sent_before(3, messages_per_day_max=3, credits_per_day_max=100 * RATE)(gateway)

    found = (await checks(gateway))["Limits"]

    assert found.answer.startswith("3 of 3 messages today; ")
    assert found.until is not None
    assert found.until > gateway.clock.now()


async def test_predefined_text_is_told(gateway: Gateway) -> None:
    """Parts and price are then those of the service's text (rest-api 3.2)."""
    await new_account(gateway)

    told = await explained(gateway, text=LONG)

    assert (told.segments, told.charge) == (1, RATE)
    assert len(PREDEFINED) < 160
    assert "Text" in {check.name for check in told.checks}


async def test_without_an_account_only_what_holds_for_everybody_is_asked(gateway: Gateway) -> None:
    """The block list of all, and routes; no sender, limit or credit."""
    with_policy(gateway, Policy(senders_registered=True))
    free = await explained(gateway, account=None, connection=None, sender="Shop")
    await block(str(RECIPIENT))(gateway)
    blocked = await explained(gateway, account=None, connection=None)

    assert (free.verdict, free.checks) == (Verdict.ACCEPTED, [])
    assert blocked.verdict is Verdict.BLOCKED


async def test_an_accounts_first_connection_stands_for_one_that_nobody_named(gateway: Gateway) -> None:
    """Its sender and prefix count, and it is said which one it is."""
    told = await explained(gateway, connection=None)

    assert told.connection == "resending"


async def test_a_carrier_out_of_work_is_noted(gateway: Gateway) -> None:
    """Accepted all the same: the message waits (delivery 2.6)."""
    store: Any = gateway.store
    where = Where(store, gateway.tables, gateway.intake.protection, COUNTRIES, NOON, is_up=lambda _: False)
    asked = Asked(str(RECIPIENT), Content.of_text("Hello"), gateway.account)
    down = await explain(asked, where)
    await gateway.store.hold_carrier(1, Hold.HELD)
    await notice(gateway)
    held = await explain(asked, where)

    assert down.verdict is held.verdict is Verdict.ACCEPTED
    assert down.chosen is not None
    assert down.chosen.note.startswith("its carrier is down now")
    assert held.chosen is not None
    assert held.chosen.note == "its queue is held"
