"""The queue of a carrier, as an operator handles it: held, and searched."""

from __future__ import annotations

from enum import IntEnum


class Hold(IntEnum):
    """Whether what waits for a carrier is handed to it. The numbers are stored: they never change their meaning."""

    NO = 0
    HELD = 1
    """Links stay bound, receipts are taken, and nothing is submitted."""
    REROUTED = 2
    """Held, and what waits is offered to other carriers."""
