"""Accounts, connections and tokens, each command its own run, over a real store in a temporary folder."""

from __future__ import annotations

import base64

import pytest


def test_an_account_is_made_changed_and_shown(angarium):
    """What was set is what is shown, and what is not given stays."""
    words = ("--country", "any", "--sender", "ACME", "--sender", "+27123")
    made = angarium("account", "create", "Acme", *words, "--json").json
    assert made.items() >= {"account_id": 1, "name": "Acme", "recipients_max": 200}.items()
    assert made["senders"] == ["ACME", "27123"]

    angarium("account", "set", "Acme", "--recipients-max", "600")

    assert angarium("account", "list", "--json").json == [{**made, "recipients_max": 600}]
    shown = angarium("account", "show", "1", "--json").json
    assert shown["free"] == "0.000000"
    assert shown["connections"] == []
    assert angarium("account", "set", "Acme", "--any-sender", "--json").json["senders"] == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["account", "create", "Acme", "--country", "ZA"], 1, "Acme"),
        (["account", "create", "a/b", "--country", "ZA"], 2, "no slash"),
        (["account", "create", "x"], 2, "--country ZA (repeat for more), or --country any"),
        (["account", "create", "x", "--country", "Narnia"], 2, "'Narnia' is not a country"),
        (["account", "create", "x", "--country", "ZA", "--country", "any"], 2, "any alone"),
        (["account", "create", "x", "--country", "ZA", "--sender", "A", "--any-sender"], 2, "not both"),
        (["account", "create", "x", "--country", "ZA", "--per-second", "1000001"], 2, "within reason"),
        (["account", "create", "x", "--country", "ZA", "--credits-per-day", "much"], 1, "not an amount"),
        (["account", "set", "Acme", "--any-sender", "--registered-only"], 2, "not both"),
        (["account", "create", "x", "--recipients-max", "601"], 2, "--recipients-max"),
        (["account", "create", "x", "--country", "ZA", "--sender", "twelve chars"], 2, "cannot be a sender"),
        (["account", "show", "Nobody"], 1, "There are: Acme."),
        (["account", "set", "Acme", "--sender", "A", "--any-sender"], 2, "not both"),
        (["connection", "create", "Nobody", "x"], 1, "no account 'Nobody'"),
        (["connection", "show", "x"], 1, "There are: Acme/web."),
        (["connection", "set", "web", "--callback-method", "json"], 2, "give its URL too"),
        (["connection", "set", "web", "--callback-url", "http://u:p@h/"], 2, "in their own fields"),
        (
            ["connection", "set", "web", "--callback-url", "http://h/", "--callback-secret", "x"],
            2,
            "starts with whsec_",
        ),
        (["connection", "set", "web", "--country-prefix", "027"], 2, "no leading 0"),
        (["connection", "set", "web", "--doubt", "maybe"], 2, "maybe"),
        (["connection", "set", "web", "--network", "10.0.0.1/8"], 2, "did you mean 10.0.0.0/8?"),
        (["connection", "set", "web", "--network", "10.0.0.1", "--any-network"], 2, "not both"),
        (["token", "create", "nowhere"], 1, "There are: Acme/web."),
        (["token", "revoke", "7"], 1, "7"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(made, words, code, says):
    """Names of what there is come with the refusal, so that the next try succeeds."""
    ran = made(*words)

    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_smart_encoding_is_switched_on_and_off(made):
    """It is off until somebody chooses it, and stays as it is when it is not named (rest-api 4.2)."""
    shown = [
        made("connection", "set", "web", *words, "--json").json["smart_encoding"]
        for words in ([], ["--smart-encoding"], ["--segments-max", "5"], ["--no-smart-encoding"])
    ]

    assert shown == [False, True, True, False]


def test_a_connection_is_set_bit_by_bit_and_hides_its_secrets(made):
    """Secrets go in and never come out again."""
    made("connection", "set", "Acme/web", "--callback-url", "https://example.com/cb", "--callback-password", "hunter2")
    ran = made(
        "connection", "set", "web", "--callback-method", "json", "--callback-secret", "new", "--doubt", "unknown"
    )
    shown = made("connection", "show", "1", "--json").json

    secret = ran.err.split()[-1]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret not in ran.out
    assert shown["sender"] == "ACME"
    assert shown["doubt"] == "unknown"
    assert shown["callback"] == {
        "url": "https://example.com/cb",
        "method": "json",
        "user_name": "",
        "password": "********",
        "signing_secret": "********",
        "verify_tls": True,
    }
    assert made("connection", "set", "web", "--callback-url", "", "--json").json["callback"] is None
    assert len(made("connection", "list", "Acme", "--json").json) == 1


def test_a_new_signing_secret_may_stand_beside_the_old_one(made):
    """While receivers change over, both sign; each of them is checked (rest-api 8.6)."""
    new, old = (f"whsec_{base64.b64encode(bytes([octet] * 24)).decode()}" for octet in b"no")
    made("connection", "set", "web", "--callback-url", "https://example.com/cb")

    assert made("connection", "set", "web", "--callback-secret", f"{new} {old}").code == 0
    assert "whsec_" in made("connection", "set", "web", "--callback-secret", f"{new} x").err


def test_a_token_is_rotated_and_the_old_one_has_an_end(made):
    """The list says when; a span that is none is a mistake of the command's."""
    made("token", "create", "web")
    ran = made("token", "rotate", "web", "--old-for", "2h", "--json")

    old, new = made("token", "list", "web", "--json").json
    assert old["expires_at"].endswith("Z")
    assert (new["token_id"], new["expires_at"]) == (ran.json["token_id"], None)
    assert made("token", "rotate", "web", "--old-for", "soon").code == 2


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(made):
    """The token itself is in one answer only."""
    ran = made("token", "create", "Acme/web", "--json")
    token = ran.json["token"]
    [row] = made("token", "list", "web", "--json").json

    assert len(token) >= 20
    assert row["token_id"] == ran.json["token_id"]
    assert row["revoked_at"] is None
    assert token not in made("token", "list").out
    assert made("token", "create", "web").out.strip() not in {"", token}
    assert made("token", "revoke", str(row["token_id"])).code == 0
    assert made("token", "list", "--json").json[0]["revoked_at"].endswith("Z")


def test_a_connection_is_locked_to_addresses_and_opened_again(made):
    """Addresses are kept as networks; what is not given stays (rest-api 1.7)."""
    words = ("--network", "192.0.2.7", "--network", "::ffff:10.0.0.0/104", "--client-message-id-once")
    locked = made("connection", "set", "web", *words, "--json").json
    changed = made("connection", "set", "web", "--sender", "", "--json").json
    opened = made("connection", "set", "web", "--any-network", "--client-message-id-any", "--json").json

    assert locked["networks"] == changed["networks"] == ["192.0.2.7/32", "10.0.0.0/8"]
    assert (locked["client_message_id_once"], opened["client_message_id_once"]) == (True, False)
    assert opened["networks"] == []


def test_a_new_account_is_kept_to_its_countries_and_to_registered_senders(angarium):
    """What is not said is closed, what is said is open, and both can be changed (rest-api 3, 5)."""
    made = angarium("account", "create", "Acme", "--country", "za", "--country", "GB", "--json").json
    open_one = angarium("account", "create", "Open", "--country", "any", "--any-sender", "--json").json
    changed = angarium("account", "set", "Acme", "--country", "any", "--any-sender", "--json").json
    closed = angarium("account", "set", "Acme", "--country", "ZA", "--registered-only", "--json").json

    assert (made["countries"], made["senders"], made["senders_registered"]) == (["ZA", "GB"], [], True)
    assert (open_one["countries"], open_one["senders_registered"]) == (["any"], False)
    assert (changed["countries"], changed["senders_registered"]) == (["any"], False)
    assert (closed["countries"], closed["senders_registered"]) == (["ZA"], True)


def test_limits_are_set_and_taken_away(made):
    """One by one, of an account and of a connection; 0 takes one away (rest-api 1.2)."""
    words = ("--per-second", "10", "--per-day", "1000", "--credits-per-day", "5.5", "--credits-per-month", "100")
    account = made("account", "set", "Acme", *words, "--json").json
    connection = made("connection", "set", "web", "--per-second", "5", "--json").json
    less = made("account", "set", "Acme", "--per-day", "0", "--credits-per-day", "0", "--json").json
    none = made("connection", "set", "web", "--per-second", "0", "--json").json

    assert account["limits"] == {
        "messages_per_s": 10,
        "messages_per_day": 1000,
        "credits_per_day": "5.500000",
        "credits_per_month": "100.000000",
    }
    assert connection["limits"] == {"messages_per_s": 5}
    assert less["limits"] == {"messages_per_s": 10, "credits_per_month": "100.000000"}
    assert none["limits"] == {}


def test_credit_to_try_with_is_no_purchase(angarium):
    """The account shows whether it has bought any (rest-api 3.2)."""
    angarium("account", "create", "Acme", "--country", "ZA")
    angarium("credit", "buy", "Acme", "10", "--trial")
    tried = angarium("account", "show", "Acme", "--json").json
    angarium("credit", "buy", "Acme", "10")

    assert (tried["has_purchased"], tried["free"]) == (False, "10.000000")
    assert angarium("account", "show", "Acme", "--json").json["has_purchased"] is True
