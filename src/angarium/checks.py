"""What the edges know of an operator's values, joined for the desk (ports.checks)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from angarium.callbacks.signing import read_secret, write_secret
from angarium.callbacks.urls import read_url
from angarium.carriers import again
from angarium.carriers.settings import BadCarrierSettings, CarrierSettings
from angarium.carriers.translate import MobileOriginated
from angarium.core.account import token_hash
from angarium.ports.carrier import CarrierReceipt, InboundSegment, Unclear
from angarium.ports.quarantine import Quarantined
from angarium.stores.vault import Vault

SIGNING_KEY_OCTETS: Final = 32
OPERATOR_TOKEN_OCTETS: Final = 32
OPERATOR_TOKEN_MARK: Final = "angop_"
"""What operator tokens begin with, so that people and scanners of leaked secrets know one when they see it."""


class EdgeChecks:
    """The port's Checks."""

    def carrier_settings(self, values: Mapping[str, object]) -> dict[str, object]:
        try:
            return CarrierSettings.from_mapping(values).to_mapping()
        except BadCarrierSettings as error:
            raise ValueError(" ".join(error.problems)) from error

    def callback_url(self, text: str) -> str:
        return str(read_url(text))

    def signing_secret(self, text: str) -> str:
        # Several while they are being changed, the newest first: each of them signs.
        for each in text.split() or [text]:
            read_secret(each)
        return text


class EdgeMint:
    """The port's Mint; the seal's key is in the data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def token(self) -> tuple[str, bytes, bytes]:
        return Vault.open(self._data_dir).new_token()

    def operator_token(self) -> tuple[str, bytes]:
        token = OPERATOR_TOKEN_MARK + secrets.token_urlsafe(OPERATOR_TOKEN_OCTETS)
        return token, token_hash(token.encode())

    def signing_secret(self) -> str:
        return write_secret(secrets.token_bytes(SIGNING_KEY_OCTETS))

    def code(self, alphabet: str, characters: int) -> str:
        return "".join(secrets.choice(alphabet) for _ in range(characters))

    def ticket(self) -> str:
        return Vault.new_secret()


def read_again(
    settings: Mapping[str, object], quarantined: Quarantined, *, as_inbound: bool
) -> CarrierReceipt | InboundSegment | Unclear:
    """What something in quarantine says now (flows.quarantine.Reader)."""
    found = again.read_again(settings, quarantined.octets, link=quarantined.link, as_inbound=as_inbound)
    if isinstance(found, MobileOriginated):
        return InboundSegment(found.sender, found.recipient, found.user_data, found.numbering)
    return found
