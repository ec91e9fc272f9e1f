"""Signatures have the form of Standard Webhooks 1.0.0 (rest-api 8.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from angarium.callbacks.signing import BadSecret, read_secret, sign, verify, write_secret

KEY = bytes(range(24))
OLD_KEY = bytes(range(100, 132))
WEBHOOK_ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"  # the specification's own example of an id, a time and a body
TIMESTAMP_S = 1674087231
BODY = b'{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z"}'


def expected(key: bytes, body: bytes = BODY) -> str:
    """The specification's sentence in other words: base64(HMAC-SHA256(key, id.timestamp.body)) after `v1,`."""
    content = b".".join([WEBHOOK_ID.encode(), str(TIMESTAMP_S).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def check(
    signature: str,
    *,
    keys: tuple[bytes, ...] = (KEY,),
    now_s: int = TIMESTAMP_S,
    webhook_id: str = WEBHOOK_ID,
    timestamp: str = str(TIMESTAMP_S),
) -> bool:
    """Verify the example, with something changed."""
    return verify(keys, webhook_id=webhook_id, timestamp=timestamp, signature=signature, body=BODY, now_s=now_s)


def test_the_signature_is_that_of_the_specification() -> None:
    """A verifier that follows the specification accepts what we sign (rest-api 8.6)."""
    assert sign([KEY], webhook_id=WEBHOOK_ID, timestamp_s=TIMESTAMP_S, body=BODY) == expected(KEY)


def test_while_a_secret_is_changed_both_keys_sign() -> None:
    """The header carries one signature a key, separated by a space, and either key verifies it."""
    header = sign([KEY, OLD_KEY], webhook_id=WEBHOOK_ID, timestamp_s=TIMESTAMP_S, body=BODY)

    assert header == f"{expected(KEY)} {expected(OLD_KEY)}"
    assert check(header, keys=(KEY,))
    assert check(header, keys=(OLD_KEY,))
    assert check(header, keys=(b"x" * 24, OLD_KEY))


def test_a_body_of_any_octets_can_be_signed() -> None:
    """What is signed are octets; nothing is decoded."""
    assert sign([KEY], webhook_id=WEBHOOK_ID, timestamp_s=TIMESTAMP_S, body=b"\xff%d\x00") == expected(
        KEY, b"\xff%d\x00"
    )


@pytest.mark.parametrize(
    ("webhook_id", "timestamp"),
    [
        ("msg_other", str(TIMESTAMP_S)),
        ("msg_ü", str(TIMESTAMP_S)),
        (WEBHOOK_ID, str(TIMESTAMP_S + 1)),
        (WEBHOOK_ID, ""),
        (WEBHOOK_ID, "-5"),
        (WEBHOOK_ID, "１"),
        (WEBHOOK_ID, "9" * 400),
    ],
)
def test_whatever_was_changed_does_not_verify(webhook_id: str, timestamp: str) -> None:
    """Id and time are signed with the body, and malformed headers are simply not right."""
    assert not check(expected(KEY), webhook_id=webhook_id, timestamp=timestamp)


@pytest.mark.parametrize(
    "signature", ["", "v1", "v1,", "v1,***", "v2," + "A" * 44, expected(OLD_KEY), expected(KEY)[:-2], "v1,ü"]
)
def test_a_wrong_signature_does_not_verify(signature: str) -> None:
    """Neither another key's, nor another kind's, nor a damaged one."""
    assert not check(signature)


def test_unknown_kinds_of_signature_are_passed_over() -> None:
    """A receiver finds the one it knows among those it does not."""
    assert check(f"v1a,abcd  {expected(KEY)}")


@pytest.mark.parametrize(("late_s", "verifies"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_signature_counts_for_five_minutes(late_s: int, verifies: bool) -> None:
    """An old callback that is replayed is not accepted, nor one from the future."""
    assert check(expected(KEY), now_s=TIMESTAMP_S + late_s) is verifies


def test_a_secret_is_read_as_it_is_written() -> None:
    """whsec_ and base64, both ways."""
    assert write_secret(KEY) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
    assert read_secret(write_secret(KEY)) == KEY


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "starts with whsec_"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "starts with whsec_"),
        ("whsec_***", "not valid base64"),
        ("whsec_ü", "not valid base64"),
        ("whsec_AAEC", "this one holds 3"),
        (write_secret(b"x" * 65), "this one holds 65"),
    ],
)
def test_a_bad_secret_is_told_without_showing_it(text: str, word: str) -> None:
    """The sentence says what a secret looks like and never repeats the one given."""
    with pytest.raises(BadSecret, match=word) as refusal:
        read_secret(text)

    assert text.removeprefix("whsec_") == "" or text.removeprefix("whsec_") not in str(refusal.value)
