"""Counting and cutting at every boundary of rest-api 4.1."""

from __future__ import annotations

import pytest

from angarium.text import udh
from angarium.text.alphabet import Alphabet
from angarium.text.errors import BadUcs2, BadUserDataHeader, TooManySegments
from angarium.text.segments import Content, Preview, UserData, preview, segment, segment_count

PORTS = bytes.fromhex("06 05 04 0B84 23F0")  # seven octets: eight septets exactly


@pytest.mark.parametrize(
    ("text", "alphabet", "count"),
    [
        ("", Alphabet.GSM7, 1),
        ("a" * 160, Alphabet.GSM7, 1),
        ("a" * 161, Alphabet.GSM7, 2),
        ("a" * 306, Alphabet.GSM7, 2),
        ("a" * 307, Alphabet.GSM7, 3),
        ("€" * 80, Alphabet.GSM7, 1),
        ("€" * 81, Alphabet.GSM7, 2),
        ("€" * 152, Alphabet.GSM7, 2),  # 76 pairs a segment: the 153rd septet stays empty
        ("€" * 153, Alphabet.GSM7, 3),
        ("Ж" * 70, Alphabet.UCS2, 1),
        ("Ж" * 71, Alphabet.UCS2, 2),
        ("Ж" * 134, Alphabet.UCS2, 2),
        ("Ж" * 135, Alphabet.UCS2, 3),
        ("😀" * 35, Alphabet.UCS2, 1),
        ("😀" * 36, Alphabet.UCS2, 2),
        ("😀" * 66, Alphabet.UCS2, 2),  # 33 pairs a segment: the 67th unit stays empty
        ("😀" * 67, Alphabet.UCS2, 3),
        ("a" * 69 + "`", Alphabet.UCS2, 1),
        ("a" * 153 * 255, Alphabet.GSM7, 255),
        ("a" * (153 * 255 + 1), Alphabet.GSM7, 256),
    ],
)
def test_text_chooses_its_alphabet_and_count(text: str, alphabet: Alphabet, count: int) -> None:
    """GSM 7-bit when every character fits, else UCS-2; the count is known without cutting."""
    content = Content.of_text(text)

    assert content.alphabet is alphabet
    assert segment_count(content) == count
    assert content.text() == text


@pytest.mark.parametrize(("octets", "count"), [(0, 1), (140, 1), (141, 2), (268, 2), (269, 3)])
def test_binary_counts_octets(octets: int, count: int) -> None:
    """140 alone, 134 in each of several."""
    content = Content.of_binary(bytes(octets))

    assert segment_count(content) == count
    assert len(segment(content, reference=1)) == count


def test_one_segment_carries_no_header() -> None:
    """A short text is its septets and nothing else."""
    assert segment(Content.of_text("Hi @ you"), reference=42) == (
        UserData(Alphabet.GSM7, b"", bytes.fromhex("4869 20 00 20 796F75")),
    )


def test_several_segments_are_numbered_in_an_8_bit_element() -> None:
    """The listing of each segment's header, with the low eight bits of the reference."""
    cut = segment(Content.of_text("a" * 153 + "b" * 153 + "c"), reference=0x12A)

    assert [part.udh.hex(" ") for part in cut] == ["05 00 03 2a 03 01", "05 00 03 2a 03 02", "05 00 03 2a 03 03"]
    assert [part.payload for part in cut] == [b"a" * 153, b"b" * 153, b"c"]
    assert [part.octets for part in cut] == [140, 140, 7]


def test_the_same_content_and_reference_are_cut_alike() -> None:
    """A later process, given the stored fields, makes the same octets."""
    content = Content.of_text("Grüße, {€}😀 " * 40)
    stored = Content(Alphabet(int(content.alphabet)), bytes(content.udh), bytes(content.payload))

    assert segment(stored, reference=7) == segment(content, reference=7)


def test_an_escape_pair_moves_to_the_next_segment_whole() -> None:
    """A pair at the boundary leaves one septet of the first segment empty."""
    cut = segment(Content.of_text("a" * 152 + "€" + "b" * 20), reference=1)

    assert cut[0].payload == b"a" * 152
    assert cut[1].payload == b"\x1b\x65" + b"b" * 20


def test_a_surrogate_pair_moves_to_the_next_segment_whole() -> None:
    """A pair at the boundary leaves one unit of the first segment empty."""
    cut = segment(Content.of_text("Ж" * 66 + "😀" + "Ж" * 20), reference=1)

    assert len(cut[0].payload) == 132
    assert cut[1].payload.startswith(bytes.fromhex("D83D DE00"))


def test_lone_surrogates_at_the_boundary_are_units_like_others() -> None:
    """Only a true pair is kept together."""
    cut = segment(Content.of_ucs2(bytes.fromhex("D83D") * 71), reference=1)

    assert [len(part.payload) for part in cut] == [134, 8]


@pytest.mark.parametrize(
    ("content", "alone", "room"),
    [
        (Content.of_text("a" * 152, PORTS), 152, 146),
        (Content.of_ucs2(b"\0a" * 66, PORTS), 132, 128),
        (Content.of_binary(b"a" * 133, PORTS), 133, 128),
    ],
)
def test_a_customers_header_takes_its_room(content: Content, alone: int, room: int) -> None:
    """Exactly what fits beside the header is one segment; one unit more makes several, each with both elements."""
    unit = b"\0a" if content.alphabet is Alphabet.UCS2 else b"a"
    longer = Content(content.alphabet, content.udh, content.payload + unit)

    single = segment(content, reference=9)
    cut = segment(longer, reference=9)

    assert len(content.payload) == alone
    assert single == (UserData(content.alphabet, PORTS, content.payload),)
    assert [part.udh.hex() for part in cut] == ["0b0003090201" + PORTS[1:].hex(), "0b0003090202" + PORTS[1:].hex()]
    assert len(cut[0].payload) == room
    assert all(udh.parse(part.udh)[1:] == udh.parse(PORTS) for part in cut)
    assert max(part.octets for part in (*single, *cut)) == 140


