"""What an operator changes: kept as given, unique by name, and noticed by every process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from angarium.core.account import (
    AccountSettings,
    CallbackMethod,
    CallbackTarget,
    ConnectionSettings,
    DoubtPolicy,
    token_hash,
)
from angarium.core.credit import CREDIT, BadAmount
from angarium.core.queues import Hold
from angarium.core.routing import CostEntry, RateEntry, RouteEntry
from angarium.core.states import Cause, State
from angarium.ports.store import AlreadyExists, NotFound
from tests.contract.stage import NOON, RECIPIENT, AnyStore, Place, Stage, move, outcomes

ACCOUNT = AccountSettings(recipients_max=600, senders=("Angarium", "27990000001", "it's 5"))
CONNECTION = ConnectionSettings(
    sender="Angarium",
    country_prefix="27",
    segments_max=35,
    doubt=DoubtPolicy.UNKNOWN,
    callback=CallbackTarget(
        url="https://customer.example/a?b=c&d=%20",
        method=CallbackMethod.XML,
        user_name="ü",
        password="p'w\"\\",
        signing_secret="whsec_x",
        verify_tls=False,
    ),
)
CARRIER: dict[str, object] = {"host": "smsc.example", "port": 2775, "tls": None, "rates": [1, 2.5], "on": True}
NAMES = ["acme", "it's", '"x"', "тест 😀", "a" * 200, " "]
UNKNOWN = 4711


# --- accounts


@pytest.mark.parametrize("settings", [AccountSettings(), ACCOUNT])
async def test_an_account_is_kept_as_given(place: Place, store: AnyStore, settings: AccountSettings) -> None:
    """Name and settings come back the same, also after a restart."""
    account = await store.create_account("acme", settings, at=NOON)

    assert (account.name, account.settings) == ("acme", settings)
    assert await (await place.reopen(store)).accounts() == [account]


async def test_accounts_are_listed_oldest_first(store: AnyStore) -> None:
    """In the order in which they were made, whatever their names."""
    accounts = [await store.create_account(name, AccountSettings(), at=NOON) for name in ("b", "c", "a")]

    assert await store.accounts() == accounts


async def test_an_account_changes_its_settings_and_nothing_else(store: AnyStore) -> None:
    """The new settings replace the old ones whole."""
    first = await store.create_account("acme", ACCOUNT, at=NOON)
    second = await store.create_account("other", ACCOUNT, at=NOON)

    await store.change_account(first.account_id, AccountSettings(recipients_max=1))

    changed, same = await store.accounts()
    assert (changed.account_id, changed.name) == (first.account_id, "acme")
    assert changed.settings == AccountSettings(recipients_max=1)
    assert same == second


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_given_once(store: AnyStore, name: str) -> None:
    """Accounts and carriers have names of their own; whoever comes second is told, and nothing is changed."""
    await store.create_account(name, ACCOUNT, at=NOON)
    await store.create_carrier(name, CARRIER)

    with pytest.raises(AlreadyExists):
        await store.create_account(name, AccountSettings(), at=NOON)
    with pytest.raises(AlreadyExists):
        await store.create_carrier(name, {})

    assert [(account.name, account.settings) for account in await store.accounts()] == [(name, ACCOUNT)]
    assert [(carrier.name, carrier.settings) for carrier in await store.carriers()] == [(name, CARRIER)]


async def test_of_two_who_want_a_name_at_once_one_gets_it(place: Place, store: AnyStore) -> None:
    """Also when they ask from different processes."""
    other = await place.open()

    found = await outcomes(*(each.create_account("acme", ACCOUNT, at=NOON) for each in (store, other, store)))

    assert sum(isinstance(outcome, AlreadyExists) for outcome in found) == 2
    assert len(await store.accounts()) == 1


# --- connections


@pytest.mark.parametrize("settings", [ConnectionSettings(), CONNECTION])
async def test_a_connection_is_kept_as_given(place: Place, stage: Stage, settings: ConnectionSettings) -> None:
    """Every choice of its owner comes back the same, also after a restart."""
    connection = await stage.store.create_connection(stage.account_id, "app", settings, at=NOON)

    assert (connection.account_id, connection.name, connection.settings) == (stage.account_id, "app", settings)
    assert (await (await place.reopen(stage.store)).connections())[1:] == [connection]


async def test_connections_are_listed_of_one_account_or_of_all(stage: Stage) -> None:
    """Oldest first in both cases."""
    other = (await stage.store.create_account("other", ACCOUNT, at=NOON)).account_id
    second = await stage.store.create_connection(other, "b", CONNECTION, at=NOON)
    third = await stage.store.create_connection(stage.account_id, "a", CONNECTION, at=NOON)

    assert await stage.store.connections(other) == [second]
    assert (await stage.store.connections(stage.account_id))[1:] == [third]
    assert (await stage.store.connections())[1:] == [second, third]
    assert await stage.store.connections(UNKNOWN) == []


async def test_a_connection_changes_its_settings_and_nothing_else(stage: Stage) -> None:
    """The new settings replace the old ones whole."""
    before = await stage.store.create_connection(stage.account_id, "app", CONNECTION, at=NOON)

    await stage.store.change_connection(before.connection_id, ConnectionSettings(sender="New"))

    _, after = await stage.store.connections()
    assert (after.connection_id, after.name, after.settings) == (
        before.connection_id,
        "app",
        ConnectionSettings(sender="New"),
    )


async def test_a_connection_has_a_name_of_its_own_within_its_account(stage: Stage) -> None:
    """Another account may use the same one."""
    other = (await stage.store.create_account("other", ACCOUNT, at=NOON)).account_id
    await stage.store.create_connection(stage.account_id, "app", CONNECTION, at=NOON)
    await stage.store.create_connection(other, "app", CONNECTION, at=NOON)

    with pytest.raises(AlreadyExists):
        await stage.store.create_connection(other, "app", CONNECTION, at=NOON)


# --- directory


async def test_a_directory_holds_accounts_and_connections(stage: Stage) -> None:
    """All of them, by number, as they stand."""
    directory = await stage.store.directory()

    assert list(directory.accounts.values()) == await stage.store.accounts()
    assert list(directory.connections.values()) == await stage.store.connections()
    assert list(directory.connections) == [stage.connection_id]


# --- carriers


async def test_a_carrier_is_kept_as_given(place: Place, store: AnyStore) -> None:
    """Enabled, with whatever settings its edge needs."""
    carrier = await store.create_carrier("carrier", CARRIER)

    assert carrier[1:] == ("carrier", CARRIER, True, Hold.NO)
    assert await (await place.reopen(store)).carriers() == [carrier]


async def test_a_carrier_changes(store: AnyStore) -> None:
    """Settings are replaced, and it is enabled or not."""
    carrier = await store.create_carrier("carrier", CARRIER)

    await store.change_carrier(carrier.carrier_id, settings={"host": "new"}, enabled=False)
    assert await store.carriers() == [carrier._replace(settings={"host": "new"}, enabled=False)]

    await store.change_carrier(carrier.carrier_id, settings=CARRIER, enabled=True)
    assert await store.carriers() == [carrier]


@pytest.mark.parametrize("hold", Hold)
async def test_a_carrier_is_held(place: Place, store: AnyStore, hold: Hold) -> None:
    """Its settings stay, and the hold survives a restart and a change of the settings."""
    carrier = await store.create_carrier("carrier", CARRIER)

    await store.hold_carrier(carrier.carrier_id, hold)
    await store.change_carrier(carrier.carrier_id, settings={}, enabled=True)

    with pytest.raises(NotFound):
        await store.hold_carrier(UNKNOWN, hold)
    assert await (await place.reopen(store)).carriers() == [carrier._replace(settings={}, hold=hold)]


@pytest.mark.parametrize("state", State)
async def test_a_carrier_with_open_messages_stays(stage: Stage, state: State) -> None:
    """It is forgotten only when nothing can come of it any more."""
    (message_id,) = await stage.queue()
    if state is State.SUBMITTED:
        await stage.send("a1")
    if state is not State.QUEUED:
        await stage.move(move(message_id, state=state, cause=Cause.CLAIMED))

    (outcome,) = await outcomes(stage.store.remove_carrier(stage.carrier_id))

    is_open = state in {State.QUEUED, State.SUBMITTING, State.SUBMITTED}
    assert isinstance(outcome, AlreadyExists) == is_open
    assert len(await stage.store.carriers()) == is_open


async def test_a_carrier_with_routes_stays(stage: Stage) -> None:
    """Until the last route is taken away."""
    route = await stage.store.add_route("27", stage.carrier_id)

    with pytest.raises(AlreadyExists):
        await stage.store.remove_carrier(stage.carrier_id)
    await stage.store.remove_route(route.route_id)
    await stage.store.remove_carrier(stage.carrier_id)

    assert await stage.store.carriers() == []


async def test_no_route_leads_to_a_carrier_that_goes_at_the_same_moment(stage: Stage) -> None:
    """Of two who change the same thing one comes first, and the other is told."""
    found = await outcomes(stage.store.remove_carrier(stage.carrier_id), stage.store.add_route("27", stage.carrier_id))

    assert sum(isinstance(outcome, (AlreadyExists, NotFound)) for outcome in found) == 1
    assert len(await stage.store.routes()) == len(await stage.store.carriers())


# --- routes and rates


async def test_routes_are_listed_by_prefix(stage: Stage) -> None:
    """One a prefix, the empty one too."""
    routes = [await stage.store.add_route(prefix, stage.carrier_id) for prefix in ("44", "", "278", "27")]

    assert await stage.store.routes() == sorted(routes, key=lambda route: route.prefix)
    with pytest.raises(AlreadyExists):
        await stage.store.add_route("27", stage.carrier_id)

    await stage.store.remove_route(routes[0].route_id)
    assert [route.prefix for route in await stage.store.routes()] == ["", "27", "278"]


async def test_rates_are_listed_for_everyone_first(stage: Stage) -> None:
    """Then by account and prefix; the same prefix may have a rate for each."""
    other = (await stage.store.create_account("other", ACCOUNT, at=NOON)).account_id
    wanted = [("44", other), ("27", stage.account_id), ("44", None), ("27", None), ("27", other)]
    rates = [await stage.store.set_rate(prefix, 5, account_id=account_id) for prefix, account_id in wanted]

    assert await stage.store.rates() == [rates[3], rates[2], rates[1], rates[4], rates[0]]

    await stage.store.remove_rate(rates[2].rate_id)
    assert [(rate.prefix, rate.account_id) for rate in await stage.store.rates()][:2] == [
        ("27", None),
        ("27", stage.account_id),
    ]


@pytest.mark.parametrize("is_own", [False, True])
async def test_a_rate_replaces_an_earlier_one(stage: Stage, is_own: bool) -> None:
    """The same prefix for the same account has one price; the others keep theirs."""
    ours, everyone = (stage.account_id, None) if is_own else (None, stage.account_id)
    kept = await stage.store.set_rate("27", 3, account_id=everyone)
    await stage.store.set_rate("27", 5, account_id=ours)

    replaced = await stage.store.set_rate("27", 0, account_id=ours)

    assert sorted(await stage.store.rates(), key=lambda rate: rate.rate_id) == [kept, replaced]
    assert replaced.rate == 0


async def test_a_routing_table_is_routes_and_rates_as_they_stand(stage: Stage) -> None:
    """With the account's own price before the general one."""
    await stage.store.add_route("27", stage.carrier_id)
    await stage.store.set_rate("27", 5)
    before = await stage.store.routing_table()
    await stage.store.set_rate("27", 3, account_id=stage.account_id)

    after = await stage.store.routing_table()

    assert before.routes(RECIPIENT, account_id=stage.account_id) == ((stage.carrier_id, 5, 0),)
    assert after.routes(RECIPIENT, account_id=stage.account_id) == ((stage.carrier_id, 3, 0),)
    assert after.routes(RECIPIENT, account_id=UNKNOWN) == ((stage.carrier_id, 5, 0),)


