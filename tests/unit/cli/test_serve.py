"""The command line of the simulator's traps, against a control that a test scripts."""

from __future__ import annotations

import pytest

from angarium.sim.switches import SWITCHES


@pytest.fixture
def control(api):
    """A control that keeps what it is told."""
    state = {"seed": 3, "on": {"unbind": {"rate": 0.5}}, "struck": {"unbind": 7}, "switches": []}

    def answer(call):
        if call.method == "PUT":
            told = call.body
            state.update(seed=told["seed"], on=told["switches"])
        return 200, state

    api.answer = answer
    return api


def test_the_table_of_switches_is_printed(angarium):
    """Each with the row of the specification that it stands for."""
    rows = angarium("sim", "--switches", "--json").json

    assert [(row["switch"], row["stands_for"]) for row in rows] == [(each.name, each.trap) for each in SWITCHES]


def test_what_is_on_is_shown(angarium, control):
    """With its rate, its parameters and how often it has struck."""
    ran = angarium("sim", "switch", "--url", control.url, "--json")

    assert ran.json == {"seed": 3, "on": [{"switch": "unbind", "struck": 7, "rate": 0.5}]}
    assert "unbind" in angarium("sim", "switch", "--url", control.url).out


def test_traps_are_switched_on_and_off_while_it_runs(angarium, control):
    """What is not named stays as it is; --none begins anew."""
    angarium("sim", "switch", "receipt-late=0.1,seconds=30", "--url", control.url)
    both = angarium("sim", "switch", "--seed", "9", "--url", control.url, "--json").json
    angarium("sim", "switch", "--off", "unbind", "--url", control.url)
    one = angarium("sim", "switch", "--url", control.url, "--json").json
    none = angarium("sim", "switch", "--none", "--url", control.url)

    assert (both["seed"], [row["switch"] for row in both["on"]]) == (9, ["unbind", "receipt-late"])
    assert one["on"] == [{"switch": "receipt-late", "struck": 0, "rate": 0.1, "seconds": 30.0}]
    assert "No trap is set." in none.out + none.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sim", "switch", "receipt-twic"), "There is no switch receipt-twic; is it receipt-twice?"),
        (("sim", "switch", "receipt-late=2"), "rate must be a number from 0 to 1."),
        (("sim", "switch", "--off", "reset"), "reset is not on; on are: unbind."),
        (("sim", "--hostile", "reset=x"), "rate must be a number from 0 to 1."),
    ],
)
def test_a_mistake_is_told_in_a_sentence(angarium, control, arguments, sentence):
    """Exit code 2, and nothing is switched."""
    more = ("--url", control.url) if arguments[1] == "switch" else ()
    ran = angarium(*arguments, *more)

    assert (ran.code, ran.err.strip()) == (2, sentence)
