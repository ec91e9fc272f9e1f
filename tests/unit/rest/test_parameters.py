"""Each parameter of a send, in each form of a value."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.account import Account, AccountSettings, ApiConnection, Caller
from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from angarium.core.credit import CREDITS_MAX
from angarium.core.features import ALL_FEATURES
from angarium.core.message import Priority, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.rest.parameters import parse_moment, send_request
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content

NOW = 1_795_348_800_000
"""2026-11-22T12:00:00Z"""
TO = ["27990000001"]
HEADER = "0605040B8423F0"


def caller(*, recipients_max: int = 200, senders: tuple[str, ...] = ()) -> Caller:
    """Somebody who calls."""
    settings = AccountSettings(recipients_max=recipients_max, senders=senders)
    return Caller(
        Account(account_id=1, name="account", settings=settings),
        ApiConnection(connection_id=1, account_id=1, name="connection"),
    )


def read(**fields: Any) -> SendRequest:
    """What these parameters, beside a text and a recipient, ask for."""
    fields = {"text": "Hello", "to": TO, **{name.rstrip("_"): value for name, value in fields.items()}}
    return send_request(fields, caller=caller(senders=("ACME", "27990000099")), now=NOW)


def refused(**fields: Any) -> Refusal:
    """How these parameters, beside a text and a recipient, are refused."""
    with pytest.raises(Refusal) as caught:
        read(**fields)
    return caught.value


def test_text_and_recipients_are_enough() -> None:
    """All else has its default."""
    assert read() == SendRequest(recipients=("27990000001",), content=Content.of_text("Hello"))


NOT_SET = [0, 0.0, "", "0", False, "false", None]
FLAGS = ["mo", "unicode", "binary", "escalate"]
NUMBERS = {
    "maxMessageParts": 35,
    "validityPeriod": 10_080,
    "userPriorityQueue": 3,
    "requiredFeatures": ALL_FEATURES,
    "callback": 7,
}


@pytest.mark.parametrize("value", NOT_SET)
@pytest.mark.parametrize("name", [*FLAGS, *NUMBERS, "maxCredits", "udh", "type", "scheduledDeliveryTime"])
def test_zero_empty_and_false_mean_not_set(name: str, value: object) -> None:
    """A client library that sends every parameter, zero-valued, asks for nothing special (rest-api 3.1)."""
    assert read(**{name: value}) == read()


@pytest.mark.parametrize("value", [0, "", False, None])
@pytest.mark.parametrize("name", ["from", "clientMessageId", "userDataHeader"])
def test_names_that_are_zero_empty_or_false_are_not_set(name: str, value: object) -> None:
    """The same holds for what is a text."""
    assert read(**{name: value}) == read()


@pytest.mark.parametrize(
    "value", [-1, 1.5, "1.5", "one", "0x1", "1_0", "١", "true false", [], {}, [1], "9" * 30, 10**40]
)
@pytest.mark.parametrize("name", [*FLAGS, *NUMBERS])
def test_what_is_no_number_in_range_is_named(name: str, value: object) -> None:
    """The answer says which parameter to correct (rest-api 3.1)."""
    assert refused(**{name: value}) == Refusal(Reason.BAD_PARAMETER, name)


@pytest.mark.parametrize(("name", "highest"), NUMBERS.items())
def test_a_number_is_bounded(name: str, highest: int) -> None:
    """The highest value is allowed, in any form, and the next is not."""
    assert read(**{name: highest}) == read(**{name: str(highest)}) == read(**{name: float(highest)})
    assert refused(**{name: highest + 1}) == Refusal(Reason.BAD_PARAMETER, name)


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_0_or_1(name: str) -> None:
    """Two is no flag."""
    assert refused(**{name: 2}) == Refusal(Reason.BAD_PARAMETER, name)


def test_numbers_take_effect() -> None:
    """Each number arrives where it belongs."""
    request = read(maxMessageParts=5, validityPeriod="60", userPriorityQueue=True, callback=4)

    assert (request.segments_max, request.validity_min, request.priority, request.callback) == (5, 60, Priority.HIGH, 4)


@pytest.mark.parametrize("value", [True, "true", " TRUE "])
def test_callback_true_is_every_status(value: object) -> None:
    """True stands for the whole mask (rest-api 3)."""
    assert read(callback=value).callback == 7


@pytest.mark.parametrize(("bits", "is_known"), [(1 | 16384, True), (64, False), (ALL_FEATURES, True), (128 | 1, False)])
def test_features_are_those_that_are_published(bits: int, is_known: bool) -> None:
    """No carrier can have a feature that nobody has defined."""
    if is_known:
        assert read(requiredFeatures=bits).features == bits
    else:
        assert refused(requiredFeatures=bits) == Refusal(Reason.BAD_PARAMETER, "requiredFeatures")


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "text"), [("Hi", "Hi"), (123456, "123456"), (0, "0"), (1.5, "1.5"), (" ", " ")])
def test_a_text_may_be_a_number(value: object, text: str) -> None:
    """Many a client sends a one-time password as a number."""
    assert read(text=value).content == Content.of_text(text)


@pytest.mark.parametrize("value", [None, True, False, [], ["Hi"], {}])
def test_a_text_that_is_none_is_missing(value: object) -> None:
    """Neither a flag nor a list is a text."""
    assert refused(text=value) == Refusal(Reason.BAD_PARAMETER, "text")


def test_an_empty_text_is_an_empty_message() -> None:
    """It is not missing, it is empty: another code."""
    assert refused(text="") == Refusal(Reason.EMPTY_MESSAGE)


def test_unicode_text_is_16_bit_units_in_hex() -> None:
    """Either case of digits; the units are taken as they are."""
    content = read(text="00480069d83dDE00", unicode=1).content

    assert content == Content.of_ucs2("Hi😀".encode("utf-16-be"))


@pytest.mark.parametrize("text", ["Hello", "004", "00 48", "é048", "004800"])
def test_unicode_text_of_another_form_is_refused(text: str) -> None:
    """Digits must be hex, and whole units of four."""
    assert refused(text=text, unicode="1") == Refusal(Reason.BAD_UNICODE)


def test_binary_text_is_octets_in_hex() -> None:
    """Two digits an octet."""
    assert read(text="00fFa0", binary=True).content == Content(Alphabet.BINARY, b"", b"\x00\xff\xa0")


@pytest.mark.parametrize("text", ["0", "0g", "00 ff", "hello", "é0"])
def test_binary_text_of_another_form_is_refused(text: str) -> None:
    """The text is what must be corrected."""
    assert refused(text=text, binary=1) == Refusal(Reason.BAD_PARAMETER, "text")


def test_a_message_is_not_unicode_and_binary_at_once() -> None:
    """One of the two must go."""
    assert refused(text="00480069", unicode=1, binary=1) == Refusal(Reason.BAD_PARAMETER, "binary")


@pytest.mark.parametrize(
    "fields", [{"udh": HEADER}, {"userDataHeader": HEADER.lower()}, {"udh": "", "userDataHeader": HEADER}]
)
def test_a_user_data_header_has_two_names(fields: dict[str, str]) -> None:
    """Whichever is filled in counts."""
    assert read(**fields).content == Content.of_text("Hello", bytes.fromhex(HEADER))


@pytest.mark.parametrize("header", ["06", "0605040B8423", "0505040B8423F0", "header", "060", 6, True, ["06"], {}])
def test_a_malformed_user_data_header_is_refused(header: object) -> None:
    """Its lengths must agree."""
    assert refused(udh=header) == Refusal(Reason.BAD_USER_DATA_HEADER)


def test_a_user_data_header_that_leaves_no_room_is_refused() -> None:
    """A header can be well formed and still too long for the text."""
    header = bytes((139, 0x70, 137)) + bytes(137)

    assert refused(udh=header.hex()) == Refusal(Reason.BAD_USER_DATA_HEADER)


@pytest.mark.parametrize(("value", "flash"), [("SMS_FLASH", True), ("SMS_DEFAULT", False)])
def test_the_type_may_be_flash(value: str, flash: bool) -> None:
    """Flash is message class 0."""
    assert read(type=value).flash is flash


@pytest.mark.parametrize("value", ["SMS_NOKIA_RTTL", "sms_flash", 1, True, [], "FLASH"])
def test_another_type_is_refused(value: object) -> None:
    """The old handset types are gone."""
    assert refused(type=value) == Refusal(Reason.BAD_PARAMETER, "type")


# --- recipients, sender, ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "recipients"),
    [
        ("27990000001", ("27990000001",)),
        (27990000001, ("27990000001",)),
        (27990000001.0, ("27990000001",)),
        (["+27", 28, 2.9e10, None, True, False], ("+27", "28", "29000000000", "", "true", "")),
        (["", "27"], ("", "27")),
        (["1,2"], ("1,2",)),
    ],
)
def test_recipients_come_in_many_forms(to: object, recipients: tuple[str, ...]) -> None:
    """One or several, strings or numbers; what is no number is refused later, beside the others."""
    assert read(to=to).recipients == recipients


@pytest.mark.parametrize(
    "to", [None, "", [], [""], [None], False, {}, {"to": "27"}, [["27"]], [{"to": "27"}], ["27"] * 201]
)
def test_none_or_too_many_recipients_are_refused(to: object) -> None:
    """Nothing is sent to anybody."""
    assert refused(to=to) == Refusal(Reason.BAD_PARAMETER, "to")


def test_an_account_may_have_another_limit_of_recipients() -> None:
    """The setting decides, not the default."""
    fields = {"text": "Hello", "to": ["27990000001"] * 600}

    assert len(send_request(fields, caller=caller(recipients_max=600), now=NOW).recipients) == 600


@pytest.mark.parametrize(
    ("value", "sender"), [("ACME", "ACME"), ("+27990000099", "27990000099"), (27990000099, "27990000099")]
)
def test_a_sender_of_the_account_is_used(value: object, sender: str) -> None:
    """A numeric one is normalised."""
    assert read(from_=value).sender == sender


@pytest.mark.parametrize("value", ["A-C-M-E", "Twelve chars", "1" * 17, "\n", "Café", True, [], ["ACME"], -1])
def test_what_is_no_sender_is_refused(value: object) -> None:
    """Whose it is, intake says: it may be an inbound number of the connection."""
    assert refused(from_=value) == Refusal(Reason.BAD_SENDER)


@pytest.mark.parametrize(
    ("value", "expected"), [("a b", "a b"), ("0", "0"), (17, "17"), ("x" * 64, "x" * 64), ("ü😀", "ü😀")]
)
def test_a_client_message_id_is_kept_as_given(value: object, expected: str) -> None:
    """It is the customer's own."""
    assert read(clientMessageId=value).client_message_id == expected


