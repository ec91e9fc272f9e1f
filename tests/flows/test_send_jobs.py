"""A file of messages: reckoned first, then each line sent once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

import pytest

from angarium.core.clocktime import DAY_MS, HOUR_MS
from angarium.core.message import Result
from angarium.core.refusals import Reason, Refusal
from angarium.core.send_file import BadFile, Line, Problem, read_lines
from angarium.flows import send_jobs
from angarium.flows.desk import Desk
from angarium.flows.intake import Call
from angarium.flows.retries import Replied
from angarium.flows.send_jobs import CHUNK_LINES_MAX, LineResult, Options, Sending
from angarium.ports.send_jobs import JobState, SendJob
from angarium.ports.store import StoreUnavailable, Tx
from tests.gateway import CREDIT_AT_FIRST, NOON, RATE, Gateway

FIRST = 27990000001
SLICE = 7


class Door:
    """The gateway's door in; a test can shut it, and look at what came."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.calls = 0
        self.refusal: Exception | None = None
        self.dies_after = -1
        """So many calls are taken before the process dies with the answers unread."""

    async def __call__(self, call: Call) -> list[Result] | Replied:
        self.calls += 1
        if self.refusal is not None:
            raise self.refusal
        (outcome,) = await self.gateway.intake.accept([call])
        if self.calls == self.dies_after:
            raise asyncio.CancelledError
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome


def desk(gateway: Gateway) -> Desk:
    """A developer's desk."""
    store: Any = gateway.store
    return Desk(store=store, checks=Any, mint=Any, author="person:ada", now=gateway.clock.now())  # type: ignore[arg-type]


def lines(count: int, *, text: str = "Hello") -> Iterator[Line | Problem]:
    """So many lines, each to another number."""
    return iter([Line(at + 2, str(FIRST + at), text, "", "") for at in range(count)])


async def pieces(given: Iterator[Line | Problem]) -> AsyncIterator[list[Line | Problem]]:
    """The same, some at a time, as a file on disk is read."""
    while piece := list(islice(given, SLICE)):
        yield piece


async def load(gateway: Gateway, given: Iterator[Line | Problem], options: Options | None = None) -> SendJob:
    """Load a file."""
    job_id = await send_jobs.load(
        desk(gateway), gateway.tables, gateway.caller(), pieces(given), file_name="f.csv", options=options or Options()
    )
    return await job_of(gateway, job_id)


async def job_of(gateway: Gateway, job_id: int) -> SendJob:
    """A job as it stands."""
    job = await gateway.store.send_job(job_id)
    assert job is not None
    return job


def worker(gateway: Gateway, door: Door) -> Sending:
    """The worker that sends."""
    return Sending(store=gateway.store, tables=gateway.tables, clock=gateway.clock, send=door)


async def work(gateway: Gateway, door: Door) -> None:
    """Let the worker run until it has nothing to do."""
    while await worker(gateway, door).run_once():
        pass


async def rows(gateway: Gateway, job: SendJob) -> list[LineResult]:
    """What became of each line."""
    job = await job_of(gateway, job.job_id)
    return [row async for chunk in send_jobs.results(gateway.store, job) for row in chunk]


async def sent(gateway: Gateway) -> int:
    """How many messages of one segment have been paid for."""
    return (CREDIT_AT_FIRST - (await gateway.balance()).free) // RATE


