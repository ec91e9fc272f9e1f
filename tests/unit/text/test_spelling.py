"""The cheapest spelling of a text, and that nothing is replaced or shifted without need."""

from __future__ import annotations

import pytest

from angarium.text.alphabet import Alphabet
from angarium.text.lookalikes import Replacement
from angarium.text.national import NO_SHIFTS, NationalLanguage, Shifts
from angarium.text.segments import Content, segment_count
from angarium.text.spelling import Spelling, may_gain, spell

TURKISH, SPANISH, HINDI = NationalLanguage.TURKISH, NationalLanguage.SPANISH, NationalLanguage.HINDI
TEN_TURKISH = "Şişmanoğlu "
HINDI_WORDS = "\u0928\u092e\u0938\u094d\u0924\u0947, "


def spelled(text: str, *languages: NationalLanguage, smart: bool = False, header: bytes = b"") -> Spelling:
    """The spelling of a text."""
    return spell(Content.of_text(text, header), smart=smart, languages=languages)


@pytest.mark.parametrize(
    ("text", "languages", "shifts"),
    [
        ("plain", (TURKISH,), NO_SHIFTS),
        ("ş", (TURKISH,), Shifts(single=TURKISH)),
        ("ş", (SPANISH,), NO_SHIFTS),
        ("á" * 140, (SPANISH,), Shifts(single=SPANISH)),  # 280 septets are two segments, 140 units three
        ("ş" * 100, (TURKISH,), Shifts(locking=TURKISH)),  # 200 septets by the single shift table, 100 by the locking
        (TEN_TURKISH * 10, (TURKISH, SPANISH), Shifts(single=TURKISH)),
        (HINDI_WORDS * 10, (HINDI,), Shifts(locking=HINDI)),
        (HINDI_WORDS * 10 + "A-Z", (HINDI,), Shifts(HINDI, HINDI)),
        ("€" * 100, (TURKISH,), Shifts(locking=TURKISH)),  # in the default alphabet it fits, but into two
    ],
)
def test_the_fewest_segments_win_and_then_the_plainest(
    text: str, languages: tuple[NationalLanguage, ...], shifts: Shifts
) -> None:
    """Default alphabet, single shift, locking shift, both, UCS-2: the first with the fewest segments (rest-api 4.2)."""
    found = spelled(text, *languages)

    assert found.content.shifts == shifts
    assert found.content.text() == text
    assert segment_count(found.content) <= segment_count(Content.of_text(text))
    assert found.replaced == ()


def test_look_alikes_bring_a_text_into_seven_bits() -> None:
    """Typography alone does not cost a customer the 7 bits, if smart encoding was chosen (rest-api 4.2)."""
    found = spelled("“Hi”", smart=True)

    assert found == Spelling(Content.of_text('"Hi"'), (Replacement(0, "“", '"'), Replacement(3, "”", '"')))
    assert spelled("“Hi”").content.alphabet is Alphabet.UCS2


@pytest.mark.parametrize("text", ["“Привет”", "“ş”", "“😀”"])
def test_nothing_is_replaced_when_the_whole_stays_in_ucs2(text: str) -> None:
    """One character without a look-alike, and the text goes out as it was given (rest-api 4.2)."""
    assert spelled(text, smart=True) == Spelling(Content.of_text(text))


def test_look_alikes_and_tables_work_together() -> None:
    """A Turkish text in typographic quotes needs both."""
    found = spelled("“ş”", TURKISH, smart=True)

    assert found.content.text() == '"ş"'
    assert found.content.shifts == Shifts(single=TURKISH)
    assert [each.at for each in found.replaced] == [0, 2]


def test_look_alikes_never_cost_a_segment() -> None:
    """Seventy ellipses are one segment in UCS-2, and two when spelled out."""
    assert spelled("…" * 70, smart=True).content.alphabet is Alphabet.UCS2
    assert spelled("…" * 50, smart=True).content.alphabet is Alphabet.GSM7


def test_binary_and_plain_text_have_nothing_to_gain() -> None:
    """Octets are nobody's text, and one segment of the default alphabet cannot be fewer."""
    assert not may_gain(Content.of_binary(b"a" * 999), 8)
    assert not may_gain(Content.of_text("a" * 160), 1)
    assert may_gain(Content.of_text("a" * 161), 2)
    assert spell(Content.of_binary(b"\xff"), smart=True, languages=[TURKISH]).content.payload == b"\xff"


def test_a_customers_own_tables_are_not_chosen_again() -> None:
    """A header that names tables says how the text is to be read; only the customer may change that."""
    header = bytes.fromhex("03240102")
    given = Content.of_text("á" * 150, header)

    assert spell(given, smart=True, languages=[TURKISH]).content == given


def test_a_header_without_room_for_the_elements_stays_alone() -> None:
    """Beside 138 octets of the customer's there is no place for another element, so UCS-2 it is."""
    header = bytes((137, 0x70, 135)) + bytes(135)

    assert spelled("ş", TURKISH, header=header).content == Content.of_text("ş", header)
