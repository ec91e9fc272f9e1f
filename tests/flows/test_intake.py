"""Leg 1, accept: what is taken is on disk and paid for, and what is refused says why."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from angarium.core.account import AccountSettings, Caller, ConnectionSettings
from angarium.core.clocktime import MINUTE_MS
from angarium.core.credit import CREDIT
from angarium.core.features import ALL_FEATURES, NAMES
from angarium.core.message import Accepted, Priority, Refused, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.core.routing import cost_of
from angarium.core.states import Cause, State
from angarium.core.status_codes import ACCEPTED, ROUTING_ERROR, SCHEDULED
from angarium.flows.intake import Call
from angarium.ports.bell import NOTIFICATIONS, carrier_topic
from angarium.ports.store import CarrierRow, StoreUnavailable
from angarium.text.reassembly import join
from angarium.text.segments import Content
from tests.gateway import CREDIT_AT_FIRST, NOON, RATE, RECIPIENT, Gateway

HELLO = Content.of_text("Hello")


def request(*recipients: str, content: Content = HELLO, **parameters: Any) -> SendRequest:
    """A send to these recipients."""
    return SendRequest(recipients=recipients or (str(RECIPIENT),), content=content, **parameters)


def reasons(outcome: Any) -> list[Reason | None]:
    """Why each recipient was refused; None for one that was accepted."""
    return [result.refusal.reason if isinstance(result, Refused) else None for result in outcome]


async def test_an_accepted_message_is_queued_and_its_credit_reserved(gateway: Gateway) -> None:
    """Row and money are one commit, and the carrier's bell rings after it (delivery 1.1, 1.5)."""
    (message_id,) = await gateway.send()

    view = await gateway.view(message_id)
    balance = await gateway.balance()
    assert (view.state, view.cause, view.due_at, view.recipient) == (State.QUEUED, Cause.ACCEPTED, NOON, RECIPIENT)
    assert (balance.free, balance.reserved) == (CREDIT_AT_FIRST - RATE, RATE)
    assert await gateway.status(message_id) == ACCEPTED
    assert gateway.bell.rung == {carrier_topic(gateway.carrier.carrier_id): 1}


async def test_results_come_in_the_order_of_the_recipients(gateway: Gateway) -> None:
    """A refused one between two accepted ones stays between them, and a repeated number is sent twice (rest-api
    2.3).
    """
    outcome = await gateway.ask(request("27990000001", "no number", "+27990000001"))

    assert reasons(outcome) == [None, Reason.BAD_RECIPIENT, None]
    assert outcome[1].recipient == "no number"
    assert [result.recipient for result in outcome if isinstance(result, Accepted)] == [RECIPIENT, RECIPIENT]
    assert len({result.message_id for result in outcome if isinstance(result, Accepted)}) == 2


async def test_credit_that_runs_out_on_the_way_refuses_only_the_rest(gateway: Gateway) -> None:
    """The first recipients are accepted, the others get 301, and nothing is overdrawn (rest-api 5, 301)."""
    await gateway.store.buy_credit(gateway.account.account_id, 2 * RATE + 1 - CREDIT_AT_FIRST, note="", at=NOON)

    outcome = await gateway.ask(request("27990000001", "27990000002", "27990000003"))

    assert reasons(outcome) == [None, None, Reason.NO_CREDIT]
    assert (await gateway.balance()).free == 1


async def test_no_credit_for_anybody_refuses_the_whole_request(gateway: Gateway) -> None:
    """Then there is nothing to list: the call itself is refused, and nothing is stored."""
    await gateway.store.buy_credit(gateway.account.account_id, RATE - 1 - CREDIT_AT_FIRST, note="", at=NOON)

    outcome = await gateway.ask(request("27990000001", "27990000002"))

    assert outcome == Refusal(Reason.NO_CREDIT)
    assert await gateway.store.last_message_id() == 0


async def test_a_cheaper_recipient_is_taken_where_a_dearer_one_was_not(gateway: Gateway) -> None:
    """Each recipient is judged by its own price, also when the first one is too dear."""
    await gateway.store.set_rate("2782", 50 * RATE)
    await gateway.tables.refresh(gateway.store)
    await gateway.store.buy_credit(gateway.account.account_id, 2 * RATE - CREDIT_AT_FIRST, note="", at=NOON)

    outcome = await gateway.ask(request("27820000001", "27990000002"))

    assert reasons(outcome) == [Reason.NO_CREDIT, None]
    assert (await gateway.view(outcome[1].message_id)).rate == RATE


