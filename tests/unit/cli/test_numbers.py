"""Inbound numbers by command line."""

from __future__ import annotations

import json


def test_a_number_from_first_to_last(angarium) -> None:
    """Given to a connection, listed, changed, taken away; a second owner is refused (rest-api 9)."""
    angarium("account", "create", "acme", "--country", "any", "--any-sender")
    angarium("connection", "create", "acme", "web")
    added = angarium("--json", "number", "add", "+31234", "acme/web", "--keyword", "Win!", "--stop-word", "uit")
    assert added.code == 0, added.err
    record = json.loads(added.out)
    assert (record["number"], record["keyword"], record["connection"]) == ("31234", "win", "acme/web")
    assert record["stop_words"] == ["uit"]

    again = angarium("number", "add", "31234", "acme/web", "--keyword", "WIN")
    assert (again.code, "belongs to an API connection already" in again.err) == (1, True)
    changed = angarium("--json", "number", "change", "31234", "--keyword", "win", "--scope", "account", "--no-words")
    assert (json.loads(changed.out)["scope"], json.loads(changed.out)["reads_words"]) == ("account", False)
    assert "31234" in angarium("number", "list").out

    assert angarium("number", "remove", "31234", "--keyword", "win").code == 0
    missing = angarium("number", "remove", "31234")
    assert (missing.code, "`angarium number list`" in missing.err) == (1, True)


def test_what_is_no_number_is_told(angarium) -> None:
    """In a sentence with the cure."""
    angarium("account", "create", "acme", "--country", "any", "--any-sender")
    angarium("connection", "create", "acme", "web")

    for words, says in (
        (("number", "add", "0123", "acme/web"), "without leading zeros"),
        (("number", "add", "31234", "acme/web", "--keyword", "a b c d"), "one to 3 words"),
        (("number", "add", "31234", "acme/web", "--help-answer", "x" * 1001), "at most 1000"),
        (("connection", "reply", "acme/web", "--user", "me"), "give its URL too"),
    ):
        ran = angarium(*words)
        assert (ran.code, says in ran.err) == (2, True), ran.err


def test_a_reply_url_is_set_and_its_secrets_stay_hidden(angarium) -> None:
    """What is not given stays as it is (rest-api 9)."""
    angarium("account", "create", "acme", "--country", "any", "--any-sender")
    angarium("connection", "create", "acme", "web")
    first = angarium("--json", "connection", "reply", "acme/web", "--url", "https://a.example/in", "--password", "hush")
    assert first.code == 0, first.err
    second = angarium("--json", "connection", "reply", "acme/web", "--charset", "utf-8", "--method", "json")

    reply = json.loads(second.out)["reply"]
    assert (reply["url"], reply["charset"], reply["method"]) == ("https://a.example/in", "utf-8", "json")
    assert "hush" not in first.out + second.out
    assert json.loads(angarium("--json", "connection", "reply", "acme/web", "--url", "").out)["reply"] is None
