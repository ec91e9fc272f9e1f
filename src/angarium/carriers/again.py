"""A PDU read again, out of quarantine: under the settings of the moment, or as what an operator says that it is."""

from __future__ import annotations

from collections.abc import Mapping

from angarium.carriers.settings import BadCarrierSettings, CarrierSettings
from angarium.carriers.translate import MobileOriginated, Translator, unclear
from angarium.ports.carrier import CarrierReceipt, Unclear
from angarium.smpp.codec import decode
from angarium.smpp.errors import PduError
from angarium.smpp.pdu import DataSm, DeliverSm


def read_again(
    settings: Mapping[str, object], octets: bytes, *, link: str, as_inbound: bool
) -> CarrierReceipt | MobileOriginated | Unclear:
    """What these octets say. `as_inbound`: whatever the flags say, a handset sent it; else it must be a receipt."""
    try:
        translator = Translator(CarrierSettings.from_mapping(settings))
        pdu = decode(octets)
    except (BadCarrierSettings, PduError) as error:
        return Unclear(str(error), "", "", link, octets)
    if not isinstance(pdu, DeliverSm | DataSm):
        return Unclear(f"{pdu.name} is nothing that a carrier delivers", "", "", link, octets)
    if as_inbound:
        return translator.mobile_originated(pdu)
    found = translator.inbound(pdu, link=link)
    if isinstance(found, MobileOriginated):
        return unclear(pdu, "it is not a receipt under these settings either", link=link)
    return found
