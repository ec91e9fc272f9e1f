"""What an account's people set themselves: tokens, senders, blocked numbers, opt-outs from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from angarium.checks import EdgeChecks, EdgeMint
from angarium.core.account import token_hash
from angarium.core.blocks import Block
from angarium.core.clocktime import DAY_MS, HOUR_MS
from angarium.flows import accounts, limiting, opt_out_files, senders, tokens
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.opt_out_files import Entry, Problem
from angarium.ports.store import NotFound
from tests.gateway import Gateway


@pytest.fixture
def desk(gateway: Gateway, tmp_path: Path) -> Desk:
    """A person at work on this gateway's store."""
    store: Any = gateway.store
    mint = EdgeMint(tmp_path)
    return Desk(store=store, checks=EdgeChecks(), mint=mint, author="person:ada", now=gateway.clock.now())


async def lets_in(desk: Desk, token: str, *, at: int) -> bool:
    """Whether a token opens anything at a moment."""
    return (await desk.store.directory()).caller(token_hash(token.encode()), now=at) is not None


# --- tokens


async def test_a_replaced_token_works_until_the_overlap_is_over(gateway: Gateway, desk: Desk) -> None:
    """And the new one goes on; an overlap without reason is refused (rest-api 1.3)."""
    connection_id = gateway.resending.connection_id
    old = (await tokens.create_token(desk, connection_id)).token

    new = (await tokens.rotate_token(desk, connection_id, overlap_ms=HOUR_MS)).token

    assert await lets_in(desk, old, at=desk.now + HOUR_MS - 1)
    assert not await lets_in(desk, old, at=desk.now + HOUR_MS)
    assert await lets_in(desk, new, at=desk.now + 365 * DAY_MS)
    with pytest.raises(Mistaken):
        await tokens.rotate_token(desk, connection_id, overlap_ms=tokens.OVERLAP_MS_MAX + 1)


async def test_the_end_of_a_token_lies_ahead(gateway: Gateway, desk: Desk) -> None:
    """It can be set and taken away; a token of another connection is not found."""
    row = (await tokens.create_token(desk, gateway.resending.connection_id)).row
    with pytest.raises(Mistaken):
        await tokens.end_token(desk, row, expires_at=desk.now)
    await tokens.end_token(desk, row, expires_at=desk.now + 1)

    found = await tokens.find_token(desk, gateway.resending.connection_id, row.token_id)
    assert found.expires_at == desk.now + 1
    with pytest.raises(NotFound):
        await tokens.find_token(desk, gateway.resending.connection_id + 1, row.token_id)


async def test_a_connection_has_so_many_valid_tokens_and_no_more(gateway: Gateway, desk: Desk, monkeypatch) -> None:
    """One that is revoked makes room."""
    known = len(await desk.store.tokens(gateway.resending.connection_id))
    monkeypatch.setattr(tokens, "VALID_TOKENS_MAX", known + 1)
    row = (await tokens.create_token(desk, gateway.resending.connection_id)).row
    with pytest.raises(Mistaken):
        await tokens.create_token(desk, gateway.resending.connection_id)

    await tokens.revoke_token(desk, row.token_id)

    assert (await tokens.create_token(desk, gateway.resending.connection_id)).token


async def test_a_signing_secret_is_replaced_without_a_gap(gateway: Gateway, desk: Desk) -> None:
    """The new one stands before the old one, until the old one is dropped (rest-api 8.6)."""

    async def change(secret: str) -> tuple[str, str | None]:
        connection = await accounts.find_connection(desk, gateway.resending.connection_id)
        target = accounts.CallbackChanges(signing_secret=secret)
        made = await accounts.change_connection(desk, connection, accounts.ConnectionChanges(callback=target))
        assert made.connection.settings.callback is not None
        return made.connection.settings.callback.signing_secret, made.signing_secret

    first, _ = await change(accounts.NEW_SECRET)
    both, second = await change(accounts.NEXT_SECRET)
    again, third = await change(accounts.NEXT_SECRET)

    assert both == f"{second} {first}"
    assert again == f"{third} {second}"
    assert await change(accounts.NEWEST_SECRET) == (third, None)


# --- senders


