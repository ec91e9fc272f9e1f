"""Who pays, who calls, and how they are known."""

from __future__ import annotations

from hashlib import sha256

import pytest

from angarium.core.account import (
    RECIPIENTS_MAX_LIMIT,
    Account,
    AccountSettings,
    ApiConnection,
    CallbackMethod,
    CallbackTarget,
    Caller,
    ConnectionSettings,
    Directory,
    DoubtPolicy,
    token_hash,
)

NOON = 1_790_000_000_000
ACME = Account(account_id=1, name="acme")
SHOP = ApiConnection(connection_id=7, account_id=1, name="shop")
DIGEST = token_hash(b"token")


def directory(credentials: dict[bytes, int]) -> Directory:
    """One account with one connection, and these credentials."""
    return Directory(accounts={1: ACME}, connections={7: SHOP}, credentials=credentials)


@pytest.mark.parametrize(
    ("senders", "sender", "may_use"),
    [
        ((), "Angarium", True),
        ((), "", True),
        (("Angarium",), "Angarium", True),
        (("Angarium", "27990000001"), "27990000001", True),
        (("Angarium",), "angarium", False),
        (("Angarium",), "27990000001", False),
    ],
)
def test_an_account_may_use_its_senders(senders: tuple[str, ...], sender: str, may_use: bool) -> None:
    """An account without a list may use any sender; one listed closes the rest (rest-api 3, `from`)."""
    account = Account(account_id=1, name="acme", settings=AccountSettings(senders=senders))

    assert account.may_use(sender) is may_use


def test_a_token_is_known_by_its_digest() -> None:
    """What is stored and looked up is the SHA-256 of the token, never the token."""
    assert token_hash(b"token") == sha256(b"token").digest()


def test_a_credential_leads_to_its_caller() -> None:
    """A valid digest proves which connection calls, and for which account."""
    caller = directory({DIGEST: 7}).caller(DIGEST, now=NOON)

    assert caller is not None
    assert (caller.account, caller.connection) == (ACME, SHOP)


@pytest.mark.parametrize("digest", [b"", token_hash(b"other"), DIGEST[:-1], b"token"])
def test_an_unknown_credential_leads_nowhere(digest: bytes) -> None:
    """Anything but a valid digest is nobody: the bare token too."""
    assert directory({DIGEST: 7}).caller(digest, now=NOON) is None


def test_several_credentials_lead_to_one_connection() -> None:
    """A connection may have several tokens at once, so that one can be replaced without a gap."""
    several = directory({DIGEST: 7, token_hash(b"next"): 7})

    assert several.caller(DIGEST, now=NOON) == several.caller(token_hash(b"next"), now=NOON)


def test_a_credential_may_have_an_end() -> None:
    """It leads nowhere from then on, and one beside it without an end goes on."""
    ending = Directory(
        accounts={1: ACME},
        connections={7: SHOP},
        credentials={DIGEST: 7, token_hash(b"next"): 7},
        ends={DIGEST: NOON},
    )

    assert ending.caller(DIGEST, now=NOON - 1) is not None
    assert ending.caller(DIGEST, now=NOON) is None
    assert ending.caller(token_hash(b"next"), now=NOON) is not None


def test_whoever_calls_through_a_connection_is_its_account() -> None:
    """Also without a credential: an operator asks in its place."""
    assert directory({}).caller_of(SHOP) == Caller(ACME, SHOP)


def test_a_credential_of_a_missing_connection_is_a_mistake() -> None:
    """A directory that does not hold together is not made at all."""
    with pytest.raises(KeyError):
        directory({DIGEST: 8})


def test_settings_begin_as_published() -> None:
    """What nobody chose is what rest-api 3 and 8 say, and the house's policy in doubt."""
    account, connection = AccountSettings(), ConnectionSettings()
    target = CallbackTarget(url="https://customer.example")

    assert (account.recipients_max, RECIPIENTS_MAX_LIMIT, account.senders) == (200, 600, ())
    assert (connection.segments_max, connection.doubt, connection.callback) == (3, DoubtPolicy.RESEND, None)
    assert (connection.sender, connection.country_prefix) == ("", "")
    assert (target.method, target.signing_secret, target.verify_tls) == (CallbackMethod.GET, "", True)


def test_choices_are_stored_by_these_words() -> None:
    """The values are written into stores and settings files: they never change."""
    assert [str(policy) for policy in DoubtPolicy] == ["resend", "unknown"]
    assert [str(method) for method in CallbackMethod] == ["get", "post", "json", "xml"]
