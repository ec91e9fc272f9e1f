"""Where credit is bought without the operator, joined: the provider of payments that is set, or one that plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Self

from angarium.config import Settings
from angarium.console.parts import SERVICE_NAME
from angarium.flows.low_credit import LowCredit
from angarium.flows.purchases import Purchasing
from angarium.flows.tables import Tables
from angarium.payments.demo import DemoPayments
from angarium.payments.plugins import load_payments
from angarium.ports.admin import OperatorStore
from angarium.ports.clock import Clock
from angarium.ports.mail import Mail
from angarium.ports.payments import Rehearsal

DEMO_PAGE = "/console/demo-payment/"


class Till(NamedTuple):
    """What pages sell credit with."""

    purchasing: Purchasing | None
    """None when no provider is set."""
    rehearsal: Rehearsal | None
    """The provider of the demo."""

    @classmethod
    def opened(cls, store: OperatorStore, settings: Settings, *, clock: Clock, demo: bool) -> Self:
        """The till that the settings ask for. Raises NoProvider."""
        if settings.payment_provider:
            payments = load_payments(settings.payment_provider, settings.payment_settings)
            return cls(Purchasing(store=store, payments=payments, clock=clock), None)
        if demo:
            playing = DemoPayments(DEMO_PAGE)
            return cls(Purchasing(store=store, payments=playing, clock=clock), playing)
        return cls(None, None)


def watch_credit(
    store: OperatorStore, *, tables: Tables, clock: Clock, mail: Mail | None, address: Callable[[], str]
) -> LowCredit:
    """What tells owners that little is left."""
    return LowCredit(store=store, tables=tables, clock=clock, mail=mail, address=address, service=SERVICE_NAME)
