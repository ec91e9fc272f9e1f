"""What would happen to a message to this number: the decision of acceptance, step by step."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.mistakes import beside_fields, read_amount
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.account import Account
from angarium.core.features import needs_of
from angarium.core.message import SEGMENTS_MAX
from angarium.flows.at_door import DoorCheck, at_the_door
from angarium.flows.desk import read_sender
from angarium.flows.explain import Asked, Explanation, explain
from angarium.text.segments import Content, segment_count

TEXT_CHARACTERS_MAX: Final = 5_000
NUMBER_CHARACTERS_MAX: Final = 40
TEXT: Final = "Hello"


async def what_would_happen(visit: Visit) -> Response:
    """The form, and beneath it each route with what it says to this message. Nothing is sent."""
    found: Explanation | None = None
    checks: list[DoorCheck] = []
    segments = 1
    if visit.asked("number"):
        visit.typed = dict(visit.request.query_params)
        with beside_fields(visit):
            found, segments = await _explained(visit)
            checks = await _checked(visit, found)
    accounts = sorted(visit.parts.tables.directory.accounts.values(), key=lambda account: account.name.lower())
    return visit.show(
        "service_explain.html",
        found=found,
        checks=checks,
        refused=next((check for check in checks if check.refusal is not None), None),
        segments=segments,
        accounts=[("", "Any"), *((account.account_id, account.name) for account in accounts)],
        text=TEXT,
    )


async def _explained(visit: Visit) -> tuple[Explanation, int]:
    asked = visit.asked
    sender = asked("sender").strip()
    sender = read_sender(sender, field="sender") if sender else ""
    ceiling = read_amount(asked("max_credits"), field="max_credits") if asked("max_credits").strip() else None
    content = Content.of_text(asked("text", TEXT)[:TEXT_CHARACTERS_MAX] or TEXT)
    segments = min(segment_count(content), SEGMENTS_MAX)
    store, tables = visit.parts.store, visit.parts.tables
    await tables.refresh(store)
    supposed = Asked(
        number=asked("number").strip()[:NUMBER_CHARACTERS_MAX],
        account=_account(visit),
        sender=sender,
        needs=needs_of(content, sender=sender, segments=segments, flash="flash" in visit.typed, asked=0),
        segments=segments,
        credits_max=ceiling,
    )
    return await explain(supposed, store=store, tables=tables, countries=visit.parts.running.countries()), segments


def _account(visit: Visit) -> Account | None:
    account_id = visit.asked("account")
    return visit.parts.tables.directory.accounts.get(int(account_id)) if account_id.isdecimal() else None


async def _checked(visit: Visit, found: Explanation) -> list[DoorCheck]:
    account = _account(visit)
    if account is None or found.recipient is None:
        return []
    return await at_the_door(
        account,
        found.recipient,
        sender=visit.asked("sender").strip(),
        charge=found.charge,
        store=visit.parts.store,
        tables=visit.parts.tables,
        countries=visit.parts.running.countries(),
    )


PAGES: Final = (Page("/service/explain", what_would_happen, Needs.OPERATOR),)
