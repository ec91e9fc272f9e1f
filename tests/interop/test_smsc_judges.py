"""Other people's SMPP programs as the carrier: they read every PDU that our client side sends, and we read theirs.

The judges are the npm package `smpp` and PyPI's `smpplib`, each unchanged and in a process of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from angarium.carriers.settings import CarrierSettings
from angarium.core.account import DoubtPolicy
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, Payload, Submission
from angarium.smpp.constants import CommandStatus, TlvTag
from angarium.smpp.pdu import DataSm, SubmitSm
from angarium.smpp.tlv import tlv
from angarium.text.segments import Content, segment
from tests.carrier_bench import NOW_AT, PoolUnderTest
from tests.interop.judge import PASSWORD, Judge, Seen, judging
from tests.scenario.esme import Esme
from tests.service import Carrier, check_ledger, whole_service

RECIPIENT = 27_990_000_001
# All that both judges can spell: one of them lacks § and the form feed.
GSM7_TEXT = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ¿azäöñüà^{}\\[~]|€"
UCS2_TEXT = "Привет, 世界 😀"
RECEIPT = "id:{id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:{state} err:{error} text:Hello"
REFERENCE = 0x2A


@pytest.fixture(params=["smpp", "smpplib"])
async def judge(request: pytest.FixtureRequest) -> AsyncIterator[Judge]:
    """Each judge in turn."""
    async with judging(request.param) as judge:
        yield judge


def settings_for(judge: Judge, **more: object) -> CarrierSettings:
    """Settings that lead to the judge."""
    known: dict[str, object] = {
        "host": "127.0.0.1",
        "port": judge.port,
        "system_id": "angarium",
        "password": PASSWORD,
        "system_type": "vma",
        "address_range": "^27",
        "rebind_pause_s": 0.001,
        "rebind_pause_s_max": 0.01,
        "enquire_link_s": None,
    }
    return CarrierSettings.from_mapping({**known, **more})


def submissions(content: Content, *, sender: str = "Angarium", flash: bool = False) -> list[Submission]:
    """One message of this content, segment by segment."""
    user_data = segment(content, reference=REFERENCE)
    shared = Payload(request_id=1, sender=sender, user_data=user_data, flash=flash, expires_at=NOW_AT + 3_600_000)
    return [Submission(1, number, RECIPIENT, shared) for number in range(len(user_data))]


async def test_our_bind_is_understood(judge: Judge) -> None:
    """Every field of the bind arrives as the carrier's settings say it (delivery 2)."""
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()

    (bind,) = judge.of("bind_transceiver")
    expected = {"system_id": "angarium", "password": PASSWORD, "system_type": "vma", "address_range": "^27"}
    assert {name: bind.pdu[name] for name in expected} == expected
    assert bind.pdu["interface_version"] == 0x34


async def test_a_pair_binds_as_transmitter_and_receiver(judge: Judge) -> None:
    """Both binds are understood, and a message goes out on the one of them that may send (delivery 2)."""
    async with PoolUnderTest(settings_for(judge, bind="pair")) as test:
        await test.bound(2)
        test.pool.submit(submissions(Content.of_text("Hello")))
        await test.answered(1)

    (transmitter,), (submit,) = judge.of("bind_transmitter"), judge.of("submit_sm")
    assert len(judge.of("bind_receiver")) == 1
    assert submit.link == transmitter.link


async def test_a_refused_bind_is_told(judge: Judge) -> None:
    """An answer that is only a header is read, and the reason is told in a sentence (delivery 2)."""
    async with PoolUnderTest(settings_for(judge, password="wrong")) as test:
        await test.until(lambda: any("ESME_RINVPASWD" in change.last_error for change in test.changes))

    assert judge.of("submit_sm") == []


