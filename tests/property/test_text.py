"""What must hold for every text: joined is what was cut, nothing passes 140 octets, no pair is cut."""

from __future__ import annotations

import math
import random

import gsmcodecs  # noqa: F401 - makes its codec known
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from angarium.text import (
    Alphabet,
    Complete,
    Content,
    Duplicate,
    InboundSegment,
    NationalLanguage,
    Reassembly,
    Shifts,
    UserData,
    gsm7,
    join,
    liken,
    national,
    preview,
    segment,
    segment_count,
    spell,
    ucs2,
    udh,
)
from angarium.text.errors import BadSeptets, BadUserDataHeader

GSM_CHARACTERS = [chr(code) for code in range(0x10000) if gsm7.can_encode(chr(code))]
gsm_text = st.text(st.sampled_from(GSM_CHARACTERS), max_size=400)
# Extension characters and pairs beyond U+FFFF stand close together here, so boundaries meet them.
dense_text = st.text(st.sampled_from("aé@€{~^\fЖ😀𝒳"), max_size=400)
any_text = st.one_of(gsm_text, dense_text, st.text(max_size=200))
locking_languages = st.sampled_from([None, *(language for language in NationalLanguage if language.has_locking_table)])
some_shifts = st.builds(Shifts, locking_languages, st.sampled_from([None, *NationalLanguage]))
languages = st.sets(st.sampled_from(NationalLanguage), max_size=4)
# Letters of several tables, typography, and what only UCS-2 has, close together.
spelled_text = st.one_of(
    any_text,
    st.text(st.sampled_from("aA,-ğşıİçáÕ€[`“”–…\u00a0ﬁنआஆ\u0301"), max_size=400),
    st.text("ğş€“", max_size=400),
)
references = st.integers(0, 0xFFFF)
elements = st.lists(
    st.builds(udh.Element, st.integers(0, 255).filter(lambda known: known not in (0x00, 0x08)), st.binary(max_size=20)),
    max_size=3,
)


@settings(max_examples=200)
@given(any_text, references)
def test_joined_segments_are_the_text(text: str, reference: int) -> None:
    """Cut and joined, in any order, a text is what it was (rest-api 4.1)."""
    cut = list(segment(Content.of_text(text), reference=reference))
    shuffled = random.Random(reference).sample(cut, len(cut))

    assert join(shuffled) == text


@settings(max_examples=200)
@given(any_text, elements, references)
def test_no_segment_passes_140_octets_and_no_pair_is_cut(
    text: str, given_elements: list[udh.Element], reference: int
) -> None:
    """Every segment fits on air, carries the customer's elements, and can be read by itself, strictly (rest-api
    4.1).
    """
    header = udh.build(given_elements) if given_elements else b""
    cut = segment(Content.of_text(text, header), reference=reference)

    for sequence, part in enumerate(cut, 1):
        assert part.octets == len(part.on_air()) <= 140
        read = gsm7.decode if part.alphabet is Alphabet.GSM7 else ucs2.decode
        read(part.payload, tolerant=False)
        if part.udh:
            found = udh.parse(part.udh)
            number = udh.concatenation_of(found)
            assert number == (udh.Concatenation(reference & 0xFF, len(cut), sequence) if len(cut) > 1 else None)
            assert [element for element in found if element.identifier != 0x00] == given_elements
    assert join(cut) == text


@settings(max_examples=200)
@given(any_text, elements)
def test_counts_agree(text: str, given_elements: list[udh.Element]) -> None:
    """Counting, previewing and cutting say the same, and no smaller number of segments could hold the text."""
    header = udh.build(given_elements) if given_elements else b""
    content = Content.of_text(text, header)
    cut = segment(content, reference=1)
    shown = preview(content)

    assert segment_count(content) == len(cut) == shown.segments
    assert shown.used == (gsm7.septets(text) if content.alphabet is Alphabet.GSM7 else ucs2.units(text))
    assert shown.remaining >= 0
    if len(cut) > 1:
        room = shown.remaining + len(cut[-1].payload) // (2 if content.alphabet is Alphabet.UCS2 else 1)
        assert math.ceil(shown.used / room) <= len(cut) <= math.ceil(shown.used / (room - 1))


