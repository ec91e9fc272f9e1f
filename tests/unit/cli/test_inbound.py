"""Messages from handsets by command line."""

from __future__ import annotations

import json


def test_an_empty_list_is_empty(angarium) -> None:
    """In either form, and for parts that wait."""
    assert json.loads(angarium("--json", "inbound", "list").out) == []
    assert json.loads(angarium("--json", "inbound", "list", "--state", "waiting").out) == []
    assert "No handset has sent anything yet." in angarium("inbound", "list").err
    assert "There is nothing like that." in angarium("inbound", "list", "--number", "+27 99 000 0001").err


def test_what_cannot_be_done_is_told_in_a_sentence(angarium) -> None:
    """With what to do instead."""
    for words, code, says in (
        (("inbound", "list", "--state", "lost"), 2, "dead letter"),
        (("inbound", "list", "--number", "40404", "--state", "kept"), 2, "not for both"),
        (("inbound", "show", "nonsense"), 1, "`angarium inbound list`"),
        (("inbound", "replay"), 2, "Name the messages"),
        (("inbound", "replay", "--state", "unowned"), 2, "give them to a connection first"),
    ):
        ran = angarium(*words)
        assert (ran.code, says in ran.err) == (code, True), ran.err
