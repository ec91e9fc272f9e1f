"""One canonical form for each id that a carrier gives."""

from __future__ import annotations

import pytest

from angarium.smpp.message_ids import IdReading, canonical_id, canonical_ids, matching_readings

AS_IS, HEX, DECIMAL = IdReading.AS_IS, IdReading.HEX, IdReading.DECIMAL
UUID = b"550E8400-E29B-41D4-A716-446655440000"


@pytest.mark.parametrize(
    ("in_response", "response_reading", "in_receipt", "receipt_reading"),
    [
        (b"1A2B3C4D", HEX, b"439041101", DECIMAL),
        (b"1a2b3c4d", HEX, b"0439041101", DECIMAL),
        (b"439041101", DECIMAL, b"1A2B3C4D", HEX),
        (b"FFFFFFFFFFFFFFFF", HEX, b"18446744073709551615", DECIMAL),  # 64 bits
        (b"0x1A2B", HEX, b"6699", DECIMAL),
        (b"F0000000", HEX, b"-268435456", DECIMAL),  # 32 bits printed as signed
        (b"00001A2B", AS_IS, b"1a2b", AS_IS),
        (b"000123", AS_IS, b"123", AS_IS),
        (b"000123", AS_IS, b"123", DECIMAL),
        (UUID, AS_IS, UUID.lower(), AS_IS),
        (UUID, AS_IS, UUID.replace(b"-", b""), AS_IS),
        (UUID, HEX, b"113059749145936325402354257176981405696", DECIMAL),
        (b"Msg-0042-ab", AS_IS, b"msg-0042-AB", AS_IS),
        (b"Msg-0042-ab", HEX, b"msg-0042-AB", DECIMAL),  # no number at all: read as it is
        (b" 123\0", AS_IS, b'"123"', AS_IS),
        (b"0", AS_IS, b"0000", AS_IS),
        (b"caf\xe9", AS_IS, b"CAF\xc9", AS_IS),
    ],
)
def test_two_spellings_of_an_id_meet(
    in_response: bytes, response_reading: IdReading, in_receipt: bytes, receipt_reading: IdReading
) -> None:
    """Under the carrier's two settings, response and receipt have the same canonical form (delivery 3.2)."""
    assert canonical_id(in_response, response_reading) == canonical_id(in_receipt, receipt_reading) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"123", b"124"), (b"1e2", b"1e3"), (b"ab-1", b"ab-01"), (b"10", b"010x"), (b"", b"0"), (b"a", b"aa")],
)
@pytest.mark.parametrize("reading", IdReading)
def test_different_ids_stay_different(one: bytes, other: bytes, reading: IdReading) -> None:
    """Levelling the spelling never joins two messages (delivery 3.2)."""
    assert canonical_id(one, reading) != canonical_id(other, reading)


@pytest.mark.parametrize(
    ("raw", "forms"),
    [
        (b"0001E240", {AS_IS: "1e240", HEX: "123456", DECIMAL: "1e240"}),
        (b"123456", {AS_IS: "123456", HEX: "1193046", DECIMAL: "123456"}),
        (b"1E240", {AS_IS: "1e240", HEX: "123456", DECIMAL: "1e240"}),
        (b"A1-b2", {AS_IS: "a1-b2", HEX: "a1-b2", DECIMAL: "a1-b2"}),
        (b"", {AS_IS: "", HEX: "", DECIMAL: ""}),
    ],
)
def test_the_table_in_the_documentation_is_true(raw: bytes, forms: dict[IdReading, str]) -> None:
    """Each id has one form under each reading."""
    assert canonical_ids(raw) == forms


def test_a_carriers_settings_are_learned_from_a_pair() -> None:
    """Hex in the response and decimal in the receipt; a receipt read as it is does as well."""
    assert matching_readings(b"1A2B3C4D", b"439041101") == [(HEX, AS_IS), (HEX, DECIMAL)]
    assert matching_readings(b"123", b"0123")[0] == (AS_IS, AS_IS)
    assert matching_readings(b"123", b"999") == []
    assert matching_readings(b"", b"") == []