@settings(max_examples=100)
@given(any_text, st.integers(1, 20))
def test_what_remains_is_true(text: str, more: int) -> None:
    """As many septets or units as the preview promises go in without another segment, and one more does not."""
    content = Content.of_text(text)
    shown = preview(content)
    unit = b"a" if content.alphabet is Alphabet.GSM7 else b"\0a"
    filled = content._replace(payload=content.payload + unit * shown.remaining)
    over = content._replace(payload=filled.payload + unit * more)

    assert segment_count(filled) == shown.segments
    assert segment_count(over) > shown.segments


@settings(max_examples=100)
@given(st.binary(max_size=1200), elements, references)
def test_joined_binary_is_the_octets(octets: bytes, given_elements: list[udh.Element], reference: int) -> None:
    """Octets survive with any header, and no segment passes 140."""
    header = udh.build(given_elements) if given_elements else b""
    cut = segment(Content.of_binary(octets, header), reference=reference)

    assert join(cut) == octets
    assert all(part.octets == len(part.on_air()) <= 140 for part in cut)


@given(st.integers(2, 140), st.sampled_from(list(Alphabet)), st.integers(0, 300))
def test_what_is_made_can_be_cut(header_octets: int, alphabet: Alphabet, size: int) -> None:
    """A header of any length is refused when the content is made, or never."""
    assume(header_octets != 2)
    header = bytes((header_octets - 1, 0x70, header_octets - 3)) + bytes(header_octets - 3)
    try:
        content = {
            Alphabet.GSM7: lambda: Content.of_text("€" * size, header),
            Alphabet.UCS2: lambda: Content.of_text("😀" * size, header),
            Alphabet.BINARY: lambda: Content.of_binary(bytes(size), header),
        }[alphabet]()
    except BadUserDataHeader:
        assert header_octets > 130
        return
    assume(segment_count(content) <= 255)
    assert all(part.octets <= 140 for part in segment(content, reference=1))


@given(st.binary(max_size=400).map(lambda octets: bytes(octet & 0x7F for octet in octets)), st.integers(0, 6))
def test_packing_and_unpacking_are_each_others_mirror(septets: bytes, fill_bits: int) -> None:
    """Any septets, any fill bits; and bit by bit as the specification draws it."""
    packed = gsm7.pack(septets, fill_bits)
    bits = "0" * fill_bits + "".join(f"{septet:07b}"[::-1] for septet in septets)
    drawn = bytes(int(bits[at : at + 8].ljust(8, "0")[::-1], 2) for at in range(0, len(bits), 8))

    assert packed == drawn
    assert len(packed) == gsm7.packed_octets(len(septets), fill_bits)
    assert gsm7.unpack(packed, len(septets), fill_bits) == septets


@given(gsm_text)
def test_an_outside_codec_writes_the_same_septets(text: str) -> None:
    """Ours and PyPI `gsmcodecs` agree on every text of the two tables, both ways."""
    assert gsm7.encode(text) == text.encode("gsm23.038")
    assert gsm7.encode(text).decode("gsm23.038") == text


@given(gsm_text)
def test_septets_and_text_are_each_others_mirror(text: str) -> None:
    """What was written is read back, strictly, and has the length that was counted."""
    septets = gsm7.encode(text)

    assert gsm7.decode(septets, tolerant=False) == text
    assert gsm7.septets(text) == len(septets)


@given(st.text())
def test_text_fits_exactly_when_every_character_does(text: str) -> None:
    """One misfit is enough, wherever it stands."""
    assert gsm7.can_encode(text) == all(character in GSM_CHARACTERS for character in text)


@given(st.binary(max_size=200))
def test_any_octets_are_read_tolerantly(octets: bytes) -> None:
    """The tolerant readers give storable text for anything, and agree with the strict one where that does."""
    read = gsm7.decode(octets)
    ucs2.decode(octets).encode("utf-8")
    read.encode("utf-8")
    try:
        assert gsm7.decode(octets, tolerant=False) == read
    except BadSeptets:
        return
    assert gsm7.encode(read) == octets


@given(st.binary(max_size=150))
def test_headers_are_strictly_read_or_refused(octets: bytes) -> None:
    """What the strict reader takes is written back to the same octets; the tolerant one agrees with it."""
    tolerant = udh.parse(octets, tolerant=True)
    try:
        strict = udh.validate_user_header(octets)
    except BadUserDataHeader:
        return
    assert strict == tolerant
    assert udh.build(strict) == octets


