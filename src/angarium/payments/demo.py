"""The demo's provider: nobody pays anything, and whoever buys decides what comes of it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from angarium.core.credit import Credits, format_credits
from angarium.ports.payments import Payment, PaymentState
from angarium.ports.store import NotFound

NAME: Final = "demo"
PAYMENTS_MAX: Final = 1_000
"""Remembered; whoever came first is forgotten first, and has failed."""


class DemoPayments:
    """The port's Payments and Rehearsal. It forgets everything when the demo stops."""

    name = NAME

    def __init__(self, page: str) -> None:
        """`page` is where its page is; the key is added."""
        self._page = page
        self._payments: OrderedDict[str, tuple[Payment, PaymentState]] = OrderedDict()

    def price(self, amount: Credits) -> str:
        return f"{format_credits(amount)} play coins"

    async def begin(self, payment: Payment) -> str | None:
        self._payments.setdefault(payment.key, (payment, PaymentState.OPEN))
        while len(self._payments) > PAYMENTS_MAX:
            self._payments.popitem(last=False)
        return self._page + payment.key

    async def state(self, key: str) -> PaymentState:
        found = self._payments.get(key)
        return PaymentState.FAILED if found is None else found[1]

    def decide(self, key: str, *, is_paid: bool) -> str:
        found = self._payments.get(key)
        if found is None or found[1] is not PaymentState.OPEN:
            raise NotFound("there is no such payment")
        self._payments[key] = (found[0], PaymentState.PAID if is_paid else PaymentState.FAILED)
        return found[0].return_url
