"""The simulated handset on a terminal, against a control that a test scripts."""

from __future__ import annotations

import sys
from typing import Any

import pytest

MESSAGE: dict[str, Any] = {
    "no": 1,
    "at": 1_400_000_000_000,
    "sender": "ACME",
    "text": "Hello [bold]Ann[/bold] 😀",
    "alphabet": "ucs2",
    "flash": False,
    "segments": 1,
}
LONG = {**MESSAGE, "no": 2, "text": "x" * 200, "flash": True, "segments": 2, "sender": ""}


@pytest.fixture
def control(api):
    """A control with one handset that holds two messages."""

    def answer(call):
        match (call.method, call.path.partition("?")[0]):
            case ("GET", "/handsets"):
                return 200, {"handsets": [{"number": "27990000001", "messages": 2, "last": LONG}]}
            case ("GET", "/handsets/27990000001"):
                after = int(call.path.partition("?after=")[2])
                return 200, {"number": "27990000001", "messages": [m for m in (MESSAGE, LONG) if m["no"] > after]}
            case ("GET", _):
                return 200, {"number": "27990000002", "messages": []}
            case ("POST", "/handsets/27990000001/replies"):
                return 202, {"number": "27990000001", "segments": 1}
        return 409, {"error": "27990000002 has received nothing to answer."}

    api.answer = answer
    return api


def test_what_arrived_is_shown_line_by_line(angarium, control):
    """The text is shown as it came, whatever it looks like."""
    ran = angarium("handset", "+27990000001", "--url", control.url)

    assert ran.code == 0
    assert ran.out.splitlines() == [
        "2014-05-13T16:53:20Z, from ACME: Hello [bold]Ann[/bold] 😀",
        f"2014-05-13T16:53:20Z, 2 segments, flash, from (no sender): {'x' * 200}",
    ]


def test_at_a_terminal_a_message_looks_like_a_screen(angarium, control, monkeypatch):
    """People see a screen, and its text is still as it came."""
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)

    ran = angarium("handset", "27990000001", "--url", control.url)

    assert "27990000001  from ACME" in ran.out
    assert "Hello [bold]Ann[/bold]" in ran.out


def test_all_handsets_are_listed_with_what_came_last(angarium, control):
    """Without a number one sees who got something."""
    ran = angarium("handset", "--url", control.url)

    assert ran.code == 0
    assert "27990000001" in ran.out
    assert "x" * 57 + "..." in ran.out
    assert angarium("handset", "--url", control.url, "--json").json[0]["last"]["text"] == "x" * 200


def test_an_empty_handset_says_so(angarium, control):
    """Nothing is an answer too."""
    ran = angarium("handset", "27990000002", "--url", control.url)

    assert (ran.code, ran.out) == (0, "")
    assert "Nothing has arrived on 27990000002 yet." in ran.err
    assert angarium("handset", "27990000002", "--url", control.url, "--json").json == []


def test_a_reply_is_typed_and_a_refused_one_is_told(angarium, control):
    """The simulator's own sentence reaches whoever typed."""
    sent = angarium("handset", "27990000001", "--reply", "Hi", "--to", "2799", "--url", control.url)
    refused = angarium("handset", "27990000002", "--reply", "Hi", "--url", control.url)

    assert sent.code == 0
    assert control.calls[0].body == {"text": "Hi", "to": "2799"}
    assert control.calls[0].headers["Content-Type"] == "application/json"
    assert control.calls[1].body == {"text": "Hi"}
    assert (refused.code, refused.err) == (1, "27990000002 has received nothing to answer.\n")


def test_watching_shows_each_message_once_until_it_is_stopped(angarium, control, monkeypatch):
    """What was shown is not asked for again."""
    pauses = iter([None, None, KeyboardInterrupt()])

    def pause(_):
        stop = next(pauses)
        if stop is not None:
            raise stop

    monkeypatch.setattr("angarium.cli.handset._pause", pause)

    ran = angarium("handset", "27990000001", "--watch", "--url", control.url)

    assert ran.code == 130
    assert len(ran.out.splitlines()) == 2
    assert [call.path.partition("after=")[2] for call in control.calls] == ["0", "2", "2"]


@pytest.mark.parametrize("arguments", [["--watch"], ["--reply", "x"], ["27990000001", "--watch", "--reply", "x"]])
def test_a_mistaken_handset_command_is_told(angarium, arguments):
    """A reply needs a handset, and one thing is done at a time."""
    assert angarium("handset", *arguments).code == 2


def test_a_demos_handsets_are_found_by_its_env_file(angarium, control, folder):
    """After `run --demo` nobody needs to know where the simulator is."""
    (folder / "var" / "demo").mkdir(parents=True)
    (folder / "var" / "demo" / "demo.env").write_text(f"ANGARIUM_HANDSETS_URL={control.url}\n", encoding="utf-8")

    assert angarium("handset", "27990000001").code == 0
    assert len(control.calls) == 1


def test_the_table_of_fates_is_the_simulators_own(angarium):
    """What is printed is what it goes by."""
    rows = {row["number_ends_in"]: row["fate"] for row in angarium("sim", "--fates", "--json").json}

    assert rows["9001"] == "undeliverable"
    assert rows["anything else"] == "delivered"
