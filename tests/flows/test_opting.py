"""STOP, START and HELP: what they change, at once and for good."""

from __future__ import annotations

from angarium.core.clocktime import HOUR_MS
from angarium.core.inbound import InboundState
from angarium.core.inbound_numbers import OptOutScope
from angarium.core.message import Accepted, Refused, SendRequest
from angarium.core.optout import OptOut
from angarium.core.refusals import Reason, Refusal
from angarium.text.segments import Content
from tests.gateway import NOON, RECIPIENT, TWO_WAY, Gateway

OTHER = 27990000002


async def send_from(gateway: Gateway, sender: str = TWO_WAY, *to: int) -> list[int | Reason]:
    """Send; the recipient of each message that was accepted, the reason for each that was not."""
    recipients = tuple(map(str, to or (RECIPIENT, OTHER)))
    outcome = await gateway.ask(SendRequest(recipients=recipients, content=Content.of_text("Hello"), sender=sender))
    assert not isinstance(outcome, Refusal)
    return [each.recipient if isinstance(each, Accepted) else each.refusal.reason for each in outcome]


async def test_a_handset_opts_out_of_a_sender_and_in_again(gateway: Gateway) -> None:
    """Later sends to it are refused, those to others are not, and START mends it (rest-api 9.5)."""
    await gateway.own(TWO_WAY, gateway.resending)
    assert await send_from(gateway) == [RECIPIENT, OTHER]

    await gateway.hear("STOP")

    assert await send_from(gateway) == [Reason.OPTED_OUT, OTHER]
    assert await send_from(gateway, "Elsewhere") == [RECIPIENT, OTHER]
    assert await gateway.store.opt_outs(gateway.account.account_id, limit=10) == [
        OptOut(gateway.account.account_id, TWO_WAY, RECIPIENT, NOON, "stop")
    ]

    await gateway.hear("start!")

    assert await send_from(gateway) == [RECIPIENT, OTHER]


async def test_an_opt_out_outlives_a_crash(gateway: Gateway) -> None:
    """It is committed with the message that said so (rest-api 9.5)."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.hear("Arrêt")
    await gateway.crash()

    assert await send_from(gateway) == [Reason.OPTED_OUT, OTHER]


async def test_a_send_to_nobody_but_those_who_left_is_refused_entry_by_entry(gateway: Gateway) -> None:
    """Nothing is stored of it, and nothing is paid."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.hear("stop")
    before = await gateway.balance()

    outcome = await gateway.ask(
        SendRequest(recipients=(str(RECIPIENT),), content=Content.of_text("Hello"), sender=TWO_WAY)
    )

    assert outcome == [Refused(str(RECIPIENT), Refusal(Reason.OPTED_OUT))]
    assert await gateway.balance() == before


async def test_a_number_that_stands_for_the_account_stops_all_its_senders(gateway: Gateway) -> None:
    """The operator's choice, for senders that cannot be answered (rest-api 9.5)."""
    await gateway.own(TWO_WAY, gateway.resending, scope=OptOutScope.ACCOUNT)

    await gateway.hear("stop")
    assert await send_from(gateway, "Elsewhere") == [Reason.OPTED_OUT, OTHER]

    await gateway.hear("start")
    assert await send_from(gateway, "Elsewhere") == [RECIPIENT, OTHER]


async def test_the_word_is_pushed_to_the_owner_too(gateway: Gateway) -> None:
    """A customer keeps a list of its own."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.want_replies(gateway.resending)

    await gateway.hear("STOP")

    (delivery,) = await gateway.push()
    assert delivery.notification.content.text() == "STOP"


async def test_an_answer_goes_out_once_an_hour_and_is_paid(gateway: Gateway) -> None:
    """A message like any other, to a handset that has just opted out; two machines never talk for ever."""
    await gateway.own(TWO_WAY, gateway.resending, stop_answer="You have left.", help_answer="Call us.")
    before = await gateway.balance()

    await gateway.hear("stop")
    await gateway.hear("help")
    await gateway.hear("STOP")

    (answer,) = await gateway.submit()
    assert (answer.recipient, answer.payload.sender) == (RECIPIENT, TWO_WAY)
    assert Content(*answer.payload.user_data[0]).text() == "You have left."
    assert (await gateway.balance()).free < before.free
    gateway.clock.at += HOUR_MS
    await gateway.hear("help")
    assert [Content(*each.payload.user_data[0]).text() for each in await gateway.submit()] == ["Call us."]


async def test_our_own_numbers_get_no_answer(gateway: Gateway) -> None:
    """Two of them would answer each other."""
    await gateway.own(TWO_WAY, gateway.resending, help_answer="Call us.")
    await gateway.own("27999000000", gateway.resending, help_answer="Call us.")

    await gateway.hear("help", sender="27999000000")

    assert await gateway.submit() == []


async def test_a_shared_number_opts_out_of_whom_the_keyword_names(gateway: Gateway) -> None:
    """Keywords of one account here; the row says which account."""
    await gateway.own("31234", gateway.resending, keyword="win")
    await gateway.hear("STOP LOSE", to="31234")
    assert await send_from(gateway, "31234") == [RECIPIENT, OTHER]

    await gateway.hear("STOP WIN", to="31234")

    assert await send_from(gateway, "31234") == [Reason.OPTED_OUT, OTHER]
    assert [each.state for each in await gateway.inbox()] == [InboundState.UNOWNED, InboundState.UNOWNED]


async def test_opt_outs_cost_nothing_where_there_are_none(gateway: Gateway) -> None:
    """An account that nobody has left is not looked up at all (rest-api 9.5)."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.hear("hello")
    assert gateway.tables.opted_out == set()

    await gateway.hear("stop")
    assert gateway.tables.opted_out == {gateway.account.account_id}
    await gateway.tables.refresh(gateway.store)
    assert gateway.tables.opted_out == {gateway.account.account_id}


# --- mo=1


async def test_a_repliable_message_comes_from_the_connections_number(gateway: Gateway) -> None:
    """Whatever its usual sender is (rest-api 3)."""
    await gateway.own(TWO_WAY, gateway.resending)

    await gateway.send(repliable=True)

    assert (await gateway.submit_one()).payload.sender == TWO_WAY


async def test_repliable_without_a_number_is_refused(gateway: Gateway) -> None:
    """Nobody could answer: the parameter is wrong (rest-api 3)."""
    request = SendRequest(recipients=(str(RECIPIENT),), content=Content.of_text("Hello"), repliable=True)

    assert await gateway.ask(request) == Refusal(Reason.BAD_PARAMETER, "mo")


async def test_a_sender_beside_it_must_be_one_of_the_numbers(gateway: Gateway) -> None:
    """It chooses among them; any other contradicts it (rest-api 3)."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.own("31234", gateway.resending)

    await gateway.send(repliable=True, sender="31234")

    assert (await gateway.submit_one()).payload.sender == "31234"
    request = SendRequest(recipients=(str(RECIPIENT),), content=Content.of_text("Hello"), repliable=True, sender="ACME")
    assert await gateway.ask(request) == Refusal(Reason.BAD_SENDER)