async def test_routes_to_a_disabled_carrier_are_as_if_they_were_not(stage: Stage) -> None:
    """A shorter prefix takes over while it lasts."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await stage.store.add_route("27", stage.carrier_id)
    await stage.store.add_route("2799", other)
    await stage.store.set_rate("27", 5)

    await stage.store.change_carrier(other, settings={}, enabled=False)

    table = await stage.store.routing_table()
    assert table.routes(RECIPIENT, account_id=stage.account_id) == ((stage.carrier_id, 5, 0),)
    assert len(await stage.store.routes()) == 2


# --- what is not there


MISSING: dict[str, Callable[[Stage], Awaitable[object]]] = {
    "change_account": lambda on: on.store.change_account(UNKNOWN, ACCOUNT),
    "create_connection": lambda on: on.store.create_connection(UNKNOWN, "app", CONNECTION, at=NOON),
    "change_connection": lambda on: on.store.change_connection(UNKNOWN, CONNECTION),
    "add_token": lambda on: on.store.add_token(UNKNOWN, token_hash=token_hash(b"t"), sealed=b"", at=NOON),
    "revoke_token": lambda on: on.store.revoke_token(UNKNOWN, at=NOON),
    "change_carrier": lambda on: on.store.change_carrier(UNKNOWN, settings={}, enabled=True),
    "remove_carrier": lambda on: on.store.remove_carrier(UNKNOWN),
    "add_route": lambda on: on.store.add_route("27", UNKNOWN),
    "remove_route": lambda on: on.store.remove_route(UNKNOWN),
    "set_rate": lambda on: on.store.set_rate("27", 5, account_id=UNKNOWN),
    "remove_rate": lambda on: on.store.remove_rate(UNKNOWN),
    "buy_credit": lambda on: on.store.buy_credit(UNKNOWN, CREDIT, note="", at=NOON),
}


@pytest.mark.parametrize("verb", MISSING)
async def test_what_is_not_there_cannot_be_changed(stage: Stage, verb: str) -> None:
    """Every change names its subject; a number that nobody has is told with a sentence, and nothing is made."""
    with pytest.raises(NotFound, match=str(UNKNOWN)):
        await MISSING[verb](stage)

    assert len(await stage.store.accounts()) == len(await stage.store.connections()) == 1
    assert await stage.store.routes() == await stage.store.rates() == await stage.store.tokens() == []


# --- noticed by everyone

CHANGES: dict[str, Callable[[Stage], Awaitable[object]]] = {
    "create_account": lambda on: on.store.create_account("new", ACCOUNT, at=NOON),
    "change_account": lambda on: on.store.change_account(on.account_id, ACCOUNT),
    "create_connection": lambda on: on.store.create_connection(on.account_id, "new", CONNECTION, at=NOON),
    "change_connection": lambda on: on.store.change_connection(on.connection_id, CONNECTION),
    "add_token": lambda on: on.store.add_token(on.connection_id, token_hash=token_hash(b"t"), sealed=b"", at=NOON),
    "create_carrier": lambda on: on.store.create_carrier("new", {}),
    "change_carrier": lambda on: on.store.change_carrier(on.carrier_id, settings={}, enabled=False),
    "remove_carrier": lambda on: on.store.remove_carrier(on.carrier_id),
    "add_route": lambda on: on.store.add_route("27", on.carrier_id),
    "set_rate": lambda on: on.store.set_rate("27", 5),
}


@pytest.mark.parametrize("verb", CHANGES)
async def test_the_version_of_the_settings_grows(place: Place, stage: Stage, verb: str) -> None:
    """Whichever process makes a change, every other sees that its tables are old."""
    other = await place.open()
    before = await other.settings_version()

    await CHANGES[verb](stage)

    assert await other.settings_version() > before


async def test_the_version_grows_when_something_is_taken_away(stage: Stage) -> None:
    """A revoked token above all."""
    route = await stage.store.add_route("27", stage.carrier_id)
    rate = await stage.store.set_rate("27", 5)
    token = await stage.store.add_token(stage.connection_id, token_hash=token_hash(b"t"), sealed=b"", at=NOON)
    versions = [await stage.store.settings_version()]

    for taking in (
        stage.store.revoke_token(token.token_id, at=NOON),
        stage.store.remove_rate(rate.rate_id),
        stage.store.remove_route(route.route_id),
    ):
        await taking
        versions.append(await stage.store.settings_version())

    assert versions == sorted(set(versions))


async def test_messages_do_not_change_the_settings(stage: Stage) -> None:
    """Otherwise every process would load its tables again at every commit."""
    before = await stage.store.settings_version()

    await stage.queue()
    await stage.claim()

    assert await stage.store.settings_version() == before


# --- secrets


async def test_a_secret_is_made_once_and_kept(place: Place, store: AnyStore) -> None:
    """The same for every process and after a restart; of the length asked for at first, and none is like another."""
    other = await place.open()

    first, same = [await each.secret("public_ids", octets=16) for each in (store, other)]
    another = await store.secret("other", octets=32)

    assert first == same == await (await place.reopen(store)).secret("public_ids", octets=16)
    assert (len(first), len(another)) == (16, 32)
    assert another[:16] != first


async def test_of_two_who_ask_for_a_new_secret_at_once_both_get_the_same(place: Place, store: AnyStore) -> None:
    """Ids that one process shows are read by the other."""
    other = await place.open()

    found = await outcomes(*(each.secret("public_ids", octets=16) for each in (store, other, store)))

    assert len(set(found)) == 1
    assert isinstance(found[0], bytes)


# --- several routes for a prefix, rates for carriers, costs


async def test_a_prefix_has_a_route_for_each_carrier_account_and_sender(stage: Stage) -> None:
    """One of each kind; they come back as given."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    account_id = stage.account_id
    given = [
        await stage.store.add_route("27", stage.carrier_id),
        await stage.store.add_route("27", stage.carrier_id, sender="Bank"),
        await stage.store.add_route("27", other, quality=0),
        await stage.store.add_route("27", other, account_id=account_id, quality=100),
        await stage.store.add_route("27", other, account_id=account_id, sender="Bank"),
    ]

    assert sorted(await stage.store.routes(), key=lambda route: route.route_id) == given
    assert given[3] == RouteEntry(given[3].route_id, "27", other, account_id, None, 100)
    for route in given:
        with pytest.raises(AlreadyExists):
            await stage.store.add_route(
                "27", route.carrier_id, account_id=route.account_id, sender=route.sender, quality=7
            )


