"""What the story of the ledger remembers, and the free choices of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from angarium.core.states import Cause, State
from angarium.ports.carrier import Submission

T = TypeVar("T")


@dataclass
class Known:
    """A message that a customer was told is accepted."""

    recipient: int
    segments: int
    callback: int
    once: bool
    state: State = State.QUEUED
    was_submitted: bool = False
    may_be_twice: bool = False
    """It was in doubt at some time, so a segment may be submitted a second time."""
    closed: set[int] = field(default_factory=set)
    """Segments whose acceptance is on disk."""
    words: list[Cause] = field(default_factory=list)
    """What the carrier said of it and we acknowledged, in order; for a message of one segment."""


@dataclass
class Written:
    """One segment that the carrier has, whatever it told us."""

    submission: Submission
    carrier_message_id: str


class Choices:
    """The free choices of one step, each a number without a meaning of its own."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = list(numbers)

    def one_of(self, things: Sequence[T]) -> T:
        """Choose one of these."""
        return things[self.numbers.pop() % len(things)]

    def chance(self, of: int) -> bool:
        """Once in so many times."""
        return self.numbers.pop() % of == of - 1