@settings(max_examples=100)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_reassembly_completes_each_message_once(totals: list[int], order: random.Random) -> None:
    """Segments of several messages, shuffled, each twice: every message completes once, the rest are duplicates
    (delivery 4.7).
    """
    arrivals = [
        InboundSegment(
            "1", "2", reference, total, sequence, UserData(Alphabet.GSM7, b"", bytes((65 + reference, sequence))), 0
        )
        for reference, total in enumerate(totals)
        for sequence in range(1, total + 1)
    ] * 2
    order.shuffle(arrivals)
    reassembly = Reassembly()

    outcomes = [reassembly.add(arrival, 0) for arrival in arrivals]

    completed = [outcome for outcome in outcomes if isinstance(outcome, Complete)]
    assert sorted(message.segments[0].reference for message in completed) == list(range(len(totals)))
    assert all(
        [part.sequence for part in message.segments] == list(range(1, len(message.segments) + 1))
        for message in completed
    )
    assert sum(isinstance(outcome, Duplicate) for outcome in outcomes) == sum(totals)
    assert len(reassembly) == 0
    assert reassembly.stale(10**12) == []


def strictly_read(part: UserData) -> str:
    """The text of one segment by itself; a cut escape or surrogate pair raises."""
    if part.alphabet is Alphabet.GSM7:
        return gsm7.decode(part.payload, tables=national.tables_of(part.udh), tolerant=False)
    return ucs2.decode(part.payload, tolerant=False)


@settings(max_examples=200)
@given(st.data(), some_shifts, elements, references)
def test_shifted_text_is_cut_and_joined_like_any_other(
    data: st.DataObject, shifts: Shifts, given_elements: list[udh.Element], reference: int
) -> None:
    """By any pair of tables: nothing passes 140 octets, no pair is cut, joined is what was cut (rest-api 4.1, 4.2)."""
    tables = national.tables(shifts)
    text = data.draw(st.text([character for character in tables.characters if character != "\ufffd"], max_size=400))
    assume(not any(each.identifier in (udh.SINGLE_SHIFT, udh.LOCKING_SHIFT) for each in given_elements))
    content = Content.of_shifted(text, shifts, udh.build(given_elements) if given_elements else b"")
    assert content is not None
    cut = segment(content, reference=reference)

    assert content.shifts == shifts
    assert "".join(map(strictly_read, cut)) == join(random.Random(reference).sample(cut, len(cut))) == text
    for part in cut:
        assert part.octets == len(part.on_air()) <= 140
        assert national.shifts_of(part.udh) == shifts
    assert segment_count(content) == len(cut) == preview(content).segments


@settings(max_examples=300)
@given(spelled_text, languages, st.booleans(), references)
def test_a_spelling_is_never_dearer_and_never_says_anything_else(
    text: str, allowed: set[NationalLanguage], smart: bool, reference: int
) -> None:
    """Never more segments, only allowed tables, and the same text but for the look-alikes reported (rest-api 4.2)."""
    given_content = Content.of_text(text)
    content, replaced = spell(given_content, smart=smart, languages=allowed)
    cut = segment(content, reference=reference)

    assert len(cut) <= segment_count(given_content)
    assert content.shifts.languages <= allowed
    assert "".join(map(strictly_read, cut)) == join(cut) == content.text()
    assert all(part.octets <= 140 for part in cut)
    if replaced:
        assert smart
        assert content.alphabet is Alphabet.GSM7
        assert content.text() == liken(text, national.tables(content.shifts))[0]
        assert all(text.startswith(each.before, each.at) for each in replaced)
    else:
        assert content.text() == given_content.text()


@given(some_shifts, st.binary(max_size=200).map(lambda octets: bytes(octet & 0x7F for octet in octets)))
def test_any_septets_are_read_by_any_tables(shifts: Shifts, septets: bytes) -> None:
    """The tolerant reader gives storable text; where the strict one agrees, the text is written back and read again."""
    tables = national.tables(shifts)
    read = gsm7.decode(septets, tables=tables)
    read.encode("utf-8")
    try:
        assert gsm7.decode(septets, tables=tables, tolerant=False) == read
    except BadSeptets:
        return
    written = gsm7.encode(read, tables)
    assert len(written) <= len(septets)
    assert gsm7.decode(written, tables=tables, tolerant=False) == read
