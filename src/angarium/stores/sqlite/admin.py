"""What an operator changes: accounts, connections, tokens, carriers, routes, rates, credit."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

import apsw
import msgspec

from angarium.core.account import Account, AccountSettings, ApiConnection, ConnectionSettings, Directory
from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.queues import Hold
from angarium.core.retention import RETENTION
from angarium.ports.store import AlreadyExists, CarrierRow, LedgerEntry, NotFound, TokenRow
from angarium.stores.sqlite.audit import NEWEST, AuditChanges
from angarium.stores.sqlite.blocks import SqliteBlocks
from angarium.stores.sqlite.changes import written
from angarium.stores.sqlite.credit import CreditChanges, add_credit
from angarium.stores.sqlite.endpoints import SqliteEndpoints
from angarium.stores.sqlite.inbound import InboundChanges
from angarium.stores.sqlite.operators import OperatorChanges
from angarium.stores.sqlite.opt_outs import OptOutChanges
from angarium.stores.sqlite.pricing import PricingChanges
from angarium.stores.sqlite.searches import SqliteSearches

_OPEN_MESSAGES: Final = (
    """
    SELECT 1 FROM messages INDEXED BY messages_waiting WHERE carrier_id = ? AND state IN (0, 1) AND state < 2 LIMIT 1
    """,
    # A submitted message awaits a receipt of one segment at least; of one that has ended, receipts may still come.
    """
    SELECT 1 FROM segments s INDEXED BY segments_awaiting JOIN messages m ON m.message_id = s.message_id
    WHERE s.carrier_id = ? AND s.awaits = 1 AND m.state = 2 LIMIT 1
    """,
)
"""What tells, by an index, that a carrier has open messages; going through all messages takes minutes."""


class SqliteAdmin(
    SqliteBlocks,
    AuditChanges,
    OperatorChanges,
    PricingChanges,
    SqliteSearches,
    InboundChanges,
    OptOutChanges,
    SqliteEndpoints,
    CreditChanges,
):
    """The port's Admin."""

    # --- accounts and connections

    async def create_account(self, name: str, settings: AccountSettings, *, at: UnixMs) -> Account:
        account_id = await self._change(
            "INSERT INTO accounts (name, settings, created_at) VALUES (?, ?, ?)",
            name,
            written(settings),
            at,
            taken=f"there is an account named {name!r} already",
        )
        return Account(account_id=account_id, name=name, settings=settings, has_purchased=False)

    async def accounts(self) -> list[Account]:
        rows = self._read("SELECT account_id, name, settings, first_purchase_at FROM accounts ORDER BY account_id")
        return [
            Account(
                account_id=row[0],
                name=row[1],
                settings=msgspec.json.decode(row[2], type=AccountSettings),
                has_purchased=row[3] is not None,
            )
            for row in rows
        ]

    async def change_account(self, account_id: int, settings: AccountSettings) -> None:
        def change() -> None:
            before = list(self._database.execute("SELECT settings FROM accounts WHERE account_id = ?", (account_id,)))
            if not before:
                raise NotFound(f"there is no account {account_id}")
            self._database.execute(
                "UPDATE accounts SET settings = ? WHERE account_id = ?", (written(settings), account_id)
            )
            was = msgspec.json.decode(before[0][0], type=AccountSettings)
            if was.retention(RETENTION) != settings.retention(RETENTION):
                # What is stored already is to be kept differently too: the requests are gone through in small steps.
                self._database.execute(
                    "INSERT OR REPLACE INTO retention_rechecks (account_id, after_id) VALUES (?, 0)", (account_id,)
                )

        await self._in_transaction(change)

    async def create_connection(
        self, account_id: int, name: str, settings: ConnectionSettings, *, at: UnixMs
    ) -> ApiConnection:
        connection_id = await self._change(
            "INSERT INTO connections (account_id, name, settings, created_at) VALUES (?, ?, ?, ?)",
            account_id,
            name,
            written(settings),
            at,
            taken=f"the account has an API connection named {name!r} already",
            needs=("accounts", account_id),
        )
        return ApiConnection(connection_id=connection_id, account_id=account_id, name=name, settings=settings)

    async def connections(self, account_id: int | None = None) -> list[ApiConnection]:
        rows = self._read(
            "SELECT connection_id, account_id, name, settings FROM connections "
            "WHERE ?1 IS NULL OR account_id = ?1 ORDER BY connection_id",
            account_id,
        )
        return [
            ApiConnection(
                connection_id=row[0],
                account_id=row[1],
                name=row[2],
                settings=msgspec.json.decode(row[3], type=ConnectionSettings),
            )
            for row in rows
        ]

    async def change_connection(self, connection_id: int, settings: ConnectionSettings) -> None:
        await self._change(
            "UPDATE connections SET settings = ? WHERE connection_id = ?",
            written(settings),
            connection_id,
            missing=f"there is no API connection {connection_id}",
        )

    # --- tokens

    async def add_token(
        self,
        connection_id: int,
        *,
        token_hash: bytes,
        sealed: bytes,
        at: UnixMs,
        others_end_at: UnixMs | None = None,
    ) -> TokenRow:
        def add() -> int:
            self._must_exist("connections", connection_id)
            if others_end_at is not None:
                self._database.execute(
                    "UPDATE tokens SET expires_at = ?1 "
                    "WHERE connection_id = ?2 AND revoked_at IS NULL AND ifnull(expires_at, ?1) >= ?1",
                    (others_end_at, connection_id),
                )
            try:
                self._database.execute(
                    "INSERT INTO tokens (connection_id, token_hash, sealed, created_at) VALUES (?, ?, ?, ?)",
                    (connection_id, token_hash, sealed, at),
                )
            except apsw.ConstraintError as error:
                raise AlreadyExists("this token exists already") from error
            return self._database.last_insert_rowid()

        return TokenRow(await self._in_transaction(add), connection_id, at, None, sealed)

    async def tokens(self, connection_id: int | None = None) -> list[TokenRow]:
        rows = self._read(
            "SELECT token_id, connection_id, created_at, revoked_at, sealed, expires_at FROM tokens "
            "WHERE ?1 IS NULL OR connection_id = ?1 ORDER BY token_id",
            connection_id,
        )
        return [TokenRow._make(row) for row in rows]

    async def end_token(self, token_id: int, *, expires_at: UnixMs | None) -> None:
        await self._change(
            "UPDATE tokens SET expires_at = ? WHERE token_id = ?",
            expires_at,
            token_id,
            missing=f"there is no token {token_id}",
        )

    async def revoke_token(self, token_id: int, *, at: UnixMs) -> None:
        await self._change(
            "UPDATE tokens SET revoked_at = ifnull(revoked_at, ?) WHERE token_id = ?",
            at,
            token_id,
            missing=f"there is no token {token_id}",
        )

    async def directory(self) -> Directory:
        # In this order: a token that another process adds meanwhile must not be seen without its connection.
        valid = self._read("SELECT token_hash, connection_id, expires_at FROM tokens WHERE revoked_at IS NULL")
        connections = {connection.connection_id: connection for connection in await self.connections()}
        accounts = {account.account_id: account for account in await self.accounts()}
        return Directory(
            accounts=accounts,
            connections=connections,
            credentials={row[0]: row[1] for row in valid},
            ends={row[0]: row[2] for row in valid if row[2] is not None},
        )

    # --- carriers

    async def create_carrier(self, name: str, settings: Mapping[str, object]) -> CarrierRow:
        carrier_id = await self._change(
            "INSERT INTO carriers (name, settings, enabled) VALUES (?, ?, 1)",
            name,
            written(settings),
            taken=f"there is a carrier named {name!r} already",
        )
        return CarrierRow(carrier_id, name, dict(settings), enabled=True)

    async def carriers(self) -> list[CarrierRow]:
        rows = self._read("SELECT carrier_id, name, settings, enabled, hold FROM carriers ORDER BY carrier_id")
        return [CarrierRow(row[0], row[1], msgspec.json.decode(row[2]), bool(row[3]), Hold(row[4])) for row in rows]

    async def change_carrier(self, carrier_id: int, *, settings: Mapping[str, object], enabled: bool) -> None:
        await self._change(
            "UPDATE carriers SET settings = ?, enabled = ? WHERE carrier_id = ?",
            written(settings),
            enabled,
            carrier_id,
            missing=f"there is no carrier {carrier_id}",
        )

    async def hold_carrier(self, carrier_id: int, hold: Hold) -> None:
        await self._change(
            "UPDATE carriers SET hold = ? WHERE carrier_id = ?",
            int(hold),
            carrier_id,
            missing=f"there is no carrier {carrier_id}",
        )

    async def remove_carrier(self, carrier_id: int) -> None:
        def remove() -> None:
            for statement in _OPEN_MESSAGES:
                if list(self._database.execute(statement, (carrier_id,))):
                    raise AlreadyExists("messages of this carrier are still open: disable it and wait for them to end")
            if list(self._database.execute("SELECT 1 FROM routes WHERE carrier_id = ? LIMIT 1", (carrier_id,))):
                raise AlreadyExists("routes lead to this carrier: remove them first")
            self._database.execute("DELETE FROM rates WHERE carrier_id = ?", (carrier_id,))
            self._database.execute("DELETE FROM costs WHERE carrier_id = ?", (carrier_id,))
            if list(self._database.execute("SELECT 1 FROM inbound_numbers WHERE carrier_id = ?", (carrier_id,))):
                raise AlreadyExists("inbound numbers are this carrier's alone: remove them first")
            self._database.execute("DELETE FROM carriers WHERE carrier_id = ?", (carrier_id,))
            if not self._database.changes():
                raise NotFound(f"there is no carrier {carrier_id}")

        await self._in_transaction(remove)

    # --- credit and secrets

    async def buy_credit(
        self, account_id: int, amount: Credits, *, note: str, at: UnixMs, is_trial: bool = False
    ) -> LedgerEntry:
        return await self._in_transaction(
            lambda: add_credit(self._database, account_id, amount, note=note, at=at, is_trial=is_trial)
        )

    async def ledger(self, account_id: int, *, limit: int, before_id: int | None = None) -> list[LedgerEntry]:
        rows = self._read(
            "SELECT entry_id, account_id, at, amount, note, origin FROM ledger "
            "WHERE account_id = ? AND entry_id < ? ORDER BY entry_id DESC LIMIT ?",
            account_id,
            NEWEST if before_id is None else before_id,
            limit,
        )
        return [LedgerEntry._make(row) for row in rows]

    async def secret(self, name: str, *, octets: int) -> bytes:
        key = f"secret:{name}"

        def make() -> bytes:
            self._database.execute(
                "INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", (key, secrets.token_bytes(octets))
            )
            for (value,) in self._database.execute("SELECT value FROM meta WHERE name = ?", (key,)):
                return bytes(value)
            raise NotFound(name)

        for (value,) in self._read("SELECT value FROM meta WHERE name = ?", key):
            return bytes(value)
        return await self._in_transaction(make)
