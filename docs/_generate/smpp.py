"""docs/reference/smpp.md: what of SMPP 3.4 is done, partial, or left out and why.

The rows come from the kernel's own layouts and tables; what is said of each stands here. A PDU, a field or a TLV that
is not spoken of stops the writing of the page.
"""

from __future__ import annotations

from angarium.smpp.constants import CommandId, TlvTag
from angarium.smpp.pdu import PDU_CLASSES, layout_of
from angarium.smpp.tlv import TLV_FORMS
from docs._generate.tables import code, document, section, table

DONE, PARTIAL, LEFT_OUT = "done", "partial", "left out"

_OWN_ANSWER = "Sent and answered by the session itself."
_ONE_BY_ONE = "Every message is a `submit_sm` of its own: its own id, status and receipt."
_SAR = "Read in messages from handsets. Never sent: our segments number themselves in their header."
_OURS = "A message is asked about and stopped in our own store, where its status is."

PDUS: dict[str, tuple[str, str]] = {
    "generic_nack": (DONE, "Sent for a header that makes no sense. Received: the request it names has failed for now."),
    "bind_receiver": (DONE, "One half of `bind=pair`."),
    "bind_transmitter": (DONE, "The other half of `bind=pair`."),
    "query_sm": (LEFT_OUT, _OURS),
    "submit_sm": (DONE, "How every segment leaves; the fields are below."),
    "deliver_sm": (DONE, "A receipt, or a segment from a handset. Answered when it is on disk, never before."),
    "unbind": (DONE, "Sent when a link is drained, answered at any time."),
    "replace_sm": (LEFT_OUT, "A message that has left is not changed; the REST API has no such operation."),
    "cancel_sm": (LEFT_OUT, "Only what has not left can be stopped; then no carrier needs to be asked."),
    "bind_transceiver": (DONE, "The default."),
    "outbind": (PARTIAL, "Understood and ignored: links are always bound from our side."),
    "enquire_link": (DONE, _OWN_ANSWER),
    "submit_multi": (LEFT_OUT, _ONE_BY_ONE),
    "alert_notification": (PARTIAL, "Understood and ignored: nothing here waits for a handset."),
    "data_sm": (PARTIAL, "Received, it is read as a `deliver_sm` is. Never sent."),
}

SUBMIT_FIELDS: dict[str, tuple[str, str]] = {
    "service_type": (DONE, "Carrier setting `service_type`."),
    "source_addr_ton": (DONE, "By kind of sender: `international_ton`, `short_code_ton`, `alphanumeric_ton`."),
    "source_addr_npi": (DONE, "By kind of sender, likewise."),
    "source_addr": (DONE, "The message's sender, else `default_sender`."),
    "dest_addr_ton": (DONE, "`recipient_ton`."),
    "dest_addr_npi": (DONE, "`recipient_npi`."),
    "destination_addr": (DONE, "The recipient's digits, after `recipient_prefix`."),
    "esm_class": (PARTIAL, "The bit for a user data header. Mode is always the carrier's default; no reply path."),
    "protocol_id": (LEFT_OUT, "Always 0: an ordinary message."),
    "priority_flag": (LEFT_OUT, "Always 0: our queue orders by `userPriorityQueue` before anything leaves."),
    "schedule_delivery_time": (LEFT_OUT, "Always empty: a scheduled message waits here, where it can be stopped."),
    "validity_period": (DONE, "What is left of the message's validity; setting `validity`: relative, absolute, none."),
    "registered_delivery": (DONE, "Setting `registered_delivery`."),
    "replace_if_present_flag": (LEFT_OUT, "Always 0."),
    "data_coding": (DONE, "By alphabet and flash; six settings."),
    "sm_default_msg_id": (LEFT_OUT, "Always 0: texts are the customer's."),
    "short_message": (DONE, "Up to 140 octets of user data, written as `gsm7_form` says."),
}