async def test_a_sender_is_asked_for_and_registered(gateway: Gateway, desk: Desk) -> None:
    """What is registered is asked for no more; the first one closes the list (rest-api 3)."""
    asking = await senders.ask(desk, gateway.account, " Shop ")
    assert asking.settings.senders_asked == ("Shop",)
    for text, said in (("Shop", "asked for already"), ("", "cannot be"), ("not a sender!", "cannot be")):
        with pytest.raises(Mistaken, match=said):
            await senders.ask(desk, asking, text)

    kept = await senders.register(desk, asking, "Shop")

    assert (kept.settings.senders_asked, kept.settings.senders[-1]) == ((), "Shop")
    with pytest.raises(Mistaken, match="registered already"):
        await senders.ask(desk, kept, "Shop")
    assert (await accounts.find_account(desk, gateway.account.account_id)).settings == kept.settings


async def test_what_was_asked_for_can_be_dropped_and_is_bounded(gateway: Gateway, desk: Desk, monkeypatch) -> None:
    """By whoever asked, or by the operator."""
    monkeypatch.setattr(senders, "SENDERS_ASKED_MAX", 1)
    asking = await senders.ask(desk, gateway.account, "Shop")
    with pytest.raises(Mistaken, match="wait for the operator"):
        await senders.ask(desk, asking, "Other")

    assert (await senders.drop(desk, asking, "Shop")).settings.senders_asked == ()


# --- blocked numbers


async def test_an_owner_blocks_for_the_account_alone(gateway: Gateway, desk: Desk) -> None:
    """And takes away only what is the account's own and was not delisted by the operator (rest-api 5)."""
    account_id = gateway.account.account_id
    await limiting.add_own_block(desk, account_id, "27990000001", is_prefix=False, note="")
    delisted = Block("27990000002", account_id=account_id, is_delisted=True)
    await limiting.add_blocks(desk, [delisted, Block("27990000003")])

    own = await desk.store.blocks_of(account_id, limit=10)

    assert [block.digits for block in own] == ["27990000001", "27990000002"]
    with pytest.raises(Mistaken, match="delisted"):
        await limiting.add_own_block(desk, account_id, "27990000002", is_prefix=False, note="")
    everybody = next(block for block in await desk.store.blocks(limit=10) if block.account_id is None)
    for block_id in (own[1].block_id, everybody.block_id, 0):
        with pytest.raises(NotFound):
            await limiting.remove_own_block(desk, account_id, block_id)
    assert await limiting.remove_own_block(desk, account_id, own[0].block_id) == own[0]


# --- opt-outs from a file


def test_a_file_of_opt_outs_is_read_line_by_line() -> None:
    """What is wrong is told with its line; what is right is read all the same."""
    lines = [
        "recipient,sender,word\n",
        "27990000001,,stop\n",
        "nobody,,\n",
        "+27990000002,Shop,\n",
        "27,bad sender!,\n",
    ]

    read = list(opt_out_files.read_entries(lines))

    assert read[0] == Entry(27990000001, "", "stop")
    assert isinstance(read[1], Problem)
    assert read[1].line_no == 3
    assert read[2] == Entry(27990000002, "Shop", "")
    assert isinstance(read[3], Problem)


def test_a_file_without_a_recipient_says_so() -> None:
    """Once, and nothing of it is read."""
    (problem,) = opt_out_files.read_entries(["number\n", "27990000001\n"])

    assert isinstance(problem, Problem)
    assert "must name its columns" in problem.sentence


async def test_a_file_is_looked_at_and_entered(gateway: Gateway, desk: Desk, monkeypatch) -> None:
    """What is known already is counted before, and not again after; in as many commits as it takes."""
    monkeypatch.setattr(opt_out_files, "ENTERED_PER_COMMIT_MAX", 2)
    account_id = gateway.account.account_id
    entries = [Entry(27990000000 + number, "", "") for number in range(5)]
    await opt_out_files.enter(desk, account_id, entries[:2])

    assert await opt_out_files.known(desk, account_id, entries) == 2
    assert await opt_out_files.enter(desk, account_id, entries) == 3
    first = await opt_out_files.all_of(desk, account_id, after=None, limit=3)
    rest = await opt_out_files.all_of(desk, account_id, after=first[-1], limit=3)
    assert [each.recipient for each in (*first, *rest)] == [entry.recipient for entry in entries]
