"""Between our words and a carrier's."""

from __future__ import annotations

import pytest

from angarium.carriers.settings import CarrierSettings, StatusMeaning
from angarium.carriers.translate import MobileOriginated, Translator, Untranslatable, alphabet_of
from angarium.core.clocktime import MINUTE_MS
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, CarrierReceipt, Payload, Unclear
from angarium.smpp.codec import decode, encode
from angarium.smpp.constants import CommandStatus
from angarium.smpp.pdu import DeliverSm, SubmitSm
from angarium.smpp.tlv import Tlv
from angarium.text.alphabet import Alphabet
from angarium.text.national import NationalLanguage, Shifts
from angarium.text.segments import Content, segment

NOW_AT = 1_800_000_000_000
RECEIPT = b"id:%b sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:%b err:011 text:Hello"


def translator(**settings: object) -> Translator:
    """A translator with these settings and the defaults."""
    return Translator(CarrierSettings.from_mapping(settings))


def submits(content: Content, *, sender: str = "Angarium", flash: bool = False, **settings: object) -> list[SubmitSm]:
    """What would go over the wire to 27990000001."""
    payload = Payload(
        request_id=1,
        sender=sender,
        user_data=segment(content, reference=9),
        flash=flash,
        expires_at=NOW_AT + 10 * MINUTE_MS - 1,
    )
    speaker = translator(**settings)
    found = []
    for number, (template, short_message) in enumerate(speaker.segments(payload, now_at=NOW_AT), 1):
        pdu = decode(template.encode(number, speaker.destination_addr(27_990_000_001), short_message))
        assert isinstance(pdu, SubmitSm)
        found.append(pdu)
    return found


def test_the_usual_segment() -> None:
    """GSM 7-bit unpacked, a receipt wanted, validity relative and rounded up to a minute."""
    (submit,) = submits(Content.of_text("Hello €"))

    assert submit.short_message == b"Hello \x1b\x65"
    assert (submit.data_coding, submit.esm_class, submit.registered_delivery) == (0, 0, 1)
    assert submit.validity_period == b"000000001000000R"
    assert (submit.dest_addr_ton, submit.dest_addr_npi, submit.destination_addr) == (1, 1, b"27990000001")


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("Angarium", (5, 0, b"Angarium")),
        ("27990000009", (1, 1, b"27990000009")),
        ("+27990000009", (1, 1, b"27990000009")),
        ("12345", (0, 1, b"12345")),
        ("", (0, 0, b"")),
    ],
)
def test_each_kind_of_sender_has_its_ton_and_npi(sender: str, expected: tuple[int, int, bytes]) -> None:
    """Letters, a whole number, a short code, none."""
    (submit,) = submits(Content.of_text("x"), sender=sender)

    assert (submit.source_addr_ton, submit.source_addr_npi, submit.source_addr) == expected


def test_addresses_follow_the_settings() -> None:
    """TON, NPI, the default sender and the prefix of recipients are the carrier's to choose."""
    (submit,) = submits(
        Content.of_text("x"),
        sender="",
        default_sender="4711",
        short_code_ton=3,
        short_code_npi=9,
        recipient_prefix="+",
        recipient_ton=0,
        recipient_npi=8,
        service_type="VMA",
    )

    assert (submit.source_addr_ton, submit.source_addr_npi, submit.source_addr) == (3, 9, b"4711")
    assert (submit.dest_addr_ton, submit.dest_addr_npi, submit.destination_addr) == (0, 8, b"+27990000001")
    assert submit.service_type == b"VMA"


def test_a_sender_that_does_not_fit_is_a_refusal() -> None:
    """It is this message's fault, not the link's."""
    with pytest.raises(Untranslatable) as found:
        submits(Content.of_text("x"), sender="x" * 30)

    assert found.value.cause is Cause.REFUSED_SENDER


@pytest.mark.parametrize(
    ("content", "flash", "data_coding"),
    [
        (Content.of_text("x"), False, 0),
        (Content.of_binary(b"x"), False, 4),
        (Content.of_text("Ж"), False, 8),
        (Content.of_text("x"), True, 0x10),
        (Content.of_binary(b"x"), True, 0x14),
        (Content.of_text("Ж"), True, 0x18),
    ],
)
def test_each_alphabet_has_its_data_coding(content: Content, flash: bool, data_coding: int) -> None:
    """And another one when it is to be shown at once."""
    (submit,) = submits(content, flash=flash)

    assert submit.data_coding == data_coding


