"""A made-up day: an account that reminds guests of their tables, and what became of its messages so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from angarium.core.account import AccountSettings, CallbackTarget, ConnectionSettings
from angarium.core.clocktime import HOUR_MS, MINUTE_MS, SECOND_MS, UnixMs
from angarium.core.credit import CREDIT
from angarium.core.states import Cause
from angarium.core.tallies import BUCKET_MS, bucket_of
from angarium.flows.tallying import Tallying
from angarium.ports.carrier import Submission
from angarium.stores.sqlite.store import SqliteStore
from tests.gateway import RATE, Gateway, SetClock, accepted, busy, receipt, rejected, taken

NOW: Final[UnixMs] = int(datetime(2026, 3, 5, 14, 32, 7, tzinfo=UTC).timestamp() * 1000)
HOURS: Final = (37, 41, 36, 29, 24, 21, 16, 11, 7, 4, 2, 1, 1, 3, 6, 13, 24, 36, 45, 48, 46, 39, 43, 47)
"""Messages accepted in each hour, the last one last."""
FIRST_RECIPIENT: Final = 27990000100
GUEST: Final = 27990000001
REMINDER: Final = (
    "Dear Ms Botha, your table for four is ready at 8 pm. We look forward to seeing you. "
    "If you cannot come, please answer this message, so that others can have your table. Table & Co"
)
OTHERS: Final = "Your table is ready at 8 pm. Answer NO if you cannot come. Table & Co"
ENDS: Final = {3: Cause.RECEIPT_UNDELIVERABLE, 17: Cause.RECEIPT_EXPIRED, 40: Cause.RECEIPT_UNDELIVERABLE}
WAY: Final = 3
"""So many of the last hour's messages are still with the carrier."""


class Restaurant(Gateway):
    """All flows over the store of one service with two carriers and an account that sends reminders."""

    async def _prepare(self, store: SqliteStore) -> None:
        began = NOW - 30 * 24 * HOUR_MS
        target = CallbackTarget(url="https://table.example/status")
        self.account = await store.create_account("Table & Co", AccountSettings(), at=began)
        await store.buy_credit(self.account.account_id, 2_500 * CREDIT, note="invoice 2026-03", at=began)
        self.resending = await store.create_connection(
            self.account.account_id, "reservations", ConnectionSettings(callback=target, sender="27999123456"), at=began
        )
        self.sending_once = self.resending
        for name, rate in (("north", RATE), ("south", 2 * RATE)):
            carrier = await store.create_carrier(name, {})
            await store.add_route("27", carrier.carrier_id)
            await store.set_rate("27", rate, carrier_id=carrier.carrier_id)


class Day(NamedTuple):
    """The service when the day has come so far."""

    gateway: Restaurant
    message_id: int
    """The message that is looked at."""


@asynccontextmanager
async def lived(folder: Path) -> AsyncIterator[Day]:
    """Let the day pass, on a clock of its own."""
    end = bucket_of(NOW) + BUCKET_MS
    clock = SetClock(end - len(HOURS) * HOUR_MS)
    gateway = Restaurant(folder, clock)
    await gateway.start()
    try:
        for hour, count in enumerate(HOURS):
            clock.at = end - (len(HOURS) - hour) * HOUR_MS + 20 * MINUTE_MS
            await _one_hour(gateway, hour, count)
        message_id = await _reminder(gateway)
        clock.at = NOW
        await gateway.deliver(receipt("7f31c", recipient="27990000777"))
        await _count(gateway, clock)
        yield Day(gateway, message_id)
    finally:
        await gateway.store.close()


async def _one_hour(gateway: Restaurant, hour: int, count: int) -> None:
    """What the hour's messages came to: most arrive in seconds, some never."""
    first = FIRST_RECIPIENT + 100 * hour
    is_last = hour == len(HOURS) - 1
    await gateway.send(OTHERS, to=range(first, first + count))
    submissions = await gateway.submit()
    clock, began = gateway.clock, gateway.clock.at
    takes: list[tuple[int, str, Submission, Cause]] = []
    for place, submission in enumerate(submissions):
        number = 7 * place + 5 * hour
        if number % 71 == 11:
            await gateway.answer(rejected(submission))
            continue
        name = f"{hour:02x}{place:03x}"
        await gateway.answer(accepted(submission, name))
        if is_last and place >= count - WAY:
            continue
        cause = ENDS.get(number % 61, Cause.RECEIPT_DELIVERED)
        takes.append((_took_ms(hour, place), name, submission, cause))
    for took_ms, name, submission, cause in sorted(takes, key=lambda each: each[0]):
        clock.at = began + took_ms
        await gateway.deliver(receipt(name, cause, recipient=str(submission.recipient)))


def _took_ms(hour: int, place: int) -> int:
    """A spread as carriers have it: around a second or two, longer when many are under way, a few much longer."""
    spread = (37 * place + 13 * hour) % 100
    pace = 60 + HOURS[hour] + (17 * hour) % 23
    return 400 + pace * (spread // 4) + (9 * pace * (spread - 88) if spread > 88 else 0)


async def _reminder(gateway: Restaurant) -> int:
    """One message in two parts, which finds the carrier busy at first and is told of twice."""
    clock = gateway.clock
    clock.at = NOW - 95 * SECOND_MS
    (message_id,) = await gateway.send(REMINDER, to=(GUEST,), callback=7, client_message_id="table-4-botha")
    clock.at += 4
    first, second = await gateway.submit()
    clock.at += 31
    await gateway.answer(accepted(first, "7f2a0"), busy(second))
    clock.at += 2_200
    for submission in await _again(gateway):
        clock.at += 38
        await gateway.answer(accepted(submission, "7f2a1"))
    await _told(gateway)
    for name, wait_ms in (("7f2a0", 1_410), ("7f2a1", 260)):
        clock.at += wait_ms
        await gateway.deliver(receipt(name, recipient=str(GUEST)))
    await _told(gateway)
    return message_id


async def _again(gateway: Restaurant) -> Sequence[Submission]:
    """What is submitted once the carrier has room again."""
    for _ in range(100):
        found = await gateway.submit()
        if found:
            return found
        gateway.clock.at += 500
    raise AssertionError("it was never tried again")


async def _told(gateway: Restaurant) -> None:
    """The customer's endpoint takes what is due."""
    gateway.clock.at += 3
    deliveries = await gateway.tell()
    gateway.clock.at += 21
    await gateway.notify.settle([taken(delivery)._replace(elapsed_ms=21) for delivery in deliveries])


async def _count(gateway: Restaurant, clock: SetClock) -> None:
    """Let the counting beside it come as far as the clock, as it does within seconds."""
    tallying = Tallying(store=gateway.store, clock=clock, keep_days=400)
    await tallying.start()
    for _ in range(400):
        await tallying.run_once()