def test_fill_bits_count_on_air() -> None:
    """A header of 12 octets is 14 septets with its two fill bits: 146 septets of text stay."""
    twelve = UserData(Alphabet.GSM7, bytes(12), b"a" * 146)

    assert twelve.octets == 140
    assert len(twelve.on_air()) == 140
    assert UserData(Alphabet.GSM7, bytes(12), b"a" * 147).octets == 141


def test_user_data_on_air_is_packed_behind_its_header() -> None:
    """Septets are packed after the fill bits; other alphabets follow as they are."""
    header = bytes.fromhex("0500032A0201")

    assert UserData(Alphabet.GSM7, b"", b"hellohello").on_air().hex() == "e8329bfd4697d9ec37"
    assert UserData(Alphabet.GSM7, header, b"A").on_air() == header + b"\x82"
    assert UserData(Alphabet.UCS2, header, b"\0A").on_air() == header + b"\0A"
    assert UserData(Alphabet.UCS2, header, b"\0A").octets == 8


def test_a_segment_numbered_by_the_customer_is_sent_as_it_is() -> None:
    """Whoever cut the text already sends each segment as a message."""
    header = bytes.fromhex("0500032A0201")

    assert segment(Content.of_text("a" * 153, header), reference=1) == (UserData(Alphabet.GSM7, header, b"a" * 153),)


@pytest.mark.parametrize(
    ("septets", "header"),
    [
        (154, "0500032A0201"),  # numbered already, and too long
        (153, "0608042A2A0201"),  # the same with a 16-bit reference
        (1, "0500"),  # lengths disagree
        (1, "8B7089" + "00" * 137),  # fills the user data: no room for one septet
    ],
)
def test_a_header_that_cannot_go_with_its_content_is_refused(septets: int, header: str) -> None:
    """Refused when the content is made, so that nothing accepted fails to be cut later."""
    with pytest.raises(BadUserDataHeader):
        Content.of_text("a" * septets, bytes.fromhex(header))


@pytest.mark.parametrize(
    ("septets", "count"),
    [
        (22, 1),  # 120 octets of header leave 22 septets
        (23, 2),  # and with the concatenation element 17
        (34, 2),
        (35, 3),
    ],
)
def test_a_long_header_leaves_little_in_each_segment(septets: int, count: int) -> None:
    """A header of 120 octets is carried by every segment, and the text is cut small."""
    header = bytes.fromhex("77 70 75") + bytes(117)

    assert segment_count(Content.of_text("a" * septets, header)) == count


@pytest.mark.parametrize(
    ("make", "fits"),
    [
        (lambda header: Content.of_text("a" * 10, header), 133),
        (lambda header: Content.of_ucs2(b"\0a" * 10, header), 131),
        (lambda header: Content.of_binary(b"a" * 20, header), 134),
    ],
)
def test_the_longest_header_leaves_room_for_one_pair(make, fits: int) -> None:
    """Beside both elements a pair must go into each segment, or cutting would never end."""
    longest = bytes((fits - 1, 0x70, fits - 3)) + bytes(fits - 3)
    longer = bytes((fits, 0x70, fits - 2)) + bytes(fits - 2)

    assert all(part.octets <= 140 for part in segment(make(longest), reference=1))
    with pytest.raises(BadUserDataHeader):
        make(longer)


def test_odd_octets_are_not_units() -> None:
    """Half a unit cannot be sent as UCS-2."""
    with pytest.raises(BadUcs2):
        Content.of_ucs2(b"\0a\0")


def test_more_than_255_segments_are_counted_but_not_cut() -> None:
    """The count is honest, so that a refusal can name it; the format ends at 255."""
    content = Content.of_binary(bytes(134 * 255 + 1))

    assert segment_count(content) == 256
    with pytest.raises(TooManySegments) as caught:
        segment(content, reference=1)
    assert caught.value.count == 256


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (Content.of_text(""), Preview("GSM 7-bit", 1, "septets", 0, 160)),
        (Content.of_text("a{"), Preview("GSM 7-bit", 1, "septets", 3, 157)),
        (Content.of_text("a" * 161), Preview("GSM 7-bit", 2, "septets", 161, 145)),
        (Content.of_text("Ж😀"), Preview("UCS-2", 1, "units", 3, 67)),
        (Content.of_text("Ж" * 71), Preview("UCS-2", 2, "units", 71, 63)),
        (Content.of_binary(bytes(141)), Preview("binary", 2, "octets", 141, 127)),
        (Content.of_text("abc", PORTS), Preview("GSM 7-bit", 1, "septets", 3, 149)),
    ],
)
def test_a_preview_says_what_is_used_and_left(content: Content, expected: Preview) -> None:
    """Encoding, count, and room in the last segment, in the alphabet's own units."""
    assert preview(content) == expected


def test_payloads_are_spelt_for_people() -> None:
    """Text is text, binary is hex, for content and for a segment."""
    assert Content.of_binary(b"\xca\xfe").text() == "cafe"
    assert UserData(Alphabet.UCS2, b"", b"\x04\x16").text() == "Ж"
    assert UserData(Alphabet.GSM7, b"", b"\x1b\x65").text() == "€"
