"""How long a lost link waits before it is bound again."""

from __future__ import annotations

import pytest

from angarium.carriers.keeper import pause_s
from angarium.carriers.settings import CarrierSettings

SETTINGS = CarrierSettings(rebind_pause_s=1.0, rebind_pause_s_max=60.0)


def test_pauses_double_up_to_the_longest() -> None:
    """1, 2, 4 … 60 seconds, and 60 for ever after."""
    pauses = [pause_s(SETTINGS, failures=failures, chance=0.0) for failures in (*range(8), 10_000)]

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


@pytest.mark.parametrize(("chance", "share"), [(0.0, 1.0), (0.5, 0.75), (1.0, 0.5)])
def test_chance_shortens_a_pause_to_its_half_at_most(chance: float, share: float) -> None:
    """So that links lost together do not come back together."""
    assert pause_s(SETTINGS, failures=3, chance=chance) == 8.0 * share
