"""The table of switches: what can be read of it, and what is said to whoever mistypes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from angarium.sim.fates import DELIVERED
from angarium.sim.switches import SWITCHES, BadSwitch, Plan, Switch, read_switches, read_words, switch_named

DELIVERY = Path(__file__).parents[3] / "docs" / "spec" / "delivery.md"
# What no carrier does: its own refusals are fates, and these rules are about segments and our own clock.
NO_TRAPS = {"delivery 2.4", "delivery 3.6", "delivery 3.12"}


def rows_of(section: str) -> int:
    """How many rows the table of a section of delivery has."""
    text = DELIVERY.read_text().partition(f"\n## {section}.")[2].partition("\n## ")[0]
    return sum(line.startswith("|") for line in text.splitlines()) - 2


def test_every_trap_of_the_specification_has_a_switch() -> None:
    """Each row of the tables in delivery 2 and 3 that a carrier can bring about, and no row that does not exist."""
    rows = {f"delivery {section}.{row}" for section in ("2", "3") for row in range(1, rows_of(section) + 1)}

    assert {switch.trap for switch in SWITCHES} == rows - NO_TRAPS


def test_the_table_can_be_read_by_a_person() -> None:
    """One name each, in small letters, and sentences."""
    names = [switch.name for switch in SWITCHES]

    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)
    assert all(switch.sentence.endswith(".") for switch in SWITCHES)
    assert all(each.sentence.endswith(".") for switch in SWITCHES for each in switch.parameters)


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.name)
def test_defaults_are_values_that_can_be_given(switch: Switch) -> None:
    """Switched on without a word, every message is struck; giving the defaults is the same."""
    defaults = switch.read(True)

    assert defaults["rate"] == 1.0
    assert switch.read(defaults) == defaults
    if switch.strike is not None:
        plan = Plan(DELIVERED)
        switch.strike(plan, switch.settled(defaults, 0.5))
        assert plan != Plan(DELIVERED) or switch.name == "id-form"


@pytest.mark.parametrize(
    ("word", "name", "values"),
    [
        ("receipt-missing", "receipt-missing", {"rate": 1.0}),
        ("receipt-missing=0.25", "receipt-missing", {"rate": 0.25}),
        ("receipt-late=0.5,seconds=30", "receipt-late", {"rate": 0.5, "seconds": 30.0}),
        ("receipt-late,seconds=null", "receipt-late", {"rate": 1.0, "seconds": None}),
        ("id-form,form=uuid", "id-form", {"rate": 1.0, "form": "uuid"}),
        ("absurd-length=0.1,length=2147483648", "absurd-length", {"rate": 0.1, "length": 1 << 31, "taken": "no"}),
    ],
)
def test_a_word_of_the_command_line_is_read(word: str, name: str, values: dict[str, Any]) -> None:
    """NAME, NAME=RATE, and parameters after commas."""
    assert read_words(word) == (name, values)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"receipt-twic": True}, "There is no switch receipt-twic; is it receipt-twice?"),
        ({"zzz": True}, "There is no switch zzz; `angarium sim --switches` lists them."),
        ({"receipt-late": {"second": 1}}, "receipt-late has no second; it has rate, seconds."),
        ({"receipt-late": {"rate": 2}}, "rate must be a number from 0 to 1."),
        ({"receipt-late": {"seconds": -1}}, "seconds must be a number from 0 to 1e+09, or null."),
        ({"receipt-twice": {"copies": 2.5}}, "copies must be a whole number from 2 to 100."),
        ({"unbind": "yes"}, "unbind takes true, a rate from 0 to 1, or a table of rate."),
        ([], 'Switches are a table of names, such as {"receipt-twice": {"rate": 0.1}}.'),
    ],
)
def test_what_cannot_be_is_answered_with_a_sentence(given: object, sentence: str) -> None:
    """Each says what is wrong, and what would be right."""
    with pytest.raises(BadSwitch) as refused:
        read_switches(given)

    assert str(refused.value) == sentence


def test_a_switch_that_is_given_as_false_is_off() -> None:
    """So that a file of switches can hold all of them."""
    assert read_switches({"unbind": False, "reset": 0.5}) == {"reset": {"rate": 0.5, "taken": "no"}}


def test_any_draws_another_word_for_each_message() -> None:
    """A parameter of words may be left to chance, and every word has its share."""
    switch = switch_named("id-form")
    drawn = [switch.settled(switch.read(True), chance / 100)["form"] for chance in range(100)]

    (parameter,) = switch.parameters
    assert set(drawn) == set(parameter.words) - {"any"}