async def test_two_requests_of_one_group_share_the_same_credit(gateway: Gateway) -> None:
    """What the first one reserved, the second one cannot spend again (delivery 1.5)."""
    await gateway.store.buy_credit(gateway.account.account_id, RATE - CREDIT_AT_FIRST, note="", at=NOON)
    caller = gateway.caller()

    first, second = await gateway.intake.accept(
        [Call(caller, request("27990000001")), Call(caller, request("27990000002"))]
    )

    assert reasons(first) == [None]
    assert second == Refusal(Reason.NO_CREDIT)


async def test_two_groups_of_one_commit_share_the_same_credit(gateway: Gateway) -> None:
    """Also when they are works of their own that happen to be committed together (delivery 1.5, 4.6)."""
    await gateway.store.buy_credit(gateway.account.account_id, RATE - CREDIT_AT_FIRST, note="", at=NOON)

    outcomes = await asyncio.gather(gateway.ask(request("27990000001")), gateway.ask(request("27990000002")))

    assert sorted(isinstance(outcome, Refusal) for outcome in outcomes) == [False, True]


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ("0825550001", Reason.BAD_RECIPIENT),
        ("4477009001", Reason.NO_ROUTE),
        ("112", Reason.NO_ROUTE),
        ("333", Reason.BAD_RECIPIENT),
        ("27 99", Reason.BAD_RECIPIENT),
        ("2799000000123456", Reason.BAD_RECIPIENT),
    ],
)
async def test_recipients_refused_alike_store_nothing(gateway: Gateway, recipient: str, reason: Reason) -> None:
    """Each has its entry with the reason, and neither row nor money moves."""
    outcome = await gateway.ask(request(recipient, recipient))

    assert reasons(outcome) == [reason, reason]
    assert await gateway.store.last_message_id() == 0
    assert (await gateway.balance()).free == CREDIT_AT_FIRST


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (request(*["27990000001"] * 201), Refusal(Reason.BAD_PARAMETER, "to")),
        (SendRequest(recipients=(), content=HELLO), Refusal(Reason.BAD_PARAMETER, "to")),
        (request(sender="No-Such!"), Refusal(Reason.BAD_SENDER)),
        (request(content=Content.of_text("")), Refusal(Reason.EMPTY_MESSAGE)),
        (request(content=Content.of_text("x" * 460)), Refusal(Reason.TOO_MANY_SEGMENTS)),
        (request(content=Content.of_text("x" * 161), segments_max=1), Refusal(Reason.TOO_MANY_SEGMENTS)),
    ],
)
async def test_a_request_that_is_wrong_as_a_whole_is_refused_as_a_whole(
    gateway: Gateway, asked: SendRequest, refusal: Refusal
) -> None:
    """Nothing of it is looked at further, and nothing is stored."""
    assert await gateway.ask(asked) == refusal
    assert await gateway.store.last_message_id() == 0


async def test_a_sender_of_another_account_is_refused(gateway: Gateway) -> None:
    """Where an operator has listed senders, the list is closed."""
    await gateway.store.change_account(gateway.account.account_id, AccountSettings(senders=("acme",)))
    await gateway.tables.refresh(gateway.store)
    gateway.account = gateway.tables.directory.accounts[gateway.account.account_id]

    assert await gateway.ask(request(sender="other")) == Refusal(Reason.BAD_SENDER)
    assert reasons(await gateway.ask(request(sender="acme"))) == [None]


async def test_a_national_number_takes_the_connections_prefix(gateway: Gateway) -> None:
    """A leading 0 is replaced, and the result says what became of it."""
    connection = await gateway.store.create_connection(
        gateway.account.account_id, "national", ConnectionSettings(country_prefix="27"), at=NOON
    )

    (outcome,) = await gateway.intake.accept([Call(gateway.caller(connection), request("0990000001"))])

    assert isinstance(outcome, list)
    (result,) = outcome
    assert isinstance(result, Accepted)
    assert result.recipient == RECIPIENT