def test_escalate_is_a_flag() -> None:
    """Off unless the customer allows a costlier route (rest-api 3)."""
    assert read(escalate="true").escalate
    assert not read(escalate=0).escalate


@pytest.mark.parametrize("value", ["x" * 65, True, [], ["a"], {"a": 1}])
def test_a_client_message_id_of_another_form_is_refused(value: object) -> None:
    """It is a text of at most 64 characters."""
    assert refused(clientMessageId=value) == Refusal(Reason.BAD_PARAMETER, "clientMessageId")


@pytest.mark.parametrize(
    ("value", "credits_max"),
    [
        (1, 1_000_000),
        (0.8, 800_000),
        (1e-7, 0),
        ("0.8", 800_000),
        (" 2 ", 2_000_000),
        (".5", 500_000),
        ("3.", 3_000_000),
        (10**12, CREDITS_MAX),
        (10**15, CREDITS_MAX),
        ("0.0", None),
    ],
)
def test_a_ceiling_of_credits_is_decimal(value: object, credits_max: int | None) -> None:
    """It is read in any form that a number has, exactly, never as a float (rest-api 3)."""
    assert read(maxCredits=value).credits_max == credits_max


@pytest.mark.parametrize("value", [-1, -0.5, "cheap", "1,5", "1e5", "inf", "nan", True, "true", [], "9" * 31, 1e300])
def test_a_ceiling_of_another_form_is_refused(value: object) -> None:
    """Neither negative nor endless, and never evaluated as anything else."""
    assert refused(maxCredits=value) == Refusal(Reason.BAD_PARAMETER, "maxCredits")