DELIVER_FIELDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(SUBMIT_FIELDS, (PARTIAL, "Read and kept while the PDU is handled; not used.")),
    "source_addr": (DONE, "Of a receipt: the message's recipient, which must agree. Of a reply: who wrote it."),
    "destination_addr": (DONE, "The number that was written to."),
    "esm_class": (DONE, "Receipt, intermediate notification, or message; the bit for a user data header."),
    "data_coding": (DONE, "The alphabet of a text."),
    "short_message": (DONE, "The text, or the receipt's."),
}

TLVS: dict[int, tuple[str, str]] = {
    TlvTag.MESSAGE_PAYLOAD: (
        PARTIAL,
        "Read in `deliver_sm` and `data_sm`. Never sent: a segment fits `short_message`.",
    ),
    TlvTag.SAR_MSG_REF_NUM: (PARTIAL, _SAR),
    TlvTag.SAR_TOTAL_SEGMENTS: (PARTIAL, _SAR),
    TlvTag.SAR_SEGMENT_SEQNUM: (PARTIAL, _SAR),
    TlvTag.RECEIPTED_MESSAGE_ID: (DONE, "Read in receipts; it wins over the text."),
    TlvTag.MESSAGE_STATE: (DONE, "Read in receipts; it wins over the text."),
    TlvTag.NETWORK_ERROR_CODE: (DONE, "Read in receipts: the carrier's error, where the text has none."),
}
KEPT = (LEFT_OUT, "Kept as octets when a carrier sends it; never sent.")


def page() -> str:
    """The whole page; KeyError names what nothing is said about."""
    requests = [command for command in sorted(map(int, PDU_CLASSES)) if command < CommandId.GENERIC_NACK]
    names = [PDU_CLASSES[command].__name__ for command in (int(CommandId.GENERIC_NACK), *requests)]
    pdus = [
        (code(_snake(name)), f"`{command:#010x}`", *PDUS[_snake(name)])
        for name, command in zip(names, (int(CommandId.GENERIC_NACK), *requests), strict=True)
    ]
    submit = [(code(name), *SUBMIT_FIELDS[name]) for name, _ in layout_of(PDU_CLASSES[CommandId.SUBMIT_SM])]
    deliver = [(code(name), *DELIVER_FIELDS[name]) for name, _ in layout_of(PDU_CLASSES[CommandId.DELIVER_SM])]
    bind = [(code(name), DONE, BIND_FIELDS[name]) for name, _ in layout_of(PDU_CLASSES[CommandId.BIND_TRANSCEIVER])]
    tlvs = [(code(TlvTag(tag).name.lower()), f"`{int(tag):#06x}`", *TLVS.get(tag, KEPT)) for tag in sorted(TLV_FORMS)]
    field_head = ("Field", "Support", "How")
    return document(
        "SMPP 3.4",
        "Angarium is the ESME: it binds to carriers. The codec reads and writes every PDU of version 3.4 with all its\n"
        "fields and TLVs, and keeps what it does not know; this page says what the links to carriers make of them. A\n"
        "response is supported as its request is.",
        section("PDUs", "", table(("PDU", "command_id", "Support", "How"), pdus)),
        section("Fields of a bind", "", table(field_head, bind)),
        section("Fields of submit_sm", "", table(field_head, submit)),
        section("Fields of deliver_sm", "", table(field_head, deliver)),
        section("Optional parameters", "", table(("TLV", "Tag", "Support", "How"), tlvs)),
        section("Timers", "", table(("Timer", "Setting", "Support"), TIMERS)),
    )


BIND_FIELDS: dict[str, str] = {
    "system_id": "Setting `system_id`.",
    "password": "Setting `password`.",
    "system_type": "Setting `system_type`.",
    "interface_version": "Setting `interface_version`; 0x34 unless a carrier wants another.",
    "addr_ton": "Setting `address_range_ton`.",
    "addr_npi": "Setting `address_range_npi`.",
    "address_range": "Setting `address_range`.",
}
TIMERS = (
    ("session_init", "`session_init_s`", DONE),
    ("enquire_link", "`enquire_link_s`", DONE),
    ("inactivity", "`inactivity_s`", DONE),
    ("response", "`response_s`", DONE),
)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