async def test_a_dry_run_reckons_what_would_be_charged(gateway: Gateway) -> None:
    """Bad lines are named and left out, refusals foreseen; nothing is sent (rest-api 4.3)."""
    text = "to,text\n27990000001,Hello\nfoo,Hello\n0800,Hello\n27990000002," + "long " * 40 + "\n112,Hello\n"
    file = read_lines(text.splitlines(keepends=True), name="the file", text=None, sender=None, text_is="")

    job = await load(gateway, file)
    report = send_jobs.read_report(job)

    assert (job.state, job.lines, report.bad_lines) == (JobState.READY, 4, 1)
    assert [(each.line_no, each.said) for each in report.problems] == [(3, "'foo' is not a phone number")]
    assert [(each.line_no, each.said) for each in report.refusals] == [(4, "BAD_RECIPIENT"), (6, "NO_ROUTE")]
    assert (report.segments, report.price, report.refused) == (3, 3 * RATE, 2)
    assert await sent(gateway) == 0

    door = Door(gateway)
    await send_jobs.start(desk(gateway), job)
    await work(gateway, door)
    job = await job_of(gateway, job.job_id)
    assert (job.state, job.accepted, job.refused) == (JobState.DONE, 2, 2)
    assert await sent(gateway) == 3
    assert [(row.line_no, bool(row.message_id), row.reason) for row in await rows(gateway, job)] == [
        (2, True, ""),
        (4, False, "BAD_RECIPIENT"),
        (5, True, ""),
        (6, False, "NO_ROUTE"),
    ]


async def test_a_file_without_a_line_to_send_is_refused(gateway: Gateway) -> None:
    """With the first thing that is wrong with it; nothing of it is kept."""
    with pytest.raises(BadFile, match=r"Line 2: .*phone number"):
        await load(gateway, iter([Problem(2, "'x' is not a phone number")]))

    assert await gateway.store.send_jobs(gateway.account.account_id, limit=9) == []


async def test_a_change_of_a_job_is_in_the_audit_log(gateway: Gateway) -> None:
    """Who started, paused and cancelled it; what cannot be done leaves no row."""
    job = await load(gateway, lines(1))
    store: Any = gateway.store

    assert not await send_jobs.pause(desk(gateway), job)
    assert await send_jobs.start(desk(gateway), job)
    assert await send_jobs.pause(desk(gateway), job)
    assert await send_jobs.cancel(desk(gateway), job)
    assert not await send_jobs.start(desk(gateway), job)

    log = await store.audit(before_id=None, limit=9, subject=f"send/{job.job_id}")
    assert [(entry.author, entry.after) for entry in reversed(log)] == [
        ("person:ada", {"state": state}) for state in ("running", "paused", "cancelled")
    ]


async def test_a_job_that_was_killed_goes_on_where_it_was(gateway: Gateway) -> None:
    """What was committed before the kill is not sent again, and its results are known (rest-api 3.3, delivery 1.3)."""
    count = CHUNK_LINES_MAX + 3
    job = await load(gateway, lines(count))
    await buy(gateway, count)
    await send_jobs.start(desk(gateway), job)
    door = Door(gateway)
    door.dies_after = 1

    with pytest.raises(asyncio.CancelledError):
        await worker(gateway, door).run_once()
    await gateway.crash()
    assert (await job_of(gateway, job.job_id)).accepted == 0
    door = Door(gateway)
    await work(gateway, door)

    found = await rows(gateway, job)
    assert len({row.message_id for row in found}) == len(found) == count
    assert (await job_of(gateway, job.job_id)).state is JobState.DONE
    assert await messages(gateway) == count


async def test_lines_whose_outcome_is_forgotten_are_in_doubt_and_not_sent_again(gateway: Gateway) -> None:
    """After more than a day nobody can say, and that is said (rest-api 3.3, delivery 1.3)."""
    job = await load(gateway, lines(2))
    await send_jobs.start(desk(gateway), job)
    door = Door(gateway)
    door.dies_after = 1
    with pytest.raises(asyncio.CancelledError):
        await worker(gateway, door).run_once()

    gateway.clock.at += DAY_MS - HOUR_MS + 1
    await work(gateway, Door(gateway))

    job = await job_of(gateway, job.job_id)
    assert (job.state, job.doubtful, job.accepted) == (JobState.DONE, 2, 0)
    assert {row.reason for row in await rows(gateway, job)} == {send_jobs.IN_DOUBT}
    assert await messages(gateway) == 2


async def test_a_job_waits_while_a_limit_is_reached(gateway: Gateway) -> None:
    """As long as it says; then the same lines are taken (rest-api 1.2)."""
    job = await load(gateway, lines(2))
    await send_jobs.start(desk(gateway), job)
    door = Door(gateway)
    door.refusal = Refusal(Reason.LIMIT_REACHED, retry_after_s=7)
    await work(gateway, door)

    waiting = await job_of(gateway, job.job_id)
    assert (waiting.state, waiting.due_at, waiting.accepted) == (JobState.RUNNING, NOON + 7_000, 0)
    door.refusal = None
    gateway.clock.at = NOON + 7_000
    await work(gateway, door)
    assert (await job_of(gateway, job.job_id)).accepted == 2


