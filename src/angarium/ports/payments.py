"""Buying credit from a provider of payments: a port that plug-ins fill in."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from angarium.core.credit import Credits


class PaymentTrouble(Exception):
    """The provider cannot be asked now. The message is a sentence for whoever wants to buy."""


class NoProvider(Exception):
    """The provider that payment_provider names cannot be used. The message says what to do."""


class Payment(NamedTuple):
    """What somebody wants to pay for."""

    key: str
    """Ours, unguessable, and stored before the provider hears of it: by it the provider is asked what became of it."""
    account_id: int
    amount: Credits
    return_url: str
    """Where the provider's page sends people back to, whatever they did there."""


class PaymentState(StrEnum):
    """What became of a payment. Paid and failed are final."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"


class Payments(Protocol):
    """One provider. Nothing that a browser brings back is believed: the provider itself is asked."""

    @property
    def name(self) -> str:
        """How it is called in statements."""
        ...

    def price(self, amount: Credits) -> str:
        """What so many credits cost, as people read it."""
        ...

    async def begin(self, payment: Payment) -> str | None:
        """The provider's page for this payment; None when it is done at once. Raises PaymentTrouble.

        Beginning the same key again is the same payment.
        """
        ...

    async def state(self, key: str) -> PaymentState:
        """What became of it; failed for one that was never begun. May be asked at any time. Raises PaymentTrouble."""
        ...


class Rehearsal(Protocol):
    """A provider that only plays: whoever buys decides what comes of it."""

    def decide(self, key: str, *, is_paid: bool) -> str:
        """Let an open payment be paid, or fail; where to go back to. Raises NotFound."""
        ...
