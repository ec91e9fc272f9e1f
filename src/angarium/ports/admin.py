"""What an operator changes in the store: accounts, ways in, carriers, routes, rates, credit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from angarium.core.account import Account, AccountSettings, ApiConnection, ConnectionSettings
from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.queues import Hold
from angarium.ports.audit import AuditAdmin
from angarium.ports.blocks import BlocksAdmin
from angarium.ports.credit import CreditAdmin
from angarium.ports.endpoints import EndpointReads
from angarium.ports.inbound import InboundAdmin
from angarium.ports.operators import OperatorsAdmin
from angarium.ports.opt_outs import OptOutAdmin
from angarium.ports.pricing import PricingAdmin
from angarium.ports.searches import Searches
from angarium.ports.store import CarrierRow, LedgerEntry, Store, TokenRow


class Admin(
    CreditAdmin,
    BlocksAdmin,
    AuditAdmin,
    OperatorsAdmin,
    PricingAdmin,
    Searches,
    InboundAdmin,
    OptOutAdmin,
    EndpointReads,
    Protocol,
):
    """What an operator changes. Each call is one transaction of its own and raises AlreadyExists or NotFound."""

    async def create_account(self, name: str, settings: AccountSettings, *, at: UnixMs) -> Account:
        """Make an account without credit. Names are unique."""
        ...

    async def accounts(self) -> list[Account]:
        """All accounts, oldest first."""
        ...

    async def change_account(self, account_id: int, settings: AccountSettings) -> None:
        """Replace an account's settings."""
        ...

    async def create_connection(
        self, account_id: int, name: str, settings: ConnectionSettings, *, at: UnixMs
    ) -> ApiConnection:
        """Give an account another way in. Names are unique within the account."""
        ...

    async def connections(self, account_id: int | None = None) -> list[ApiConnection]:
        """The API connections of one account, or of all, oldest first."""
        ...

    async def change_connection(self, connection_id: int, settings: ConnectionSettings) -> None:
        """Replace an API connection's settings."""
        ...

    async def add_token(
        self,
        connection_id: int,
        *,
        token_hash: bytes,
        sealed: bytes,
        at: UnixMs,
        others_end_at: UnixMs | None = None,
    ) -> TokenRow:
        """Let a token in: its SHA-256 digest is what callers are known by. A digest is stored once.

        In the same transaction the connection's other tokens are given an end, unless they end sooner.
        """
        ...

    async def tokens(self, connection_id: int | None = None) -> list[TokenRow]:
        """The tokens of one API connection, or of all, revoked ones too, oldest first."""
        ...

    async def end_token(self, token_id: int, *, expires_at: UnixMs | None) -> None:
        """Let a token end by itself at a moment, or never; one that is revoked stays so."""
        ...

    async def revoke_token(self, token_id: int, *, at: UnixMs) -> None:
        """Shut a token out for good. Revoking again changes nothing, the moment of the first included."""
        ...

    async def create_carrier(self, name: str, settings: Mapping[str, object]) -> CarrierRow:
        """Add a carrier, enabled. Names are unique; the settings are kept as given."""
        ...

    async def change_carrier(self, carrier_id: int, *, settings: Mapping[str, object], enabled: bool) -> None:
        """Replace a carrier's settings, and enable it or not: routes to a disabled one are as if they were not."""
        ...

    async def remove_carrier(self, carrier_id: int) -> None:
        """Forget a carrier. Raises AlreadyExists while routes lead to it or messages of it are open."""
        ...

    async def hold_carrier(self, carrier_id: int, hold: Hold) -> None:
        """Hold a carrier's queue, or let it go on: its links stay bound either way."""
        ...

    async def buy_credit(
        self, account_id: int, amount: Credits, *, note: str, at: UnixMs, is_trial: bool = False
    ) -> LedgerEntry:
        """Add to purchased and free; a negative amount is an adjustment and may not exceed what is free.

        The account has purchased from then on, unless it is an adjustment or credit to try with (rest-api 3.2).
        """
        ...

    async def ledger(self, account_id: int, *, limit: int, before_id: int | None = None) -> list[LedgerEntry]:
        """Purchases and adjustments, newest first; older than `before_id` where that is given."""
        ...

    async def secret(self, name: str, *, octets: int) -> bytes:
        """A random secret of the store under this name, made when first asked for."""
        ...


class OperatorStore(Store, Admin, Protocol):
    """A store with what an operator may change in it."""