async def test_a_scheduled_message_waits_for_its_moment(gateway: Gateway) -> None:
    """It is 011 until then, is not claimed before, and its validity begins when it is due (rest-api 3, 7, 011)."""
    (message_id,) = await gateway.send(scheduled_at=NOON + 10 * MINUTE_MS, validity_min=5)
    assert await gateway.status(message_id) == SCHEDULED
    gateway.clock.at += 10 * MINUTE_MS - 1
    assert await gateway.submit() == []

    gateway.clock.at += 1

    assert await gateway.status(message_id) == ACCEPTED
    assert [submission.message_id for submission in await gateway.submit()] == [message_id]
    assert (await gateway.view(message_id)).expires_at == NOON + 15 * MINUTE_MS


async def test_priority_orders_an_accounts_own_messages(gateway: Gateway) -> None:
    """1 before 3, whichever came first (rest-api 3, `userPriorityQueue`)."""
    (low,) = await gateway.send()
    (high,) = await gateway.send(priority=Priority.HIGH)

    assert [submission.message_id for submission in await gateway.submit()] == [high, low]


async def test_the_price_is_fixed_when_the_message_is_accepted(gateway: Gateway) -> None:
    """A later rate changes nothing for it (rest-api 4.3)."""
    (message_id,) = await gateway.send("x" * 200)
    await gateway.store.set_rate("27", 100 * CREDIT)
    await gateway.tables.refresh(gateway.store)

    assert await gateway.charge(message_id) == 2 * RATE


@pytest.mark.parametrize("mood", ["refuse_next", "undo_next"])
async def test_what_cannot_be_stored_is_not_accepted(gateway: Gateway, mood: str) -> None:
    """The customer is told so, and neither message nor reservation stays (rest-api 5, 901, delivery 1.1, 4.12)."""
    setattr(gateway.store, mood, 1)

    with pytest.raises(StoreUnavailable):
        await gateway.send()

    assert await gateway.store.last_message_id() == 0
    assert (await gateway.balance()).free == CREDIT_AT_FIRST
    assert gateway.bell.rung == {}


async def test_an_accepted_message_survives_a_crash(gateway: Gateway) -> None:
    """It is on disk when the customer is told, so a new process submits it (delivery 1.1)."""
    (message_id,) = await gateway.send()

    await gateway.crash()

    assert [submission.message_id for submission in await gateway.submit()] == [message_id]


async def test_ids_go_on_after_a_crash_although_the_clock_went_back(gateway: Gateway) -> None:
    """No id is ever given twice (delivery 4.11)."""
    (first,) = await gateway.send()
    gateway.clock.at -= 10 * MINUTE_MS
    await gateway.crash()

    (second,) = await gateway.send()

    assert second > first


# --- the spelling of a text

FANCY = "“Quoted” – and so on…"
TURKISH_TEXT = "Şişli'de ağır ışık " * 5
"""95 characters: two segments of UCS-2, one by the Turkish tables."""


async def allow_tables(gateway: Gateway, languages: str) -> None:
    """Let the carrier carry these national tables."""
    carrier_id = gateway.carrier.carrier_id
    await gateway.store.change_carrier(carrier_id, settings={"national_tables": languages}, enabled=True)
    await gateway.tables.refresh(gateway.store)


def smart_caller(gateway: Gateway) -> Caller:
    """The account's program, through a connection with smart encoding."""
    connection = replace(gateway.resending, settings=replace(gateway.resending.settings, smart_encoding=True))
    return gateway.caller(connection)


async def test_smart_encoding_is_the_connections_choice(gateway: Gateway) -> None:
    """What is stored is what goes out: look-alikes for the one connection, UCS-2 for the other (rest-api 4.2)."""
    plain = request(content=Content.of_text(FANCY))

    outcomes: Any = await gateway.intake.accept([Call(smart_caller(gateway), plain), Call(gateway.caller(), plain)])
    (smart,), (exact,) = outcomes

    assert await gateway.store.message_text(smart.message_id) == '"Quoted" - and so on...'
    assert await gateway.store.message_text(exact.message_id) == FANCY


async def test_what_a_customer_spelled_stays_as_it_is(gateway: Gateway) -> None:
    """With unicode=1 the units are the customer's own, for smart encoding and national tables (rest-api 4.2)."""
    await allow_tables(gateway, "turkish")
    content = Content.of_ucs2(TURKISH_TEXT.encode("utf-16-be"))

    outcomes: Any = await gateway.intake.accept(
        [Call(smart_caller(gateway), request(content=content, alphabet_given=True))]
    )
    ((outcome,),) = outcomes

    assert (await gateway.view(outcome.message_id)).segments == 2


