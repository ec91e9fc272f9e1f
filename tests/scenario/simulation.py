"""What the stories about the simulator share: its settings, a clock that stands still, and numbers by their fate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from angarium.sim.fates import FATES
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import Simulator
from angarium.smpp.codec import SubmitTemplate
from angarium.smpp.events import DeliverReceived
from angarium.smpp.pdu import SubmitSm
from angarium.smpp.receipt import Receipt, parse

NUMBER = b"27990000001"
NOW_AT = 1_795_361_400_000
PLAIN = SubmitTemplate(SubmitSm(source_addr=b"790", short_message=b"Hello"))
WITH_RECEIPT = SubmitTemplate(SubmitSm(source_addr=b"790", registered_delivery=1))
AT_ONCE = SimulatorSettings(
    smsc_port=0,
    control_port=0,
    receipt_delay_s=0,
    late_receipt_delay_s=None,
    slow_answer_s=None,
    redelivery_delay_s=0,
    record_submits=True,
    first_message_number=1_000_000,
)

Start = Callable[..., Awaitable[Simulator]]
"""Starts a simulator with settings of the test's own."""


class FixedClock:
    """A clock that stands still."""

    def now(self) -> int:
        """The same moment, always."""
        return NOW_AT


def of(suffix: str) -> bytes:
    """Return a number with this fate."""
    return b"2799000" + suffix.encode()


def named(name: str) -> bytes:
    """Return a number with the fate of this name."""
    return of(next(fate.suffix for fate in FATES if fate.name == name))


def receipt_in(event: DeliverReceived) -> Receipt:
    """Return the receipt that must be in a deliver_sm."""
    found = parse(event.deliver_sm)
    assert isinstance(found, Receipt)
    return found