def test_segments_carry_their_header_and_its_flag() -> None:
    """Concatenation stands in the header, esm_class says that there is one."""
    parts = submits(Content.of_text("x" * 200))

    assert [part.short_message[:6] for part in parts] == [bytes((5, 0, 3, 9, 2, n)) for n in (1, 2)]
    assert {part.esm_class for part in parts} == {0x40}
    assert b"".join(part.short_message[6:] for part in parts) == b"x" * 200


def test_a_carrier_may_want_septets_packed() -> None:
    """As on air: eight characters in seven octets."""
    (submit,) = submits(Content.of_text("hellohello"), gsm7_form="packed")

    assert submit.short_message == bytes.fromhex("e8329bfd4697d9ec37")


def test_a_carrier_may_want_latin_1() -> None:
    """What Latin-1 lacks goes as UCS-2 while that fits, and as a question mark when it does not."""
    (plain,) = submits(Content.of_text("Ä@é"), gsm7_form="latin_1")
    (euro,) = submits(Content.of_text("5 €"), gsm7_form="latin_1")
    (long,) = submits(Content.of_text("€" + "x" * 100), gsm7_form="latin_1")

    assert (plain.short_message, plain.data_coding) == ("Ä@é".encode("latin-1"), 0)
    assert (euro.short_message, euro.data_coding) == ("5 €".encode("utf-16-be"), 8)
    assert long.short_message == b"?" + b"x" * 100


def turkish(text: str) -> Content:
    """Text by the Turkish single shift table."""
    content = Content.of_shifted(text, Shifts(single=NationalLanguage.TURKISH))
    assert content is not None
    return content


def test_national_tables_go_as_septets_behind_their_element() -> None:
    """Unpacked an octet each, packed after the fill bits; the header goes along and says so (rest-api 4.2)."""
    (unpacked,) = submits(turkish("ağ"))
    (packed,) = submits(turkish("ağ"), gsm7_form="packed")

    assert (unpacked.short_message, unpacked.esm_class) == (bytes.fromhex("03240101 611B67"), 0x40)
    # Four octets of header are 32 bits: three fill bits, then 61 1B 67, lowest bits first.
    assert (packed.short_message, packed.esm_class) == (bytes.fromhex("03240101 086FCE"), 0x40)


def test_latin_1_carries_no_national_tables() -> None:
    """What was written by a table goes as Latin-1 or UCS-2, without the element that would have it misread."""
    (letters,) = submits(turkish("hiç"), gsm7_form="latin_1")
    (beyond,) = submits(turkish("ağ"), gsm7_form="latin_1")
    long = submits(turkish("ağ" * 80), gsm7_form="latin_1")

    assert (letters.short_message, letters.data_coding, letters.esm_class) == ("hiç".encode("latin-1"), 0, 0)
    assert (beyond.short_message, beyond.data_coding, beyond.esm_class) == ("ağ".encode("utf-16-be"), 8, 0)
    assert [part.esm_class for part in long] == [0x40, 0x40]
    assert all(part.short_message.startswith(b"\x05\x00\x03") for part in long)


@pytest.mark.parametrize(("validity", "octets"), [("none", b""), ("absolute", b"270115081000000+")])
def test_validity_is_sent_as_the_carrier_wants_it(validity: str, octets: bytes) -> None:
    """Not at all, or as a moment, rounded up to a minute."""
    (submit,) = submits(Content.of_text("x"), validity=validity)

    assert submit.validity_period == octets


def test_messages_of_the_same_kind_share_a_template() -> None:
    """Text and recipient differ; the rest is prepared once."""
    speaker = translator()
    one, two = (
        Payload(
            request_id=n,
            sender="Angarium",
            user_data=segment(Content.of_text(f"number {n}"), reference=n),
            flash=False,
            expires_at=NOW_AT + 10 * MINUTE_MS - n,
        )
        for n in (1, 2)
    )

    assert speaker.segments(one, now_at=NOW_AT)[0][0] is speaker.segments(two, now_at=NOW_AT)[0][0]


