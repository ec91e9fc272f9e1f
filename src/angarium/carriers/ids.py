"""The forms of message ids, for those who learn how a carrier spells them (ports.readings.IdForms)."""

from __future__ import annotations

from collections.abc import Mapping

from angarium.carriers.settings import BadCarrierSettings, CarrierSettings
from angarium.ports.readings import Readings
from angarium.smpp.message_ids import IdReading, canonical_id, matching_readings


class CarrierIdForms:
    """The port's IdForms."""

    def readings(self, settings: Mapping[str, object]) -> Readings | None:
        try:
            known = CarrierSettings.from_mapping(settings)
        except BadCarrierSettings:
            return None
        return Readings(known.id_in_response.value, known.id_in_receipt.value)

    def in_response(self, carrier_message_id: str, readings: Readings) -> str:
        return canonical_id(carrier_message_id.encode("latin-1"), IdReading(readings.in_response))

    def in_receipt(self, carrier_message_id: str, readings: Readings) -> str:
        return canonical_id(carrier_message_id.encode("latin-1"), IdReading(readings.in_receipt))

    def matching(self, in_response: str, in_receipt: str) -> list[Readings]:
        pairs = matching_readings(in_response.encode("latin-1"), in_receipt.encode("latin-1"))
        return [Readings(mine.value, theirs.value) for mine, theirs in pairs]
