"""GSM 7-bit against the tables and the packing examples of 3GPP TS 23.038."""

from __future__ import annotations

import gsmcodecs  # noqa: F401 - makes its codec known
import pytest

from angarium.text import gsm7
from angarium.text.errors import BadSeptets, NotInAlphabet

# 3GPP TS 23.038, 6.2.1: code and character, as the specification's table is read, column by column.
DEFAULT_ALPHABET = """
    00 @  01 £  02 $  03 ¥  04 è  05 é  06 ù  07 ì  08 ò  09 Ç  0B Ø  0C ø  0E Å  0F å
    10 Δ  11 _  12 Φ  13 Γ  14 Λ  15 Ω  16 Π  17 Ψ  18 Σ  19 Θ  1A Ξ  1C Æ  1D æ  1E ß  1F É
    21 !  22 "  23 #  24 ¤  25 %  26 &  27 '  28 (  29 )  2A *  2B +  2C ,  2D -  2E .  2F /
    30 0  31 1  32 2  33 3  34 4  35 5  36 6  37 7  38 8  39 9  3A :  3B ;  3C <  3D =  3E >  3F ?
    40 ¡  41 A  42 B  43 C  44 D  45 E  46 F  47 G  48 H  49 I  4A J  4B K  4C L  4D M  4E N  4F O
    50 P  51 Q  52 R  53 S  54 T  55 U  56 V  57 W  58 X  59 Y  5A Z  5B Ä  5C Ö  5D Ñ  5E Ü  5F §
    60 ¿  61 a  62 b  63 c  64 d  65 e  66 f  67 g  68 h  69 i  6A j  6B k  6C l  6D m  6E n  6F o
    70 p  71 q  72 r  73 s  74 t  75 u  76 v  77 w  78 x  79 y  7A z  7B ä  7C ö  7D ñ  7E ü  7F à
"""
DEFAULT_PAIRS = [
    (int(code, 16), character)
    for code, character in zip(DEFAULT_ALPHABET.split()[::2], DEFAULT_ALPHABET.split()[1::2], strict=True)
] + [(0x0A, "\n"), (0x0D, "\r"), (0x20, " ")]

# 3GPP TS 23.038, 6.2.1.1
EXTENSION_PAIRS = [
    (0x0A, "\f"),
    (0x14, "^"),
    (0x28, "{"),
    (0x29, "}"),
    (0x2F, "\\"),
    (0x3C, "["),
    (0x3D, "~"),
    (0x3E, "]"),
    (0x40, "|"),
    (0x65, "€"),
]

# Text and its packed form; the first two are known from every account of the packing.
PACKED = [
    ("hellohello", "E8329BFD4697D9EC37"),
    ("hello world", "E8329BFD06DDDF723619"),
    ("", ""),
    ("@", "00"),
    ("A", "41"),
    ("€", "9B32"),
    ("1234567", "31D98C56B3DD00"),
    ("12345678", "31D98C56B3DD70"),
    ("123456789", "31D98C56B3DD7039"),
]


@pytest.mark.parametrize(("code", "character"), DEFAULT_PAIRS)
def test_the_default_alphabet_is_the_specifications(code: int, character: str) -> None:
    """Each character of 6.2.1 is one septet, in both directions."""
    assert gsm7.encode(character) == bytes((code,))
    assert gsm7.decode(bytes((code,))) == character


@pytest.mark.parametrize(("code", "character"), EXTENSION_PAIRS)
def test_the_extension_table_is_the_specifications(code: int, character: str) -> None:
    """Each character of 6.2.1.1 is an escape and a septet, in both directions."""
    assert gsm7.encode(character) == bytes((0x1B, code))
    assert gsm7.decode(bytes((0x1B, code)), tolerant=False) == character
    assert gsm7.septets(character) == 2


def test_nothing_else_fits() -> None:
    """Of the whole basic plane exactly the characters of the two tables can be written."""
    fitting = {chr(code) for code in range(0x10000) if gsm7.can_encode(chr(code))}

    assert fitting == {character for _, character in DEFAULT_PAIRS + EXTENSION_PAIRS}


def test_an_outside_codec_has_the_same_tables() -> None:
    """PyPI `gsmcodecs` writes and reads each character of the basic plane as we do."""
    for character in map(chr, range(0x10000)):
        try:
            theirs = character.encode("gsm23.038")
        except ValueError:
            theirs = None
        assert gsm7.try_encode(character) == theirs, hex(ord(character))


@pytest.mark.parametrize(
    ("text", "character", "index"),
    [
        ("a`b", "`", 1),
        ("ab\x1b", "\x1b", 2),
        ("\0", "\0", 0),
        ("Δ\0", "\0", 1),
        ("façade", "ç", 2),
        ("Привет", "П", 0),
        ("{}😀", "😀", 2),
        ("é\ufffe", "\ufffe", 1),
        ("x\ud800", "\ud800", 1),
    ],
)
def test_a_character_that_does_not_fit_is_named(text: str, character: str, index: int) -> None:
    """The error carries the first misfit and its place, and no look-alike is sent instead."""
    for refusing in (gsm7.encode, gsm7.septets):
        with pytest.raises(NotInAlphabet) as caught:
            refusing(text)
        assert (caught.value.character, caught.value.index) == (character, index)
    assert not gsm7.can_encode(text)
    assert gsm7.try_encode(text) is None


