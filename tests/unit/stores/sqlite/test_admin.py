"""What an operator set years ago is read today, and what he sets is refused before it does harm."""

from __future__ import annotations

import pytest

from angarium.core.account import AccountSettings, CallbackMethod, CallbackTarget, ConnectionSettings
from angarium.core.credit import CREDIT
from angarium.ports.store import AlreadyExists, NotFound
from angarium.stores.sqlite.store import SqliteStore
from tests.contract.stage import NOON, Stage, outcomes


async def test_settings_of_an_older_version_are_read_with_defaults(store: SqliteStore, stage: Stage) -> None:
    """What it did not know has the value that everyone begins with."""
    store._database.execute("UPDATE accounts SET settings = '{}'")
    store._database.execute("""UPDATE connections SET settings = '{"callback": {"url": "https://x.example"}}'""")

    assert [account.settings for account in await store.accounts()] == [AccountSettings()]
    assert [connection.settings for connection in await store.connections()] == [
        ConnectionSettings(callback=CallbackTarget(url="https://x.example", method=CallbackMethod.GET))
    ]


async def test_settings_of_a_newer_version_are_read_as_far_as_they_are_known(store: SqliteStore, stage: Stage) -> None:
    """Going back one version does not end in an error."""
    store._database.execute("""UPDATE accounts SET settings = '{"recipients_max": 7, "new": [1]}'""")

    assert [account.settings for account in await store.accounts()] == [AccountSettings(recipients_max=7)]


async def test_a_change_that_is_refused_does_not_count_as_one(store: SqliteStore, stage: Stage) -> None:
    """Nobody loads the tables again for nothing."""
    before = await store.settings_version()

    for refused in (
        store.create_account("acme", AccountSettings(), at=NOON),
        store.create_connection(stage.account_id, "shop", ConnectionSettings(), at=NOON),
        store.create_carrier("carrier", {}),
        store.buy_credit(stage.account_id, -1_000 * CREDIT, note="", at=NOON),
    ):
        with pytest.raises(AlreadyExists):
            await refused
    for missing in (store.remove_route(7), store.remove_rate(7), store.remove_carrier(7)):
        with pytest.raises(NotFound):
            await missing

    assert await store.settings_version() == before


async def test_refusals_name_what_is_taken(store: SqliteStore, stage: Stage) -> None:
    """A person reads them at the command line."""
    await store.add_route("27", stage.carrier_id)

    with pytest.raises(AlreadyExists, match="there is an account named 'acme' already"):
        await store.create_account("acme", AccountSettings(), at=NOON)
    with pytest.raises(AlreadyExists, match="there is a carrier named 'carrier' already"):
        await store.create_carrier("carrier", {})
    with pytest.raises(AlreadyExists, match="there is a route for prefix '27' to this carrier already"):
        await store.add_route("27", stage.carrier_id)
    with pytest.raises(AlreadyExists, match="routes lead to this carrier: remove them first"):
        await store.remove_carrier(stage.carrier_id)
    with pytest.raises(AlreadyExists, match="no more can be taken back than is free"):
        await store.buy_credit(stage.account_id, -1_000 * CREDIT, note="", at=NOON)


async def test_a_purchase_and_its_entry_are_one_write(store: SqliteStore, stage: Stage) -> None:
    """Neither is ever there without the other."""
    store._database.execute("DROP TABLE ledger")

    (outcome,) = await outcomes(store.buy_credit(stage.account_id, CREDIT, note="", at=NOON))

    assert isinstance(outcome, Exception)
    assert (await store.balance(stage.account_id)).purchased == 100 * CREDIT