# --- moments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "after_ms"),
    [
        ("2026-11-22T12:00:00Z", 0),
        ("2026-11-22T12:00:00z", 0),
        ("2026-11-22t12:00Z", 0),
        ("2026-11-22 12:00:01", SECOND_MS),
        ("2026-11-22T12:00:00.5Z", 500),
        ("2026-11-22T12:00:00,123456789Z", 123),
        ("2026-11-22T14:00:00+02:00", 0),
        ("2026-11-22T14:00:00+02", 0),
        ("2026-11-22T08:30:00 -0330", 0),
        ("20261122T120100Z", MINUTE_MS),
        ("20261122T1300", HOUR_MS),
        (" 2026-11-23T00:00:00Z ", 12 * HOUR_MS),
        ("2026-11-29T12:00:00Z", 7 * DAY_MS),
    ],
)
def test_a_delivery_time_is_iso_8601(text: str, after_ms: int) -> None:
    """Extended or basic, with a zone or in UTC, with seconds and fractions or without (rest-api 3,
    `scheduledDeliveryTime`, delivery 4.8).
    """
    assert read(scheduledDeliveryTime=text).scheduled_at == NOW + after_ms


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T11:59:59.999Z",
        "2026-11-29T12:00:00.001Z",
        "2026-11-22",
        "12:00",
        "2026-11-31T12:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T12:60:00Z",
        "2026-11-22T12:00:00+25:00",
        "2026-11-22T12:00:00+02:60",
        "2026-1122T12:00:00Z",
        "2026-11-22T12:0000Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "٢٠٢٦-11-22T12:00:00Z",
        "tomorrow",
        1_795_348_900,
        True,
        [],
        ["2026-11-22T12:00:01Z"],
    ],
)
def test_another_delivery_time_is_refused(value: object) -> None:
    """Past, too far ahead, no such moment, or no moment at all (rest-api 5, code 120)."""
    assert refused(scheduledDeliveryTime=value) == Refusal(Reason.BAD_DELIVERY_TIME)