def test_a_validity_that_is_over_becomes_the_shortest() -> None:
    """A clock that jumped must not make a time that cannot be written."""
    payload = Payload(
        request_id=1,
        sender="",
        user_data=segment(Content.of_text("x"), reference=1),
        flash=False,
        expires_at=NOW_AT - 5 * MINUTE_MS,
    )
    ((template, text),) = translator().segments(payload, now_at=NOW_AT)

    pdu = decode(template.encode(1, b"1", text))

    assert isinstance(pdu, SubmitSm)
    assert pdu.validity_period == b"000000000100000R"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (CommandStatus.ESME_RTHROTTLED, (Answer.BUSY, Cause.CARRIER_BUSY)),
        (CommandStatus.ESME_RMSGQFUL, (Answer.BUSY, Cause.CARRIER_BUSY)),
        (CommandStatus.ESME_RSYSERR, (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW)),
        (CommandStatus.ESME_RX_T_APPN, (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW)),
        (CommandStatus.ESME_RINVCMDID, (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW)),
        (CommandStatus.ESME_RINVDSTADR, (Answer.REJECTED, Cause.REFUSED_RECIPIENT)),
        (CommandStatus.ESME_RINVSRCADR, (Answer.REJECTED, Cause.REFUSED_SENDER)),
        (CommandStatus.ESME_RX_P_APPN, (Answer.REJECTED, Cause.REFUSED_CONTENT)),
        (0, (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW)),
        (0x04FF, (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW)),
        (0xFFFFFFFF, (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW)),
    ],
)
def test_each_status_means_something(status: int, answer: tuple[Answer, Cause]) -> None:
    """Only named refusals end a message; what is unknown fails for now (delivery 2.3, 2.4)."""
    assert translator().answer(status) == answer


@pytest.mark.parametrize("meaning", StatusMeaning)
def test_settings_may_give_a_status_any_meaning(meaning: StatusMeaning) -> None:
    """Every meaning leads to an answer that is not acceptance (delivery 2.4)."""
    answer, cause = translator(statuses={"0x0401": meaning}).answer(0x0401)

    assert answer is not Answer.ACCEPTED
    assert (answer is Answer.REJECTED) == (cause.name.startswith("REFUSED"))


@pytest.mark.parametrize(
    ("raw", "settings", "match_id"),
    [
        (b"0042", {}, "42"),
        (b"0", {}, "0"),
        (b"000", {}, "0"),
        (b"", {}, ""),
        (b"1E240", {"id_in_response": "hex"}, "123456"),
        (b"123456", {"id_in_response": "hex"}, "1193046"),
        (b"AbC-1", {}, "abc-1"),
    ],
)
def test_ids_are_matched_by_one_form(raw: bytes, settings: dict[str, object], match_id: str) -> None:
    """The short way for digits gives what the long way would."""
    assert translator(**settings).match_id(raw) == match_id


@pytest.mark.parametrize(
    ("stat", "cause"),
    [
        (b"DELIVRD", Cause.RECEIPT_DELIVERED),
        (b"UNDELIV", Cause.RECEIPT_UNDELIVERABLE),
        (b"EXPIRED", Cause.RECEIPT_EXPIRED),
        (b"DELETED", Cause.RECEIPT_DELETED),
        (b"REJECTD", Cause.RECEIPT_REJECTED),
        (b"UNKNOWN", Cause.RECEIPT_UNKNOWN),
        (b"ACCEPTD", None),
        (b"ENROUTE", None),
    ],
)
def test_each_state_of_a_receipt_has_its_cause(stat: bytes, cause: Cause | None) -> None:
    """Intermediate ones have none."""
    pdu = DeliverSm(esm_class=4, source_addr=b"+27990000001", short_message=RECEIPT % (b"00A1", stat))

    receipt = translator().inbound(pdu, link="carrier/2")

    assert receipt == CarrierReceipt(
        "00A1", "a1", cause, "27990000001", "011", stat.decode(), "carrier/2", pdu.short_message
    )


def test_a_receipt_may_spell_the_id_otherwise_than_the_response() -> None:
    """Hex in the receipt, decimal in the response: the settings bring them together (delivery 3.2)."""
    speaker = translator(id_in_receipt="hex")
    receipt = speaker.inbound(DeliverSm(esm_class=4, short_message=RECEIPT % (b"1E240", b"DELIVRD")))

    assert isinstance(receipt, CarrierReceipt)
    assert receipt.match_id == speaker.match_id(b"123456")


def test_a_receipt_that_cannot_be_understood_is_never_an_mo() -> None:
    """It is handed on with its octets, to be put into quarantine (delivery 3.11)."""
    pdu = DeliverSm(esm_class=4, source_addr=b"1", destination_addr=b"2", short_message=b"all is well")

    found = translator().inbound(pdu, link="carrier/1")

    assert found == Unclear("no message id", "1", "2", "carrier/1", encode(pdu))


