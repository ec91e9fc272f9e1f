"""Settings of the simulator."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.sim.settings import SimulatorSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"receipt_delay_s": -0.1},
        {"smsc_port": -1},
        {"window_max": 0},
        {"links_max": 0},
        {"handsets_max": 0},
        {"system_id": "sixteen-octets-x"},
        {"message_id_prefix": "x" * 41},
    ],
)
def test_a_value_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    """The sentence names the setting."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SimulatorSettings(**wrong)


def test_a_delay_may_be_none_or_nothing() -> None:
    """None waits for a release by name; 0 does not wait."""
    settings = SimulatorSettings(receipt_delay_s=None, late_receipt_delay_s=0)

    assert (settings.receipt_delay_s, settings.late_receipt_delay_s) == (None, 0)
