"""Joining segments: any order, duplicates, bounds, and state that is nothing but rows."""

from __future__ import annotations

import pytest

from angarium.text.alphabet import Alphabet
from angarium.text.errors import BadSegments
from angarium.text.reassembly import (
    Abandoned,
    AbandonReason,
    Complete,
    Duplicate,
    InboundSegment,
    Reassembly,
    ReassemblySettings,
    Waiting,
    gather,
    join,
)
from angarium.text.segments import Content, UserData, segment

NOON = 1_800_000_000_000


def inbound(sequence: int, *, total: int = 3, text: str = "", reference: int = 7, at: int = NOON) -> InboundSegment:
    """Segment `sequence` of `total`, saying its own number unless told otherwise."""
    user_data = UserData(Alphabet.GSM7, b"", (text or f"<{sequence}>").encode())
    return InboundSegment("27990000001", "12345", reference, total, sequence, user_data, at, segment_id=sequence)


def test_segments_in_any_order_make_the_message() -> None:
    """The last to arrive completes it, and the order is that of the sender (delivery 4.7)."""
    reassembly = Reassembly()

    assert reassembly.add(inbound(3), NOON) == Waiting(received=1, total=3)
    assert reassembly.add(inbound(1), NOON) == Waiting(received=2, total=3)
    outcome = reassembly.add(inbound(2), NOON)

    assert outcome == Complete((inbound(1), inbound(2), inbound(3)))
    assert isinstance(outcome, Complete)
    assert outcome.content() == "<1><2><3>"
    assert len(reassembly) == 0


@pytest.mark.parametrize(
    "other",
    [
        inbound(2)._replace(sender="27990000002"),
        inbound(2)._replace(recipient="54321"),
        inbound(2, reference=8),
        inbound(2, total=4),
    ],
)
def test_segments_of_different_messages_do_not_meet(other: InboundSegment) -> None:
    """Sender, recipient, reference and total are the key; one of them differs here."""
    reassembly = Reassembly()
    reassembly.add(inbound(1), NOON)
    reassembly.add(inbound(3), NOON)

    assert reassembly.add(other, NOON) == Waiting(received=1, total=other.total)
    assert len(reassembly) == 3


def test_a_message_of_one_segment_is_complete_at_once() -> None:
    """Some handsets number a single segment."""
    assert Reassembly().add(inbound(1, total=1), NOON) == Complete((inbound(1, total=1),))


def test_a_segment_that_comes_twice_is_a_duplicate() -> None:
    """A carrier repeats what was not acknowledged: while the message is unfinished, and after."""
    reassembly = Reassembly()
    reassembly.add(inbound(1, total=2), NOON)
    repeated = inbound(1, total=2, at=NOON + 1)

    assert reassembly.add(repeated, NOON + 1) == Duplicate(repeated)
    assert isinstance(reassembly.add(inbound(2, total=2), NOON + 2), Complete)
    assert reassembly.add(repeated, NOON + 3) == Duplicate(repeated)
    assert len(reassembly) == 0


def test_a_finished_message_is_forgotten_in_time() -> None:
    """The same octets after the age limit are a new message, whether `stale` has run or not."""
    settings = ReassemblySettings(age_max_ms=1000)
    swept, unswept = Reassembly(settings), Reassembly(settings)
    for reassembly in (swept, unswept):
        reassembly.add(inbound(1, total=1), NOON)

    swept.stale(NOON + 1001)

    assert isinstance(swept.add(inbound(1, total=1), NOON + 1001), Complete)
    assert isinstance(unswept.add(inbound(1, total=1), NOON + 1000), Duplicate)
    assert isinstance(unswept.add(inbound(1, total=1), NOON + 1001), Complete)


