"""Providers that are installed beside Angarium: each is an entry point of the group `angarium.payments`."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from angarium.ports.payments import NoProvider, Payments

GROUP: Final = "angarium.payments"


def load_payments(name: str, settings: Path | None) -> Payments:
    """Make the provider of this name; its factory is given payment_settings. Raises NoProvider."""
    found = entry_points(group=GROUP, name=name)
    if not found:
        known = ", ".join(sorted(each.name for each in entry_points(group=GROUP))) or "none"
        raise NoProvider(f"payment_provider is {name!r}, which is not installed here; installed are: {known}")
    try:
        payments: Payments = next(iter(found)).load()(settings)
    except Exception as error:  # a stranger's code: whatever it says is told to the operator
        raise NoProvider(f"the provider of payments {name!r} cannot be used: {error}") from error
    return payments
