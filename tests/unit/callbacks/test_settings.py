"""Impossible settings are refused with the name of the setting."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.callbacks.settings import CallbackSettings


def test_the_defaults_are_those_of_the_specification() -> None:
    """A success is a 2xx within 10 s, and nothing private is called (rest-api 8.5, 8.7)."""
    settings = CallbackSettings()

    assert settings.deadline_s == 10.0
    assert settings.networks_allowed == ()
    assert settings.attempt_s_max > settings.waiting_s_max + settings.deadline_s


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deadline_s", 0),
        ("connect_deadline_s", -1),
        ("waiting_s_max", 0),
        ("idle_s_max", 0),
        ("connection_age_s_max", 0),
        ("connections_max", 0),
        ("connections_total_max", 0),
        ("held_per_connection_max", 0),
        ("held_per_silent_connection_max", 0),
        ("held_max", 0),
        ("head_octets_max", 0),
        ("body_octets_max", 0),
        ("addresses_tried_max", 0),
        ("redirects_max", -1),
    ],
)
def test_an_impossible_limit_is_named(name: str, value: float) -> None:
    """The sentence begins with the setting that is wrong."""
    wrong: dict[str, Any] = {name: value}

    with pytest.raises(ValueError, match=rf"^callbacks\.{name} must be"):
        CallbackSettings(**wrong)


def test_a_network_that_cannot_be_read_is_refused_at_once() -> None:
    """A typing error in the list of allowed networks stops the start, not the first callback."""
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/99' is not a network"):
        CallbackSettings(networks_allowed=("10.0.0.0/99",))