async def test_a_rate_may_be_for_a_carrier(stage: Stage) -> None:
    """Beside the one for all, and for an account too; each replaces only its own kind."""
    general = await stage.store.set_rate("27", 5)
    for_carrier = await stage.store.set_rate("27", 4, carrier_id=stage.carrier_id)
    own = await stage.store.set_rate("27", 3, carrier_id=stage.carrier_id, account_id=stage.account_id)

    replaced = await stage.store.set_rate("27", 2, carrier_id=stage.carrier_id)

    assert set(await stage.store.rates()) == {general, replaced, own}
    assert (for_carrier.carrier_id, replaced.rate) == (stage.carrier_id, 2)


async def test_costs_are_kept_by_carrier_and_prefix(stage: Stage) -> None:
    """What is said again replaces what was said, and routes carry it."""
    await stage.store.add_route("27", stage.carrier_id)
    await stage.store.set_rate("27", 5)
    await stage.store.set_cost(stage.carrier_id, "27", 3)
    wide = await stage.store.set_cost(stage.carrier_id, "", 2)
    narrow = await stage.store.set_cost(stage.carrier_id, "27", 4)

    assert await stage.store.costs() == [wide, narrow]
    table = await stage.store.routing_table()
    assert table.routes(RECIPIENT, account_id=stage.account_id) == ((stage.carrier_id, 5, 4),)

    await stage.store.remove_cost(narrow.cost_id)
    assert await stage.store.costs() == [wide]
    for refused in (stage.store.remove_cost(UNKNOWN), stage.store.set_cost(UNKNOWN, "27", 1)):
        with pytest.raises(NotFound):
            await refused


