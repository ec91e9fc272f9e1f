"""A fixture for each vendor's form of receipt: what it looks like, where it was seen, and what must be read of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from angarium.smpp.codec import decode, encode
from angarium.smpp.constants import TlvTag
from angarium.smpp.pdu import DeliverSm
from angarium.smpp.receipt import NotUnderstood, Receipt, parse
from angarium.smpp.tlv import Tlv

FORMS = sorted((Path(__file__).parent / "receipts").glob("*.txt"))
FORMS_MIN = 25


class Form(NamedTuple):
    """One file: a deliver_sm, and what it says."""

    pdu: DeliverSm
    reads: list[str]


def form_of(path: Path) -> Form:
    r"""Read a file of lines `key: value`; `\xNN` stands for an octet."""
    lines = [line.partition(":")[::2] for line in path.read_text("utf-8").splitlines()]
    assert [key for key, _ in lines[:2]] == ["form", "source"], path.name
    said = {key: value.strip() for key, value in lines}
    tlvs = [value.split() for key, value in lines if key == "tlv"]
    text = octets_of(said.get("text", "")) or said.get("ucs2", "").encode("utf-16-be")
    payload = [Tlv(TlvTag.MESSAGE_PAYLOAD, octets_of(said["payload"]))] if "payload" in said else []
    pdu = DeliverSm(
        esm_class=int(said["esm_class"], 0),
        data_coding=int(said.get("data_coding", "0"), 0),
        short_message=text,
        tlvs=(*payload, *(Tlv(int(tag, 0), bytes.fromhex(value)) for tag, value in tlvs)),
    )
    return Form(pdu, said["reads"].split())


def octets_of(text: str) -> bytes:
    """The octets that a line of a file stands for."""
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_vendors_form_is_read(path: Path) -> None:
    """Id, state, error and date, from the octets on the wire; or it is marked, and never a message (delivery 3.11)."""
    form = form_of(path)
    pdu = decode(encode(form.pdu))
    assert isinstance(pdu, DeliverSm)

    found = parse(pdu)

    if form.reads == ["nothing"]:
        assert isinstance(found, NotUnderstood)
        return
    assert isinstance(found, Receipt)
    read = [found.message_id, found.state.name.encode(), found.error, found.done_date]
    assert [each.decode("latin-1") for each in read][: len(form.reads)] == form.reads


def test_there_is_a_fixture_for_every_form_we_know() -> None:
    """A new form is a new file."""
    assert len(FORMS) >= FORMS_MIN