async def test_a_national_table_needs_the_carriers_leave(gateway: Gateway) -> None:
    """Two segments of UCS-2 without it, one with it: and that is the price (rest-api 4.2, rest-api 4.3)."""
    (before,) = await gateway.send(TURKISH_TEXT)
    await allow_tables(gateway, "spanish,turkish")
    (after,) = await gateway.send(TURKISH_TEXT)

    assert [(await gateway.view(each)).segments for each in (before, after)] == [2, 1]
    assert [await gateway.charge(each) for each in (before, after)] == [2 * RATE, RATE]
    assert await gateway.store.message_text(after) == TURKISH_TEXT


async def test_a_table_is_used_only_when_every_carrier_of_the_request_allows_it(gateway: Gateway) -> None:
    """The recipients of a request share one text, and so the tables of all their carriers (rest-api 4.2)."""
    await allow_tables(gateway, "turkish")
    other = await gateway.store.create_carrier("other", {"national_tables": "spanish"})
    await gateway.store.add_route("44", other.carrier_id)
    await gateway.store.set_rate("44", RATE)
    await gateway.tables.refresh(gateway.store)

    both = await gateway.send(TURKISH_TEXT, to=(RECIPIENT, 447700900000))
    alone = await gateway.send(TURKISH_TEXT, to=(RECIPIENT,))

    assert [(await gateway.view(each)).segments for each in (*both, *alone)] == [2, 2, 1]


async def test_what_was_written_by_a_table_survives_a_crash(gateway: Gateway) -> None:
    """Cut again from the stored row, every segment names the table, and joined they are the text (rest-api 4.2)."""
    await allow_tables(gateway, "turkish")
    text = TURKISH_TEXT * 3
    await gateway.send(text)
    await gateway.crash()

    submissions = await gateway.submit()
    (payload,) = {each.payload for each in submissions}

    assert len(submissions) == len(payload.user_data) == 2
    assert all(part.octets <= 140 and b"\x25\x01\x01" in part.udh for part in payload.user_data)
    assert join(payload.user_data) == text


async def test_a_limit_of_segments_is_judged_after_the_spelling(gateway: Gateway) -> None:
    """Too long as UCS-2 and short enough by a table is accepted; too long in any way is refused (rest-api 4.2)."""
    content = Content.of_text(TURKISH_TEXT)

    before = await gateway.ask(request(content=content, segments_max=1))
    await allow_tables(gateway, "turkish")
    after = await gateway.ask(request(content=content, segments_max=1))
    longer = await gateway.ask(request(content=Content.of_text(TURKISH_TEXT * 2), segments_max=1))

    assert [before, longer] == [Refusal(Reason.TOO_MANY_SEGMENTS)] * 2
    assert reasons(after) == [None]


# --- routes and prices


async def second_carrier(gateway: Gateway, *, rate: int, prefix: str = "27", settings: dict | None = None) -> int:
    """Another carrier for the same numbers, at a rate of its own."""
    carrier = await gateway.store.create_carrier("second", settings or {})
    await gateway.store.add_route(prefix, carrier.carrier_id)
    await gateway.store.set_rate("", rate, carrier_id=carrier.carrier_id)
    await gateway.tables.refresh(gateway.store)
    return int(carrier.carrier_id)


async def test_the_cheapest_of_equal_routes_is_taken(gateway: Gateway) -> None:
    """Its rate is the price, and what it costs us is kept with the message (rest-api 4.3)."""
    second = await second_carrier(gateway, rate=RATE - 1)
    await gateway.store.set_cost(second, "2799", 3)
    await gateway.tables.refresh(gateway.store)

    (message_id,) = await gateway.send("x" * 200)

    view = await gateway.view(message_id)
    assert (view.carrier_id, view.rate, view.cost, view.segments) == (second, RATE - 1, 3, 2)
    assert (await gateway.balance()).reserved == 2 * (RATE - 1)