async def test_less_than_nothing_is_no_price(stage: Stage) -> None:
    """Neither as a rate nor as a cost."""
    for refused in (
        stage.store.set_rate("27", -1),
        stage.store.set_cost(stage.carrier_id, "27", -1),
        stage.store.change_rates(remove=(), put=[RateEntry(0, "27", -1)]),
        stage.store.change_costs(remove=(), put=[CostEntry(0, stage.carrier_id, "27", -1)]),
    ):
        with pytest.raises(BadAmount, match="is 0 or more"):
            await refused
    assert await stage.store.rates() == await stage.store.costs() == []


async def test_many_prices_change_together_or_not_at_all(stage: Stage) -> None:
    """What goes and what comes are one transaction, and running processes notice it once."""
    old = await stage.store.set_rate("27", 5)
    kept = await stage.store.set_rate("44", 6)
    before = await stage.store.settings_version()

    await stage.store.change_rates(
        remove=[old.rate_id], put=[RateEntry(0, "27", 7), RateEntry(0, "278", 8, stage.account_id, stage.carrier_id)]
    )

    assert {(rate.prefix, rate.rate) for rate in await stage.store.rates()} == {("27", 7), ("44", 6), ("278", 8)}
    assert await stage.store.settings_version() == before + 1
    rates = await stage.store.rates()
    with pytest.raises(AlreadyExists, match="look at the difference again"):
        await stage.store.change_rates(remove=[kept.rate_id], put=[RateEntry(0, "27", 1)])
    with pytest.raises(NotFound):
        await stage.store.change_rates(remove=[kept.rate_id], put=[RateEntry(0, "1", 1, account_id=UNKNOWN)])
    assert await stage.store.rates() == rates


async def test_many_routes_and_costs_change_together(stage: Stage) -> None:
    """As rates do."""
    route = await stage.store.add_route("27", stage.carrier_id)
    cost = await stage.store.set_cost(stage.carrier_id, "27", 3)

    await stage.store.change_routes(
        remove=[route.route_id], put=[RouteEntry(0, "44", stage.carrier_id, stage.account_id, "Bank", 70)]
    )
    await stage.store.change_costs(remove=[cost.cost_id], put=[CostEntry(0, stage.carrier_id, "44", 9)])

    (route,), (cost,) = await stage.store.routes(), await stage.store.costs()
    assert (route.prefix, route.account_id, route.sender, route.quality) == ("44", stage.account_id, "Bank", 70)
    assert (cost.prefix, cost.cost) == ("44", 9)


async def test_a_carrier_that_goes_takes_its_rates_and_costs_along(stage: Stage) -> None:
    """They would be nobody's."""
    await stage.store.set_rate("27", 5, carrier_id=stage.carrier_id)
    await stage.store.set_cost(stage.carrier_id, "27", 3)
    general = await stage.store.set_rate("27", 5)

    await stage.store.remove_carrier(stage.carrier_id)

    assert await stage.store.costs() == []
    assert await stage.store.rates() == [general]
