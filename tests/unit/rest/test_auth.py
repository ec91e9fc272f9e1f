"""Tokens and their callers."""

from __future__ import annotations

import hashlib

import pytest

from angarium.core.account import Account, ApiConnection, Directory, token_hash
from angarium.core.refusals import Reason, Refusal
from angarium.rest.auth import authenticate

NOON = 1_790_000_000_000
ACCOUNT = Account(account_id=1, name="account")
CONNECTION = ApiConnection(connection_id=2, account_id=1, name="connection")
DIRECTORY = Directory(
    accounts={1: ACCOUNT}, connections={2: CONNECTION}, credentials={hashlib.sha256(b"t0ken.==").digest(): 2}
)


@pytest.mark.parametrize("value", [b"Bearer t0ken.==", b"bearer t0ken.==", b"BEARER  t0ken.==", b"Bearer\tt0ken.=="])
def test_a_token_names_its_caller(value: bytes) -> None:
    """The scheme may be in any case and apart by any blanks."""
    caller = authenticate({b"authorization": value}, DIRECTORY, now=NOON)

    assert (caller.account, caller.connection) == (ACCOUNT, CONNECTION)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": b""},
        {b"authorization": b"Bearer"},
        {b"authorization": b"t0ken.=="},
        {b"authorization": b"Basic t0ken.=="},
        {b"authorization": b"Bearer T0KEN.=="},
        {b"authorization": b"Bearer t0ken.== more"},
        {b"authorization": b"Bearer t0ken.==, Bearer t0ken.=="},
        {b"authorization": b"Bearer \xff\xfe"},
    ],
)
def test_anything_else_is_refused_alike(headers: dict[bytes, bytes]) -> None:
    """Missing, malformed and unknown are one answer, so that nothing can be learned from it."""
    with pytest.raises(Refusal) as caught:
        authenticate(headers, DIRECTORY, now=NOON)

    assert caught.value == Refusal(Reason.AUTHENTICATION_FAILED)


def test_a_token_is_kept_as_its_digest() -> None:
    """Who adds a token and who looks it up use the same digest."""
    assert token_hash(b"t0ken.==") == hashlib.sha256(b"t0ken.==").digest()


def test_a_token_at_its_end_is_refused_like_an_unknown_one() -> None:
    """From the very moment on, and not before (rest-api 1.3)."""
    digest = token_hash(b"t0ken.==")
    ending = Directory(accounts={1: ACCOUNT}, connections={2: CONNECTION}, credentials={digest: 2}, ends={digest: NOON})
    headers = {b"authorization": b"Bearer t0ken.=="}

    assert authenticate(headers, ending, now=NOON - 1).connection == CONNECTION
    with pytest.raises(Refusal):
        authenticate(headers, ending, now=NOON)
