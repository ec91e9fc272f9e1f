"""Whatever a carrier delivers, the translator has a word for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from angarium.carriers.settings import CarrierSettings, Gsm7Form
from angarium.carriers.translate import MobileOriginated, Translator
from angarium.ports.carrier import CarrierReceipt, Unclear
from angarium.smpp.message_ids import IdReading, canonical_id
from angarium.smpp.pdu import DeliverSm
from angarium.smpp.tlv import Tlv

SETTINGS = st.builds(
    CarrierSettings,
    gsm7_form=st.sampled_from(Gsm7Form),
    id_in_receipt=st.sampled_from(IdReading),
    id_in_response=st.sampled_from(IdReading),
    receipts_by_text=st.booleans(),
    recipient_prefix=st.sampled_from(["", "+", "00", "%d"]),
)
TEXTS = st.one_of(
    st.binary(max_size=160),
    st.builds(
        lambda *parts: b"id:%b stat:%b err:%b text:%b" % parts,
        st.binary(max_size=20),
        st.sampled_from([b"DELIVRD", b"UNDELIV", b"ENROUTE", b"?", b""]),
        st.binary(max_size=20),
        st.binary(max_size=20),
    ),
)


@given(
    SETTINGS,
    TEXTS,
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=20),
    st.lists(
        st.builds(Tlv, st.sampled_from([0x001E, 0x0427, 0x0423, 0x0424, 0x1400]), st.binary(max_size=70)), max_size=4
    ),
)
def test_any_deliver_sm_is_a_receipt_an_mo_or_unclear(
    settings: CarrierSettings, text: bytes, esm_class: int, data_coding: int, address: bytes, tlvs: list[Tlv]
) -> None:
    """Never an exception: one broken PDU must not stop the others of its batch."""
    pdu = DeliverSm(
        short_message=text, esm_class=esm_class, data_coding=data_coding, source_addr=address, tlvs=tuple(tlvs)
    )

    found = Translator(settings).inbound(pdu)

    if isinstance(found, CarrierReceipt):
        assert len(found.error) <= 16
    elif isinstance(found, Unclear):
        # It goes into quarantine, with its reason, whole.
        assert found.reason
        assert text in found.octets
    else:
        assert isinstance(found, MobileOriginated)
        assert isinstance(found.user_data.text(), str)


@given(SETTINGS, st.one_of(st.binary(max_size=65), st.integers(0, 10**40).map(lambda n: b"%d" % n)))
def test_the_short_way_to_a_match_id_is_the_long_way(settings: CarrierSettings, raw: bytes) -> None:
    """Whatever the id, both ways agree."""
    assert Translator(settings).match_id(raw) == canonical_id(raw, settings.id_in_response)
