"""What a gateway needs before it can take a message, and what its store says afterwards.

    python -m bench.tables prepare FOLDER '{"port": 2775, "window": 500, "links": 1, "callback_url": ""}'
    python -m bench.tables check FOLDER

A program of its own, so that another tree (an older commit) prepares and judges its store with its own code.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import apsw

from angarium.app import new_token, open_store
from angarium.config import Settings
from angarium.core.account import AccountSettings, CallbackTarget, ConnectionSettings
from angarium.core.credit import CREDIT
from angarium.core.states import State
from angarium.lifecycle import SystemClock
from angarium.stores.sqlite.database import DATABASE_FILE

RATE = 8 * CREDIT // 10
PURCHASE = 1_000_000_000 * CREDIT


async def prepare(folder: Path, *, port: int, window: int, links: int, callback_url: str) -> dict[str, Any]:
    """An account with credit, a connection with a token, a carrier, a route and a rate for every number."""
    now = SystemClock().now()
    async with open_store(Settings(data_dir=folder)) as store:
        account = await store.create_account("bench", AccountSettings(), at=now)
        target = CallbackTarget(url=callback_url) if callback_url else None
        connection = await store.create_connection(
            account.account_id, "bench", ConnectionSettings(callback=target), at=now
        )
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "system_id": "bench",
            "password": "bench",
            "window": window,
            "links": links,
            "rebind_pause_s": 0.1,
            "rebind_pause_s_max": 0.5,
        }
        carrier = await store.create_carrier("sink", settings)
        await store.add_route("", carrier.carrier_id)
        await store.set_rate("", RATE)
        await store.buy_credit(account.account_id, PURCHASE, note="bench", at=now)
        token, _ = await new_token(store, connection.connection_id, now, data_dir=folder)
    return {"token": token}


async def check(folder: Path) -> dict[str, Any]:
    """How many messages are in which state, and whether the money adds up."""
    async with open_store(Settings(data_dir=folder)) as store:
        faults = await store.ledger_faults()
    with apsw.Connection(str(folder / DATABASE_FILE)) as database:
        rows = list(database.execute("SELECT state, count(*) FROM messages GROUP BY state"))
        undone = list(database.execute("SELECT count(*) FROM notifications WHERE due_at IS NOT NULL"))
    database.close()
    return {
        "states": {State(state).name.lower(): count for state, count in rows},
        "undone_notifications": undone[0][0],
        "ledger_faults": faults,
        "store_mib": size_mib(folder),
    }


def size_mib(folder: Path) -> float:
    """What the store takes on disk."""
    return round(sum(each.stat().st_size for each in folder.glob(f"{DATABASE_FILE}*")) / 2**20, 1)


def main() -> None:
    verb, folder = sys.argv[1], Path(sys.argv[2])
    work = prepare(folder, **json.loads(sys.argv[3])) if verb == "prepare" else check(folder)
    print(json.dumps(asyncio.run(work)))


if __name__ == "__main__":
    main()