async def test_a_carrier_that_takes_nothing_is_not_one_of_which_nobody_knows(gateway: Gateway) -> None:
    """A message keeps which of the two it is, also when the cost is set or forgotten later."""
    (unknown,) = await gateway.send()
    cost = await gateway.store.set_cost(gateway.carrier.carrier_id, "", 0)
    await gateway.tables.refresh(gateway.store)
    (free,) = await gateway.send()
    await gateway.store.remove_cost(cost.cost_id)
    await gateway.tables.refresh(gateway.store)

    assert cost_of((await gateway.view(unknown)).cost) is None
    assert cost_of((await gateway.view(free)).cost) == 0


async def test_a_ceiling_picks_a_route_within_it(gateway: Gateway) -> None:
    """A costlier route with a longer prefix is passed over, by the charge of the whole message (rest-api 3)."""
    second = await second_carrier(gateway, rate=2 * RATE, prefix="2799")

    (dear,) = await gateway.send("x" * 200, credits_max=4 * RATE)
    (cheap,) = await gateway.send("x" * 200, credits_max=4 * RATE - 1)

    assert (await gateway.view(dear)).carrier_id == second
    assert (await gateway.view(cheap)).carrier_id == gateway.carrier.carrier_id


async def test_no_route_within_the_ceiling_ends_as_a_routing_error(gateway: Gateway) -> None:
    """Accepted, ended at once, uncharged, and told if the mask asks for it (rest-api 3, rest-api 8.2)."""
    (told,) = await gateway.send("x" * 200, credits_max=2 * RATE - 1, callback=4)
    (untold,) = await gateway.send(credits_max=RATE - 1, callback=1)
    (sent,) = await gateway.send(credits_max=RATE)

    view = await gateway.view(told)
    assert (view.state, view.cause, view.sent_mask) == (State.REJECTED, Cause.TOO_COSTLY, 0)
    assert [await gateway.status(each) for each in (told, untold, sent)] == [ROUTING_ERROR, ROUTING_ERROR, ACCEPTED]
    assert [await gateway.charge(each) for each in (told, untold)] == [0, 0]
    assert gateway.bell.rung[NOTIFICATIONS] == 1
    assert await gateway.hear_all() == [ROUTING_ERROR]
    assert [submission.message_id for submission in await gateway.submit()] == [sent]


async def test_a_ceiling_is_on_the_charge_of_what_is_sent(gateway: Gateway) -> None:
    """A text that a national table makes shorter is judged by its shorter form (rest-api 3, rest-api 4.2)."""
    await allow_tables(gateway, "turkish")

    (message_id,) = await gateway.send(TURKISH_TEXT, credits_max=RATE)

    assert (await gateway.view(message_id)).segments == 1
    assert await gateway.status(message_id) == ACCEPTED


async def test_an_entry_too_costly_needs_no_credit(gateway: Gateway) -> None:
    """It costs nothing, so it is accepted where the others get 301 (rest-api 3)."""
    await gateway.store.buy_credit(gateway.account.account_id, -CREDIT_AT_FIRST, note="", at=NOON)
    await gateway.store.set_rate("2782", 2 * RATE)
    await gateway.tables.refresh(gateway.store)

    outcome = await gateway.ask(request("27820000001", "27990000001", credits_max=RATE))

    assert reasons(outcome) == [None, Reason.NO_CREDIT]


async def test_a_route_without_the_needed_features_is_no_route(gateway: Gateway) -> None:
    """Asked for or implied by the content; when no carrier has them, the entry is refused (rest-api 3)."""
    first = gateway.carrier.carrier_id
    await gateway.store.change_carrier(first, settings={"lacks": "UCS2, DELIVACK"}, enabled=True)
    gateway.tables._features_of = lambda row: ALL_FEATURES & ~sum(NAMES[name] for name in _lacking(row))
    await gateway.tables.refresh(gateway.store)

    assert reasons(await gateway.ask(request())) == [None]
    assert reasons(await gateway.ask(request(content=Content.of_text("Привет")))) == [Reason.NO_ROUTE]
    assert reasons(await gateway.ask(request(features=NAMES["DELIVACK"]))) == [Reason.NO_ROUTE]

    second = await second_carrier(gateway, rate=RATE)
    (message_id,) = await gateway.send("Привет")
    assert (await gateway.view(message_id)).carrier_id == second


def _lacking(row: CarrierRow) -> list[str]:
    return [name.strip() for name in str(row.settings.get("lacks", "")).split(",") if name.strip()]
