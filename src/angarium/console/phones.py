"""The simulator's handsets as pages show them. Who runs a simulator hands in a view of it (`Parts.phones`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class Bubble(NamedTuple):
    """One message on a handset."""

    at: UnixMs
    text: str
    peer: str
    """Who sent it, or to whom it was written."""
    is_own: bool
    """It was written on this handset."""
    flash: bool = False
    segments: int = 1


class Phone(NamedTuple):
    """One handset."""

    number: str
    answers: str
    """To whom a reply goes; empty when nobody can be answered."""
    version: int
    """Grows with each message on it."""
    bubbles: Sequence[Bubble]
    """Oldest first."""


class Phones(Protocol):
    """All handsets of one simulator."""

    @property
    def account_id(self) -> int:
        """The account that the simulator was started for: no other sees its handsets."""
        ...

    def newest(self, limit: int, *, bubbles_max: int) -> Sequence[Phone]:
        """The handsets that received something last, newest first, each with its last messages."""
        ...

    def one(self, number: str, *, bubbles_max: int) -> Phone | None:
        """One handset, if it has received anything."""
        ...

    def write(self, number: str, text: str) -> str:
        """Let a handset answer whoever wrote to it last; empty, or the sentence that says why it cannot."""
        ...
