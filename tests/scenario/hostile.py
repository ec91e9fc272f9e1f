"""A whole service under fire: the carrier is as hostile as its switches say, and the books must close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import apsw

from angarium.core.account import DoubtPolicy
from angarium.core.clocktime import DAY_MS, HOUR_MS
from angarium.core.states import FINAL, State
from angarium.sim.switches import read_switches
from angarium.stores.sqlite.database import DATABASE_FILE
from tests.scenario.simulation import AT_ONCE
from tests.service import CREDIT_AT_START, RATE, Carrier, Service, check_ledger, rows, whole_service

PREFIXES: Final = ("2799", "2798")
RECIPIENTS_PER_CALL: Final = 100
# Short, because a link that fell silent is only known by its silence.
CARRIER: Final = {
    "links": 2,
    "window": 20,
    "response_s": 0.3,
    "enquire_link_s": 0.1,
    "rebind_pause_s": 0.005,
    "rebind_pause_s_max": 0.05,
}
SIMULATOR: Final = replace(AT_ONCE, response_s=0.5, refused_tries=2)
STEPS_MAX: Final = 40
"""How often time may be moved before a run counts as one that never ends."""
GIVE_UP_MS: Final = DAY_MS + 2 * HOUR_MS
"""Beyond the validity of a message and the margin for its receipt."""

_OPEN: Final = "SELECT state, count(*), min(due_at) FROM messages WHERE state IN (0, 1, 2) GROUP BY state"
_SPENT: Final = "SELECT segments FROM messages WHERE sent_mask != 0"
_OWED: Final = "SELECT count(*), min(due_at), sum(leased) FROM notifications WHERE due_at IS NOT NULL"


@dataclass
class Run:
    """What is left when the last message has come to its end and the last callback was made."""

    sent: dict[str, str] = field(default_factory=dict)
    """The recipient of each message."""
    statuses: dict[str, str] = field(default_factory=dict)
    """What the API says of each message."""
    callbacks: Mapping[str, list[str]] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    """How often the carrier took each number's message."""
    struck: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        """How many messages ended in which status."""
        return Counter(self.statuses.values())


async def hostile_run(
    tmp_path: Path,
    switches: Mapping[str, Any],
    *,
    seed: int,
    doubt: DoubtPolicy,
    messages: int = 300,
    callbacks_refused: int = 40,
    carrier: Mapping[str, object] | None = None,
) -> Run:
    """Send, let everything happen, move time on as often as needed, and check that the books close."""
    run = Run()
    numbers = [f"{PREFIXES[at % 2]}{at:05}00" for at in range(messages)]
    settings = {**CARRIER, **(carrier or {})}
    carriers = [Carrier(name, prefix, settings) for name, prefix in zip(("north", "south"), PREFIXES, strict=True)]
    simulator = replace(SIMULATOR, hostility_seed=seed)
    async with whole_service(
        tmp_path, *carriers, simulator=simulator, doubt=doubt, callbacks_refused=callbacks_refused
    ) as service:
        await service.bound(4)
        service.simulator.hostility.switch(read_switches(switches))
        async with service.customer() as customer:
            for at in range(0, messages, RECIPIENTS_PER_CALL):
                share = numbers[at : at + RECIPIENTS_PER_CALL]
                run.sent |= zip(await customer.send(*share), share, strict=True)
            await until_all_is_over(service)
            run.struck = service.simulator.hostility.struck
            service.simulator.hostility.switch({})
            for message_id in run.sent:
                run.statuses[message_id] = await customer.status(message_id)
        run.callbacks, run.taken, run.troubles = service.callbacks, service.simulator.taken(), service.metrics.troubles
    await _check(run, service.data_dir, doubt=doubt, refused=callbacks_refused)
    return run


class _Look:
    """Looks at the store from outside whenever something has happened."""

    def __init__(self, service: Service, database: apsw.Connection) -> None:
        self._service = service
        self._database = database

    async def until_all_is_over(self) -> None:
        """Move time to whatever comes next until nothing is open and nothing is owed."""
        clock = self._service.clock
        for _ in range(STEPS_MAX):
            await self._service.until(self._is_quiet)
            due_at, before = self._next_due_at(), self._open()
            if due_at is not None:
                clock.ahead_ms += max(due_at - clock.now(), 0) + 1
            elif before:
                clock.ahead_ms += GIVE_UP_MS
                await self._service.until(partial(self._differs_from, before))
            else:
                return
        raise AssertionError(f"this never ends: {self._open()}, {self._owed()}, {self._service.metrics.troubles}")

    def _open(self) -> list[tuple[Any, ...]]:
        """State, count and first due time of what has not ended."""
        return list(self._database.execute(_OPEN))

    def _owed(self) -> tuple[int, int | None, int]:
        """How many callbacks are owed, when the first is due, and how many are being made."""
        ((count, due_at, leased),) = list[tuple[Any, ...]](self._database.execute(_OWED))
        return count, due_at, leased or 0

    def _differs_from(self, before: list[tuple[Any, ...]]) -> bool:
        return self._open() != before

    def _is_quiet(self) -> bool:
        """Whether nothing goes on until time moves."""
        simulator, now = self._service.simulator, self._service.clock.now()
        if simulator.deliveries_waiting or len(simulator.agenda):
            return False
        for state, _, due_at in self._open():
            if state == State.SUBMITTING or (state == State.QUEUED and due_at <= now):
                return False
        _, owed_at, leased = self._owed()
        return not leased and (owed_at is None or owed_at > now)

    def _next_due_at(self) -> int | None:
        moments = [due_at for state, _, due_at in self._open() if state == State.QUEUED]
        _, owed_at, _ = self._owed()
        return min([*moments, *([] if owed_at is None else [owed_at])], default=None)


async def until_all_is_over(service: Service) -> None:
    """Move time to whatever comes next until nothing is open and nothing is owed."""
    database = apsw.Connection(str(service.data_dir / DATABASE_FILE), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        await _Look(service, database).until_all_is_over()
    finally:
        database.close()


async def _check(run: Run, data_dir: Path, *, doubt: DoubtPolicy, refused: int) -> None:
    """The books close: every message ended once, every callback was made, and the money adds up."""
    balance = await check_ledger(data_dir)
    states = dict(rows(data_dir, "SELECT state, count(*) FROM messages GROUP BY state"))
    assert set(states) <= {int(state) for state in FINAL}, "nothing is left open"
    assert sum(states.values()) == len(run.sent), "nothing is lost, nothing is made up"
    assert balance.free + balance.reserved + balance.spent == CREDIT_AT_START
    assert balance.reserved == 0, "no credit is held for what has ended"
    spent = sum(segments for (segments,) in rows(data_dir, _SPENT))
    assert balance.spent == RATE * spent, "what was taken is paid, and nothing else"
    final = {
        message_id: status for message_id, status in run.statuses.items() if run.callbacks[message_id][-1] != status
    }
    assert final == {}, "the last callback tells what the API tells"
    assert all(statuses.count("003") <= 1 for statuses in run.callbacks.values()), "one callback per change"
    undone = rows(data_dir, "SELECT message_id FROM notifications WHERE due_at IS NOT NULL OR NOT done")
    assert undone == [], "every callback was made"
    assert len(rows(data_dir, "SELECT 1 FROM notification_attempts WHERE status = 500")) == refused
    delivered = {run.sent[message_id] for message_id, status in run.statuses.items() if status == "004"}
    assert delivered <= run.taken.keys(), "what nobody took was not delivered"
    if doubt is DoubtPolicy.UNKNOWN:
        assert [number for number, count in run.taken.items() if count > 1] == [], "nothing goes out twice"
