"""Which traps are set, and whom they strike: by a seed, so that the same run meets the same traps again.

Whether a switch strikes is no matter of order or time: it depends on the seed, the switch, the number and how often
that number has come. Two runs that submit in another order meet the same traps.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from angarium.sim.fates import Fate
from angarium.sim.switches import RATE, Plan, Switch, switch_named
from angarium.smpp.constants import CommandStatus

NUMBERS_MAX: Final = 100_000
"""Numbers whose submits are counted; the one that came first is forgotten first."""
WAVES: Final = "throttled"


class Hostility:
    """The switches that are on. `struck` counts by switch what each has struck."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed
        self.struck: Counter[str] = Counter()
        self._on: dict[str, Mapping[str, Any]] = {}
        self._bending: list[tuple[Switch, Mapping[str, Any]]] = []
        self._times: dict[bytes, int] = {}
        self._submits = 0
        self._binds_left: int | None = 0

    @property
    def on(self) -> Mapping[str, Mapping[str, Any]]:
        """The switches that are on, with all their values."""
        return self._on

    def switch(self, switches: Mapping[str, Mapping[str, Any]]) -> None:
        """Let exactly these be on, with values as `switches.read_switches` gives them. Waves and counts begin anew."""
        self._on = dict(switches)
        rows = [(switch_named(name), values) for name, values in switches.items()]
        self._bending = [row for row in rows if row[0].strike is not None]
        self._submits = 0
        self._binds_left = switches["bind-refused"]["binds"] if "bind-refused" in switches else 0

    def bend(self, fate: Fate, destination_addr: bytes) -> Plan:
        """Return what becomes of this submit."""
        plan = Plan(fate)
        times = self._times.pop(destination_addr, 0)
        if len(self._times) >= NUMBERS_MAX:
            del self._times[next(iter(self._times))]
        self._times[destination_addr] = times + 1
        self._submits += 1
        key = b"%b/%d" % (destination_addr, times)
        for switch, values in self._bending:
            if switch.name == WAVES and (self._submits - 1) % values["every"] >= values["length"]:
                continue
            chance = self._chance(switch.name, key)
            if chance < values[RATE]:
                assert switch.strike is not None, "only those that bend a plan are asked to"
                self.struck[switch.name] += 1
                switch.strike(plan, switch.settled(values, chance / values[RATE]))
        return plan

    def strikes(self, name: str, key: int) -> Mapping[str, Any] | None:
        """Return the values of a switch that is about links, if it is on and strikes the one of this number."""
        values = self._on.get(name)
        if values is None or self._chance(name, b"%d" % key) >= values[RATE]:
            return None
        self.struck[name] += 1
        return values

    def bind_refusal(self, bind: int) -> int | None:
        """Return the command_status with which this bind is to be refused, if it is."""
        if self._binds_left == 0 or "bind-refused" not in self._on:
            return None
        values = self.strikes("bind-refused", bind)
        if values is None:
            return None
        if self._binds_left is not None:
            self._binds_left -= 1
        return int(CommandStatus[values["status"]])

    def shuffled(self, count: int) -> list[int]:
        """Return the numbers below `count` in an order that is not theirs."""
        order = sorted(range(count), key=lambda number: self._chance("shuffle", b"%d/%d" % (self._submits, number)))
        return order[1:] + order[:1] if order == list(range(count)) else order

    def _chance(self, name: str, key: bytes) -> float:
        """A number from 0 to 1, always the same for the same seed, switch and key."""
        digest = hashlib.blake2b(b"%d/%b/%b" % (self.seed, name.encode(), key), digest_size=8).digest()
        return int.from_bytes(digest, "big") / (1 << 64)
