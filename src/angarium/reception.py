"""The console, joined: people come in at the gatehouse, and pages get what they stand on."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final, cast

from starlette.requests import Request as WebRequest

from angarium.carriers import settings, trial
from angarium.console.app import ConsoleApp
from angarium.console.parts import Parts
from angarium.console.passwords import ArgonPasswords
from angarium.console.phones import Phones
from angarium.console.uploads import FOLDER, Uploads
from angarium.core.account import CallbackTarget
from angarium.core.countries import Countries
from angarium.core.public_ids import PublicIds
from angarium.core.retention import Retention
from angarium.flows.desk import Desk
from angarium.flows.people import Gatehouse
from angarium.flows.protection import Protection
from angarium.flows.sending import Send
from angarium.flows.tables import Tables
from angarium.httpd import Proxies, Request
from angarium.ports.carrier import LinkStatus
from angarium.ports.checks import Checks, Mint
from angarium.ports.clock import Clock
from angarium.ports.mail import Mail
from angarium.ports.notifier import Trial
from angarium.ports.running import Check, Running
from angarium.ports.store import Store, TokenRow
from angarium.stores.sqlite.store import SqliteStore
from angarium.stores.vault import SealBroken, Vault
from angarium.till import Till

FORM_KEY_OCTETS: Final = 32


def open_gatehouse(store: Store, *, data_dir: Path, clock: Clock) -> Gatehouse:
    """What lets people in and out of a store. Raises StoreUnavailable when the key file cannot be used."""
    vault = Vault.open(data_dir)
    return Gatehouse(
        store=store,
        clock=clock,
        passwords=ArgonPasswords(),
        new_secret=vault.new_secret,
        seal=vault.seal,
        unseal=vault.open_seal,
    )


async def join_console(
    store: SqliteStore,
    *,
    checks: Checks,
    mint: Mint,
    gatehouse: Gatehouse,
    tables: Tables,
    public_ids: PublicIds,
    clock: Clock,
    proxies: Proxies,
    links: Callable[[], Sequence[tuple[str, LinkStatus]]],
    wait: Callable[[float], Awaitable[None]],
    data_dir: Path,
    ring: Callable[[str], None],
    retention: Retention,
    moved: Callable[[Counter[str]], None],
    running: Running,
    send: Send,
    protection: Protection,
    phones: Phones | None,
    address: Callable[[], str],
    mail: Mail | None,
    upload_octets_max: int,
    till: Till,
    on_error: Callable[[BaseException], None],
    sample_recipient: str = "",
) -> ConsoleApp:
    """The console over an open store."""
    parts = Parts(
        store=store,
        desk=lambda author: Desk(store=store, checks=checks, mint=mint, author=author, now=clock.now()),
        tables=tables,
        gatehouse=gatehouse,
        public_ids=public_ids,
        clock=clock,
        links=links,
        wait=wait,
        shown_token=partial(_shown_token, Vault.open(data_dir)),
        ring=ring,
        retention=retention,
        send=send,
        protection=protection,
        moved=moved,
        running=running,
        phones=phones,
        sample_recipient=sample_recipient,
        uploads=Uploads(data_dir / FOLDER, octets_max=upload_octets_max, new_secret=Vault.new_secret),
        new_secret=Vault.new_secret,
        caller_address=lambda request: str(proxies.origin(_asked(request)) or "unknown"),
        is_secure=lambda request: proxies.is_secure(_asked(request)),
        address=address,
        mail=mail,
        purchasing=till.purchasing,
        rehearsal=till.rehearsal,
    )
    return ConsoleApp(parts, form_key=await store.secret("forms", octets=FORM_KEY_OCTETS), on_error=on_error)


def _shown_token(vault: Vault, row: TokenRow) -> str | None:
    try:
        return vault.unseal(row.sealed)
    except SealBroken:
        return None


def running_of(
    *,
    checks: Callable[[], Awaitable[Sequence[Check]]],
    try_target: Callable[[CallbackTarget, int], Awaitable[Trial]],
    rebind: Callable[[int], bool],
    watch: Callable[[int], AbstractContextManager[Callable[[], Sequence[object]]]],
    clock: Clock,
) -> Running:
    """What operators look at and steer, on pages and over their API."""

    async def bind(values: Mapping[str, object]) -> Sequence[trial.Step]:
        return await trial.try_bind(settings.CarrierSettings.from_mapping(values), clock=clock)

    return Running(
        checks=checks,
        setting_rows=settings.describe(),
        settings_of=settings.of_texts,
        texts_of=settings.texts_of,
        try_bind=bind,
        try_target=try_target,
        rebind=rebind,
        watch=watch,
        countries=functools.cache(Countries.load),
    )


def _asked(request: WebRequest) -> Request:
    """The request as our own server read it."""
    return cast(Request, request.scope["httpd.request"])
