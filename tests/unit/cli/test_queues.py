"""Queues at the command line."""

from __future__ import annotations

import pytest


def test_a_queue_is_held_and_resumed(made):
    """And the list says so."""
    assert made("queue", "hold", "north").out == "The queue of north is held.\n"
    assert made("queue", "list", "--json").json == [
        {"carrier": "north", "enabled": True, "hold": "held", "waiting": 0, "oldest due": ""}
    ]
    assert "offered to others" in made("queue", "hold", "north", "--reroute").out
    assert made("queue", "resume", "north", "--json").json == {"carrier": "north", "hold": "no"}


@pytest.mark.parametrize("what", ["reroute", "cancel"])
def test_a_queue_is_counted_before_anything_is_done(made, what):
    """Only --yes does it."""
    counted = made("queue", what, "--carrier", "north")

    assert "nothing has left of" in counted.out
    assert counted.err == "Nothing was changed: add --yes to do it.\n"
    done = made("queue", what, "--carrier", "north", "--waits", "due", "--older-than", "5", "--yes", "--json")
    assert done.json["messages"] == 0


def test_everything_is_cancelled_only_when_it_is_said(made):
    """A forgotten filter cancels nothing."""
    assert made("queue", "cancel", "--yes").code == 2
    assert made("queue", "cancel", "--all", "--yes").code == 0
    assert made("queue", "cancel", "--prefix", "0", "--yes").code == 2