def test_what_brings_the_reading_down_is_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    """One PDU that no code of ours can bear does not hold up the others (delivery 3.11)."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("beyond us")

    monkeypatch.setattr("angarium.carriers.translate.receipt.parse", fail)

    found = translator().inbound(DeliverSm(short_message=b"x"))

    assert isinstance(found, Unclear)
    assert found.reason == "RuntimeError: beyond us"


def test_octets_that_cannot_be_written_again_are_kept_in_part() -> None:
    """A carrier may go beyond the limits that we keep: the text at least is there to look at."""
    found = translator().inbound(DeliverSm(esm_class=4, source_addr=b"1" * 30, short_message=b"all is well"))

    assert isinstance(found, Unclear)
    assert (found.octets, found.is_whole) == (b"all is well", False)


@pytest.mark.parametrize("by_text", [True, False])
def test_a_receipt_without_its_flag_is_a_matter_of_settings(by_text: bool) -> None:
    """By default it counts as a receipt; with receipts_by_text off it is what a handset wrote."""
    pdu = DeliverSm(short_message=RECEIPT % (b"7", b"DELIVRD"))

    found = translator(receipts_by_text=by_text).inbound(pdu)

    assert isinstance(found, CarrierReceipt if by_text else MobileOriginated)


@pytest.mark.parametrize(
    ("fields", "settings", "text"),
    [
        ({"short_message": b"Hi \x1b\x65"}, {}, "Hi €"),
        ({"short_message": "Ж".encode("utf-16-be"), "data_coding": 8}, {}, "Ж"),
        ({"short_message": "é".encode("latin-1"), "data_coding": 3}, {}, "é"),
        ({"short_message": "þ".encode("latin-1"), "data_coding": 3}, {}, "þ"),
        ({"short_message": b"plain", "data_coding": 1}, {}, "plain"),
        ({"short_message": b"\x01\x02", "data_coding": 4}, {}, "0102"),
        ({"short_message": b"\x01\x02", "data_coding": 0xF4}, {}, "0102"),
        ({"short_message": b"x", "data_coding": 0xF0}, {}, "x"),
        ({"short_message": "é".encode("latin-1")}, {"gsm7_form": "latin_1"}, "é"),
        ({"short_message": bytes.fromhex("e8329bfd4697d9ec37")}, {"gsm7_form": "packed"}, "hellohello"),
        ({"short_message": b""}, {"gsm7_form": "packed"}, ""),
        ({"tlvs": (Tlv(0x0424, b"by TLV"),)}, {}, "by TLV"),
        ({"short_message": b"\x05\x00\x03\x09\x02\x01part", "esm_class": 0x40}, {}, "part"),
        ({"short_message": b"\x7fcut", "esm_class": 0x40}, {}, "\x7f"),
        ({"short_message": bytes.fromhex("03240101611B67"), "esm_class": 0x40}, {}, "ağ"),
        ({"short_message": bytes.fromhex("0325010161 0C"), "esm_class": 0x40}, {}, "ağ"),
        ({"short_message": bytes.fromhex("03240101086FCE"), "esm_class": 0x40}, {"gsm7_form": "packed"}, "ağ"),
        ({"short_message": b"\x03\x24\x01\x01hi\xe7", "esm_class": 0x40}, {"gsm7_form": "latin_1"}, "hiç"),
        ({"short_message": b"\x03\x24\x01\x01hi\xe7", "esm_class": 0x40, "data_coding": 3}, {}, "hiç"),
    ],
)
def test_what_handsets_send_is_read_by_its_data_coding(
    fields: dict[str, object], settings: dict[str, object], text: str
) -> None:
    """In any alphabet, by short_message or TLV, with or without a header."""
    found = translator(**settings).inbound(DeliverSm(**fields))  # type: ignore[arg-type]

    assert isinstance(found, MobileOriginated)
    if text == "\x7f":
        assert found.user_data.payload == b"\x7fcut"
    else:
        assert found.user_data.text() == text


@pytest.mark.parametrize(
    ("data_coding", "alphabet"),
    [
        (0x00, Alphabet.GSM7),
        (0x01, None),
        (0x02, Alphabet.BINARY),
        (0x03, None),
        (0x04, Alphabet.BINARY),
        (0x06, Alphabet.BINARY),
        (0x08, Alphabet.UCS2),
        (0x10, Alphabet.GSM7),
        (0x14, Alphabet.BINARY),
        (0x18, Alphabet.UCS2),
        (0x1C, Alphabet.BINARY),
        (0xF1, Alphabet.GSM7),
        (0xF5, Alphabet.BINARY),
    ],
)
def test_each_data_coding_names_its_alphabet(data_coding: int, alphabet: Alphabet | None) -> None:
    """None is Latin-1 or ASCII; what is reserved counts as binary."""
    assert alphabet_of(data_coding) is alphabet