async def test_a_job_pauses_when_credit_is_used_up_and_goes_on_with_the_rest(gateway: Gateway) -> None:
    """No line is lost, none is sent twice (rest-api 5, delivery 1.5)."""
    paid_for = CREDIT_AT_FIRST // RATE
    job = await load(gateway, lines(paid_for + 2))
    await send_jobs.start(desk(gateway), job)
    await work(gateway, Door(gateway))

    paused = await job_of(gateway, job.job_id)
    assert (paused.state, paused.note, paused.accepted) == (JobState.PAUSED, send_jobs.NO_CREDIT_NOTE, paid_for)

    await buy(gateway, 2)
    await send_jobs.start(desk(gateway), paused)
    await work(gateway, Door(gateway))
    found = await rows(gateway, job)
    assert sorted(row.line_no for row in found) == list(range(2, paid_for + 4))
    assert all(row.message_id for row in found)


async def test_a_store_that_cannot_be_written_holds_a_job_up_and_no_more(gateway: Gateway) -> None:
    """The worker says so and asks again later."""
    job = await load(gateway, lines(2))
    await send_jobs.start(desk(gateway), job)
    door = Door(gateway)
    door.refusal = StoreUnavailable("the disk is full")
    with pytest.raises(StoreUnavailable):
        await worker(gateway, door).run_once()
    door.refusal = None
    await work(gateway, door)

    assert (await job_of(gateway, job.job_id)).accepted == 2


async def test_a_cancelled_job_sends_nothing_more(gateway: Gateway) -> None:
    """What was sent is sent, and its results stay."""
    count = CHUNK_LINES_MAX + 3
    job = await load(gateway, lines(count))
    await buy(gateway, count)
    await send_jobs.start(desk(gateway), job)
    await worker(gateway, Door(gateway)).run_once()
    await send_jobs.cancel(desk(gateway), job)
    door = Door(gateway)
    await work(gateway, door)

    assert door.calls == 0
    assert len(await rows(gateway, job)) == CHUNK_LINES_MAX


async def test_a_job_cancelled_while_the_process_died_names_what_was_under_way(gateway: Gateway) -> None:
    """As in doubt: nobody asks for it again, lest it be sent after all."""
    job = await load(gateway, lines(2))
    await send_jobs.start(desk(gateway), job)
    door = Door(gateway)
    door.dies_after = 1
    with pytest.raises(asyncio.CancelledError):
        await worker(gateway, door).run_once()
    await gateway.crash()
    await send_jobs.cancel(desk(gateway), await job_of(gateway, job.job_id))
    await work(gateway, Door(gateway))

    assert [(row.line_no, row.reason) for row in await rows(gateway, job)] == [
        (2, send_jobs.IN_DOUBT),
        (3, send_jobs.IN_DOUBT),
    ]


async def test_jobs_are_forgotten(gateway: Gateway) -> None:
    """What nobody started after a day, the others a week after they moved last."""
    job = await load(gateway, lines(1))

    async def prune(tx: Tx) -> bool:
        return await send_jobs.prune_jobs(tx, now=gateway.clock.at, limit=100)

    gateway.clock.at += DAY_MS
    await gateway.store.write(prune)
    assert await gateway.store.send_job(job.job_id) is not None
    gateway.clock.at += 1
    assert not await gateway.store.write(prune)
    assert await gateway.store.send_job(job.job_id) is None


async def buy(gateway: Gateway, count: int) -> None:
    """Credit for so many messages more."""
    store: Any = gateway.store
    await store.buy_credit(gateway.account.account_id, count * RATE, note="more", at=NOON)


async def messages(gateway: Gateway) -> int:
    """How many messages there are."""
    balance = await gateway.balance()
    return int((balance.reserved + balance.spent) // RATE)