@pytest.mark.parametrize(
    ("content", "data_coding", "text"),
    [
        (Content.of_text(GSM7_TEXT), 0, GSM7_TEXT),
        (Content.of_text(UCS2_TEXT), 8, UCS2_TEXT),
        (Content.of_binary(bytes(range(140))), 4, bytes(range(140)).hex()),
    ],
    ids=["gsm7", "ucs2", "binary"],
)
async def test_every_alphabet_is_read_as_it_was_meant(
    judge: Judge, content: Content, data_coding: int, text: str
) -> None:
    """One segment of each alphabet, and every mandatory field of its submit_sm (rest-api 4.1)."""
    async with PoolUnderTest(settings_for(judge, validity="none")) as test:
        await test.bound()
        test.pool.submit(submissions(content))
        await test.answered(1)

    (submit,) = judge.of("submit_sm")
    assert test.replies[0].answer is Answer.ACCEPTED
    assert test.replies[0].carrier_message_id == "judge-1"
    assert submit.pdu["short_message"] == {"udh": "", "text": text}
    expected = {
        "service_type": "",
        "source_addr_ton": 5,
        "source_addr_npi": 0,
        "source_addr": "Angarium",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": str(RECIPIENT),
        "esm_class": 0,
        "protocol_id": 0,
        "priority_flag": 0,
        "schedule_delivery_time": "",
        "validity_period": "",
        "registered_delivery": 1,
        "replace_if_present_flag": 0,
        "data_coding": data_coding,
        "sm_default_msg_id": 0,
    }
    assert {name: submit.pdu[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("content", "segments"),
    [(Content.of_text("€" * 150), 2), (Content.of_text("я😀" * 60), 3), (Content.of_binary(bytes(300)), 3)],
    ids=["gsm7", "ucs2", "binary"],
)
async def test_segments_carry_a_header_that_is_understood(judge: Judge, content: Content, segments: int) -> None:
    """The concatenation element is found in each segment, and the texts in their order are the whole (rest-api 4.1)."""
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()
        test.pool.submit(submissions(content))
        await test.answered(segments)

    submits = [each.pdu for each in judge.of("submit_sm")]
    assert [each["short_message"]["udh"] for each in submits] == [
        f"0003{REFERENCE:02x}{segments:02x}{number:02x}" for number in range(1, segments + 1)
    ]
    assert {each["esm_class"] for each in submits} == {0x40}
    whole = "".join(each["short_message"]["text"] for each in submits)
    assert whole == "".join(each.text() for each in segment(content, reference=REFERENCE))


@pytest.mark.parametrize("validity", ["relative", "absolute"])
async def test_flash_numeric_sender_and_validity(judge: Judge, validity: str) -> None:
    """A flash message from a short code, with a validity_period in either form, keeps its text (rest-api 3)."""
    async with PoolUnderTest(settings_for(judge, validity=validity)) as test:
        await test.bound()
        test.pool.submit(submissions(Content.of_text("Hello"), sender="12345", flash=True))
        await test.answered(1)

    (submit,) = judge.of("submit_sm")
    assert submit.pdu["short_message"]["text"] == "Hello"
    assert submit.pdu["data_coding"] == 0x10
    assert (submit.pdu["source_addr"], submit.pdu["source_addr_ton"], submit.pdu["source_addr_npi"]) == ("12345", 0, 1)
    assert submit.pdu["validity_period"]


TLVS = {
    TlvTag.USER_MESSAGE_REFERENCE: 0x1234,
    TlvTag.SOURCE_PORT: 9200,
    TlvTag.DESTINATION_PORT: 9201,
    TlvTag.DEST_ADDR_SUBUNIT: 1,
    TlvTag.SAR_MSG_REF_NUM: 0x2A2B,
    TlvTag.SAR_TOTAL_SEGMENTS: 3,
    TlvTag.SAR_SEGMENT_SEQNUM: 2,
    TlvTag.MORE_MESSAGES_TO_SEND: 1,
    TlvTag.PAYLOAD_TYPE: 0,
    TlvTag.PRIVACY_INDICATOR: 3,
    TlvTag.USER_RESPONSE_CODE: 9,
    TlvTag.LANGUAGE_INDICATOR: 2,
}


@pytest.mark.parametrize("kind", [SubmitSm, DataSm])
async def test_optional_parameters_are_read_as_they_were_meant(judge: Judge, kind: type[SubmitSm | DataSm]) -> None:
    """Each TLV that a submission may carry is found under its name, the payload included (delivery 2)."""
    tlvs = (*(tlv(tag, value) for tag, value in TLVS.items()), tlv(TlvTag.MESSAGE_PAYLOAD, b"x" * 255))
    esme = await Esme.connect(("127.0.0.1", judge.port), password=PASSWORD.encode())
    esme.request(kind(source_addr=b"790", destination_addr=b"27990000001", tlvs=tlvs))
    (seen,) = await judge.count("submit_sm" if kind is SubmitSm else "data_sm")
    esme.close()
    await esme.lost()

    assert {tag.name.lower(): seen.pdu.get(tag.name.lower()) for tag in TLVS} == {
        tag.name.lower(): value for tag, value in TLVS.items()
    }
    assert seen.pdu["message_payload"]["text"] == "x" * 255


async def test_every_kind_of_refusal_is_understood(judge: Judge) -> None:
    """Throttled, full, broken for now, and refused for good: an answer without a body says it (delivery 2.2)."""
    statuses = {
        CommandStatus.ESME_RTHROTTLED: Answer.BUSY,
        CommandStatus.ESME_RMSGQFUL: Answer.BUSY,
        CommandStatus.ESME_RSYSERR: Answer.FAILED_FOR_NOW,
        CommandStatus.ESME_RINVDSTADR: Answer.REJECTED,
    }
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()
        for status in statuses:
            await judge.tell("refuse", command_status=int(status), count=1)
            answered = len(test.replies)
            await test.until(test.pool.room)
            test.pool.submit(submissions(Content.of_text("Hello")))
            await test.answered(answered + 1)

    assert [(reply.error, reply.answer) for reply in test.replies] == list(statuses.items())


@pytest.mark.parametrize("form", ["text", "TLVs"])
async def test_a_receipt_is_read_and_acknowledged(judge: Judge, form: str) -> None:
    """What the judge writes as a receipt is one to us, and our deliver_sm_resp is one to the judge (delivery 1.4)."""
    text = RECEIPT.format(id="judge-1", state="UNDELIV", error="011") if form == "text" else ""
    tlvs = {"receipted_message_id": "judge-1", "message_state": 5} if form == "TLVs" else {}
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()
        addresses = {"source_addr": str(RECIPIENT), "destination_addr": "790"}
        octets = text.encode().hex()
        sent = await judge.send("deliver_sm", esm_class=4, data_coding=0, short_message=octets, **addresses, **tlvs)
        (response,) = await judge.count("deliver_sm_resp")

        (receipt,) = test.receipts
        assert receipt.carrier_message_id == "judge-1"
        assert (receipt.cause, receipt.recipient) == (Cause.RECEIPT_UNDELIVERABLE, str(RECIPIENT))
        assert response.pdu["command_status"] == 0
        assert response.pdu["sequence_number"] == sent


async def test_messages_from_handsets_are_read_and_acknowledged(judge: Judge) -> None:
    """Both alphabets, alone and with a header, are texts to us; each is acknowledged (delivery 1.4)."""
    sent = [
        (0, 0, b"", b"STOP"),
        (8, 0, b"", "Да".encode("utf-16-be")),
        (0, 0x40, bytes.fromhex("0500032a0201"), b"See "),
    ]
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()
        addresses = {"source_addr": str(RECIPIENT), "destination_addr": "790"}
        for data_coding, esm_class, header, body in sent:
            octets = (header + body).hex()
            await judge.send(
                "deliver_sm", esm_class=esm_class, data_coding=data_coding, short_message=octets, **addresses
            )
        responses = await judge.count("deliver_sm_resp", 3)

        assert [each.user_data.text() for each in test.inbound] == ["STOP", "Да", "See "]
        assert [each.user_data.udh for each in test.inbound] == [b"", b"", sent[2][2]]
        assert {(each.sender, each.recipient) for each in test.inbound} == {(str(RECIPIENT), "790")}
        assert [each.pdu["command_status"] for each in responses] == [0, 0, 0]


async def test_either_side_asks_whether_the_other_is_there(judge: Judge) -> None:
    """Both enquire_link are answered, and the link stays (delivery 2)."""
    async with PoolUnderTest(settings_for(judge, enquire_link_s=0.02)) as test:
        await test.bound()
        await judge.send("enquire_link")
        await judge.count("enquire_link_resp")
        await judge.count("enquire_link", 3)

    assert len(judge.of("bind_transceiver")) == 1


async def test_we_say_goodbye(judge: Judge) -> None:
    """A pool that stops unbinds, and the link ends in good order (delivery 2)."""
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()
    await judge.watch.until(lambda: judge.closed)

    assert [each.pdu["command"] for each in judge.seen] == ["bind_transceiver", "unbind"]


async def test_a_goodbye_is_answered_and_we_come_back(judge: Judge) -> None:
    """The carrier unbinds: it has its unbind_resp, and soon the next bind (delivery 2.6)."""
    async with PoolUnderTest(settings_for(judge)) as test:
        await test.bound()
        await judge.send("unbind")
        await judge.count("unbind_resp")
        await judge.count("bind_transceiver", 2)
        await test.bound()


async def test_a_day_with_a_strange_carrier(judge: Judge, tmp_path: Path) -> None:
    """Throttled, bidden goodbye, cut off: every message is delivered once (delivery 1.2, 1.3, 1.5)."""
    numbers = [str(RECIPIENT + number) for number in range(40)]
    few, many = numbers[:5], numbers[5:]
    receipted: set[str] = set()

    def receipts_due() -> list[Seen]:
        return [
            each
            for each in judge.of("submit_sm")
            if each.answered and "message_id" in each.answered and each.answered["message_id"] not in receipted
        ]

    async def send_receipts() -> None:
        for each in receipts_due():
            assert each.answered is not None
            message_id = each.answered["message_id"]
            receipted.add(message_id)
            text = RECEIPT.format(id=message_id, state="DELIVRD", error="000").encode().hex()
            addresses = {"source_addr": each.pdu["destination_addr"], "destination_addr": each.pdu["source_addr"]}
            await judge.send("deliver_sm", esm_class=4, data_coding=0, short_message=text, **addresses)

    carrier = Carrier("strange", "", {"port": judge.port, "password": PASSWORD})
    async with whole_service(tmp_path, carrier, doubt=DoubtPolicy.UNKNOWN) as service:
        await judge.count("bind_transceiver")
        await judge.tell("refuse", command_status=int(CommandStatus.ESME_RTHROTTLED), count=3)
        async with service.customer() as customer:
            message_ids = await customer.send(*few)
            await judge.watch.until(lambda: len(receipts_due()) == len(few))
            await send_receipts()
            await service.final(message_ids)
            await judge.send("unbind")
            await judge.count("bind_transceiver", 2)
            message_ids += await customer.send(*many)
            await judge.watch.until(lambda: len(receipts_due()) == len(many))
            await judge.tell("hang_up", link=2)
            await judge.count("bind_transceiver", 3)
            await send_receipts()
            await service.final(message_ids)

    taken = [each.pdu["destination_addr"] for each in judge.of("submit_sm") if (each.answered or {}).get("message_id")]
    assert sorted(taken) == numbers
    assert all(service.callbacks[each] == ["003", "004"] for each in message_ids)
    assert (await check_ledger(service.data_dir)).reserved == 0
