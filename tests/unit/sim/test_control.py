"""The HTTP way to the handsets, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from angarium.httpd import Request
from angarium.httpd.head import Head
from angarium.sim.control import Control
from angarium.sim.fates import FATES
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import Simulator
from angarium.sim.switches import SWITCHES
from angarium.smpp.pdu import SubmitSm

NUMBER = "27990000001"


class FixedClock:
    """A clock that stands still."""

    def now(self) -> int:
        """The same moment, always."""
        return 1000


@pytest.fixture
def simulator() -> Simulator:
    """A simulator that nobody is bound to, with two messages on one handset."""
    simulator = Simulator(SimulatorSettings(), clock=FixedClock())
    for text in (b"first", b"second"):
        pdu = SubmitSm(source_addr=b"790", destination_addr=NUMBER.encode(), short_message=text)
        simulator.handsets.receive(pdu, system_id=b"gateway", now_at=1000)
    return simulator


@pytest.fixture
def control(simulator: Simulator) -> Control:
    """Its control."""
    return Control(simulator)


def ask(
    control: Control, method: str, target: str, body: bytes = b"", headers: dict[bytes, bytes] | None = None
) -> tuple[int, Any]:
    """Return the status and the JSON of an answer."""
    path, _, query = target.partition("?")
    default = {b"content-type": b"application/json"}
    head = Head(method, (path.encode(), query.encode(), path), "1.1", default if headers is None else headers)
    answer = control.handle(Request(head, body, ("127.0.0.1", 1), secure=False))
    assert answer.content_type == b"application/json"
    return answer.status, json.loads(answer.body)


def test_handsets_are_listed_with_their_last_message(control: Control) -> None:
    """Number, count, and what came last."""
    status, found = ask(control, "GET", "/handsets")

    assert status == 200
    assert found == {
        "handsets": [
            {
                "number": NUMBER,
                "messages": 2,
                "last": {
                    "no": 2,
                    "at": 1000,
                    "sender": "790",
                    "text": "second",
                    "alphabet": "gsm7",
                    "flash": False,
                    "segments": 1,
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("query", "texts"),
    [("", ["first", "second"]), ("?after=1", ["second"]), ("?after=2", []), ("?other=1", ["first", "second"])],
)
def test_a_watcher_asks_for_what_is_new(control: Control, query: str, texts: list[str]) -> None:
    """`after` names the last message seen."""
    status, found = ask(control, "GET", f"/handsets/{NUMBER}{query}")

    assert (status, found["number"]) == (200, NUMBER)
    assert [message["text"] for message in found["messages"]] == texts


def test_an_unknown_handset_is_an_empty_one(control: Control) -> None:
    """Any number could be a handset."""
    assert ask(control, "GET", "/handsets/+4477") == (200, {"number": "4477", "messages": []})


def test_the_table_of_fates_can_be_read(control: Control) -> None:
    """All rows, in order."""
    _, found = ask(control, "GET", "/fates")

    assert [row["name"] for row in found["fates"]] == [fate.name for fate in FATES]


def test_counters_are_told_with_statuses_by_name(control: Control, simulator: Simulator) -> None:
    """Numbers that a script can compare."""
    simulator.counters.refused[0x58] += 2

    _, found = ask(control, "GET", "/counters")

    assert found["refused"] == {"ESME_RTHROTTLED": 2}
    assert (found["submits"], found["handsets"]) == (0, 1)


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status"),
    [
        ("GET", "/", b"", None, 404),
        ("DELETE", "/handsets", b"", None, 404),
        ("GET", f"/handsets/{NUMBER}?after=x", b"", None, 400),
        ("POST", f"/handsets/{NUMBER}/replies", b"", None, 400),
        ("POST", f"/handsets/{NUMBER}/replies", b'{"to":"790"}', None, 400),
        ("POST", f"/handsets/{NUMBER}/replies", b'{"text":"Hi"}', {}, 400),
        ("POST", f"/handsets/{NUMBER}/replies", b'{"text":"Hi"}', None, 409),
        ("POST", "/release/everything", b"", None, 404),
        ("GET", "/handsets", b"", {b"origin": b"https://example.com"}, 403),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    control: Control, method: str, target: str, body: bytes, headers: dict[bytes, bytes] | None, status: int
) -> None:
    """Every error has a body with one sentence."""
    found, answer = ask(control, method, target, body, headers)

    assert found == status
    assert answer["error"].endswith(".")


def test_the_table_of_switches_is_shown_with_what_is_on(control: Control) -> None:
    """Every row with its parameters, and nothing is on at first."""
    status, found = ask(control, "GET", "/hostile")

    assert (status, found["on"], found["seed"]) == (200, {}, 0)
    assert [row["name"] for row in found["switches"]] == [switch.name for switch in SWITCHES]
    assert found["switches"][1]["parameters"] == {"rate": 1.0, "form": "any"}


def test_switches_are_set_all_together_or_one_by_one(control: Control, simulator: Simulator) -> None:
    """PUT and DELETE, of all and of one; what is left out has its default."""
    status, found = ask(control, "PUT", "/hostile", b'{"seed": 5, "switches": {"receipt-twice": 0.5, "unbind": true}}')
    assert (status, found["seed"], sorted(found["on"])) == (200, 5, ["receipt-twice", "unbind"])

    ask(control, "DELETE", "/hostile/unbind")
    status, found = ask(control, "PUT", "/hostile/receipt-late", b'{"seconds": 30}')

    assert (status, found["seed"]) == (200, 5)
    assert simulator.hostility.on == {
        "receipt-twice": {"rate": 0.5, "copies": 2},
        "receipt-late": {"rate": 1.0, "seconds": 30.0},
    }
    assert ask(control, "DELETE", "/hostile")[1]["on"] == {}


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "sentence"),
    [
        ("PUT", "/hostile/receipt-twic", b"", 400, "is it receipt-twice?"),
        ("DELETE", "/hostile/nothing", b"", 400, "There is no switch nothing"),
        ("PUT", "/hostile", b"[]", 400, 'The body must be {"seed": ..., "switches": {...}}'),
        ("PUT", "/hostile", b'{"seed": "x"}', 400, "seed must be a whole number."),
        ("PUT", "/hostile", b"{", 400, "The body must be JSON"),
        ("POST", "/hostile", b"", 405, "Ask /hostile with GET, PUT or DELETE"),
    ],
)
def test_what_cannot_be_switched_is_told(
    control: Control, simulator: Simulator, method: str, target: str, body: bytes, status: int, sentence: str
) -> None:
    """One sentence, and nothing has changed."""
    answer = ask(control, method, target, body)

    assert answer[0] == status
    assert sentence in answer[1]["error"]
    assert simulator.hostility.on == {}
