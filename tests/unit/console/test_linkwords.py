"""How the settings of carriers are said to people."""

from __future__ import annotations

import pytest

from angarium.carriers.settings import describe
from angarium.console.linkwords import setting_hint, setting_label

ROWS = {row.name: row for row in describe()}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("host", "Host"),
        ("tls_ca_file", "TLS CA file"),
        ("connect_timeout_s", "Connect timeout (seconds)"),
        ("rebind_pause_s_max", "Rebind pause, at most (seconds)"),
        ("pace_per_s", "Pace (messages/s)"),
        ("window", "Window (requests)"),
        ("flash_gsm7_data_coding", "Flash GSM 7-bit data coding"),
    ],
)
def test_a_setting_is_called_by_its_name_as_words_and_its_unit(name: str, label: str) -> None:
    """The unit stands once, and a limit is said to be one."""
    assert setting_label(ROWS[name]) == label


def test_every_setting_has_a_label_without_underscores() -> None:
    """And no two have the same one."""
    labels = [setting_label(row) for row in ROWS.values()]

    assert [label for label in labels if "_" in label] == []
    assert len(set(labels)) == len(labels)


def test_a_hint_says_the_bounds_and_that_a_field_may_be_left_empty() -> None:
    """In words of a form: there is no null to type, and no number with an exponent."""
    pace = "Highest rate on one link; empty means as fast as the window allows. From 0.01 to 1000000."
    assert setting_hint(ROWS["pace_per_s"]) == pace
    assert setting_hint(ROWS["bind"]) == "One transceiver, or a pair of transmitter and receiver."
    assert setting_hint(ROWS["statuses"]) == ROWS["statuses"].sentence
