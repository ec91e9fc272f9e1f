"""Credit, each command its own run, over a real store in a temporary folder."""

from __future__ import annotations

import pytest

from angarium.stores.sqlite.store import SqliteStore


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["credit", "buy", "Acme", "much"], 1, "not an amount"),
        (["credit", "buy", "Acme", "0"], 2, "must not be 0"),
        (["credit", "buy", "Nobody", "1"], 1, "no account"),
        (["credit", "list", "Nobody"], 1, "no account"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(made, words, code, says):
    """Names of what there is come with the refusal, so that the next try succeeds."""
    ran = made(*words)

    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_credit_is_bought_taken_back_listed_and_checked(made):
    """The money adds up, to the millionth."""
    made("credit", "buy", "Acme", "100.5", "--note", "invoice 7")
    ran = made("credit", "buy", "Acme", "-0.25", "--json")

    assert ran.json["free"] == "100.250000"
    entries = made("credit", "list", "Acme", "--json").json
    assert [(entry["amount"], entry["note"]) for entry in entries] == [("-0.250000", ""), ("100.500000", "invoice 7")]
    [balance] = made("credit", "balance", "--json").json
    assert balance == {
        "account": "Acme",
        "purchased": "100.250000",
        "free": "100.250000",
        "reserved": "0.000000",
        "spent": "0.000000",
        "warn_below": None,
    }
    assert made("credit", "check", "--json").json == {"adds_up": True, "faults": []}
    assert made("credit", "buy", "Acme", "-1000").code == 1


def test_a_ledger_that_does_not_add_up_ends_with_1(made, monkeypatch):
    """Whoever watches the exit code learns of it."""

    async def faults(self):
        return ["Account 1: free is -1."]

    monkeypatch.setattr(SqliteStore, "ledger_faults", faults)

    ran = made("credit", "check")

    assert ran.code == 1
    assert ran.out == "Account 1: free is -1.\n"