def test_finished_messages_are_remembered_in_bounds() -> None:
    """Above the limit the one that finished first is forgotten."""
    reassembly = Reassembly(ReassemblySettings(finished_messages_max=2))
    for reference in (1, 2, 3):
        reassembly.add(inbound(1, total=1, reference=reference), NOON)

    assert isinstance(reassembly.add(inbound(1, total=1, reference=3), NOON), Duplicate)
    assert isinstance(reassembly.add(inbound(1, total=1, reference=2), NOON), Duplicate)
    assert isinstance(reassembly.add(inbound(1, total=1, reference=1), NOON), Complete)


def test_a_reference_used_again_starts_a_new_message() -> None:
    """Other text under a known number: the old message is handed back, the new one completes by itself."""
    reassembly = Reassembly()
    reassembly.add(inbound(1, total=2, text="old"), NOON)

    assert reassembly.add(inbound(1, total=2, text="new"), NOON) == Waiting(1, 2)
    outcome = reassembly.add(inbound(2, total=2, text="er"), NOON)

    assert isinstance(outcome, Complete)
    assert outcome.content() == "newer"
    assert reassembly.stale(NOON) == [Abandoned((inbound(1, total=2, text="old"),), AbandonReason.REFERENCE_REUSED)]


def test_an_old_message_is_handed_back_once() -> None:
    """Its age is that of its first segment; what was handed back is gone, and may start anew."""
    reassembly = Reassembly(ReassemblySettings(age_max_ms=1000))
    reassembly.add(inbound(2, at=NOON), NOON)
    reassembly.add(inbound(1, at=NOON + 900), NOON + 900)

    assert reassembly.stale(NOON + 1000) == []
    assert reassembly.stale(NOON + 1001) == [
        Abandoned((inbound(1, at=NOON + 900), inbound(2, at=NOON)), AbandonReason.STALE)
    ]
    assert reassembly.stale(NOON + 1001) == []
    assert len(reassembly) == 0
    assert reassembly.add(inbound(2), NOON) == Waiting(1, 3)


def test_a_clock_that_jumps_back_gives_nothing_up() -> None:
    """Segments from the future are young."""
    reassembly = Reassembly()
    reassembly.add(inbound(1), NOON)

    assert reassembly.stale(NOON - 86_400_000) == []
    assert len(reassembly) == 1


def test_the_oldest_message_makes_room_and_is_handed_back() -> None:
    """Memory is bounded, and no segment is dropped without a word."""
    reassembly = Reassembly(ReassemblySettings(held_segments_max=255))
    for reference in range(256):
        reassembly.add(inbound(1, reference=reference), NOON)

    assert len(reassembly) == 255
    assert reassembly.stale(NOON) == [Abandoned((inbound(1, reference=0),), AbandonReason.CROWDED_OUT)]


def test_state_is_rebuilt_from_rows() -> None:
    """What is held goes into another Reassembly, which then behaves alike; rows that are all there complete."""
    before = Reassembly()
    for known in (inbound(3, at=NOON + 2), inbound(1, at=NOON + 1), inbound(2, reference=8)):
        before.add(known, known.received_at)

    after = Reassembly()
    assert after.restore(before.held()) == []

    assert sorted(after.held()) == sorted(before.held())
    assert isinstance(after.add(inbound(2, at=NOON + 3), NOON + 3), Complete)
    assert Reassembly().restore([inbound(2, total=2), inbound(1, total=2, at=NOON - 1)]) == [
        Complete((inbound(1, total=2, at=NOON - 1), inbound(2, total=2)))
    ]


def test_the_longest_message_is_255_segments() -> None:
    """As many as one octet can count, and the smallest settings hold it."""
    reassembly = Reassembly(ReassemblySettings(held_segments_max=255))
    outcomes = [reassembly.add(inbound(sequence, total=255), NOON) for sequence in range(1, 256)]

    assert outcomes[-2] == Waiting(254, 255)
    assert isinstance(outcomes[-1], Complete)


