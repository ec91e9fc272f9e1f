"""The table of PDUs."""

from __future__ import annotations

import pytest

from angarium.smpp.constants import CommandId, CommandStatus, TlvTag
from angarium.smpp.errors import MisuseError
from angarium.smpp.pdu import (
    PDU_CLASSES,
    AlertNotification,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Outbind,
    Pdu,
    SubmitSm,
    layout_of,
    response_class,
    response_to,
)
from angarium.smpp.tlv import tlv

# SMPP 3.4, tables 4-10 and 4-18: the mandatory parameters of submit_sm and deliver_sm, sm_length left out.
SHORT_MESSAGE_FIELDS = [
    "service_type",
    "source_addr_ton",
    "source_addr_npi",
    "source_addr",
    "dest_addr_ton",
    "dest_addr_npi",
    "destination_addr",
    "esm_class",
    "protocol_id",
    "priority_flag",
    "schedule_delivery_time",
    "validity_period",
    "registered_delivery",
    "replace_if_present_flag",
    "data_coding",
    "sm_default_msg_id",
    "short_message",
]


def test_every_command_has_its_class() -> None:
    """The table covers all commands of SMPP 3.4."""
    assert set(PDU_CLASSES) == set(CommandId)
    for command_id, pdu_class in PDU_CLASSES.items():
        assert pdu_class.__name__.lower() == CommandId(command_id).name.replace("_", "").lower()


@pytest.mark.parametrize("pdu_class", [SubmitSm, DeliverSm])
def test_the_class_body_is_the_layout(pdu_class: type[Pdu]) -> None:
    """Fields are declared in wire order."""
    assert [name for name, _ in layout_of(pdu_class)] == SHORT_MESSAGE_FIELDS


def test_a_pdu_knows_its_name_and_direction() -> None:
    """`name` is the specification's word."""
    assert SubmitSm().name == "submit_sm"
    assert not SubmitSm().is_response
    assert DeliverSmResp().is_response
    assert GenericNack().is_response


def test_the_answer_to_a_request_has_its_number() -> None:
    """SMPP 3.4, 3.2: request and response share the sequence_number."""
    answer = response_to(DeliverSm(sequence_number=9), CommandStatus.ESME_RX_T_APPN)

    assert answer == DeliverSmResp(sequence_number=9, command_status=0x64)


@pytest.mark.parametrize("request_without_answer", [AlertNotification, Outbind])
def test_a_request_without_response_can_only_be_nacked(request_without_answer: type[Pdu]) -> None:
    """alert_notification and outbind have no response of their own."""
    assert response_class(request_without_answer.command_id) is GenericNack


def test_an_unknown_command_is_answered_by_generic_nack() -> None:
    """SMPP 3.4, 4.3: what has no response of its own."""
    assert response_class(0x00000999) is GenericNack


def test_answering_an_answer_is_misuse() -> None:
    """Two peers that answer answers would never stop."""
    with pytest.raises(MisuseError):
        response_to(DeliverSmResp())


def test_the_user_data_is_the_short_message_or_the_payload() -> None:
    """SMPP 3.4, 5.3.2.32: message_payload is used when short_message is empty."""
    payload = (tlv(TlvTag.MESSAGE_PAYLOAD, b"long"),)

    assert DeliverSm(short_message=b"short").user_data == b"short"
    assert DeliverSm(tlvs=payload).user_data == b"long"
    assert DataSm(tlvs=payload).user_data == b"long"
    assert DeliverSm().user_data == DataSm().user_data == b""


def test_two_commands_with_the_same_fields_are_not_equal() -> None:
    """The command is part of the value."""
    assert SubmitSm() != DeliverSm()
    assert EnquireLink(sequence_number=1) == EnquireLink(sequence_number=1)
