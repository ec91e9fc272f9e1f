"""What is set for an account: how long things are kept, its limits, where it may write to, whom it may not."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.core.country_names import country_names
from angarium.core.retention import KEEP_DAYS_MAX
from angarium.flows import accounts as flow
from angarium.flows import limiting
from angarium.flows.desk import Mistaken
from angarium.ports.store import AlreadyExists

BASE: Final = "/accounts/{account_id:int}/settings"
BLOCKS_SHOWN_MAX: Final = 100


async def settings(visit: Visit) -> Response:
    """All of it on one page; what only the operator changes is said to be so."""
    return await _show(visit)


async def change_retention(visit: Visit) -> Response:
    """How long texts and numbers are kept; empty: as usual here."""
    account = await flow.find_account(visit.desk, visit.of.account_id)
    form = await visit.form()
    changes = flow.AccountChanges(
        keep_text_days=_days(visit, "keep_text_days", form.get("keep_text_days", "").strip()),
        keep_numbers_days=_days(visit, "keep_numbers_days", form.get("keep_numbers_days", "").strip()),
    )
    if not visit.problems:
        await flow.change_account(visit.desk, account, changes)
    if visit.problems:
        return await _show(visit)
    return visit.go("./settings", "It is changed; what is stored already goes by it too, within minutes.")


async def block(visit: Visit) -> Response:
    """Never write to a number, or to all that begin so."""
    form = await visit.form()
    try:
        entry = await limiting.add_own_block(
            visit.desk,
            visit.of.account_id,
            form.get("digits", "").strip(),
            is_prefix="is_prefix" in form,
            note=form.get("note", "").strip(),
        )
    except Mistaken as error:
        visit.mistake(error)
        return await _show(visit)
    except AlreadyExists:
        visit.problem("digits", "There are as many blocked prefixes as there may be: ask the operator.")
        return await _show(visit)
    return visit.go("./settings", f"{entry.digits} is blocked: a send to it is refused with 121.")


async def unblock(visit: Visit) -> Response:
    """Take one of the account's own blocks away."""
    block_id = read_key((await visit.form()).get("block_id", "")) or 0
    block = await limiting.remove_own_block(visit.desk, visit.of.account_id, block_id)
    return visit.go("./settings", f"{block.digits} is not blocked for you any more.")


async def _show(visit: Visit) -> Response:
    account = await flow.find_account(visit.desk, visit.of.account_id)
    after_id = read_key(visit.asked("after")) or 0
    blocks = await visit.parts.store.blocks_of(account.account_id, after=after_id, limit=BLOCKS_SHOWN_MAX + 1)
    codes = account.settings.countries
    return visit.show(
        "account_settings.html",
        account=account,
        usual=visit.parts.retention,
        kept=account.settings.retention(visit.parts.retention),
        countries=None if codes is None else [country_names().get(code, code) for code in codes],
        blocks=blocks[:BLOCKS_SHOWN_MAX],
        has_more=len(blocks) > BLOCKS_SHOWN_MAX,
        keep_days_max=KEEP_DAYS_MAX,
    )


def _days(visit: Visit, name: str, text: str) -> int:
    """Days as typed; empty stands for what is usual, which the flow spells -1."""
    if not text:
        return -1
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= KEEP_DAYS_MAX):
        visit.problem(name, f"Give a number of days up to {KEEP_DAYS_MAX}, or nothing.")
        return -1
    return int(text[:9])


PAGES: Final = (
    Page(BASE, settings, Needs.OWNER),
    Page(BASE + "/retention", change_retention, Needs.OWNER, "POST"),
    Page(BASE + "/blocks", block, Needs.OWNER, "POST"),
    Page(BASE + "/blocks/remove", unblock, Needs.OWNER, "POST"),
)