@pytest.mark.parametrize(("sequence", "total"), [(0, 3), (4, 3), (1, 0), (-1, 3), (1, 256)])
def test_numbers_out_of_range_change_nothing(sequence: int, total: int) -> None:
    """A segment that cannot be numbered so is refused, and nothing is held."""
    reassembly = Reassembly()

    with pytest.raises(BadSegments):
        reassembly.add(inbound(sequence, total=total), NOON)
    assert len(reassembly) == 0
    with pytest.raises(BadSegments):
        gather([inbound(sequence, total=total)])


def test_stored_rows_of_one_message_are_gathered_without_state() -> None:
    """The rows alone say whether all are there; a repeated row does no harm."""
    rows = [inbound(2, total=2, at=NOON + 5), inbound(2, total=2, at=NOON)]

    assert gather(rows) == Waiting(received=1, total=2)
    assert gather([*rows, inbound(1, total=2)]) == Complete((inbound(1, total=2), inbound(2, total=2, at=NOON)))


def test_rows_that_do_not_belong_together_are_refused() -> None:
    """Two keys, or none at all, are no message."""
    with pytest.raises(BadSegments):
        gather([inbound(1), inbound(2, reference=8)])
    with pytest.raises(BadSegments):
        gather([])


@pytest.mark.parametrize(
    "values",
    [{"age_max_ms": 0}, {"held_segments_max": 254}, {"finished_messages_max": -1}],
    ids=lambda values: next(iter(values)),
)
def test_settings_that_cannot_work_are_refused(values: dict[str, int]) -> None:
    """One message of 255 segments must fit, and ages are positive; the smallest that can work are taken."""
    ReassemblySettings(age_max_ms=1, held_segments_max=255, finished_messages_max=0)
    with pytest.raises(ValueError, match=next(iter(values))):
        ReassemblySettings(**values)


def test_joined_segments_are_the_text_in_any_order() -> None:
    """The concatenation elements give the order (delivery 4.7)."""
    text = "Grüße {€} " * 40
    cut = segment(Content.of_text(text), reference=1)

    assert join(cut) == text
    assert join(cut[::-1]) == text
    assert join(segment(Content.of_binary(b"\xca\xfe" * 100), reference=1)) == b"\xca\xfe" * 100


def test_pairs_that_others_cut_are_whole_again() -> None:
    """Escape and surrogate pairs across a boundary are read after joining, not before."""
    escape = [UserData(Alphabet.GSM7, b"", b"a\x1b"), UserData(Alphabet.GSM7, b"", b"\x65b")]
    surrogate = [UserData(Alphabet.UCS2, b"", b"\xd8\x3d"), UserData(Alphabet.UCS2, b"", b"\xde\x00")]

    assert join(escape) == "a€b"
    assert join(surrogate) == "😀"


def test_a_sender_may_choose_an_alphabet_for_each_segment() -> None:
    """Some handsets do; text is text."""
    assert join([UserData(Alphabet.GSM7, b"", b"a"), UserData(Alphabet.UCS2, b"", b"\x04\x16")]) == "aЖ"


def numbered(header: str, alphabet: Alphabet = Alphabet.GSM7) -> UserData:
    """A segment with this header and one letter."""
    return UserData(alphabet, bytes.fromhex(header), b"a")


@pytest.mark.parametrize(
    "segments",
    [
        [],
        [numbered("050003010201")],  # one is missing
        [numbered("050003010201"), numbered("050003010201")],  # doubled
        [numbered("050003010201"), numbered("050003020202")],  # another reference
        [numbered("050003010201"), numbered("050003010302")],  # another total
        [numbered("050003010201"), UserData(Alphabet.GSM7, b"", b"a")],  # not numbered
        [UserData(Alphabet.GSM7, b"", b"a"), numbered("050003010201")],
        [numbered("050003010201"), numbered("050003010202", Alphabet.BINARY)],  # binary with text
    ],
)
def test_what_does_not_belong_together_is_not_joined(segments: list[UserData]) -> None:
    """Better an error than a text that nobody wrote."""
    with pytest.raises(BadSegments):
        join(segments)
