"""Segments to content: join what belongs together, in whatever order it arrives (3GPP TS 23.040, 9.2.3.24.1).

    InboundSegment --add--> Waiting     some are still missing
                            Duplicate   this one is here already, or its message was completed a while ago
                            Complete    all are here, in order; the message is forgotten but for its duplicates
                   stale--> Abandoned   too old, crowded out, or its reference used again; handed back, never dropped

The truth is the stored rows. A Reassembly holds what they hold, and is rebuilt from them by `restore`; a flow that
keeps no Reassembly can give the rows of one message to `gather`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from angarium.text import gsm7, national, ucs2, udh
from angarium.text.alphabet import Alphabet
from angarium.text.errors import BadSegments
from angarium.text.segments import SEGMENTS_MAX, UserData

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Key = tuple[str, str, int, int]
"""Sender, recipient, reference, total: what the segments of one message have in common."""


@dataclass(frozen=True, slots=True)
class ReassemblySettings:
    """How much and how long a Reassembly holds. Raises ValueError for values that cannot work."""

    age_max_ms: int = 3_600_000
    """A message is given up when its first segment is older than this, in milliseconds; so are known duplicates."""
    held_segments_max: int = 20_000
    """Segments of unfinished messages held at once; above it the oldest messages are given up. At least 255."""
    finished_messages_max: int = 4_096
    """Completed messages remembered so that a repeated segment is known as a duplicate."""

    def __post_init__(self) -> None:
        if self.age_max_ms <= 0 or self.held_segments_max < SEGMENTS_MAX or self.finished_messages_max < 0:
            raise ValueError(f"age_max_ms > 0, held_segments_max >= {SEGMENTS_MAX}, finished_messages_max >= 0: {self}")


class InboundSegment(NamedTuple):
    """One segment of an inbound message, as a row holds it. Numbered by UDH or by SAR TLVs; that is the same here."""

    sender: str
    recipient: str
    reference: int
    total: int
    """1-255."""
    sequence: int
    """1-`total`."""
    user_data: UserData
    received_at: int
    """Milliseconds since the Unix epoch, UTC."""
    segment_id: int = 0
    """The owner's name for this segment (its row); carried, never looked at."""

    @property
    def key(self) -> Key:
        """What it has in common with the other segments of its message."""
        return (self.sender, self.recipient, self.reference, self.total)


class Waiting(NamedTuple):
    """Some segments of this message are still missing."""

    received: int
    total: int


class Duplicate(NamedTuple):
    """This segment was here already; acknowledge it and forget it."""

    segment: InboundSegment


class Complete(NamedTuple):
    """All segments of one message, in their order."""

    segments: tuple[InboundSegment, ...]

    def content(self) -> str | bytes:
        """What the message says, as `join` reads it: text, or octets when it is binary. Raises BadSegments."""
        return _read([segment.user_data for segment in self.segments])


class AbandonReason(Enum):
    """Why an unfinished message was given up."""

    STALE = "stale"
    CROWDED_OUT = "crowded_out"
    REFERENCE_REUSED = "reference_reused"


class Abandoned(NamedTuple):
    """The segments of an unfinished message that nobody waits for any more, in their order."""

    segments: tuple[InboundSegment, ...]
    reason: AbandonReason


