"""Carriers, as an operator keeps them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from angarium.flows.desk import HIDDEN, SECRETS, Desk, Mistaken, changed, read_name
from angarium.ports.store import CarrierRow, NotFound, Tx

T = TypeVar("T")


async def find_carrier(desk: Desk, carrier_id: int) -> CarrierRow:
    """The carrier of this number. Raises NotFound."""
    for carrier in await desk.store.carriers():
        if carrier.carrier_id == carrier_id:
            return carrier
    raise NotFound(f"there is no carrier {carrier_id}")


async def add_carrier(desk: Desk, name: str, settings: Mapping[str, object]) -> CarrierRow:
    """Add a carrier, enabled; a route must lead to it. Raises Mistaken or AlreadyExists."""
    name = read_name(name)
    _must_name_host(settings)
    kept = _settings(desk, settings)
    store = desk.by("carrier.add", "carrier", after={"name": name, "settings": shown_settings(kept)})
    return await store.create_carrier(name, kept)


async def change_carrier(
    desk: Desk,
    carrier: CarrierRow,
    *,
    settings: Mapping[str, object] | None = None,
    enabled: bool | None = None,
) -> CarrierRow:
    """Change settings of a carrier, enable or disable it; what is not given stays. Raises Mistaken or NotFound."""
    kept = dict(carrier.settings) if settings is None else _settings(desk, {**carrier.settings, **settings})
    new = carrier._replace(settings=kept, enabled=carrier.enabled if enabled is None else enabled)
    before, after = changed(
        {"enabled": carrier.enabled, **shown_settings(carrier.settings)},
        {"enabled": new.enabled, **shown_settings(kept)},
    )
    store = desk.by("carrier.change", "carrier", carrier.carrier_id, before=before, after=after)
    await store.change_carrier(carrier.carrier_id, settings=new.settings, enabled=new.enabled)
    return new


async def rebind(desk: Desk, carrier: CarrierRow, bind_anew: Callable[[int], bool]) -> bool:
    """Let its links bind anew; False when it is not at work in this process."""
    act = desk.act("carrier.rebind", "carrier", carrier.carrier_id)

    async def work(tx: Tx) -> None:
        await tx.record([act])

    if not bind_anew(carrier.carrier_id):
        return False
    await desk.store.write(work)
    return True


async def try_bind(
    desk: Desk,
    carrier: CarrierRow | None,
    settings: Mapping[str, object],
    bind: Callable[[Mapping[str, object]], Awaitable[T]],
) -> T:
    """Try a bind with settings that are kept nowhere; that it was tried is in the audit log. Raises Mistaken."""
    if carrier is None:
        _must_name_host(settings)
    checked = _settings(desk, settings)
    shown = shown_settings(settings)
    after = {name: shown.get(name) for name in ("host", "port", "system_id")}
    act = desk.act("carrier.try_bind", "carrier", None if carrier is None else carrier.carrier_id, after=after)

    async def work(tx: Tx) -> None:
        await tx.record([act])

    await desk.store.write(work)
    return await bind(checked)


async def remove_carrier(desk: Desk, carrier: CarrierRow) -> None:
    """Forget a carrier. Raises AlreadyExists while routes lead to it or messages of it are open, and NotFound."""
    before = {"name": carrier.name, "settings": shown_settings(carrier.settings)}
    store = desk.by("carrier.remove", "carrier", carrier.carrier_id, before=before)
    await store.remove_carrier(carrier.carrier_id)


def shown_settings(settings: Mapping[str, object]) -> dict[str, object]:
    """A carrier's settings as they may be shown."""
    return {name: HIDDEN if name in SECRETS and value else value for name, value in settings.items()}


def _must_name_host(settings: Mapping[str, object]) -> None:
    if "host" not in settings:
        raise Mistaken("settings.host", "Say where the carrier's SMSC is: its host.")


def _settings(desk: Desk, settings: Mapping[str, object]) -> dict[str, object]:
    try:
        return desk.checks.carrier_settings(settings)
    except ValueError as error:
        raise Mistaken("settings", str(error)) from error
