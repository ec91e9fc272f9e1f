"""What is forgotten when, over the real flows."""

from __future__ import annotations

from dataclasses import replace

from angarium.core.clocktime import DAY_MS, MINUTE_MS
from angarium.core.retention import KEEP_ROWS_DAYS, RETENTION, Retention
from angarium.core.states import State
from angarium.flows.retention import Forgetting
from tests.gateway import RECIPIENT, TWO_WAY, Gateway, accepted, receipt


async def delivered(gateway: Gateway) -> int:
    """A message that has come to its handset."""
    (message_id,) = await gateway.send()
    await gateway.answer(accepted(await gateway.submit_one()))
    await gateway.deliver(receipt())
    return message_id


async def keep(gateway: Gateway, *, keep_text_days: int) -> None:
    """Let the account keep its texts for so many days."""
    settings = replace(gateway.account.settings, keep_text_days=keep_text_days)
    await gateway.store.change_account(gateway.account.account_id, settings)
    await gateway.tables.refresh(gateway.store)
    gateway.account = gateway.tables.directory.accounts[gateway.account.account_id]


async def forget(gateway: Gateway, milliseconds: int = 0) -> None:
    """Let time pass, and both legs see it."""
    await gateway.pass_time(milliseconds)
    while await gateway.forgetting.run_once():
        await gateway.keep_house()
    await gateway.keep_house()


async def test_text_numbers_and_rows_go_in_their_time(gateway: Gateway) -> None:
    """After 30, 365 and 400 days when nobody says otherwise; the money stays."""
    message_id = await delivered(gateway)
    spent = (await gateway.balance()).spent
    await forget(gateway, DAY_MS)
    assert await gateway.store.message_text(message_id) == "Hello"

    await forget(gateway, 29 * DAY_MS)
    assert await gateway.store.message_text(message_id) is None
    assert (await gateway.view(message_id)).recipient == RECIPIENT

    await forget(gateway, 335 * DAY_MS)
    assert (await gateway.view(message_id)).recipient == -(RECIPIENT // 10_000)

    await forget(gateway, (KEEP_ROWS_DAYS - 365) * DAY_MS + 1)
    assert await gateway.store.message(message_id) is None
    assert gateway.pruned == 1
    assert (await gateway.balance()).spent == spent
    assert await gateway.store.ledger_faults() == []


async def test_a_text_of_no_days_goes_when_its_message_is_final(gateway: Gateway) -> None:
    """Within a minute of it, and not before: it may have to be sent again."""
    await keep(gateway, keep_text_days=0)
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    await forget(gateway, MINUTE_MS)
    assert await gateway.store.message_text(message_id) == "Hello"
    await gateway.answer(accepted(submission))
    await gateway.deliver(receipt())

    await forget(gateway, MINUTE_MS)

    assert await gateway.store.message_text(message_id) is None
    assert (await gateway.view(message_id)).state is State.DELIVERED


async def test_a_message_that_is_open_for_long_keeps_its_text(gateway: Gateway) -> None:
    """Whatever the account's days say, it can still be submitted."""
    await keep(gateway, keep_text_days=0)
    gateway.carrier.room_left = 0
    (message_id,) = await gateway.send(validity_min=10_080)

    await forget(gateway, 6 * DAY_MS)

    assert await gateway.store.message_text(message_id) == "Hello"
    gateway.carrier.room_left = 1
    assert len(await gateway.submit()) == 1


async def test_shorter_days_hold_for_what_is_stored_already(gateway: Gateway) -> None:
    """An account that wants its texts gone gets them gone."""
    message_id = await delivered(gateway)
    await forget(gateway, 2 * DAY_MS)
    assert await gateway.store.message_text(message_id) == "Hello"

    await keep(gateway, keep_text_days=1)
    await forget(gateway)

    assert await gateway.store.message_text(message_id) is None


async def test_shorter_days_by_default_hold_for_what_is_stored_already(gateway: Gateway) -> None:
    """A start with other settings goes through everything once."""
    message_id = await delivered(gateway)
    await gateway.forgetting.start()
    await forget(gateway, 2 * DAY_MS)
    store = gateway.store
    gateway.forgetting = gateway.housekeeping._forgetting = Forgetting(
        store=store, tables=gateway.tables, clock=gateway.clock, default=replace(RETENTION, text_days=1)
    )

    await gateway.forgetting.start()
    await forget(gateway)

    assert await store.message_text(message_id) is None


async def test_rows_of_an_open_message_are_never_pruned(gateway: Gateway) -> None:
    """Nothing is discarded that has not ended (delivery 1.2)."""
    gateway.carrier.room_left = 0
    (message_id,) = await gateway.send()
    gateway.clock.at += 500 * DAY_MS

    await gateway.forgetting.run_once()
    assert await gateway.store.message(message_id) is not None

    await forget(gateway)
    await forget(gateway)
    assert await gateway.store.message(message_id) is None


async def test_numbers_of_handsets_are_forgotten_too(gateway: Gateway) -> None:
    """After the days of whoever owns the message; an opt-out keeps its number, as it must keep working."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.hear("Hello")
    await gateway.hear("STOP")
    forgetting = Forgetting(
        store=gateway.store, tables=gateway.tables, clock=gateway.clock, default=Retention(number_days=7), rows_days=400
    )
    gateway.clock.at += 7 * DAY_MS - 1
    await forgetting.run_once()
    assert [view.sender for view in await gateway.inbox()] == [str(RECIPIENT)] * 2

    gateway.clock.at += 2
    await forgetting.run_once()

    assert [view.sender for view in await gateway.inbox()] == [f"{RECIPIENT // 10_000}****"] * 2
    assert await gateway.texts() == ["Hello", "STOP"]
    (opted_out,) = await gateway.store.opt_outs(gateway.account.account_id, limit=10)
    assert opted_out.recipient == RECIPIENT


async def test_what_handsets_wrote_is_forgotten_too(gateway: Gateway) -> None:
    """Its text after the days of whoever owns it, its row at last; nothing that is owed."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.hear("Hello")
    await gateway.want_replies(gateway.resending)
    await gateway.hear("Read me")
    forgetting = Forgetting(
        store=gateway.store,
        tables=gateway.tables,
        clock=gateway.clock,
        default=Retention(text_days=0, number_days=365),
        rows_days=400,
    )
    gateway.clock.at += DAY_MS - 1
    await forgetting.run_once()
    assert await gateway.texts() == ["Hello", "Read me"]

    gateway.clock.at += 2
    await forgetting.run_once()

    assert await gateway.texts() == ["Read me"]
    gateway.clock.at += 401 * DAY_MS
    await forgetting.run_once()
    assert await gateway.texts() == ["Read me"]
    assert len(await gateway.inbox()) == 1