class Reassembly:
    """The unfinished inbound messages of one owner. Pure: rows and times come in, facts go out.

    Bounded by its settings in count and age. Not for two threads at once.
    """

    def __init__(self, settings: ReassemblySettings | None = None) -> None:
        self._settings = settings or ReassemblySettings()
        self._unfinished: dict[Key, dict[int, InboundSegment]] = {}
        self._held = 0
        self._finished: dict[Key, tuple[int, frozenset[tuple[int, UserData]]]] = {}
        self._abandoned: list[Abandoned] = []

    def __len__(self) -> int:
        """How many segments are held."""
        return self._held

    def held(self) -> list[InboundSegment]:
        """Every segment of an unfinished message; `restore` of these gives the same state."""
        return [segment for message in self._unfinished.values() for segment in message.values()]

    def restore(self, segments: Iterable[InboundSegment]) -> list[Complete]:
        """Take stored segments in again, in the order of their arrival; return the messages that they complete."""
        outcomes = [self.add(segment, segment.received_at) for segment in sorted(segments, key=_arrival)]
        return [outcome for outcome in outcomes if isinstance(outcome, Complete)]

    def add(self, segment: InboundSegment, now_ms: int) -> Complete | Waiting | Duplicate:
        """Take one segment in.

        The same sequence with other user data means that the sender has used the reference again: the older message
        is abandoned and a new one begins. Raises BadSegments, and changes nothing, when it is numbered outside
        1..total or the total outside 1..255.
        """
        _check_numbers(segment)
        key = segment.key
        finished = self._finished.get(key)
        if finished is not None and (segment.sequence, segment.user_data) in finished[1]:
            if now_ms - finished[0] <= self._settings.age_max_ms:
                return Duplicate(segment)
            del self._finished[key]
        message = self._unfinished.get(key)
        if message is None:
            message = self._unfinished[key] = {}
        known = message.get(segment.sequence)
        if known is not None:
            if known.user_data == segment.user_data:
                return Duplicate(segment)
            self._abandon(key, AbandonReason.REFERENCE_REUSED)
            message = self._unfinished[key] = {}
        message[segment.sequence] = segment
        self._held += 1
        if len(message) == segment.total:
            return self._finish(key, now_ms)
        while self._held > self._settings.held_segments_max:
            self._abandon(next(iter(self._unfinished)), AbandonReason.CROWDED_OUT)
        return Waiting(len(message), segment.total)

    def stale(self, now_ms: int) -> list[Abandoned]:
        """Hand back every message given up since the last call, and those that are too old at `now_ms`."""
        oldest_at = now_ms - self._settings.age_max_ms
        for key in [key for key, message in self._unfinished.items() if _first_arrival(message) < oldest_at]:
            self._abandon(key, AbandonReason.STALE)
        for key in [key for key, (finished_at, _) in self._finished.items() if finished_at < oldest_at]:
            del self._finished[key]
        abandoned, self._abandoned = self._abandoned, []
        return abandoned

    def _finish(self, key: Key, now_ms: int) -> Complete:
        segments = self._take(key)
        self._finished.pop(key, None)
        self._finished[key] = (now_ms, frozenset((segment.sequence, segment.user_data) for segment in segments))
        while len(self._finished) > self._settings.finished_messages_max:
            del self._finished[next(iter(self._finished))]
        return Complete(segments)

    def _abandon(self, key: Key, reason: AbandonReason) -> None:
        self._abandoned.append(Abandoned(self._take(key), reason))

    def _take(self, key: Key) -> tuple[InboundSegment, ...]:
        message = self._unfinished.pop(key)
        self._held -= len(message)
        return tuple(message[sequence] for sequence in sorted(message))


def gather(segments: Sequence[InboundSegment]) -> Complete | Waiting:
    """Say whether the stored segments of one key make a message; of equal sequences the first to arrive counts.

    Raises BadSegments when there are none, keys differ, or one is numbered outside 1..total.
    """
    if not segments:
        raise BadSegments("there are no segments")
    key = segments[0].key
    message: dict[int, InboundSegment] = {}
    for segment in sorted(segments, key=_arrival):
        if segment.key != key:
            raise BadSegments("the segments are not of one message")
        _check_numbers(segment)
        message.setdefault(segment.sequence, segment)
    total = segments[0].total
    if len(message) < total:
        return Waiting(len(message), total)
    return Complete(tuple(message[sequence] for sequence in range(1, total + 1)))


def join(segments: Sequence[UserData]) -> str | bytes:
    """What segments say together: text, or octets when they are binary.

    Their concatenation elements give the order; without any, the order given is taken. An escape or surrogate pair
    that another system cut in two is whole again; senders that chose an alphabet, or national tables, for each segment
    are understood.
    Text is read tolerantly. Raises BadSegments when there are none, one is missing, doubled or of another message, or
    binary is mixed with text.
    """
    if not segments:
        raise BadSegments("there are no segments")
    numbers = [udh.concatenation_of(udh.parse(segment.udh, tolerant=True)) for segment in segments]
    numbered = {number.sequence: at for at, number in enumerate(numbers) if number is not None}
    if not numbered:
        return _read(segments)
    messages = {None if number is None else number._replace(sequence=1) for number in numbers}
    if len(messages) > 1:
        raise BadSegments("the segments are not of one message")
    first = numbers[0]
    if first is None or len(segments) != first.total or len(numbered) != first.total:
        raise BadSegments("a segment is missing or doubled")
    return _read([segments[numbered[sequence]] for sequence in range(1, first.total + 1)])


def _read(ordered: Sequence[UserData]) -> str | bytes:
    alphabets = {segment.alphabet for segment in ordered}
    if len(alphabets) > 1:
        if Alphabet.BINARY in alphabets:
            raise BadSegments("binary is mixed with text")
        return "".join(segment.text() for segment in ordered)
    alphabet = ordered[0].alphabet
    payload = b"".join(segment.payload for segment in ordered)
    if alphabet == Alphabet.BINARY:
        return payload
    if alphabet == Alphabet.UCS2:
        return ucs2.decode(payload)
    # Each segment names its own tables, and a sender may choose them anew for each.
    shifts = {national.shifts_of(segment.udh) for segment in ordered}
    if len(shifts) > 1:
        return "".join(segment.text() for segment in ordered)
    return gsm7.decode(payload, tables=national.tables(shifts.pop()))


def _check_numbers(segment: InboundSegment) -> None:
    if not 1 <= segment.sequence <= segment.total <= SEGMENTS_MAX:
        raise BadSegments(f"segment {segment.sequence} of {segment.total} is out of range")


def _arrival(segment: InboundSegment) -> int:
    return segment.received_at


def _first_arrival(message: dict[int, InboundSegment]) -> int:
    return min(segment.received_at for segment in message.values())
