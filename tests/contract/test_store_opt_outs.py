"""Who has opted out is known at every send, for as long as it is so."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import HOUR_MS
from angarium.core.optout import ANY_SENDER, OptOut
from angarium.ports.opt_outs import Pair
from angarium.ports.store import NotFound
from tests.contract.stage import NOON, RECIPIENT, Place, Stage, add_account

SENDER = "27999123456"


def opt_out(stage: Stage, recipient: int = RECIPIENT, sender: str = SENDER) -> OptOut:
    """A handset that said so at noon."""
    return OptOut(stage.account_id, sender, recipient, NOON, "stop")


async def say_stop(stage: Stage, *opt_outs: OptOut) -> None:
    """Opt handsets out."""
    await stage.store.write(lambda tx: tx.opt_out(opt_outs))


async def test_an_opt_out_is_about_one_sender_of_one_account(place: Place, stage: Stage) -> None:
    """Or about all of them, when it says so (rest-api 9.5)."""
    other, _ = await add_account(stage.store, "other")
    second, third = RECIPIENT + 1, RECIPIENT + 2
    await say_stop(stage, opt_out(stage), opt_out(stage, second, ANY_SENDER))
    stage.store = await place.reopen(stage.store)
    asked = [
        Pair(account_id, sender, recipient)
        for account_id in (stage.account_id, other)
        for sender in (SENDER, "Angarium", "")
        for recipient in (RECIPIENT, second, third)
    ]

    found = await stage.store.write(lambda tx: tx.opted_out(asked))

    assert found == {
        Pair(stage.account_id, SENDER, RECIPIENT),
        *(Pair(stage.account_id, sender, second) for sender in (SENDER, "Angarium", "")),
    }


async def test_who_is_out_stays_out_since_when_it_was(stage: Stage) -> None:
    """Saying it again changes nothing; opting in ends it."""
    await say_stop(stage, opt_out(stage), opt_out(stage)._replace(since=NOON + 1, word="quit"))
    assert await stage.store.opt_outs(stage.account_id, limit=10) == [opt_out(stage)]

    await stage.store.write(lambda tx: tx.opt_in([Pair(stage.account_id, SENDER, RECIPIENT)]))

    assert await stage.store.opt_outs(stage.account_id, limit=10) == []


async def test_the_first_opt_out_of_an_account_is_noticed(stage: Stage) -> None:
    """Every process must look from now on; the next ones change nothing about that."""
    assert await stage.store.accounts_with_opt_outs() == set()
    version = await stage.store.settings_version()

    await say_stop(stage, opt_out(stage))

    assert await stage.store.accounts_with_opt_outs() == {stage.account_id}
    noticed = await stage.store.settings_version()
    assert noticed > version
    await say_stop(stage, opt_out(stage, RECIPIENT + 1))
    assert await stage.store.settings_version() == noticed


async def test_an_operator_enters_lists_and_removes_them(stage: Stage) -> None:
    """By handset and sender, page by page."""
    rows = [opt_out(stage, RECIPIENT + at, sender) for at in range(2) for sender in (ANY_SENDER, SENDER)]
    assert await stage.store.add_opt_outs(rows) == 4
    assert await stage.store.add_opt_outs(rows[:1]) == 0
    with pytest.raises(NotFound):
        await stage.store.add_opt_outs([rows[0]._replace(account_id=99)])

    assert await stage.store.opt_outs(stage.account_id, limit=3) == rows[:3]
    after = (rows[2].recipient, rows[2].sender)
    assert await stage.store.opt_outs(stage.account_id, after=after, limit=3) == rows[3:]
    pairs = [Pair(stage.account_id, SENDER, RECIPIENT), Pair(stage.account_id, SENDER, 1)]
    assert await stage.store.remove_opt_outs(pairs) == 1
    assert len(await stage.store.opt_outs(stage.account_id, limit=10)) == 3


async def test_a_handset_is_answered_once_in_a_pause(stage: Stage) -> None:
    """However often it asks; another sender's answers are its own."""
    pair = Pair(stage.account_id, SENDER, RECIPIENT)
    other = pair._replace(sender="31234")

    async def may(*pairs: Pair, now: int) -> set[Pair]:
        return await stage.store.write(lambda tx: tx.may_answer(pairs, now=now, pause_ms=HOUR_MS))

    assert await may(pair, now=NOON) == {pair}
    assert await may(pair, other, now=NOON + HOUR_MS - 1) == {other}
    assert await may(pair, now=NOON + HOUR_MS) == {pair}
    assert await stage.store.write(lambda tx: tx.prune_answers(before=NOON + HOUR_MS, limit=10)) == 1
    assert await may(other, now=NOON + HOUR_MS) == {other}
