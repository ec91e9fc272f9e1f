"""An account's senders, each command its own run."""

from __future__ import annotations


def test_senders_are_added_listed_and_removed(angarium):
    """In the order in which they came, each once, as they are compared (rest-api 3)."""
    angarium("account", "create", "Acme", "--country", "any")
    angarium("sender", "add", "Acme", "ACME", "+27123", "ACME")
    angarium("sender", "add", "1", "Acme Shop")

    assert [row["sender"] for row in angarium("sender", "list", "Acme", "--json").json] == [
        "ACME",
        "27123",
        "Acme Shop",
    ]
    assert angarium("sender", "remove", "Acme", "+27123", "--json").json["senders"] == ["ACME", "Acme Shop"]


def test_what_cannot_be_done_is_told(angarium):
    """Taking away the last sender of an account that is not kept to its list would open it to all."""
    angarium("account", "create", "Kept", "--country", "any", "--sender", "ACME")
    angarium("account", "create", "Open", "--country", "any", "--any-sender")
    angarium("sender", "add", "Open", "ACME")

    assert "has no sender 'OTHER'" in angarium("sender", "remove", "Kept", "OTHER").err
    assert "could use any" in angarium("sender", "remove", "Open", "ACME").err
    assert "cannot be a sender" in angarium("sender", "add", "Kept", "twelve chars").err
    assert angarium("sender", "remove", "Kept", "ACME", "--json").json["senders"] == []
    assert "the carrier chooses" in angarium("sender", "list", "Kept").err


def test_a_connection_with_a_sender_that_is_not_registered_is_made_with_a_hint(angarium):
    """Its messages would be refused (106), so the cure is told at once."""
    angarium("account", "create", "Acme", "--country", "any")
    ran = angarium("connection", "create", "Acme", "web", "--sender", "ACME")
    angarium("sender", "add", "Acme", "ACME")

    assert ran.code == 0
    assert "angarium sender add Acme 'ACME'" in ran.err
    assert angarium("connection", "create", "Acme", "app", "--sender", "ACME").err == ""