@pytest.mark.parametrize(
    ("text", "septets"),
    [
        ("Hello", "48656C6C6F"),
        ("a@b_c$", "610062116302"),
        ("{a}", "1B28611B29"),
        ("€ é@", "1B65200500"),
        ("@Δ[", "00101B3C"),
        ("", ""),
    ],
)
def test_text_and_septets_are_each_others_mirror(text: str, septets: str) -> None:
    """ASCII, extension, Latin and Greek characters in one text, counted as they are written."""
    octets = bytes.fromhex(septets)

    assert gsm7.encode(text) == octets
    assert gsm7.decode(octets) == text
    assert gsm7.septets(text) == len(octets)
    assert gsm7.can_encode(text)


@pytest.mark.parametrize(
    ("septets", "text"),
    [
        ("1B41", "A"),  # not in the extension table: the default table's character
        ("1B1B65", " e"),  # a double escape is a space, and does not shift what follows
        ("1B1B1B65", " €"),
        ("611B", "a "),  # an escape at the end
        ("61FF62", "a\ufffdb"),
        ("80", "\ufffd"),
        ("1BFF", " \ufffd"),
        ("9B65", "\ufffde"),  # 0x80 + escape is no escape
    ],
)
def test_a_tolerant_reader_follows_the_specification(septets: str, text: str) -> None:
    """What a handset should show for unknown codes (6.2.1 and 6.2.1.1) is what we read; strictly it is refused."""
    octets = bytes.fromhex(septets)

    assert gsm7.decode(octets) == text
    with pytest.raises(BadSeptets):
        gsm7.decode(octets, tolerant=False)


@pytest.mark.parametrize(("text", "packed"), PACKED)
def test_packing_follows_the_specification(text: str, packed: str) -> None:
    """Eight septets go into seven octets, lowest bits first (6.1.2.1.1)."""
    septets = gsm7.encode(text)
    octets = bytes.fromhex(packed)

    assert gsm7.pack(septets) == octets
    assert gsm7.unpack(octets, len(septets)) == septets
    assert gsm7.packed_octets(len(septets)) == len(octets)


def test_fill_bits_shift_the_text_behind_a_header() -> None:
    """After a six-octet header one empty bit comes first: `A` (0x41) reads 0x82."""
    assert gsm7.pack(b"\x41", 1) == bytes.fromhex("82")
    assert gsm7.unpack(bytes.fromhex("82"), 1, 1) == b"\x41"
    assert gsm7.pack(b"\x41", 6) == bytes.fromhex("4010")
    assert gsm7.unpack(bytes.fromhex("4010"), 1, 6) == b"\x41"
    assert gsm7.pack(b"", 3) == b"\0"
    assert gsm7.unpack(b"\xff", 0, 3) == b""


def test_a_full_message_is_140_octets() -> None:
    """160 septets fill the user data exactly, and longer text packs without a seam."""
    septets = bytes(at % 128 for at in range(1000))

    assert len(gsm7.pack(septets[:160])) == 140
    assert gsm7.unpack(gsm7.pack(septets), 1000) == septets


def test_packing_refuses_what_is_not_a_septet() -> None:
    """Octets above 0x7F would spill into their neighbours."""
    with pytest.raises(BadSeptets):
        gsm7.pack(b"\x80")


@pytest.mark.parametrize("fill_bits", [-1, 7])
def test_fill_bits_out_of_range_are_refused(fill_bits: int) -> None:
    """There are at most six bits to the next septet."""
    with pytest.raises(BadSeptets):
        gsm7.pack(b"a", fill_bits)
    with pytest.raises(BadSeptets):
        gsm7.unpack(b"aa", 1, fill_bits)


@pytest.mark.parametrize(("octets", "count", "fill_bits"), [(b"", 1, 0), (b"a", 2, 0), (b"a", 1, 2), (b"a", -1, 0)])
def test_unpacking_more_than_there_is_is_refused(octets: bytes, count: int, fill_bits: int) -> None:
    """A length that the octets do not bear out is an error, not padding."""
    with pytest.raises(BadSeptets):
        gsm7.unpack(octets, count, fill_bits)


def test_other_shift_tables_need_no_other_code() -> None:
    """A locking table whose first character is not @, with NUL in it, and a single shift table of its own."""
    locking = "ξ" + gsm7.DEFAULT_TABLES.characters[1:0x7F] + "\0"
    tables = gsm7.shift_tables(locking, {0x01: "@", 0x02: "A", 0x03: "ş"})

    septets = gsm7.encode("ξ@A\0ş", tables)

    assert septets == bytes.fromhex("00 1B01 41 7F 1B03")  # A is in both tables; the shorter one is taken
    assert gsm7.decode(septets, tables=tables) == "ξ@A\0ş"
    assert gsm7.encode("@A\0", tables) == bytes.fromhex("1B01 41 7F")
    assert not gsm7.can_encode("[", tables)
