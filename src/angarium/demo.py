"""The demo: an account with credit, an API connection with a token, a simulated carrier and a route to it."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, NamedTuple

from angarium.checks import EdgeChecks, EdgeMint
from angarium.config import Listen, Settings
from angarium.console.phones import Bubble, Phone
from angarium.core.account import AccountSettings, ConnectionSettings, token_hash
from angarium.core.clocktime import UnixMs
from angarium.core.credit import CREDIT, Credits
from angarium.core.inbound_numbers import NumberSettings
from angarium.core.people import Role
from angarium.flows import members, operators
from angarium.flows.desk import Desk
from angarium.lifecycle import SystemClock
from angarium.ports.people import TicketKind
from angarium.sim.control import Control
from angarium.sim.handsets import Handset
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import CannotReply, Simulator
from angarium.stores.sqlite.store import SqliteStore
from angarium.stores.vault import SealBroken, Vault

NAME: Final = "demo"
CREDIT_AT_START: Final[Credits] = 1_000_000 * CREDIT
RATE: Final[Credits] = 800_000
ENV_FILE: Final = "demo.env"
OPERATOR_TOKEN: Final = "ANGARIUM_OPERATOR_TOKEN"
WINDOW: Final = 100
HANDSET: Final = "27990000001"
"""A simulated handset that answers at once."""
SENDER: Final = "27999123456"
"""A number, so that the handsets can answer."""


class DemoPhones:
    """The simulator's handsets, for the console's pages."""

    def __init__(self, simulator: Simulator, account_id: int) -> None:
        self._simulator = simulator
        self._account_id = account_id

    @property
    def account_id(self) -> int:
        """The demo's account."""
        return self._account_id

    def newest(self, limit: int, *, bubbles_max: int) -> list[Phone]:
        """The handsets that received something last."""
        return [_phone(handset, bubbles_max) for handset in self._simulator.handsets.newest(limit)]

    def one(self, number: str, *, bubbles_max: int) -> Phone | None:
        """One handset, if it has received anything."""
        handset = self._simulator.handsets.get(number)
        return None if handset is None else _phone(handset, bubbles_max)

    def write(self, number: str, text: str) -> str:
        """Let a handset answer; empty, or why it cannot."""
        try:
            self._simulator.reply(number, text)
        except CannotReply as error:
            return str(error)
        return ""


def _phone(handset: Handset, bubbles_max: int) -> Phone:
    bubbles = [Bubble(each.at, each.text, each.sender, False, each.flash, each.segments) for each in handset.messages]
    bubbles += [Bubble(each.at, each.text, each.recipient, True) for each in handset.written]
    bubbles.sort(key=lambda bubble: bubble.at)
    version = handset.received + handset.wrote
    return Phone(handset.number, handset.answer_to, version, bubbles[-bubbles_max:])


class Demo(NamedTuple):
    """What the demo prepared."""

    token: str
    api_id: int
    operator_token: str
    smsc: str
    handsets_url: str
    entry_path: str
    """Where the console lets its reader in, once."""
    phones: DemoPhones

    def write_env(self, folder: Path, *, url: str, https_url: str) -> Path:
        """Write what a script needs to demo.env in this folder, readable by its owner only; return the path."""
        path = folder / ENV_FILE
        lines = {
            "ANGARIUM_URL": url,
            "ANGARIUM_HTTPS_URL": https_url,
            "ANGARIUM_TOKEN": self.token,
            "ANGARIUM_API_ID": self.api_id,
            OPERATOR_TOKEN: self.operator_token,
            "ANGARIUM_HANDSETS_URL": self.handsets_url,
        }
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{name}={value}\n" for name, value in lines.items())
        draft.replace(path)
        return path


