"""The pure parts of the operator's pages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from angarium.console.linkwords import carrier_state
from angarium.console.pages.service_audit import differences
from angarium.console.pages.service_overview import LATE_MS, unwell
from angarium.console.pages.service_strays import dump
from angarium.console.pages.service_tables import country_of
from angarium.core.countries import Countries
from angarium.core.queues import Hold
from angarium.ports.store import CarrierRow


def link(state: str, *, throttled: bool = False) -> Any:
    """A link in this state."""
    return SimpleNamespace(
        state=SimpleNamespace(value=state),
        window=10,
        window_used=2,
        rtt_s=0.004,
        last_error="lost",
        throttled=throttled,
        per_s=1.5,
    )


@pytest.mark.parametrize(
    ("row", "states", "label"),
    [
        (CarrierRow(1, "a", {}, True), ["bound", "bound"], "Up"),
        (CarrierRow(1, "a", {}, True), ["bound", "down"], "Partly up"),
        (CarrierRow(1, "a", {}, True), ["down"], "Down"),
        (CarrierRow(1, "a", {}, True), [], "Not started"),
        (CarrierRow(1, "a", {}, True, Hold.HELD), ["bound"], "Held"),
        (CarrierRow(1, "a", {}, False), [], "Disabled"),
    ],
)
def test_a_carrier_has_a_word(row: CarrierRow, states: list[str], label: str) -> None:
    """The gravest thing about it."""
    assert carrier_state(row, [link(state) for state in states])["word"].label == label


def test_a_carrier_that_complains_is_no_carrier_that_is_simply_up() -> None:
    """Whoever looks at all carriers sees which one holds messages up."""
    state = carrier_state(CarrierRow(1, "a", {}, True), [link("bound"), link("bound", throttled=True)])

    assert (state["word"].label, state["per_s"]) == ("Slowed down", 3.0)


def test_differences_are_told_by_name() -> None:
    """Lists and numbers in words; what was not there before is empty."""
    assert differences({"a": [], "b": 1}, {"b": True, "c": {"x": None, "y": "z"}}) == [
        ("a", "none", ""),
        ("b", "1", "yes"),
        ("c", "", "y: z"),
    ]
    assert differences({"gone": None}, {"gone": None, "ends_at": 1_790_000_000_000}) == [
        ("ends_at", "", "2026-09-21T14:13:20.000Z")
    ]


def test_numbers_in_a_difference_are_told_by_name() -> None:
    """The log keeps numbers, because names change; whoever reads it wants names."""
    told = differences({"carrier_id": 1}, {"carrier_id": 2}, names=lambda name, value: {1: "north"}.get(value, ""))

    assert told == [("carrier_id", "1 (north)", "2")]


def test_octets_are_dumped_as_text_that_nothing_runs() -> None:
    """Where, in hex, as ASCII."""
    lines = dump(b"\x00<b>\xff" + bytes(12)).splitlines()

    assert lines[0].startswith("0000  00 3c 62 3e ff")
    assert lines[0].endswith(".<b>............")
    assert lines[1].startswith("0010  00")


def test_a_prefix_has_a_country_when_all_its_numbers_are_of_one() -> None:
    """A shorter one belongs to many."""
    countries = Countries.load()
    names = [country_of(prefix, countries) for prefix in ("27", "2782", "44", "4", "")]

    assert names == ["South Africa", "South Africa", "United Kingdom", "", ""]


@pytest.mark.parametrize(
    ("row", "bound", "depth", "late_ms", "said"),
    [
        (CarrierRow(1, "a", {}, True), 1, 5, 0, []),
        (CarrierRow(1, "a", {}, True), 0, 0, 0, [("bad", "The carrier a is down: lost.")]),
        (CarrierRow(1, "a", {}, False), 0, 9, 0, []),
        (CarrierRow(1, "a", {}, True, Hold.HELD), 1, 1, 0, [("doubt", "The queue of a is held; 1 message waits.")]),
        (CarrierRow(1, "a", {}, True), 1, 2, LATE_MS, [("bad", "The queue of a is late by 5 min.")]),
    ],
)
def test_what_is_wrong_with_a_carrier_comes_first_on_the_overview(
    row: CarrierRow, bound: int, depth: int, late_ms: int, said: list[tuple[str, str]]
) -> None:
    """A carrier that somebody has disabled is no trouble."""
    found = unwell([{"row": row, "bound": bound, "problem": "lost", "depth": depth, "late_ms": late_ms}])

    assert [(each.tone, each.sentence) for each in found] == said
