"""What a preview shows is what intake would do, and nothing is done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from angarium.core.account import Caller
from angarium.core.message import Accepted, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.flows.preview import Costly, Preview, RecipientPreview, SegmentPreview, preview
from angarium.text.alphabet import Alphabet
from angarium.text.lookalikes import Replacement
from angarium.text.national import NO_SHIFTS, NationalLanguage, Shifts
from angarium.text.segments import Content
from tests.gateway import RATE, RECIPIENT, Gateway

FANCY = "“Hi” – it’s me"


def asked(text: str, *recipients: str, **parameters: Any) -> SendRequest:
    """A send of this text."""
    return SendRequest(recipients=recipients, content=Content.of_text(text), **parameters)


def shown(gateway: Gateway, request: SendRequest, *, smart: bool = False) -> Preview:
    """The preview of a send that is not refused as a whole."""
    found = preview(gateway.tables, caller(gateway, smart=smart), request)
    assert isinstance(found, Preview)
    return found


def caller(gateway: Gateway, *, smart: bool) -> Caller:
    """The account's program, with smart encoding or without."""
    settings = replace(gateway.resending.settings, smart_encoding=smart)
    return gateway.caller(replace(gateway.resending, settings=settings))


async def allow_turkish(gateway: Gateway) -> None:
    """Let the carrier carry the Turkish tables."""
    settings = {"national_tables": "turkish"}
    await gateway.store.change_carrier(gateway.carrier.carrier_id, settings=settings, enabled=True)
    await gateway.tables.refresh(gateway.store)


async def test_a_plain_text_is_one_segment_with_room(gateway: Gateway) -> None:
    """Its length, what is left, and the price for each recipient or why there is none (rest-api 4.1, 4.3)."""
    found = shown(gateway, asked("Hello", "+27990000001", "no number", "4477009000"))

    assert (found.alphabet, found.shifts, found.unit) == (Alphabet.GSM7, NO_SHIFTS, "septets")
    assert found.segments == (SegmentPreview("Hello", 5),)
    assert (found.remaining, found.replaced, found.costly) == (155, (), ())
    assert found.recipients == (
        RecipientPreview("27990000001", RATE, None),
        RecipientPreview("no number", 0, Refusal(Reason.BAD_RECIPIENT)),
        RecipientPreview("4477009000", 0, Refusal(Reason.NO_ROUTE)),
    )
    assert found.price == RATE


async def test_what_smart_encoding_replaces_is_shown(gateway: Gateway) -> None:
    """Each sign with its place and its look-alike (rest-api 4.2)."""
    found = shown(gateway, asked(FANCY, str(RECIPIENT)), smart=True)

    assert found.replaced == (
        Replacement(0, "“", '"'),
        Replacement(3, "”", '"'),
        Replacement(5, "–", "-"),
        Replacement(9, "’", "'"),
    )
    assert found.segments == (SegmentPreview('"Hi" - it\'s me', 14),)
    assert found.costly == ()


async def test_what_forced_ucs2_is_shown(gateway: Gateway) -> None:
    """Every character that no 7 bits hold, with its places; with smart encoding only what has no look-alike."""
    plain = shown(gateway, asked("“жa” ж", str(RECIPIENT)))
    smart = shown(gateway, asked("“жe\u0301” ж", str(RECIPIENT)), smart=True)

    assert (plain.alphabet, plain.unit, plain.remaining) == (Alphabet.UCS2, "units", 64)
    assert plain.costly == (Costly("“", (0,)), Costly("ж", (1, 5)), Costly("”", (3,)))
    assert smart.costly == (Costly("ж", (1, 6)),)
    assert smart.replaced == ()


async def test_what_a_customer_spelled_forced_nothing(gateway: Gateway) -> None:
    """With unicode=1 the units are the customer's own choice."""
    content = Content.of_ucs2("ж".encode("utf-16-be"))
    found = shown(gateway, SendRequest(recipients=(str(RECIPIENT),), content=content, alphabet_given=True), smart=True)

    assert (found.alphabet, found.costly) == (Alphabet.UCS2, ())


async def test_national_tables_are_shown(gateway: Gateway) -> None:
    """Which tables the carriers of these recipients allow, and what fits beside their elements (rest-api 4.2)."""
    await allow_turkish(gateway)

    found = shown(gateway, asked("ş", str(RECIPIENT)))
    elsewhere = shown(gateway, asked("ş"))

    assert (found.shifts, found.segments) == (Shifts(single=NationalLanguage.TURKISH), (SegmentPreview("ş", 2),))
    assert found.remaining == 153
    assert (elsewhere.alphabet, elsewhere.recipients, elsewhere.price) == (Alphabet.UCS2, (), 0)


async def test_a_text_that_is_too_long_is_shown_and_refused_for_each(gateway: Gateway) -> None:
    """Who still writes sees how far it is over, and that nobody would be accepted (rest-api 3, `maxMessageParts`)."""
    found = shown(gateway, asked("a" * 500, str(RECIPIENT), "x"))
    allowed = shown(gateway, asked("a" * 500, str(RECIPIENT), segments_max=4))

    assert [each.used for each in found.segments] == [153, 153, 153, 41]
    assert [each.refusal for each in found.recipients] == [
        Refusal(Reason.TOO_MANY_SEGMENTS),
        Refusal(Reason.BAD_RECIPIENT),
    ]
    assert allowed.price == 4 * RATE


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (asked("", str(RECIPIENT)), Reason.EMPTY_MESSAGE),
        (asked("x", str(RECIPIENT), sender="much too long a sender"), Reason.BAD_SENDER),
        (asked("x", *[str(RECIPIENT)] * 201), Reason.BAD_PARAMETER),
        (asked("x" * 153 * 256, str(RECIPIENT)), Reason.TOO_MANY_SEGMENTS),
    ],
)
async def test_what_would_be_refused_as_a_whole_is(gateway: Gateway, request_: SendRequest, reason: Reason) -> None:
    """Then there is nothing to show but the reason."""
    found = preview(gateway.tables, gateway.caller(), request_)

    assert isinstance(found, Refusal)
    assert found.reason is reason


@pytest.mark.parametrize("text", ["Hello", FANCY, FANCY * 9, "ş" * 90, "ж" * 90, "€" * 90, "“ş” " * 30])
@pytest.mark.parametrize("smart", [False, True])
async def test_a_preview_is_what_intake_does(gateway: Gateway, text: str, smart: bool) -> None:
    """Segments and price are those of the message accepted afterwards; nothing is stored before (rest-api 4.3)."""
    await allow_turkish(gateway)
    request = asked(text, str(RECIPIENT), segments_max=10)

    found = shown(gateway, request, smart=smart)
    assert await gateway.store.last_message_id() == 0
    (outcome,) = await gateway.intake.accept([Call(caller(gateway, smart=smart), request)])

    assert isinstance(outcome, list)
    (accepted,) = outcome
    assert isinstance(accepted, Accepted)
    assert (await gateway.view(accepted.message_id)).segments == len(found.segments)
    assert await gateway.charge(accepted.message_id) == found.price
    assert await gateway.store.message_text(accepted.message_id) == "".join(each.text for each in found.segments)
