"""What goes over a link, told to somebody who watches: without passwords and texts."""

from __future__ import annotations

from angarium.carriers.trace import PDUS_MAX, Trace
from angarium.smpp import codec
from angarium.smpp.pdu import BindTransceiver, DeliverSm, SubmitSm, SubmitSmResp


class Clock:
    """It stands still."""

    def now(self) -> int:
        """Always the same."""
        return 7


def lines(*octets: tuple[bool, bytes]) -> list[tuple[str, str, dict[str, str]]]:
    """What is told of these, the oldest first."""
    trace = Trace(Clock())
    for is_out, data in octets:
        trace.note("demo/1", is_out, data)
    return [(line.name, line.status, dict(line.facts)) for line in reversed(trace.lines())]


def test_neither_text_nor_password_is_told() -> None:
    """Who, to whom, in which coding and how long: that is all."""
    bind = codec.encode(BindTransceiver(system_id=b"us", password=b"secret"))
    submit = codec.encode(
        SubmitSm(source_addr=b"Acme", destination_addr=b"27990000001", short_message=b"my code is 4711")
    )

    told = lines((True, bind + submit))

    assert [name for name, _, _ in told] == ["bind_transceiver", "submit_sm"]
    assert told[0][2] == {"system_id": "us"}
    assert told[1][2]["text"] == "15 octets, not shown"
    assert told[1][2]["to"].startswith("27990000001")
    assert "4711" not in str(told)
    assert "secret" not in str(told)


def test_a_receipt_tells_which_message_it_is_about() -> None:
    """And not the beginning of the text, which many of them carry."""
    said = b"id:0A1 sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:my code is"
    deliver = codec.encode(DeliverSm(source_addr=b"27990000001", esm_class=4, short_message=said))

    ((_, _, facts),) = lines((False, deliver))

    assert facts["receipt of"] == "0A1"
    assert facts["stat"] == "DELIVRD"
    assert "my code" not in str(facts)


def test_an_answer_tells_its_trouble() -> None:
    """By the name of its status, or its number when the carrier made it up."""
    throttled = codec.encode(SubmitSmResp(command_status=0x58, sequence_number=3))
    own = codec.encode(SubmitSmResp(command_status=0x444, sequence_number=4))
    fine = codec.encode(SubmitSmResp(message_id=b"0A1", sequence_number=5))

    told = lines((False, throttled + own), (False, fine))

    assert [status for _, status, _ in told] == ["ESME_RTHROTTLED", told[1][1], ""]
    assert told[1][1]
    assert told[2][2] == {"message_id": "0A1"}


def test_what_cannot_be_read_is_shown_by_its_header() -> None:
    """Garbage, and what is too long to be kept."""
    garbage = bytes.fromhex("00000014 00000004 00000000 00000001 ff00ff00")
    long = (5000).to_bytes(4, "big") + bytes.fromhex("00000005 00000000 00000002") + bytes(4984)

    told = lines((True, garbage), (False, long))

    assert "cannot be read" in told[0][2]
    assert told[1][2] == {"length": "5000 octets"}


def test_the_last_pdus_are_kept() -> None:
    """And no more than that."""
    answer = codec.encode(SubmitSmResp(message_id=b"1"))

    assert len(lines((False, answer * (PDUS_MAX + 50)))) == PDUS_MAX
