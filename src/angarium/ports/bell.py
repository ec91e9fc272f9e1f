"""A wake-up hint. The row is the truth: a bell that is lost costs time, never a message."""

from __future__ import annotations

from typing import Protocol


class Bell(Protocol):
    """Tells a worker that there may be something for it."""

    def ring(self, topic: str) -> None:
        """Wake whoever waits for this topic. Ringing twice before anyone listens is the same as once."""
        ...


def carrier_topic(carrier_id: int) -> str:
    """The topic of messages due for this carrier."""
    return f"carrier:{carrier_id}"


NOTIFICATIONS = "notifications"
"""The topic of notifications owed."""

SEND_JOBS = "send jobs"
"""The topic of files of messages that are due to be sent."""

INBOUND = "inbound"
"""The topic of inbound messages owed to reply URLs."""