async def prepare_demo(stack: AsyncExitStack, store: SqliteStore, settings: Settings, *, now: UnixMs) -> Demo:
    """Start the simulator for as long as the stack is open, and make what is missing in the store."""
    smsc, handsets = settings.sim_listen, settings.sim_handsets_listen
    simulator = Simulator(
        SimulatorSettings(
            smsc_host=smsc.host, smsc_port=smsc.port, control_host=handsets.host, control_port=handsets.port
        ),
        clock=SystemClock(),
    )
    control = Control(simulator)
    host, port = await simulator.start()
    stack.push_async_callback(simulator.stop)
    handsets_address = await control.start()
    stack.push_async_callback(control.stop)
    carrier_settings = {
        "host": host,
        "port": port,
        "system_id": NAME,
        "password": NAME,
        "window": WINDOW,
        # One of the simulator's fates names its messages in hex and its receipts in decimal.
        "id_in_response": "hex",
        "id_in_receipt": "decimal",
    }
    carrier = next((row for row in await store.carriers() if row.name == NAME), None)
    if carrier is None:
        carrier = await store.create_carrier(NAME, carrier_settings)
        # Every number: a prefix of its own for each first digit, since a number cannot begin with 0.
        await store.add_route("", carrier.carrier_id)
        await store.set_rate("", RATE)
    else:
        await store.change_carrier(carrier.carrier_id, settings=carrier_settings, enabled=True)
    token, api_id = await _token(store, Vault.open(settings.data_dir), now=now)
    operator_token = await _operator_token(store, settings.data_dir, now=now)
    entry = await _entry(store, settings.data_dir, now=now)
    entry_path = f"/console/enter?ticket={entry}"
    account = next(row for row in await store.accounts() if row.name == NAME)
    phones = DemoPhones(simulator, account.account_id)
    return Demo(token, api_id, operator_token, f"{host}:{port}", _url(handsets_address), entry_path, phones)


async def _entry(store: SqliteStore, data_dir: Path, *, now: UnixMs) -> str:
    """A ticket for the console, for whoever reads this terminal."""
    desk = _desk(store, data_dir, now=now)
    person = await store.person_of_login(NAME)
    if person is None:
        account = next(row for row in await store.accounts() if row.name == NAME)
        role = (account.account_id, Role.OWNER)
        invited = await members.invite(desk, NAME, "Demo", is_operator=True, role=role)
        person = await members.find_person(desk, invited.person_id)
    return await members.new_ticket(desk, person, TicketKind.ENTRY)


def _url(address: tuple[str, int] | None) -> str:
    return "" if address is None else f"http://{Listen(*address)}"


async def _token(store: SqliteStore, vault: Vault, *, now: UnixMs) -> tuple[str, int]:
    account = next((row for row in await store.accounts() if row.name == NAME), None)
    if account is None:
        account = await store.create_account(NAME, AccountSettings(), at=now)
        await store.buy_credit(account.account_id, CREDIT_AT_START, note="demo credit", at=now)
    connections = await store.connections(account.account_id)
    connection = next((row for row in connections if row.name == NAME), None)
    if connection is None:
        connection = await store.create_connection(account.account_id, NAME, ConnectionSettings(sender=SENDER), at=now)
    if not any(number.number == SENDER for number in await store.inbound_numbers()):
        settings = NumberSettings()
        await store.add_number(SENDER, connection.connection_id, keyword="", carrier_id=None, settings=settings)
    for row in await store.tokens(connection.connection_id):
        if row.is_valid(now=now):
            try:
                return vault.unseal(row.sealed), connection.connection_id
            except SealBroken:
                continue
    token, digest, sealed = vault.new_token()
    await store.add_token(connection.connection_id, token_hash=digest, sealed=sealed, at=now)
    return token, connection.connection_id


async def _operator_token(store: SqliteStore, data_dir: Path, *, now: UnixMs) -> str:
    """The one of the last start, if it still opens anything; else a new one. It is stored nowhere but in demo.env."""
    for token in _written_before(data_dir / ENV_FILE):
        row = await store.operator_token(token_hash(token.encode()))
        if row is not None and row.is_valid(now=now):
            return token
    desk = _desk(store, data_dir, now=now)
    for row in await store.operator_tokens():
        if row.name == NAME and row.revoked_at is None:
            await operators.revoke_token(desk, row.operator_token_id)
    return (await operators.create_token(desk, NAME, list(operators.Scope))).token


def _desk(store: SqliteStore, data_dir: Path, *, now: UnixMs) -> Desk:
    return Desk(store=store, checks=EdgeChecks(), mint=EdgeMint(data_dir), author=f"cli:{NAME}", now=now)


def _written_before(env_file: Path) -> list[str]:
    try:
        lines = env_file.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    return [line.partition("=")[2] for line in lines if line.startswith(OPERATOR_TOKEN + "=")]