def test_moments_are_read_exactly() -> None:
    """To the millisecond, and also before the epoch (delivery 4.8)."""
    assert parse_moment("1969-12-31T23:59:59.999Z") == -1
    assert parse_moment("2026-11-22T12:00:00.001Z") == NOW + 1


# --- order -----------------------------------------------------------------------------------------------------------


def test_the_first_mistake_in_the_order_of_the_table_is_told() -> None:
    """The order of members in the body does not matter."""
    mistakes = {
        "type": "none",
        "requiredFeatures": 64,
        "escalate": 2,
        "userPriorityQueue": 9,
        "validityPeriod": -1,
        "scheduledDeliveryTime": "never",
        "maxCredits": "none",
        "maxMessageParts": 99,
        "udh": "00ff",
        "binary": 2,
        "unicode": 2,
        "mo": 2,
        "callback": 9,
        "clientMessageId": "x" * 65,
        "from": "-",
        "to": [],
        "text": None,
    }
    told = []
    while mistakes:
        refusal = refused(**mistakes)
        told.append(refusal.parameter or refusal.reason.name)
        mistakes.popitem()

    assert told == [
        "text", "to", "BAD_SENDER", "clientMessageId", "callback", "mo", "unicode", "binary", "BAD_USER_DATA_HEADER",
        "maxMessageParts", "maxCredits", "BAD_DELIVERY_TIME", "validityPeriod", "userPriorityQueue", "escalate",
        "requiredFeatures", "type",
    ]  # fmt: skip
