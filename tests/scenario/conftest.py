"""What several stories begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from angarium.sim.smsc import Simulator
from tests.scenario.simulation import AT_ONCE, FixedClock, Start


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start a simulator with settings of the test's own; it is stopped after the test."""
    running: list[Simulator] = []

    async def begin(**settings: Any) -> Simulator:
        simulator = Simulator(replace(AT_ONCE, **settings), clock=FixedClock())
        await simulator.start()
        running.append(simulator)
        return simulator

    yield begin
    for simulator in running:
        await simulator.stop()
